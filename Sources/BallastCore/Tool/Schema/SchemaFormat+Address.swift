/// UUIDs and the addresses of hosts and mailboxes.
extension SchemaFormat {
    static func isUUID(_ bytes: Bytes) -> Bool {
        let parts = split(bytes, at: "-")
        return parts.map(\.count) == [8, 4, 4, 4, 12] && parts.allSatisfy { $0.allSatisfy(isHex) }
    }

    static func isIPv4(_ bytes: Bytes) -> Bool {
        let parts = split(bytes, at: ".")
        return parts.count == 4
            && parts.allSatisfy { part in
                // A leading zero would read as octal in some places.
                let isCanonical = part.count == 1 || part.first != UInt8(ascii: "0")
                return isCanonical && (1...3).contains(part.count) && (number(part, digits: part.count) ?? 256) < 256
            }
    }

    /// RFC 4291 section 2.2, without a zone.
    static func isIPv6(_ bytes: Bytes) -> Bool {
        guard let gap = doubleColon(in: bytes) else { return groups(in: bytes, allowsIPv4: true) == 8 }
        guard let before = groups(in: bytes[..<gap], allowsIPv4: false),
            let after = groups(in: bytes[(gap + 2)...], allowsIPv4: true)
        else { return false }
        return before + after <= 7
    }

    private static func doubleColon(in bytes: Bytes) -> Int? {
        let colon = UInt8(ascii: ":")
        return bytes.indices.dropLast().first { bytes[$0] == colon && bytes[$0 + 1] == colon }
    }

    /// How many groups of 16 bits the bytes spell; nil when they are not groups.
    private static func groups(in bytes: Bytes, allowsIPv4: Bool) -> Int? {
        guard !bytes.isEmpty else { return 0 }
        let parts = split(bytes, at: ":")
        guard parts.count <= 8, let last = parts.last else { return nil }
        let isMixed = allowsIPv4 && isIPv4(last)
        let plain = isMixed ? parts.dropLast() : parts[...]
        guard plain.allSatisfy({ (1...4).contains($0.count) && $0.allSatisfy(isHex) }) else { return nil }
        return plain.count + (isMixed ? 2 : 0)
    }

    /// `Mailbox` of RFC 5321 section 4.1.2.
    static func isEmail(_ bytes: Bytes) -> Bool {
        guard let at = bytes.lastIndex(of: UInt8(ascii: "@")) else { return false }
        let local = bytes[..<at]
        let domain = bytes[(at + 1)...]
        return (1...64).contains(local.count) && (isDotAtom(local) || isQuoted(local))
            && (isHostName(domain) || isAddressLiteral(domain))
    }

    private static func isDotAtom(_ bytes: Bytes) -> Bool {
        split(bytes, at: ".").allSatisfy { atom in
            !atom.isEmpty && atom.allSatisfy { isLetter($0) || isDigit($0) || isAny($0, of: "!#$%&'*+-/=?^_`{|}~") }
        }
    }

    private static func isQuoted(_ bytes: Bytes) -> Bool {
        let quote = UInt8(ascii: "\"")
        guard bytes.count >= 2, bytes.first == quote, bytes.last == quote else { return false }
        var isEscaped = false
        for byte in bytes.dropFirst().dropLast() {
            guard (0x20...0x7E).contains(byte), isEscaped || byte != quote else { return false }
            isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
        }
        return !isEscaped
    }

    private static func isHostName(_ bytes: Bytes) -> Bool {
        let hyphen = UInt8(ascii: "-")
        return bytes.count <= 253
            && split(bytes, at: ".").allSatisfy { label in
                (1...63).contains(label.count) && label.first != hyphen && label.last != hyphen
                    && label.allSatisfy { isLetter($0) || isDigit($0) || $0 == hyphen }
            }
    }

    private static func isAddressLiteral(_ bytes: Bytes) -> Bool {
        guard bytes.first == UInt8(ascii: "["), bytes.last == UInt8(ascii: "]") else { return false }
        let address = bytes.dropFirst().dropLast()
        return isIPv4(address) || address.starts(with: "IPv6:".utf8) && isIPv6(address.dropFirst(5))
    }
}
