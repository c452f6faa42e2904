import BallastCore
import Testing

@Suite("The JSON code holds its properties for any bytes")
struct JSONFuzzTests {
    static let seeds: [UInt64] = Array(1...16)

    @Test("mutated documents never trap, and what is accepted survives writing and reading", arguments: seeds)
    func mutations(_ seed: UInt64) throws {
        var mutation = JSONMutation(seed: seed)
        for _ in 0..<1_000 { try JSONFuzz.run(mutation.next()) }
    }

    @Test("documents made from the grammar are always accepted", arguments: seeds)
    func generated(_ seed: UInt64) throws {
        var mutation = JSONMutation(seed: seed)
        for _ in 0..<200 {
            let text = mutation.document(depth: 5)
            _ = try JSONReader.read(text)
            try JSONFuzz.run(text)
        }
    }
}

/// Documents and damaged documents, the same ones for the same seed.
private struct JSONMutation {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    /// SplitMix64.
    private mutating func random() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    private mutating func below(_ limit: Int) -> Int { Int(random() % UInt64(limit)) }

    private mutating func pick(_ texts: [String]) -> String { texts[below(texts.count)] }

    /// A document with up to six damages.
    mutating func next() -> [UInt8] {
        var bytes = document(depth: 4)
        for _ in 0..<below(7) where !bytes.isEmpty {
            let place = below(bytes.count)
            switch below(7) {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: random())
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(UInt8(truncatingIfNeeded: random()), at: place)
            case 3: bytes.insert(contentsOf: Array(pick(Self.fragments).utf8), at: place)
            case 4: bytes.removeSubrange(place...)
            case 5: bytes.insert(contentsOf: bytes[place..<min(place + below(20), bytes.count)], at: below(bytes.count))
            default: bytes[place] ^= 1 << UInt8(below(8))
            }
        }
        return bytes
    }

    mutating func document(depth: Int) -> [UInt8] { Array(value(depth: depth).utf8) }

    private mutating func value(depth: Int) -> String {
        switch below(depth > 0 ? 8 : 5) {
        case 0: pick(["null", "true", "false"])
        case 1, 2: pick(["0", "-0", "1", "12.50", "-3e7", "1E-9", "9007199254740993", "123456789012345678901"])
        case 3, 4: string()
        case 5: array(depth: depth)
        default: object(depth: depth)
        }
    }

    private mutating func string() -> String {
        let parts = (0..<below(6)).map { _ in pick(Self.pieces) }
        return "\"" + parts.joined() + "\""
    }

    private mutating func array(depth: Int) -> String {
        let elements = (0..<below(5)).map { _ in value(depth: depth - 1) }
        return "[" + elements.joined(separator: pick([",", " , ", ",\n"])) + "]"
    }

    private mutating func object(depth: Int) -> String {
        let count = below(8) == 0 ? 20 : below(5)
        let members = (0..<count).map { index in "\"\(pick(Self.pieces))\(index)\":\(value(depth: depth - 1))" }
        return "{" + members.joined(separator: ",") + "}"
    }

    private static let pieces = [
        "a", "key", " ", "/", "\\\"", "\\\\", "\\n", "\\u0041", "\\u00e9", "\\ud83d\\ude00", "é", "e\u{301}", "€", "😀",
        "0123456789abcdef", "\u{FB33}", "\u{7F}", "\\/", "\\b\\f\\r\\t", "\\u0000",
    ]
    private static let fragments = [
        "\\ud800", "\\u", "\"", "[", "]", "{", "}", ",", ":", "\\", "\u{FEFF}", "-", "1e", ".", "null", "\u{0}",
        "{\"a\":1,\"a\":2}", "\"\\u0061\":", "[[[[[[[[",
    ]
}
