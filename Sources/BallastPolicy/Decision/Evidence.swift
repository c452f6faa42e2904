package import BallastCore

/// What arguments can be grounded in: the principal's own words, and answers of tools in this run.
package struct Evidence: Sendable, Hashable {
    /// What the principal said in this conversation, oldest first.
    package var words: [String]
    /// What tools answered in this run, by tool.
    package var answers: [String: [JSONValue]]
    /// The records that tools answered with in this run, where the policy asks for them.
    package var records = RecordIndex()

    package init(words: [String] = [], answers: [String: [JSONValue]] = [:]) {
        self.words = words
        self.answers = answers
    }

    /// Where the argument's value occurs: the label of that source, or nil when it occurs in none.
    func ground(_ grounding: Grounding, in arguments: JSONValue, rules: ToolRules) -> Label? {
        guard let value = grounding.argument.value(in: arguments) else { return nil }
        let elements = value.array ?? [value]
        let money = rules.money(at: grounding.argument)
        var label = Label([], confidentiality: .open)
        for element in elements {
            let source = grounding.sources.first { occurs(element, in: $0, money: money) }
            guard let source else { return nil }
            label = label.joined(with: Label(source == .principal ? [.principal] : [.trustedTool]))
        }
        return elements.isEmpty ? nil : label
    }

    private func occurs(_ value: JSONValue, in source: GroundSource, money: MoneyField?) -> Bool {
        switch source {
        case .principal: words.contains { SpokenValue.occurs(value, in: $0, money: money) }
        case .field(let tool, let path):
            (answers[tool] ?? []).contains { answer in
                guard let found = path.value(in: answer) else { return false }
                return (found.array ?? [found]).contains { Evidence.isSame(value, $0, money: money) }
            }
        }
    }

    /// Equal by value: integers as integers, amounts as amounts, text by bytes, and a number as the text that spells it.
    private static func isSame(_ a: JSONValue, _ b: JSONValue, money: MoneyField?) -> Bool {
        if let money, let units = money.minorUnits(of: a) {
            return b.integer == units || money.minorUnits(of: b) == units
        }
        switch (a, b) {
        case (.string(let a), .string(let b)): return a == b
        case (.number(let a), .number(let b)):
            if let a = a.integer, let b = b.integer { return a == b }
            return a.source == b.source
        case (.string(let a), .number(let b)): return a.text.utf8.elementsEqual(b.source.utf8)
        case (.number(let a), .string(let b)): return a.source.utf8.elementsEqual(b.text.utf8)
        default: return false
        }
    }
}

/// A value as it stands in what somebody said: as a token of its own, never as part of a longer one.
enum SpokenValue {
    static func occurs(_ value: JSONValue, in words: String, money: MoneyField?) -> Bool {
        if let money { return money.minorUnits(of: value).map { isSpoken($0, money.currency, in: words) } ?? false }
        switch value {
        case .string(let text): return isToken(Array(text.text.utf8), in: Array(words.utf8))
        case .number(let number):
            return number.integer != nil && isToken(Array(number.source.utf8), in: Array(words.utf8))
        default: return false
        }
    }

    /// Occurs with nothing that would continue it on either side.
    static func isToken(_ token: [UInt8], in words: [UInt8]) -> Bool {
        guard let first = token.first, words.count >= token.count, token.contains(where: { $0 > 32 }) else {
            return false
        }
        var place = 0
        while place + token.count <= words.count {
            guard let next = words[place...(words.count - token.count)].firstIndex(of: first) else { return false }
            let end = next + token.count
            if words[next..<end].elementsEqual(token), !continues(words, before: next), !continues(words, after: end) {
                return true
            }
            place = next + 1
        }
        return false
    }

    private static func continues(_ words: [UInt8], before place: Int) -> Bool {
        guard place > 0 else { return false }
        let byte = words[place - 1]
        if byte.isAlphanumeric || byte >= 128 { return true }
        return isJoint(byte) && place > 1 && (words[place - 2].isAlphanumeric || words[place - 2] >= 128)
    }

    private static func continues(_ words: [UInt8], after place: Int) -> Bool {
        guard place < words.count else { return false }
        let byte = words[place]
        if byte.isAlphanumeric || byte >= 128 { return true }
        return isJoint(byte) && place + 1 < words.count
            && (words[place + 1].isAlphanumeric || words[place + 1] >= 128)
    }

    /// Joins two parts of one name, address or number.
    private static func isJoint(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "@"), UInt8(ascii: "+"),
            UInt8(ascii: "/"), UInt8(ascii: ","), UInt8(ascii: "'"):
            true
        default: false
        }
    }

    /// An amount said as people say amounts: `$20`, `20.00 USD`, `1,250 euros`.
    private static func isSpoken(_ units: Int64, _ currency: Currency, in words: String) -> Bool {
        isSpoken(units, currency, in: words, asAmount: false)
    }

    /// The same, with its unit or with enough digits to be no other number: a bare `20` may be anything.
    static func isNamedAmount(_ units: Int64, _ currency: Currency, in words: String) -> Bool {
        isSpoken(units, currency, in: words, asAmount: true)
    }

    private static func isSpoken(
        _ units: Int64, _ currency: Currency, in words: String, asAmount: Bool
    ) -> Bool {
        let parts = words.split { $0 == " " || $0 == "\n" || $0 == "\t" || $0 == "\u{a0}" }.map(trimmed)
        for index in parts.indices where parts[index].contains(where: \.isNumber) {
            let word = String(parts[index])
            let next = index + 1 < parts.count ? String(parts[index + 1]) : nil
            let previous = index > 0 ? String(parts[index - 1]) : nil
            // A unit that stands beside the number belongs to it: "20 EUR" never says 20 US dollars.
            let unit = [next, previous].compactMap(\.self).first(where: SpokenMoney.isUnit)
            let hasUnit = unit != nil || word.contains { !$0.isNumber && !".,".contains($0) }
            if asAmount, !hasUnit, word.filter(\.isNumber).count < 4 { continue }
            if SpokenMoney.minorUnits([word] + (unit.map { [$0] } ?? []), currency: currency) == units { return true }
        }
        return false
    }

    /// Without the punctuation of a sentence around it.
    private static func trimmed(_ word: Substring) -> Substring {
        var word = word
        while let last = word.last, ".,;:!?)\"'".contains(last) { word = word.dropLast() }
        while let first = word.first, "(\"'".contains(first) { word = word.dropFirst() }
        return word
    }
}
