/// One value or member name on a token tape: where its bytes are and where the next one starts.
///
/// Tokens stand in source order. A container is followed by its content; in an object each name is followed by
/// its value.
package struct JSONToken: Sendable, Hashable {
    package enum Kind: UInt8, Sendable {
        case null, `false`, `true`, number, string, array, object
    }

    /// First byte of the value.
    package let offset: UInt32
    /// Bytes of the value, with quotes and brackets.
    package internal(set) var length: UInt32
    /// Index of the token after this value and everything in it.
    package internal(set) var next: UInt32
    package let kind: Kind
    /// Whether a string holds a backslash escape, so that its text differs from its bytes.
    package let isEscaped: Bool

    /// The bytes of the value in the text.
    package var range: Range<Int> { Int(offset)..<Int(offset) + Int(length) }
}
