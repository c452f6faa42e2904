/// What an identifier names; its prefix is shown in the text form.
package protocol IDKind: Sendable {
    /// Lower-case letters in front of the underscore, such as `run`.
    static var prefix: String { get }
    /// The word for messages, such as `run`.
    static var noun: String { get }
}

/// A time-ordered 128-bit identifier: 48 bits of UTC milliseconds, then 80 random bits.
///
/// Text form: prefix, underscore, 26 characters of Crockford's base 32 in lower case (`run_01jd…`).
package struct TypedID<Kind: IDKind>: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let high: UInt64
    package let low: UInt64

    @inlinable package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Builds an identifier from a moment and 80 bits of randomness (`random.high` gives its lower 16 bits).
    @inlinable package init(at moment: Timestamp, random: (high: UInt64, low: UInt64)) {
        self.high = (UInt64(bitPattern: moment.milliseconds) << 16) | (random.high & 0xFFFF)
        self.low = random.low
    }

    @inlinable package static func == (a: Self, b: Self) -> Bool { a.high == b.high && a.low == b.low }
    @inlinable package func hash(into hasher: inout Hasher) {
        hasher.combine(high)
        hasher.combine(low)
    }
    @inlinable package static func < (a: Self, b: Self) -> Bool { (a.high, a.low) < (b.high, b.low) }

    package var description: String { Kind.prefix + "_" + Base32.encode(high: high, low: low) }

    /// Sixteen bytes, big endian, so that byte order is time order.
    package var bytes: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: high >> (56 - 8 * UInt64($0))) }
            + (0..<8).map { UInt8(truncatingIfNeeded: low >> (56 - 8 * UInt64($0))) }
    }

    /// Reads the sixteen bytes of `bytes`; nil for any other length.
    package init?(bytes: some Sequence<UInt8>) {
        var (high, low, count) = (UInt64(0), UInt64(0), 0)
        for byte in bytes {
            if count < 8 { high = high << 8 | UInt64(byte) } else { low = low << 8 | UInt64(byte) }
            count += 1
        }
        guard count == 16 else { return nil }
        self.init(high: high, low: low)
    }

    package init(parsing text: String) throws(IDParsingError) {
        let (prefix, rest) = IDParsingError.split(text)
        guard prefix == Kind.prefix else { throw IDParsingError(text: text, noun: Kind.noun, prefix: Kind.prefix) }
        guard let (high, low) = Base32.decode(rest) else {
            throw IDParsingError(text: text, noun: Kind.noun, prefix: Kind.prefix)
        }
        self.init(high: high, low: low)
    }
}

/// A text that is not an identifier of the expected kind.
package struct IDParsingError: Error, Hashable, CustomStringConvertible {
    package let text: String
    package let noun: String
    package let prefix: String

    package init(text: String, noun: String, prefix: String) {
        self.text = text
        self.noun = noun
        self.prefix = prefix
    }

    package var description: String {
        let shown = text.count > 60 ? String(text.prefix(60)) + "…" : text
        let found = IDKinds.noun(ofPrefix: IDParsingError.split(text).prefix)
        let kind = found.map { found in found == noun ? "is not complete" : "names \(IDKinds.article(found)) \(found)" }
        return
            "\"\(shown)\" \(kind ?? "is not an identifier"); expected \(IDKinds.article(noun)) \(noun) such as \(prefix)_01jd…"
    }

    static func split(_ text: String) -> (prefix: String, rest: Substring) {
        guard let underscore = text.firstIndex(of: "_") else { return ("", text[...]) }
        return (String(text[..<underscore]), text[text.index(after: underscore)...])
    }
}

/// Crockford's base 32 over 128 bits, 26 characters, lower case.
package enum Base32 {
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    package static func encode(high: UInt64, low: UInt64) -> String {
        var (high, low) = (high, low)
        var characters = [UInt8](repeating: 0, count: 26)
        for index in stride(from: 25, through: 0, by: -1) {
            characters[index] = alphabet[Int(low & 31)]
            low = low >> 5 | high << 59
            high >>= 5
        }
        return String(decoding: characters, as: UTF8.self)
    }

    package static func decode(_ text: Substring) -> (high: UInt64, low: UInt64)? {
        guard text.utf8.count == 26 else { return nil }
        var (high, low) = (UInt64(0), UInt64(0))
        for (index, byte) in text.utf8.enumerated() {
            let lower = (65...90).contains(byte) ? byte + 32 : byte
            guard let digit = alphabet.firstIndex(of: lower) else { return nil }
            if index == 0 && digit > 7 { return nil }
            high = high << 5 | low >> 59
            low = low << 5 | UInt64(digit)
        }
        return (high, low)
    }
}
