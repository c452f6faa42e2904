/// Tokens and keys whose issuers gave them a shape of their own, so that they can be found.
enum SecretShape {
    private struct Shape {
        let prefix: [UInt8]
        /// Least number of bytes of the body after the prefix.
        let body: Int
        let isExact: Bool
        /// Whether the body may hold `-` and `_`.
        let isWide: Bool

        init(_ prefix: String, _ body: Int, isExact: Bool = false, isWide: Bool = false) {
            self.prefix = Array(prefix.utf8)
            self.body = body
            self.isExact = isExact
            self.isWide = isWide
        }
    }

    private static let shapes: [Shape] = [
        Shape("AKIA", 16, isExact: true), Shape("ASIA", 16, isExact: true),
        Shape("ghp_", 36), Shape("gho_", 36), Shape("ghu_", 36), Shape("ghs_", 36), Shape("ghr_", 36),
        Shape("github_pat_", 40, isWide: true), Shape("glpat-", 20, isWide: true),
        Shape("xoxa-", 20, isWide: true), Shape("xoxb-", 20, isWide: true), Shape("xoxp-", 20, isWide: true),
        Shape("xoxr-", 20, isWide: true), Shape("xoxs-", 20, isWide: true), Shape("xapp-", 20, isWide: true),
        Shape("AIza", 35, isExact: true, isWide: true), Shape("ya29.", 20, isWide: true),
        Shape("sk-ant-", 24, isWide: true), Shape("sk-proj-", 24, isWide: true), Shape("sk-", 32),
        Shape("sk_live_", 16), Shape("rk_live_", 16), Shape("whsec_", 24), Shape("npm_", 36), Shape("hf_", 30),
        Shape("pypi-AgE", 40, isWide: true), Shape("dop_v1_", 64), Shape("shpat_", 32), Shape("AGE-SECRET-KEY-1", 40),
        Shape("PuTTY-User-Key-File-", 1),
    ]
    /// First bytes of all shapes, so that most words are passed over at their first byte.
    private static let isFirstByte: [Bool] = {
        let first = Set(shapes.compactMap(\.prefix.first)).union([UInt8(ascii: "e")])
        return (0...UInt8.max).map { first.contains($0) }
    }()

    /// Whether the word, a whole run of word bytes, begins with a token.
    static func matches(_ word: ArraySlice<UInt8>) -> Bool {
        guard word.count >= 20, let first = word.first, isFirstByte[Int(first)] else { return false }
        return shapes.contains { fits(word, $0) } || isJSONWebToken(word)
    }

    private static func fits(_ word: ArraySlice<UInt8>, _ shape: Shape) -> Bool {
        guard word.starts(with: shape.prefix) else { return false }
        // No more is looked at than decides, so that a text of nothing but beginnings costs no more than any other.
        let body = word.dropFirst(shape.prefix.count).prefix(shape.body + 1).prefix { byte in
            byte.isAlphanumeric || shape.isWide && (byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_"))
        }
        return shape.isExact ? body.count == shape.body : body.count >= shape.body
    }

    /// Three parts of base64url, the first two of which are JSON objects.
    private static func isJSONWebToken(_ word: ArraySlice<UInt8>) -> Bool {
        let opening: [UInt8] = [UInt8(ascii: "e"), UInt8(ascii: "y"), UInt8(ascii: "J")]
        guard word.starts(with: opening) else { return false }
        let parts = word.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        return parts.count >= 3 && parts[0].count >= 10 && parts[1].count >= 10 && parts[0].starts(with: opening)
            && parts[1].starts(with: opening)
    }
}
