/// Why a text is not acceptable JSON, and where.
package struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of rule was broken; stable, for programs.
    package enum Code: String, Sendable, CaseIterable {
        case byteOrderMark = "byte_order_mark"
        case controlCharacter = "control_character"
        case duplicateMember = "duplicate_member"
        case invalidEscape = "invalid_escape"
        case invalidNumber = "invalid_number"
        case invalidUTF8 = "invalid_utf8"
        case loneSurrogate = "lone_surrogate"
        case tooDeep = "too_deep"
        case tooLarge = "too_large"
        case tooManyValues = "too_many_values"
        case trailingBytes = "trailing_bytes"
        case unexpectedByte = "unexpected_byte"
        case unexpectedEnd = "unexpected_end"
    }

    package let code: Code
    /// Bytes before the place where the rule was broken.
    package let offset: Int
    /// What happened, why it is refused and what to do, in one or two sentences for people.
    package let message: String

    package init(_ code: Code, at offset: Int, _ message: String) {
        self.code = code
        self.offset = offset
        self.message = message
    }

    package var description: String { "invalid JSON at byte \(offset): \(message)" }
}

/// The wording of every JSON error, in one place.
extension JSONError {
    static func byteOrderMark() -> JSONError {
        JSONError(.byteOrderMark, at: 0, "the text starts with a byte order mark; send plain UTF-8 without one")
    }

    static func controlCharacter(_ byte: UInt8, at offset: Int) -> JSONError {
        JSONError(
            .controlCharacter, at: offset,
            "the control character \(name(of: byte)) stands unescaped in a string; write it as an escape such as \\n")
    }

    static func duplicateMember(_ key: String, at offset: Int) -> JSONError {
        let shown = key.unicodeScalars.count > 64 ? String(key.unicodeScalars.prefix(64)) + "…" : key
        return JSONError(
            .duplicateMember, at: offset,
            "the member \"\(shown)\" appears twice in one object, and readers disagree on which one counts; keep one")
    }

    static func invalidEscape(at offset: Int) -> JSONError {
        JSONError(
            .invalidEscape, at: offset,
            "an unknown escape; after a backslash only \" \\ / b f n r t and u with four hex digits are allowed")
    }

    static func invalidNumber(at offset: Int, _ rule: String) -> JSONError {
        JSONError(.invalidNumber, at: offset, "not a JSON number: \(rule)")
    }

    static func invalidUTF8(at offset: Int) -> JSONError {
        JSONError(.invalidUTF8, at: offset, "a string holds bytes that are not UTF-8; encode the text as UTF-8")
    }

    static func loneSurrogate(at offset: Int) -> JSONError {
        JSONError(
            .loneSurrogate, at: offset,
            "half of a surrogate pair stands alone and names no character; escape both halves or send UTF-8")
    }

    static func tooDeep(_ limit: Int, at offset: Int) -> JSONError {
        JSONError(
            .tooDeep, at: offset, "more than \(limit) arrays and objects are nested; flatten the value or split it")
    }

    static func tooLarge(_ size: Int, limit: Int) -> JSONError {
        JSONError(.tooLarge, at: limit, "the text has \(size) bytes and at most \(limit) are read; send less at once")
    }

    static func tooManyValues(_ limit: Int, at offset: Int) -> JSONError {
        JSONError(.tooManyValues, at: offset, "the text holds more than \(limit) values; send fewer at once")
    }

    static func trailingBytes(_ byte: UInt8, at offset: Int) -> JSONError {
        JSONError(
            .trailingBytes, at: offset, "\(name(of: byte)) follows the complete value; send exactly one JSON value")
    }

    static func unexpectedByte(_ byte: UInt8, at offset: Int, expected: String) -> JSONError {
        JSONError(.unexpectedByte, at: offset, "expected \(expected), found \(name(of: byte)); correct the text here")
    }

    static func unexpectedEnd(at offset: Int, expected: String) -> JSONError {
        JSONError(
            .unexpectedEnd, at: offset, "the text ends where \(expected) was expected; it may have been cut off")
    }

    /// The byte as people write it: printable ASCII in quotes, anything else in hexadecimal.
    private static func name(of byte: UInt8) -> String {
        if (0x21...0x7E).contains(byte) { return "'\(Character(Unicode.Scalar(byte)))'" }
        let digits = String(byte, radix: 16, uppercase: true)
        return "byte 0x\(digits.count < 2 ? "0" : "")\(digits)"
    }
}
