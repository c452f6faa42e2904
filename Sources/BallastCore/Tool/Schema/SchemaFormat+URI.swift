/// URIs by RFC 3986.
extension SchemaFormat {
    static func isURI(_ bytes: Bytes) -> Bool {
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), isScheme(bytes[..<colon]) else { return false }
        let beforeFragment = bytes[(colon + 1)...].split(
            separator: UInt8(ascii: "#"), maxSplits: 1, omittingEmptySubsequences: false)
        if beforeFragment.count == 2, !areCharacters(beforeFragment[1], also: ":@/?") { return false }
        let parts = beforeFragment[0].split(
            separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, !areCharacters(parts[1], also: ":@/?") { return false }
        guard parts[0].starts(with: "//".utf8) else { return areCharacters(parts[0], also: ":@/") }
        let rest = parts[0].dropFirst(2)
        let pathStart = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
        return isAuthority(rest[..<pathStart]) && areCharacters(rest[pathStart...], also: ":@/")
    }

    private static func isScheme(_ bytes: Bytes) -> Bool {
        guard let first = bytes.first, isLetter(first) else { return false }
        return bytes.allSatisfy { isLetter($0) || isDigit($0) || isAny($0, of: "+-.") }
    }

    private static func isAuthority(_ bytes: Bytes) -> Bool {
        let at = bytes.lastIndex(of: UInt8(ascii: "@"))
        if let at, !areCharacters(bytes[..<at], also: ":") { return false }
        let hostAndPort = bytes[(at.map { $0 + 1 } ?? bytes.startIndex)...]
        guard hostAndPort.first == UInt8(ascii: "[") else {
            let colon = hostAndPort.firstIndex(of: UInt8(ascii: ":")) ?? hostAndPort.endIndex
            return areCharacters(hostAndPort[..<colon], also: "") && isPort(hostAndPort[colon...])
        }
        guard let close = hostAndPort.firstIndex(of: UInt8(ascii: "]")) else { return false }
        return isIPv6(hostAndPort[(hostAndPort.startIndex + 1)..<close]) && isPort(hostAndPort[(close + 1)...])
    }

    /// Nothing, or a colon and any number of digits.
    private static func isPort(_ bytes: Bytes) -> Bool {
        bytes.isEmpty || bytes.first == UInt8(ascii: ":") && bytes.dropFirst().allSatisfy(isDigit)
    }

    /// Whether all bytes are unreserved, sub-delimiters, percent-encoded, or in `extra`.
    private static func areCharacters(_ bytes: Bytes, also extra: StaticString) -> Bool {
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte == UInt8(ascii: "%") {
                guard bytes.endIndex - index > 2, isHex(bytes[index + 1]), isHex(bytes[index + 2]) else { return false }
                index += 2
            } else {
                let isAllowed =
                    isLetter(byte) || isDigit(byte) || isAny(byte, of: "-._~!$&'()*+,;=") || isAny(byte, of: extra)
                guard isAllowed else { return false }
            }
            index += 1
        }
        return true
    }
}
