/// One plain e-mail address, `local@domain`. Anything that a mail program could read as more than one address, or as
/// another one, is no address here.
package struct MailAddress: Sendable, Hashable {
    package let local: String
    /// In lower case, without a trailing dot.
    package let domain: String

    /// nil for display names, comments, quotes, lists, look-alike characters (only ASCII is taken) and more than 254
    /// bytes.
    package init?(_ text: String) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard text.utf8.count <= 254, parts.count == 2, !parts[0].isEmpty,
            parts[0].utf8.allSatisfy(MailAddress.isLocalByte)
        else { return nil }
        guard let domain = DomainPattern.normal(parts[1]), domain.contains(".") else { return nil }
        self.local = String(parts[0])
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

    /// Lower case without a trailing dot; nil for what is no domain name. Tested for ASCII first, as some other
    /// characters (the Kelvin sign) become ASCII letters in lower case.
    static func normal(_ text: Substring) -> String? {
        guard text.utf8.allSatisfy({ $0 < 128 }) else { return nil }
        let lower = text.hasSuffix(".") ? text.dropLast().lowercased() : text.lowercased()
        let labels = lower.split(separator: ".", omittingEmptySubsequences: false)
        let isDomain = labels.allSatisfy { label in
            !label.isEmpty && label.utf8.count <= 63 && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
        }
        return isDomain && lower.utf8.count <= 253 ? lower : nil
    }
}
