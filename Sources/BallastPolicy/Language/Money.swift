/// An exact amount: integer minor units (cents) of one currency.
package struct Money: Sendable, Hashable, CustomStringConvertible {
    package let minorUnits: Int64
    package let currency: Currency

    package init(minorUnits: Int64, currency: Currency) {
        self.minorUnits = minorUnits
        self.currency = currency
    }

    /// Reads an amount as policies write it, such as `50.00 USD` or `-1 EUR`; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2, let currency = Currency(code: String(parts[1])),
            let units = Decimal.minorUnits(parts[0], exponent: currency.exponent)
        else { return nil }
        self.init(minorUnits: units, currency: currency)
    }

    /// Such as `50.00 USD`.
    package var description: String {
        "\(Decimal.text(minorUnits: minorUnits, exponent: currency.exponent)) \(currency.code)"
    }
}

/// Decimal text to exact integers and back; no float is ever involved.
package enum Decimal {
    /// `12.5` with exponent 2 is 1250. Digits beyond the exponent must be zeros. nil for any other text (a sign of
    /// plus, an exponent, separators of thousands) and for what does not fit.
    package static func minorUnits(_ text: some StringProtocol, exponent: Int) -> Int64? {
        var digits = Substring(text).utf8
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits = digits.dropFirst() }
        let parts = digits.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, !whole.isEmpty else { return nil }
        let fraction = parts.count > 1 ? Array(parts[1]) : []
        guard parts.count == 1 || !fraction.isEmpty else { return nil }
        guard fraction.dropFirst(exponent).allSatisfy({ $0 == UInt8(ascii: "0") }) else { return nil }
        let padding = [UInt8](repeating: UInt8(ascii: "0"), count: max(0, exponent - fraction.count))
        return integer(Array(whole) + fraction.prefix(exponent) + padding, isNegative: isNegative)
    }

    private static func integer(_ digits: [UInt8], isNegative: Bool) -> Int64? {
        var value: Int64 = 0
        for digit in digits {
            guard (48...57).contains(digit) else { return nil }
            let (shifted, tooBig) = value.multipliedReportingOverflow(by: 10)
            let step = Int64(digit - 48)
            let (next, overflow) =
                isNegative ? shifted.subtractingReportingOverflow(step) : shifted.addingReportingOverflow(step)
            guard !tooBig, !overflow else { return nil }
            value = next
        }
        return value
    }

    /// 1250 with exponent 2 is `12.50`.
    package static func text(minorUnits: Int64, exponent: Int) -> String {
        let digits = String(minorUnits.magnitude)
        let sign = minorUnits < 0 ? "-" : ""
        guard exponent > 0 else { return sign + digits }
        let padded = String(repeating: "0", count: max(0, exponent + 1 - digits.count)) + digits
        return "\(sign)\(padded.dropLast(exponent)).\(padded.suffix(exponent))"
    }
}
