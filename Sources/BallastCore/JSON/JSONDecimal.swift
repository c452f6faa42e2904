/// The exact mathematical value of a JSON number: a sign, decimal digits and a power of ten, never a double.
///
/// `1`, `1.0` and `10e-1` are one decimal. Comparing costs time linear in the digits, whatever the exponent.
package struct JSONDecimal: Sendable, Hashable {
    package let isNegative: Bool
    /// Digits 0 to 9, most significant first, without leading or trailing zeros; empty for zero.
    package let digits: [UInt8]
    /// The value is `digits` times ten to this power; zero for zero.
    package let exponent: Int

    /// Largest magnitude of an exponent that is computed with.
    private static let maxExponent = 1_000_000_000_000_000

    /// The value of `number`; nil when its exponent is beyond ±10^15, or when it is not spelled as JSON spells numbers.
    package init?(_ number: JSONNumber) {
        var spelling = JSONDecimalSpelling(number.source)
        guard spelling.parse(), abs(spelling.exponent) <= Self.maxExponent else { return nil }
        var digits = spelling.digits
        var exponent = spelling.exponent - spelling.fractionDigits
        while digits.last == 0 {
            digits.removeLast()
            exponent += 1
        }
        let leadingZeros = digits.prefix { $0 == 0 }.count
        digits.removeFirst(leadingZeros)
        self.digits = digits
        self.exponent = digits.isEmpty ? 0 : exponent
        self.isNegative = spelling.isNegative && !digits.isEmpty
    }

    package var isZero: Bool { digits.isEmpty }
    /// Whether the value has no fraction: `1.0` and `1e3` are integers, `0.1` is not.
    package var isInteger: Bool { exponent >= 0 }

    /// The value as an integer; nil when it has a fraction or does not fit.
    package var integer: Int? {
        guard isInteger, magnitudeOrder <= 19 else { return nil }
        let text = (isNegative ? "-" : "") + decimalText + String(repeating: "0", count: exponent)
        return Int(text)
    }

    /// One spelling for one value, such as `-125e-2`; itself a JSON number.
    package var normalized: String {
        let sign = isNegative ? "-" : ""
        return exponent == 0 ? sign + decimalText : sign + decimalText + "e\(exponent)"
    }

    private var decimalText: String {
        digits.isEmpty ? "0" : String(decoding: digits.map { $0 &+ UInt8(ascii: "0") }, as: UTF8.self)
    }

    /// The power of ten just above the value's magnitude.
    private var magnitudeOrder: Int { digits.count + exponent }
}

extension JSONDecimal: Comparable {
    package static func < (a: JSONDecimal, b: JSONDecimal) -> Bool {
        if a.isNegative != b.isNegative { return a.isNegative }
        return a.isNegative ? magnitude(b, isBelow: a) : magnitude(a, isBelow: b)
    }

    private static func magnitude(_ a: JSONDecimal, isBelow b: JSONDecimal) -> Bool {
        if a.isZero || b.isZero { return a.isZero && !b.isZero }
        if a.magnitudeOrder != b.magnitudeOrder { return a.magnitudeOrder < b.magnitudeOrder }
        return a.digits.lexicographicallyPrecedes(b.digits)
    }
}

extension JSONDecimal {
    /// Digits of a divisor that `isMultiple(of:)` computes with; its coefficient then fits 64 bits.
    package static let maxDivisorDigits = 18

    /// Whether this value is `divisor` times an integer; nil when the divisor is zero or has too many digits.
    ///
    /// With both written as coefficient times power of ten, the powers are reduced modulo the divisor's
    /// coefficient, so no exponent is ever written out.
    package func isMultiple(of divisor: JSONDecimal) -> Bool? {
        guard !divisor.isZero, divisor.digits.count <= Self.maxDivisorDigits else { return nil }
        if isZero { return true }
        // A coefficient has no trailing zero, so it cannot make up for a missing power of ten.
        guard exponent >= divisor.exponent else { return false }
        let modulus = divisor.digits.reduce(0 as UInt64) { $0 &* 10 &+ UInt64($1) }
        let coefficient = digits.reduce(0 as UInt64) {
            (Self.product($0, 10, modulo: modulus) + UInt64($1) % modulus) % modulus
        }
        let power = Self.powerOfTen(exponent - divisor.exponent, modulo: modulus)
        return Self.product(coefficient, power, modulo: modulus) == 0
    }

    /// `a * b` modulo `modulus`, which is above zero.
    private static func product(_ a: UInt64, _ b: UInt64, modulo modulus: UInt64) -> UInt64 {
        modulus.dividingFullWidth((a % modulus).multipliedFullWidth(by: b % modulus)).remainder
    }

    private static func powerOfTen(_ exponent: Int, modulo modulus: UInt64) -> UInt64 {
        var result = 1 % modulus
        var factor = 10 % modulus
        var bits = exponent
        while bits > 0 {
            if bits & 1 == 1 { result = product(result, factor, modulo: modulus) }
            factor = product(factor, factor, modulo: modulus)
            bits >>= 1
        }
        return result
    }
}

extension JSONNumber {
    /// The exact value; nil when the exponent is beyond what is computed with.
    package var decimal: JSONDecimal? { JSONDecimal(self) }
}

/// Takes the spelling of a number apart.
private struct JSONDecimalSpelling {
    private var rest: Substring.UTF8View
    var isNegative = false
    var digits: [UInt8] = []
    var fractionDigits = 0
    var exponent = 0

    init(_ source: String) { self.rest = source[...].utf8 }

    /// Whether the whole spelling is a number.
    mutating func parse() -> Bool {
        isNegative = take { $0 == UInt8(ascii: "-") }
        guard takeDigits() > 0 else { return false }
        if take({ $0 == UInt8(ascii: ".") }) {
            fractionDigits = takeDigits()
            guard fractionDigits > 0 else { return false }
        }
        if take({ $0 | 0x20 == UInt8(ascii: "e") }), !parseExponent() { return false }
        return rest.isEmpty
    }

    /// Reads the exponent; stops growing past 10^17, which is already beyond what is accepted.
    private mutating func parseExponent() -> Bool {
        let isBelowZero = rest.first == UInt8(ascii: "-")
        if isBelowZero || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        guard !rest.isEmpty else { return false }
        while let byte = rest.first, byte &- UInt8(ascii: "0") < 10 {
            if exponent < 100_000_000_000_000_000 { exponent = exponent * 10 + Int(byte - UInt8(ascii: "0")) }
            rest.removeFirst()
        }
        if isBelowZero { exponent = -exponent }
        return true
    }

    private mutating func take(_ isWanted: (UInt8) -> Bool) -> Bool {
        guard let byte = rest.first, isWanted(byte) else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func takeDigits() -> Int {
        let before = digits.count
        while let byte = rest.first, byte &- UInt8(ascii: "0") < 10 {
            digits.append(byte - UInt8(ascii: "0"))
            rest.removeFirst()
        }
        return digits.count - before
    }
}
