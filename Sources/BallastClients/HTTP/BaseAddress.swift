/// Scheme, host and port of an address, told apart from what follows them.
struct BaseAddress: Sendable, Hashable {
    let scheme: String
    /// Host with its port, as written.
    let authority: String
    /// Everything after the authority.
    let rest: String

    /// nil unless `text` is `http` or `https` with a host, without user or password.
    init?(_ text: String) {
        guard let separator = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let scheme = text[..<separator].lowercased()
        let after = text[separator...]
        guard ["http", "https"].contains(scheme), after.hasPrefix("://") else { return nil }
        let body = after.dropFirst(3)
        let end = body.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? body.endIndex
        guard Self.isHost(body[..<end]) else { return nil }
        self.scheme = scheme
        authority = String(body[..<end])
        rest = String(body[end...])
    }

    private static func isHost(_ text: Substring) -> Bool {
        !text.isEmpty && text.first != ":"
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
                    UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
                    true
                default: false
                }
            }
    }
}
