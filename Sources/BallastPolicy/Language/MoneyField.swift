package import BallastCore

/// An argument that is an amount of money, and how the tool spells it.
package struct MoneyField: Sendable, Hashable {
    package enum Form: String, Sendable, Hashable, CaseIterable {
        /// An integer of minor units: 1250 is 12.50. `1250.0` is refused.
        case minor
        /// A string such as `"12.50"`.
        case decimalString = "decimal_string"
        /// A JSON number such as `12.5`.
        case decimalNumber = "decimal_number"
    }

    /// Where the currency of the amount comes from.
    package enum CurrencySource: Sendable, Hashable {
        case fixed(Currency)
        /// Another argument names it by its ISO code; the policy speaks of `Currency` only, others are denied.
        case argument(FieldPath, expected: Currency)
    }

    package let path: FieldPath
    package let form: Form
    package let source: CurrencySource
    /// Amounts that are accepted, in minor units. Negative ones only where the policy gives a range.
    package let range: ClosedRange<Int64>

    package init(
        path: FieldPath, form: Form = .minor, source: CurrencySource, range: ClosedRange<Int64> = 0...Int64.max
    ) {
        self.path = path
        self.form = form
        self.source = source
        self.range = range
    }

    /// The currency that every amount of this field is in.
    package var currency: Currency {
        switch source {
        case .fixed(let currency): currency
        case .argument(_, let expected): expected
        }
    }

    /// Minor units of one value in this field's form; nil when it is spelled otherwise or out of range.
    package func minorUnits(of value: JSONValue) -> Int64? {
        let units: Int64? =
            switch (form, value) {
            case (.minor, .number(let number)): number.integer
            case (.decimalNumber, .number(let number)):
                Decimal.minorUnits(number.source, exponent: currency.exponent)
            case (.decimalString, .string(let string)): Decimal.minorUnits(string.text, exponent: currency.exponent)
            default: nil
            }
        return units.flatMap { range.contains($0) ? $0 : nil }
    }

    /// What is wrong with the amount in these arguments; nil when it is absent or readable.
    package func complaint(about arguments: JSONValue) -> String? {
        guard let value = path.value(in: arguments) else { return nil }
        if case .argument(let place, let expected) = source {
            let named = place.value(in: arguments)?.string
            guard named == expected.code else { return "\(place) must be \"\(expected.code)\"" }
        }
        for element in value.array ?? [value] where minorUnits(of: element) == nil { return rule }
        return nil
    }

    /// The amounts in these arguments as people write them, such as `12.50 USD`; nil where there is none to read.
    package func amounts(in arguments: JSONValue) -> String? {
        guard complaint(about: arguments) == nil, let value = path.value(in: arguments) else { return nil }
        let amounts = (value.array ?? [value]).compactMap { minorUnits(of: $0) }
        guard !amounts.isEmpty else { return nil }
        return amounts.map { Money(minorUnits: $0, currency: currency).description }.joined(separator: ", ")
    }

    /// What an amount must look like, for people and the model.
    package var rule: String {
        let spelling =
            switch form {
            case .minor: "an integer of minor units (12.50 is 1250)"
            case .decimalString: "a string such as \"12.50\""
            case .decimalNumber: "a number such as 12.50"
            }
        let low = Money(minorUnits: range.lowerBound, currency: currency)
        let bound =
            range.upperBound == .max ? "" : " and at most \(Money(minorUnits: range.upperBound, currency: currency))"
        return "\(path) must be \(spelling) in \(currency), at least \(low)\(bound)"
    }
}
