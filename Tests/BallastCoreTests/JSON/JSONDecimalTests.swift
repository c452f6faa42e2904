import BallastCore
import Testing

@Suite("A JSON decimal is the exact value of a number")
struct JSONDecimalTests {
    private func decimal(_ source: String) throws -> JSONDecimal {
        try #require(JSONDecimal(JSONNumber(validated: source)))
    }

    @Test(
        "one value has one normal form",
        arguments: [
            ("1", "1"), ("1.0", "1"), ("10e-1", "1"), ("0.1e1", "1"), ("100", "1e2"), ("1.50", "15e-1"), ("-0", "0"),
            ("0e99", "0"), ("-0.000", "0"), ("-2.5e3", "-25e2"), ("000.1", "1e-1"), ("1E+2", "1e2"),
        ])
    func normalizes(_ source: String, _ normal: String) throws {
        #expect(try decimal(source).normalized == normal)
    }

    @Test(
        "order is exact where doubles are not",
        arguments: [
            ("9007199254740992", "9007199254740993"), ("0.1", "0.10000000000000000001"), ("-1", "0"), ("-2", "-1"),
            ("-1e400", "1e-400"), ("1e400", "1e401"), ("1e-401", "1e-400"), ("99", "1e2"), ("0", "1e-900000000000"),
            ("-1e900000000000", "0"), ("1e999999999999", "1e1000000000000"),
        ])
    func orders(_ less: String, _ more: String) throws {
        #expect(try decimal(less) < decimal(more))
        #expect(try !(decimal(more) < decimal(less)))
        #expect(try decimal(less) != decimal(more))
    }

    @Test(
        "multiples are exact",
        arguments: [
            ("0.3", "0.1", true), ("1.1", "0.01", true), ("1.005", "0.01", false), ("10", "3", false), ("9", "3", true),
            ("0", "7", true), ("-9", "3", true), ("1e300", "3", false), ("3e300", "3", true), ("1e308", "0.5", true),
            ("1e999999999999", "7", false), ("7e999999999999", "7", true), ("4.5", "1.5", true), ("4.5", "1e1", false),
            ("12345678901234567890123456789012345678901234567890", "10", true),
            ("1000000000000000000000000000000000000000007", "999999999999999989", false),
        ])
    func multiples(_ value: String, _ divisor: String, _ expected: Bool) throws {
        #expect(try decimal(value).isMultiple(of: decimal(divisor)) == expected)
    }

    @Test("a divisor of zero or of too many digits has no answer")
    func refusedDivisors() throws {
        #expect(try decimal("1").isMultiple(of: decimal("0")) == nil)
        #expect(try decimal("1").isMultiple(of: decimal("1.234567890123456789")) == nil)
    }

    @Test(
        "integers by value, not by spelling",
        arguments: [
            ("1.0", 1), ("1e3", 1_000), ("-25e1", -250), ("0.5", nil),
            ("9223372036854775807", 9_223_372_036_854_775_807),
            ("9223372036854775808", nil), ("1e999999", nil),
        ])
    func integers(_ source: String, _ expected: Int?) throws {
        #expect(try decimal(source).integer == expected)
    }

    @Test(
        "exponents beyond computing and spellings that are no numbers give nothing",
        arguments: [
            "1e1000000000000001", "1e-99999999999999999999999999999999", "", "-", "1.", "1e", "x", "1x",
        ])
    func refused(_ source: String) {
        #expect(JSONDecimal(JSONNumber(validated: source)) == nil)
    }
}
