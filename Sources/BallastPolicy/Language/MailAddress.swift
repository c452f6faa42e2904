/// One plain e-mail address, `local@domain`. Anything that a mail program could read as more than one address, or as
/// another one, is no address here.
package struct MailAddress: Sendable, Hashable {
    package let local: String
    /// In lower case, without a trailing dot.
    package let domain: String

    /// nil for display names, comments, quotes, lists, look-alike characters (only ASCII is taken) and more than 254
    /// bytes.
    package init?(_ text: String) {
        let bytes = text.utf8
        guard bytes.count <= 254, let sign = bytes.firstIndex(of: UInt8(ascii: "@")), sign > bytes.startIndex,
            bytes[..<sign].allSatisfy(MailAddress.isLocalByte),
            let domain = DomainPattern.normal(text[bytes.index(after: sign)...]),
            domain.utf8.contains(UInt8(ascii: "."))
        else { return nil }
        self.local = String(text[..<sign])
        self.domain = domain
    }

    /// Letters, digits and the marks of an unquoted local part (RFC 5322 section 3.2.3), with dots.
    private static func isLocalByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122: true
        default: ".!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
        }
    }
}

/// A mail domain in a rule: `example.com` is that domain only, `*.example.com` any domain under it.
package struct DomainPattern: Sendable, Hashable, CustomStringConvertible {
    package let domain: String
    package let includesSubdomains: Bool

    /// nil for what is not a domain name of ASCII letters, digits, hyphens and dots.
    package init?(_ text: String) {
        let isWild = text.hasPrefix("*.")
        guard let domain = DomainPattern.normal(isWild ? text.dropFirst(2) : text[...]) else { return nil }
        self.domain = domain
        self.includesSubdomains = isWild
    }

    /// `other` must be normal: in lower case, without a trailing dot.
    package func matches(_ other: String) -> Bool {
        includesSubdomains ? other.hasSuffix("." + domain) : other == domain
    }

    package var description: String { includesSubdomains ? "*." + domain : domain }

    /// Lower case without a trailing dot; nil for what is no domain name of ASCII letters, digits and hyphens: some other
    /// characters (the Kelvin sign) become ASCII letters in lower case.
    static func normal(_ text: Substring) -> String? {
        var bytes = Array(text.utf8)
        if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
        guard bytes.count <= 253 else { return nil }
        var label = 0
        for place in bytes.indices {
            switch bytes[place] {
            case UInt8(ascii: "."):
                guard isLabel(bytes[label..<place]) else { return nil }
                label = place + 1
            case 65...90: bytes[place] |= 0x20
            case 97...122, 48...57, UInt8(ascii: "-"): break
            default: return nil
            }
        }
        return isLabel(bytes[label...]) ? String(decoding: bytes, as: UTF8.self) : nil
    }

    private static func isLabel(_ label: ArraySlice<UInt8>) -> Bool {
        (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
    }
}
