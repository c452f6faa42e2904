/// A compiled `pattern` of a schema: an ECMA-262 expression that is searched for anywhere in a text.
///
/// Patterns come from servers nobody vouches for, so matching is linear: all paths through the expression advance
/// together, one character at a time, and nothing backtracks. What needs backtracking (backreferences, lookaround)
/// is refused when the pattern is compiled. Characters are Unicode scalars, as with the `u` flag.
package struct SchemaPattern: Sendable, Hashable {
    /// The expression as it was written.
    package let source: String
    let program: PatternProgram

    /// Bytes of source text that are compiled at most.
    static let maxSourceBytes = 8_192

    /// Compiles `source` into at most `maxInstructions` instructions.
    package init(_ source: String, maxInstructions: Int = 10_000) throws(PatternError) {
        guard source.utf8.count <= Self.maxSourceBytes else { throw .tooLong(Self.maxSourceBytes) }
        var parser = PatternParser(source)
        let expression = try parser.parse()
        self.source = source
        self.program = try PatternProgram(expression, maxInstructions: maxInstructions)
    }

    package static func == (a: SchemaPattern, b: SchemaPattern) -> Bool { a.source.utf8.elementsEqual(b.source.utf8) }
    package func hash(into hasher: inout Hasher) { hasher.combine(JSONString(source)) }

    /// Whether `text` holds a match.
    ///
    /// Every visit to an instruction takes one from `work`; nil when that runs out before the answer is known.
    package func matches(_ text: String, work: inout Int) -> Bool? {
        var search = PatternSearch(program, work: work)
        defer { work = search.work }
        return search.run(text)
    }
}

/// Why a pattern is not compiled.
package struct PatternError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Characters (Unicode scalars) before the place where the rule was broken.
    package let offset: Int
    /// What happened and what to do, for people.
    package let message: String

    package var description: String { "\(message) (at character \(offset))" }

    static func syntax(_ message: String, at offset: Int) -> PatternError {
        PatternError(offset: offset, message: message)
    }
    static func unsupported(_ construct: String, at offset: Int) -> PatternError {
        PatternError(
            offset: offset,
            message: "\(construct) is not supported, because it cannot be matched in linear time; write it without")
    }
    static func tooLong(_ limit: Int) -> PatternError {
        PatternError(offset: limit, message: "the pattern is longer than \(limit) bytes; write a shorter one")
    }
    static func tooLarge(_ limit: Int) -> PatternError {
        PatternError(
            offset: 0,
            message: "the pattern needs more than \(limit) steps once its repetitions are written out; repeat less")
    }
}
