/// What must hold for any bytes at all; the entry for fuzzers and seeded tests.
package enum JSONFuzz {
    /// A property that some bytes broke.
    package struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        package let property: String
        package var description: String { "JSON property broken: \(property)" }
    }

    /// Reads `bytes`, and when they are accepted checks that writing and reading again changes nothing.
    ///
    /// Never traps. A fuzzer turns the error into a crash of its own.
    package static func run(_ bytes: [UInt8]) throws(Failure) {
        let limits = JSONLimits(maxDepth: 64, maxBytes: 1 << 20, maxValues: 1 << 16)
        guard let value = try? JSONReader.read(bytes, limits: limits) else {
            try require((try? JSONScanner.scan(bytes, limits: limits)) == nil, "reader and scanner accept the same")
            return
        }
        guard let tape = try? JSONScanner.scan(bytes, limits: limits) else {
            throw Failure(property: "reader and scanner accept the same")
        }
        try require(tape.value() == value, "the tape holds the value that the reader returns")
        let canonical = JSONWriter.canonical(value)
        let again = try? JSONReader.read(canonical)
        try require(again == value, "the canonical form reads as the same value")
        try require(again.map(JSONWriter.canonical) == canonical, "the canonical form is a fixpoint")
        let compact = JSONWriter.compact(value)
        let source = try? JSONReader.read(compact)
        try require(source.map(JSONWriter.compact) == compact, "the compact form is a fixpoint")
        try require(
            (try? JSONReader.read(JSONWriter.pretty(value))) == value, "the form for people reads as the same value")
    }

    private static func require(_ holds: Bool, _ property: String) throws(Failure) {
        guard holds else { throw Failure(property: property) }
    }
}
