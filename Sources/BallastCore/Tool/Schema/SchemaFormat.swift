/// The `format` names that are checked; any other name is an annotation.
enum SchemaFormat: String, Sendable, CaseIterable {
    case date
    case dateTime = "date-time"
    case email
    case ipv4
    case ipv6
    case uri
    case uuid

    /// Bytes beyond which no text has any of these formats.
    private static let maxBytes = 8_192

    func matches(_ text: String) -> Bool {
        guard text.utf8.count <= Self.maxBytes else { return false }
        let bytes = Array(text.utf8)
        switch self {
        case .date: return Self.isDate(bytes[...])
        case .dateTime: return Self.isDateTime(bytes[...])
        case .email: return Self.isEmail(bytes[...])
        case .ipv4: return Self.isIPv4(bytes[...])
        case .ipv6: return Self.isIPv6(bytes[...])
        case .uri: return Self.isURI(bytes[...])
        case .uuid: return Self.isUUID(bytes[...])
        }
    }

    /// What the format looks like, for messages.
    var example: String {
        switch self {
        case .date: "a date such as 2026-01-31"
        case .dateTime: "a date and time such as 2026-01-31T12:00:00Z"
        case .email: "an email address such as ada@example.com"
        case .ipv4: "an IPv4 address such as 192.0.2.1"
        case .ipv6: "an IPv6 address such as 2001:db8::1"
        case .uri: "an absolute URI such as https://example.com/a"
        case .uuid: "a UUID such as 123e4567-e89b-12d3-a456-426614174000"
        }
    }
}

// MARK: Characters

extension SchemaFormat {
    typealias Bytes = ArraySlice<UInt8>

    static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
    static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- UInt8(ascii: "a") < 26 }
    static func isHex(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- UInt8(ascii: "a") < 6 }
    static func isAny(_ byte: UInt8, of set: StaticString) -> Bool {
        UnsafeBufferPointer(start: set.utf8Start, count: set.utf8CodeUnitCount).contains(byte)
    }

    /// The number that `bytes` spell when they are `digits` decimal digits.
    static func number(_ bytes: Bytes, digits: Int) -> Int? {
        guard bytes.count == digits, bytes.allSatisfy(isDigit) else { return nil }
        return bytes.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    static func split(_ bytes: Bytes, at separator: Character) -> [Bytes] {
        guard let separator = separator.asciiValue else { return [bytes] }
        return bytes.split(separator: separator, omittingEmptySubsequences: false)
    }
}
