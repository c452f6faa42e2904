package import BallastCore
package import BallastPolicy

/// What a slot of a playbook accepts, and how its text becomes a value.
package enum SlotType: Sendable, Hashable {
    /// Any words, at most 1,000 bytes.
    case text
    /// One word.
    case word
    /// An identifier; nil for the general form: letters, digits, `-` and `_` with a digit among them.
    case id(IDShape?)
    case integer
    /// An amount in this currency, as people write it; its value is integer minor units.
    case money(Currency)
    case email

    package static let words = ["text", "word", "id", "id(SHAPE)", "integer", "money", "money(CURRENCY)", "email"]

    /// Reads `word`, `id(O-#)`, `money(EUR)`, …; nil for other text. Money without a currency is in US dollars.
    package init?(_ text: String) {
        let parts = text.split(separator: "(", maxSplits: 1)
        let argument = parts.count == 2 && parts[1].hasSuffix(")") ? String(parts[1].dropLast()) : nil
        guard let name = parts.first, parts.count == 1 || argument != nil else { return nil }
        switch (name, argument) {
        case ("text", nil): self = .text
        case ("word", nil): self = .word
        case ("id", nil): self = .id(nil)
        case ("id", let shape?):
            guard let shape = IDShape(shape) else { return nil }
            self = .id(shape)
        case ("integer", nil): self = .integer
        case ("money", let code):
            guard let currency = Currency(code: code ?? "USD") else { return nil }
            self = .money(currency)
        case ("email", nil): self = .email
        default: return nil
        }
    }

    /// How many words of a message the slot may take.
    var span: ClosedRange<Int> {
        switch self {
        case .text: 1...200
        case .money: 1...2
        case .word, .id, .integer, .email: 1...1
        }
    }

    /// The value of these words; nil when they are no such value.
    func value(of words: ArraySlice<MessageWord>) -> JSONValue? {
        guard span.contains(words.count), let first = words.first else { return nil }
        switch self {
        case .text:
            let text = words.map(\.raw).joined(separator: " ")
            return text.utf8.count <= 1000 ? JSONValue(text) : nil
        case .word: return JSONValue(first.core)
        case .id(let shape):
            return (shape?.normal(first.core) ?? SlotType.plainID(first.core, shape)).map { JSONValue($0) }
        case .integer: return first.core.utf8.count <= 18 ? Int64(first.core).map { JSONValue($0) } : nil
        case .money(let currency):
            return SpokenMoney.minorUnits(words.map(\.core), currency: currency).map { JSONValue($0) }
        case .email: return MailAddress(first.core).map { _ in JSONValue(first.core) }
        }
    }

    private static func plainID(_ text: String, _ shape: IDShape?) -> String? {
        let hasDigit = text.utf8.contains { (48...57).contains($0) }
        return shape == nil && hasDigit && text.utf8.count <= 64 && FieldPath.isName(text) ? text : nil
    }

    /// The value of a whole answer to a question; nil when it is no such value.
    package func value(ofAnswer text: String) -> JSONValue? {
        guard let words = MessageWord.words(of: text) else { return nil }
        return value(of: words[...])
    }

    /// How tests of rules read a value of this type.
    var moneyField: MoneyField? {
        guard case .money(let currency) = self, let path = FieldPath("amount") else { return nil }
        return MoneyField(path: path, source: .fixed(currency))
    }

    /// What to ask for when an answer was no such value.
    package var hint: String {
        switch self {
        case .text: "a short text"
        case .word: "one word"
        case .id(let shape): shape.map { "an id such as \($0.example)" } ?? "an id with a digit in it"
        case .integer: "a whole number"
        case .money(let currency): "an amount such as 20.00 \(currency)"
        case .email: "an e-mail address"
        }
    }
}

/// The shape of an identifier: `#` stands for digits, `@` for letters, anything else for itself. `O-#` takes `O-1001`.
package struct IDShape: Sendable, Hashable {
    private let pattern: [UInt8]

    /// Takes 1 to 32 characters of ASCII letters, digits, `-`, `_`, `#` and `@`; nil for anything else.
    package init?(_ text: String) {
        let isPlain = FieldPath.isName(text.filter { $0 != "#" && $0 != "@" } + "x")
        guard (1...32).contains(text.utf8.count), isPlain else { return nil }
        pattern = Array(text.utf8)
    }

    /// The text in the spelling of the shape (`o-1001` becomes `O-1001`); nil when it has another shape.
    package func normal(_ text: String) -> String? {
        guard text.utf8.count <= 64 else { return nil }
        let bytes = Array(text.utf8)
        var (output, place): ([UInt8], Int) = ([], 0)
        for expected in pattern {
            guard place < bytes.count else { return nil }
            if let isMember = IDShape.run(expected) {
                let run = bytes[place...].prefix(while: isMember)
                guard !run.isEmpty else { return nil }
                output += run
                place += run.count
            } else {
                guard IDShape.lower(bytes[place]) == IDShape.lower(expected) else { return nil }
                output.append(expected)
                place += 1
            }
        }
        return place == bytes.count ? String(decoding: output, as: UTF8.self) : nil
    }

    private static func run(_ mark: UInt8) -> ((UInt8) -> Bool)? {
        switch mark {
        case UInt8(ascii: "#"): { (48...57).contains($0) }
        case UInt8(ascii: "@"): { (97...122).contains(lower($0)) }
        default: nil
        }
    }

    private static func lower(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte + 32 : byte }

    /// A text of this shape, for hints.
    var example: String {
        String(decoding: pattern, as: UTF8.self).split(separator: "#", omittingEmptySubsequences: false)
            .joined(separator: "1001").split(separator: "@", omittingEmptySubsequences: false).joined(separator: "AB")
    }
}
