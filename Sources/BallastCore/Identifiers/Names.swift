/// A customer; nothing of one is ever visible to another. Text such as `default`.
package struct TenantID: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let name: String
    package init(_ name: String) { self.name = name }
    package static func < (a: TenantID, b: TenantID) -> Bool { a.name < b.name }
    package var description: String { name }

    /// The tenant of an installation that serves only one.
    package static let `default` = TenantID("default")
}

/// Who a run acts for or who answers it, such as `customer:ana` or `operator:first-key`.
public struct Principal: Sendable, Hashable, CustomStringConvertible, ExpressibleByStringLiteral {
    public let name: String
    public init(_ name: String) { self.name = name }
    public init(stringLiteral name: String) { self.name = name }
    public var description: String { name }

    /// The runtime itself, for expiry and other decisions that no person took.
    package static let ballast = Principal("ballast")
}

/// The actor: an agent by name and the content hash of its definition.
package struct AgentReference: Sendable, Hashable, CustomStringConvertible {
    package let name: String
    /// First 16 bytes of SHA-256 over the definition.
    package let version: [UInt8]
    package init(name: String, version: [UInt8]) {
        self.name = name
        self.version = version
    }
    package var description: String { "\(name)@\(Hex.encode(version.prefix(6)))" }
}

/// The scope of every query: one tenant. There is no query without one.
package struct TenantScope: Sendable, Hashable {
    package let tenant: TenantID
    package init(_ tenant: TenantID) { self.tenant = tenant }
}

/// Lower-case hexadecimal by table.
package enum Hex {
    private static let digits = Array("0123456789abcdef".utf8)

    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    package static func decode(_ text: String) -> [UInt8]? {
        guard text.utf8.count.isMultiple(of: 2) else { return nil }
        var (bytes, half): ([UInt8], UInt8?) = ([], nil)
        for character in text.utf8 {
            let value: UInt8
            switch character {
            case 48...57: value = character - 48
            case 97...102: value = character - 87
            case 65...70: value = character - 55
            default: return nil
            }
            if let high = half {
                bytes.append(high << 4 | value)
                half = nil
            } else {
                half = value
            }
        }
        return bytes
    }
}
