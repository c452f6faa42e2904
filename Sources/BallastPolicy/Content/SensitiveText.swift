/// Finds secrets and personal data in a text by their shape alone: few kinds, each precise, in time linear in the text.
///
/// It is a net for mistakes and for clumsy theft. A text that is encoded or spelled out passes it; where data may go at
/// all is decided by destinations, labels and people.
package struct SensitiveText {
    private let bytes: [UInt8]
    private let kinds: Kinds
    private var at = 0

    /// A set of kinds, asked at every byte.
    private struct Kinds {
        let keys: Bool
        let cards: Bool
        let accounts: Bool
        let personal: Bool

        init(_ kinds: Set<SensitiveKind>) {
            keys = kinds.contains(.keys)
            cards = kinds.contains(.cards)
            accounts = kinds.contains(.accounts)
            personal = kinds.contains(.personal)
        }
    }

    private init(_ text: String, _ kinds: Set<SensitiveKind>) {
        bytes = Array(text.utf8)
        self.kinds = Kinds(kinds)
    }

    /// The first of `kinds` that the text holds, in the order of its text; nil when it holds none.
    package static func first(of kinds: Set<SensitiveKind>, in text: String) -> SensitiveKind? {
        guard !kinds.isEmpty, text.utf8.count >= 8 else { return nil }
        var scan = SensitiveText(text, kinds)
        return scan.first()
    }

    private mutating func first() -> SensitiveKind? {
        while at < bytes.count {
            let byte = bytes[at]
            if kinds.keys, byte == UInt8(ascii: "-"), isPrivateKey { return .keys }
            if kinds.personal, byte == UInt8(ascii: "+"), isPhone(at) { return .personal }
            guard byte.isWordByte else {
                at += 1
                continue
            }
            let end = wordEnd(at)
            if kinds.personal, isMail(from: at, to: end) { return .personal }
            if let kind = part(from: at, to: end) { return kind }
            at = end
        }
        return nil
    }

    /// What begins at one of the joints of a word.
    private func part(from start: Int, to end: Int) -> SensitiveKind? {
        for place in start..<end where bytes[place].isAlphanumeric {
            guard place == start || !bytes[place - 1].isAlphanumeric else { continue }
            if kinds.keys, SecretShape.matches(bytes[place..<end]) { return .keys }
            if kinds.cards, bytes[place].isDigit, CardNumber.starts(bytes, at: place) { return .cards }
            if kinds.accounts, bytes[place].isUpper, AccountNumber.starts(bytes, at: place) {
                return .accounts
            }
        }
        return nil
    }

    /// Past a run of bytes that keys and addresses are written with.
    private func wordEnd(_ start: Int) -> Int {
        var end = start
        while end < bytes.count, bytes[end].isWordByte { end += 1 }
        return end
    }

    /// `-----BEGIN … PRIVATE KEY` begins here.
    private var isPrivateKey: Bool {
        guard bytes[at...].starts(with: SensitiveText.opening) else { return false }
        return bytes[(at + SensitiveText.opening.count)...].prefix(40).holds(SensitiveText.privateKey)
    }
    private static let opening = Array("-----BEGIN ".utf8)
    private static let privateKey = Array("PRIVATE KEY".utf8)

    /// An international number: a plus, then 8 to 15 digits with at most two separators between any of them.
    private func isPhone(_ start: Int) -> Bool {
        if start > 0, bytes[start - 1].isWordByte { return false }
        var (digits, place, separators) = (0, start + 1, 0)
        while place < bytes.count, digits <= 15 {
            if bytes[place].isDigit {
                digits += 1
                separators = 0
            } else if bytes[place].isPhoneSeparator, digits > 0, separators < 2 {
                separators += 1
            } else {
                break
            }
            place += 1
        }
        return (8...15).contains(digits)
    }

    /// `local@domain.tld` within one run of word bytes.
    private func isMail(from start: Int, to end: Int) -> Bool {
        let word = bytes[start..<end]
        guard let sign = word.firstIndex(of: UInt8(ascii: "@")), sign > start else { return false }
        let domain = word[(sign + 1)...]
        guard let dot = domain.lastIndex(of: UInt8(ascii: ".")), dot > domain.startIndex else { return false }
        let top = domain[(dot + 1)...].prefix { $0.isLetter }
        return top.count >= 2
    }
}

extension UInt8 {
    var isDigit: Bool { (48...57).contains(self) }
    var isUpper: Bool { (65...90).contains(self) }
    var isLetter: Bool { isUpper || (97...122).contains(self) }
    var isAlphanumeric: Bool { isDigit || isLetter }
    /// Bytes that keys, tokens and addresses are written with, in ASCII.
    var isWordByte: Bool {
        switch self {
        case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "@"): true
        default: isAlphanumeric
        }
    }
    fileprivate var isPhoneSeparator: Bool {
        switch self {
        case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "("), UInt8(ascii: ")"),
            UInt8(ascii: "/"):
            true
        default: false
        }
    }
}

extension Collection where Element == UInt8 {
    /// Whether `part` occurs in these few bytes.
    fileprivate func holds(_ part: [UInt8]) -> Bool {
        var rest = self[...]
        while rest.count >= part.count {
            if rest.starts(with: part) { return true }
            rest = rest.dropFirst()
        }
        return false
    }
}
