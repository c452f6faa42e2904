extension PatternParser {
    /// The set of characters that one escape or one member of a class stands for.
    struct Members {
        var ranges: [ClosedRange<UInt32>] = []
        var categories: UInt32 = 0
        /// The character itself when it is a single one, which can then start or end a range.
        var single: UInt32?

        static func character(_ value: UInt32) -> Members { Members(ranges: [value...value], single: value) }
    }

    /// The escape whose backslash has been read, outside a class.
    mutating func parseEscape(from start: Int) throws(PatternError) -> PatternExpression {
        if take("b") { return .assertion(.wordBoundary) }
        if take("B") { return .assertion(.notWordBoundary) }
        if let digit = peek(), ("1"..."9").contains(digit) { throw .unsupported("a backreference", at: start) }
        if peek() == "k" { throw .unsupported("a backreference", at: start) }
        let members = try parseEscapedMembers(from: start)
        return .character(PatternClass(members.ranges, categories: members.categories))
    }

    /// The escape whose backslash has been read, for what it means inside and outside a class alike.
    mutating func parseEscapedMembers(from start: Int) throws(PatternError) -> Members {
        let scalar = try next("the rest of an escape")
        switch scalar {
        case "d": return Members(ranges: PatternClass.digitRanges)
        case "D": return Members(ranges: PatternClass.complement(PatternClass.digitRanges))
        case "w": return Members(ranges: PatternClass.wordRanges)
        case "W": return Members(ranges: PatternClass.complement(PatternClass.wordRanges))
        case "s": return Members(ranges: PatternClass.spaceRanges)
        case "S": return Members(ranges: PatternClass.complement(PatternClass.spaceRanges))
        case "p": return Members(categories: try parseProperty(from: start))
        case "P": return Members(categories: PatternCategories.everything & ~(try parseProperty(from: start)))
        default: return .character(try parseEscapedCharacter(scalar, from: start))
        }
    }

    private mutating func parseEscapedCharacter(_ scalar: Unicode.Scalar, from start: Int) throws(PatternError)
        -> UInt32
    {
        switch scalar {
        case "t": return 0x09
        case "n": return 0x0A
        case "v": return 0x0B
        case "f": return 0x0C
        case "r": return 0x0D
        case "0": return try parseNull(from: start)
        case "c": return try parseControl(from: start)
        case "x": return try parseHex(digits: 2, from: start)
        case "u": return try parseUnicode(from: start)
        case _ where scalar.isASCII && !PatternClass.word.contains(scalar) || scalar == "_": return scalar.value
        default: throw .syntax("an unknown escape \\\(scalar)", at: start)
        }
    }

    private func parseNull(from start: Int) throws(PatternError) -> UInt32 {
        if let digit = peek(), ("0"..."9").contains(digit) {
            throw .syntax("an octal escape; write \\x or \\u", at: start)
        }
        return 0
    }

    private mutating func parseControl(from start: Int) throws(PatternError) -> UInt32 {
        let letter = try next("a letter after \\c")
        guard ("a"..."z").contains(letter) || ("A"..."Z").contains(letter) else {
            throw .syntax("no letter after \\c", at: start)
        }
        return letter.value & 0x1F
    }

    private mutating func parseHex(digits: Int, from start: Int) throws(PatternError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let digit = try next("a hexadecimal digit").hexDigit else {
                throw .syntax("an escape needs \(digits) hexadecimal digits", at: start)
            }
            value = value << 4 | digit
        }
        return value
    }

    /// `\u{…}`, `\uXXXX`, or a surrogate pair of two of the latter.
    private mutating func parseUnicode(from start: Int) throws(PatternError) -> UInt32 {
        if take("{") { return try parseCodePoint(from: start) }
        let unit = try parseHex(digits: 4, from: start)
        guard unit & 0xF800 == 0xD800 else { return unit }
        guard unit < 0xDC00, take("\\"), take("u") else { throw .syntax("half of a surrogate pair", at: start) }
        let low = try parseHex(digits: 4, from: start)
        guard low & 0xFC00 == 0xDC00 else { throw .syntax("half of a surrogate pair", at: start) }
        return 0x10000 + (unit & 0x3FF) << 10 + (low & 0x3FF)
    }

    private mutating func parseCodePoint(from start: Int) throws(PatternError) -> UInt32 {
        var value: UInt32?
        while !take("}") {
            let digit = try next("'}' after a code point").hexDigit
            guard let digit, value ?? 0 <= 0x10FFFF else { throw .syntax("not a code point", at: start) }
            value = (value ?? 0) << 4 | digit
        }
        guard let value, Unicode.Scalar(value) != nil else { throw .syntax("not a code point", at: start) }
        return value
    }

    private mutating func parseProperty(from start: Int) throws(PatternError) -> UInt32 {
        guard take("{") else { throw .syntax("no brace after \\p", at: start) }
        var name = ""
        while !take("}") { name.unicodeScalars.append(try next("'}' after the name of a property")) }
        guard let bits = PatternCategories.bits(named: name) else {
            throw .syntax(
                "the property \(name) is not supported; general categories such as L, Lu or Nd are", at: start)
        }
        return bits
    }

    // MARK: Classes

    /// The class whose opening bracket has been read.
    mutating func parseClass() throws(PatternError) -> PatternClass {
        let isNegated = take("^")
        var ranges: [ClosedRange<UInt32>] = []
        var categories: UInt32 = 0
        while !take("]") {
            let members = try parseClassRange()
            ranges += members.ranges
            categories |= members.categories
        }
        return PatternClass(ranges, categories: categories, isNegated: isNegated)
    }

    private mutating func parseClassRange() throws(PatternError) -> Members {
        let start = position
        let first = try parseClassMember()
        guard peek() == "-", let after = peek(1), after != "]" else { return first }
        _ = take("-")
        let last = try parseClassMember()
        guard let low = first.single, let high = last.single else {
            // Next to a whole set such as \w a hyphen can only stand for itself (annex B).
            let hyphen = Members.character(0x2D)
            return Members(
                ranges: first.ranges + hyphen.ranges + last.ranges, categories: first.categories | last.categories)
        }
        guard low <= high else { throw .syntax("a range in a class runs backwards", at: start) }
        return Members(ranges: [low...high])
    }

    private mutating func parseClassMember() throws(PatternError) -> Members {
        let start = position
        let scalar = try next("']'")
        guard scalar == "\\" else { return .character(scalar.value) }
        if take("b") { return .character(0x08) }
        return try parseEscapedMembers(from: start)
    }
}

extension Unicode.Scalar {
    /// The value of an ASCII hexadecimal digit; nil for anything else.
    fileprivate var hexDigit: UInt32? {
        switch self {
        case "0"..."9": value - 0x30
        case "a"..."f", "A"..."F": (value & 0x0F) + 9
        default: nil
        }
    }
}
