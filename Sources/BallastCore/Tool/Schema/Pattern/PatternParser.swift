/// Reads a pattern by the grammar of ECMA-262 section 22.2.1, with the leniency of its annex B where no meaning
/// is in doubt: a brace that opens no quantifier and an escaped punctuation character stand for themselves.
struct PatternParser {
    private let scalars: [Unicode.Scalar]
    private(set) var position = 0
    private var depth = 0

    /// Groups open at the same time; bounds the recursion here and in the compiler.
    private static let maxDepth = 64
    /// Largest count in a quantifier.
    static let maxRepetition = 10_000

    init(_ source: String) { self.scalars = Array(source.unicodeScalars) }

    mutating func parse() throws(PatternError) -> PatternExpression {
        let expression = try parseChoice()
        guard peek() == nil else { throw .syntax("a closing parenthesis has no opening one", at: position) }
        return expression
    }

    // MARK: Reading

    func peek(_ distance: Int = 0) -> Unicode.Scalar? {
        position + distance < scalars.count ? scalars[position + distance] : nil
    }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek() == scalar else { return false }
        position += 1
        return true
    }

    mutating func next(_ expected: String) throws(PatternError) -> Unicode.Scalar {
        guard let scalar = peek() else {
            throw .syntax("the pattern ends where \(expected) was expected", at: position)
        }
        position += 1
        return scalar
    }

    mutating func rewind(to start: Int) { position = start }

    // MARK: Structure

    private mutating func parseChoice() throws(PatternError) -> PatternExpression {
        var choices = [try parseSequence()]
        while take("|") { choices.append(try parseSequence()) }
        return choices.count == 1 ? choices[0] : .choice(choices)
    }

    private mutating func parseSequence() throws(PatternError) -> PatternExpression {
        var terms: [PatternExpression] = []
        while let scalar = peek(), scalar != "|", scalar != ")" {
            terms.append(try parseTerm())
        }
        return terms.count == 1 ? terms[0] : .sequence(terms)
    }

    private mutating func parseTerm() throws(PatternError) -> PatternExpression {
        let start = position
        let atom = try parseAtom()
        guard let (least, most) = try parseQuantifier() else { return atom }
        if case .assertion = atom { throw .syntax("a quantifier follows an assertion", at: start) }
        if try parseQuantifier() != nil { throw .syntax("two quantifiers follow each other", at: position) }
        return .repetition(atom, least: least, most: most)
    }

    private mutating func parseAtom() throws(PatternError) -> PatternExpression {
        let start = position
        let scalar = try next("a character")
        switch scalar {
        case "^": return .assertion(.start)
        case "$": return .assertion(.end)
        case ".": return .character(.dot)
        case "(": return try parseGroup(from: start)
        case "[": return .character(try parseClass())
        case "\\": return try parseEscape(from: start)
        case "*", "+", "?": throw .syntax("the quantifier \(scalar) has nothing to repeat", at: start)
        default: return .character(PatternClass(scalar))
        }
    }

    private mutating func parseGroup(from start: Int) throws(PatternError) -> PatternExpression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maxDepth else { throw .syntax("more than \(Self.maxDepth) groups are nested", at: start) }
        if take("?") { try parseGroupKind(from: start) }
        let expression = try parseChoice()
        guard take(")") else { throw .syntax("a group is not closed", at: start) }
        return expression
    }

    private mutating func parseGroupKind(from start: Int) throws(PatternError) {
        switch try next("the kind of a group") {
        case ":": return
        case "=", "!": throw .unsupported("lookahead", at: start)
        case "<":
            if peek() == "=" || peek() == "!" { throw .unsupported("lookbehind", at: start) }
            while try next("'>' after the name of a group") != ">" {}
        default: throw .syntax("an unknown kind of group; only (…), (?:…) and (?<name>…) are known", at: start)
        }
    }

    // MARK: Quantifiers

    /// The counts of the quantifier here, greedy or lazy; nil when there is none.
    private mutating func parseQuantifier() throws(PatternError) -> (least: Int, most: Int?)? {
        let counts: (least: Int, most: Int?)
        if take("*") {
            counts = (0, nil)
        } else if take("+") {
            counts = (1, nil)
        } else if take("?") {
            counts = (0, 1)
        } else if let braces = try parseBraces() {
            counts = braces
        } else {
            return nil
        }
        // Lazy or greedy finds the same texts; only captures would differ.
        _ = take("?")
        return counts
    }

    private mutating func parseBraces() throws(PatternError) -> (least: Int, most: Int?)? {
        let start = position
        guard take("{"), let least = parseCount() else {
            rewind(to: start)
            return nil
        }
        var most: Int? = least
        if take(",") { most = parseCount() }
        guard take("}") else {
            rewind(to: start)
            return nil
        }
        guard max(least, most ?? 0) <= Self.maxRepetition else {
            throw .syntax("a repetition of more than \(Self.maxRepetition)", at: start)
        }
        if let most, most < least { throw .syntax("a repetition whose least count is above its most", at: start) }
        return (least, most)
    }

    /// The decimal number here; stops growing once it is above what is accepted.
    private mutating func parseCount() -> Int? {
        var count: Int?
        while let scalar = peek(), ("0"..."9").contains(scalar) {
            count = min((count ?? 0) * 10 + Int(scalar.value - 0x30), Self.maxRepetition + 1)
            position += 1
        }
        return count
    }
}
