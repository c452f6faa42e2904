/// Validates a text by RFC 8259 and I-JSON in one pass and notes every value on a tape, without building trees.
///
/// Refused beyond the grammar: a byte order mark, invalid UTF-8, lone surrogates, members whose names are equal
/// once unescaped, and anything past the limits.
package enum JSONScanner {
    /// The tape of `bytes`, which keeps the bytes for look-ups and splices.
    package static func scan(_ bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONError) -> JSONTape {
        let tokens = try bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) in
            try self.tokens(of: UnsafeRawBufferPointer(buffer), limits: limits)
        }
        return JSONTape(bytes: bytes, tokens: tokens)
    }

    /// The tokens of `text`; `text` is only read during the call.
    static func tokens(of text: UnsafeRawBufferPointer, limits: JSONLimits) throws(JSONError) -> [JSONToken] {
        guard text.count <= limits.maxBytes else { throw .tooLarge(text.count, limit: limits.maxBytes) }
        var pass = JSONScan(text, limits)
        try pass.run()
        return pass.tokens
    }
}

/// One pass over one text.
///
/// Memory safety: `text` is read only through `byte(_:)` and `word(_:)`, which check the index themselves.
struct JSONScan {
    /// What the grammar allows at the current position.
    private enum Expectation { case value, valueOrEnd, key, keyOrEnd, separator }

    let text: UnsafeRawBufferPointer
    private let limits: JSONLimits
    var position = 0
    private(set) var tokens: [JSONToken] = []
    /// Token indices of the containers that are still open, outermost first.
    private var open: [Int] = []
    private var valuesLeft: Int

    init(_ text: UnsafeRawBufferPointer, _ limits: JSONLimits) {
        self.text = text
        self.limits = limits
        self.valuesLeft = limits.maxValues
        tokens.reserveCapacity(min(text.count / 16 + 8, 1 << 16))
    }

    /// Scans the one value of the text.
    mutating func run() throws(JSONError) {
        if byte(0) == 0xEF, byte(1) == 0xBB, byte(2) == 0xBF { throw .byteOrderMark() }
        var expectation = Expectation.value
        while true {
            skipWhitespace()
            switch expectation {
            case .value:
                expectation = try scanValue()
            case .valueOrEnd:
                expectation = byte(position) == UInt8(ascii: "]") ? try close() : try scanValue()
            case .key:
                expectation = try scanKey()
            case .keyOrEnd:
                expectation = byte(position) == UInt8(ascii: "}") ? try close() : try scanKey()
            case .separator:
                guard let container = open.last else { return try finish() }
                expectation = try scanSeparator(in: tokens[container].kind)
            }
        }
    }

    private func finish() throws(JSONError) {
        guard position >= text.count else { throw .trailingBytes(byte(position), at: position) }
    }

    // MARK: Reading

    /// The byte at `index`, or zero past the end; zero is allowed nowhere in JSON, so no rule accepts it.
    @inline(__always)
    func byte(_ index: Int) -> UInt8 { index < text.count ? text[index] : 0 }

    /// The eight bytes at `index`, the first in the lowest bits; nil when fewer are left.
    @inline(__always)
    func word(_ index: Int) -> UInt64? {
        guard text.count - index >= 8 else { return nil }
        return UInt64(littleEndian: text.loadUnaligned(fromByteOffset: index, as: UInt64.self))
    }

    @inline(__always)
    private mutating func skipWhitespace() {
        while true {
            switch byte(position) {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    /// The error for the current position, where `expected` names what the grammar wants.
    func unexpected(_ expected: String) -> JSONError {
        position >= text.count
            ? .unexpectedEnd(at: text.count, expected: expected)
            : .unexpectedByte(byte(position), at: position, expected: expected)
    }

    // MARK: Structure

    @inline(__always)
    private mutating func append(_ kind: JSONToken.Kind, from start: Int, isEscaped: Bool = false) {
        tokens.append(
            JSONToken(
                offset: UInt32(truncatingIfNeeded: start), length: UInt32(truncatingIfNeeded: position - start),
                next: UInt32(truncatingIfNeeded: tokens.count + 1), kind: kind, isEscaped: isEscaped))
    }

    private mutating func scanValue() throws(JSONError) -> Expectation {
        guard valuesLeft > 0 else { throw .tooManyValues(limits.maxValues, at: position) }
        valuesLeft -= 1
        let start = position
        switch byte(position) {
        case UInt8(ascii: "\""):
            let isEscaped = try scanString()
            append(.string, from: start, isEscaped: isEscaped)
        case UInt8(ascii: "{"):
            try openContainer(.object)
            return .keyOrEnd
        case UInt8(ascii: "["):
            try openContainer(.array)
            return .valueOrEnd
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            try scanNumber()
            append(.number, from: start)
        case UInt8(ascii: "t"):
            try scanWord("true")
            append(.true, from: start)
        case UInt8(ascii: "f"):
            try scanWord("false")
            append(.false, from: start)
        case UInt8(ascii: "n"):
            try scanWord("null")
            append(.null, from: start)
        default:
            throw unexpected("a value")
        }
        return .separator
    }

    private mutating func openContainer(_ kind: JSONToken.Kind) throws(JSONError) {
        guard open.count < limits.maxDepth else { throw .tooDeep(limits.maxDepth, at: position) }
        open.append(tokens.count)
        position += 1
        append(kind, from: position - 1)
    }

    private mutating func close() throws(JSONError) -> Expectation {
        guard let container = open.popLast() else { throw unexpected("a value") }
        position += 1
        tokens[container].length = UInt32(truncatingIfNeeded: position - Int(tokens[container].offset))
        tokens[container].next = UInt32(truncatingIfNeeded: tokens.count)
        if tokens[container].kind == .object { try refuseDuplicates(in: container) }
        return .separator
    }

    private mutating func scanKey() throws(JSONError) -> Expectation {
        guard byte(position) == UInt8(ascii: "\"") else { throw unexpected("a member name in quotes") }
        let start = position
        let isEscaped = try scanString()
        append(.string, from: start, isEscaped: isEscaped)
        skipWhitespace()
        guard byte(position) == UInt8(ascii: ":") else { throw unexpected("':' after a member name") }
        position += 1
        return .value
    }

    private mutating func scanSeparator(in kind: JSONToken.Kind) throws(JSONError) -> Expectation {
        let isObject = kind == .object
        switch byte(position) {
        case UInt8(ascii: ","):
            position += 1
            return isObject ? .key : .value
        case isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"):
            return try close()
        default:
            throw unexpected(isObject ? "',' or '}'" : "',' or ']'")
        }
    }

    private mutating func scanWord(_ word: StaticString) throws(JSONError) {
        for index in 0..<word.utf8CodeUnitCount {
            guard byte(position) == word.utf8Start[index] else { throw unexpected("the word \(word)") }
            position += 1
        }
    }
}
