/// Amounts as people write them in a message: `$20`, `20.00 USD`, `20 dollars`, `€1,250.50`, `20`.
package enum SpokenMoney {
    private static let marks: [(mark: String, codes: Set<String>)] = [
        ("$", ["USD", "CAD", "AUD", "NZD", "SGD", "HKD"]), ("dollar", ["USD", "CAD", "AUD", "NZD", "SGD", "HKD"]),
        ("dollars", ["USD", "CAD", "AUD", "NZD", "SGD", "HKD"]), ("€", ["EUR"]), ("euro", ["EUR"]), ("euros", ["EUR"]),
        ("£", ["GBP"]), ("pound", ["GBP"]), ("pounds", ["GBP"]), ("¥", ["JPY", "CNY"]), ("yen", ["JPY"]),
    ]

    /// Whether the word is a unit of some currency, so that it belongs to the number beside it.
    package static func isUnit(_ word: String) -> Bool {
        let isCode = word.utf8.count == 3 && Currency(code: word.uppercased()) != nil
        return isCode || marks.contains { $0.mark == word.lowercased() }
    }

    /// Minor units of one or two words; nil for another currency, a sign, or anything that is no amount.
    package static func minorUnits(_ words: [String], currency: Currency) -> Int64? {
        let parts = words.flatMap(split)
        let numbers = parts.filter { $0.first?.isNumber ?? false }
        let units = parts.filter { !($0.first?.isNumber ?? false) }
        guard numbers.count == 1, units.count <= 1, let number = numbers.first.flatMap(plain) else { return nil }
        if let unit = units.first, !isName(unit, of: currency) { return nil }
        return Decimal.minorUnits(number, exponent: currency.exponent)
    }

    /// A sign of currency before or after the number, cut off it: `$20` is `$` and `20`.
    private static func split(_ word: String) -> [String] {
        for (mark, _) in marks where mark.count == 1 {
            if word.hasPrefix(mark) { return [mark, String(word.dropFirst())].filter { !$0.isEmpty } }
            if word.hasSuffix(mark) { return [String(word.dropLast()), mark] }
        }
        return [word]
    }

    private static func isName(_ name: String, of currency: Currency) -> Bool {
        name.uppercased() == currency.code
            || marks.contains { $0.mark == name.lowercased() && $0.codes.contains(currency.code) }
    }

    /// Separators of thousands removed where each group has three digits; nil where a comma could be a decimal point.
    private static func plain(_ number: String) -> String? {
        let groups = number.split(separator: ",", omittingEmptySubsequences: false)
        guard groups.count > 1 else { return number }
        let whole = groups.dropFirst().dropLast().allSatisfy { $0.utf8.count == 3 }
        let end = groups.last.map { $0.split(separator: ".", omittingEmptySubsequences: false)[0].utf8.count } ?? 0
        guard whole, end == 3, (1...3).contains(groups[0].utf8.count) else { return nil }
        return groups.joined()
    }
}
