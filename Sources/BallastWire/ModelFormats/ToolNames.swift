import BallastCore

/// Maps tool names to what every provider accepts, `[a-zA-Z0-9_-]{1,64}`, and back.
///
/// Legal names stay as they are. Others get a readable spelling with a part of their hash at its end, so the same
/// name is spelled alike in every call of a run, whatever other tools are offered.
package struct ToolNames: Sendable {
    /// By bytes: names that only look alike are different tools.
    private var wireNames: [JSONString: String] = [:]
    private var originals: [String: String] = [:]

    package init(_ names: [String]) {
        // Legal names first: a made-up spelling must never take one of them.
        for name in names where WireName.isLegal(name, limit: 64) { add(name, as: name) }
        for name in names where wireNames[JSONString(name)] == nil { add(name, as: unused(for: name)) }
    }

    package func wire(_ name: String) -> String { wireNames[JSONString(name)] ?? name }
    /// The tool that a reply means; a name that was never offered is given back as it came.
    package func original(_ wireName: String) -> String { originals[wireName] ?? wireName }

    private mutating func add(_ name: String, as wireName: String) {
        wireNames[JSONString(name)] = wireName
        originals[wireName] = name
    }

    private func unused(for name: String) -> String {
        var spelling = Self.spelling(name)
        while originals[spelling] != nil { spelling = Self.spelling(spelling + ".") }
        return spelling
    }

    private static func spelling(_ name: String) -> String {
        let readable = name.utf8.prefix(50).map { WireName.isLegal($0) ? $0 : UInt8(ascii: "_") }
        let hash = Digest.sha256(Array(name.utf8)).bytes
        return String(decoding: readable, as: UTF8.self) + "_" + Hex.encode(hash.prefix(6))
    }
}

/// The characters that providers accept in names and ids.
enum WireName {
    static func isLegal(_ text: String, limit: Int) -> Bool {
        (1...limit).contains(text.utf8.count) && text.utf8.allSatisfy(isLegal)
    }

    static func isLegal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
