import BallastCore
import BallastPolicy
import Testing

@Suite("Amounts, spans and dates are read exactly")
struct TextFormTests {
    @Test(
        "money is a decimal and a currency",
        arguments: [
            ("50.00 USD", 5000), ("50 USD", 5000), ("0.5 USD", 50), ("12 JPY", 12), ("1.234 KWD", 1234),
            ("-1.5 EUR", -150), ("92233720368547758.07 USD", Int64.max), ("1.500 USD", 150),
        ])
    func money(text: String, units: Int64) throws {
        #expect(Money(text)?.minorUnits == units)
    }

    @Test(
        "anything else is no money",
        arguments: [
            "50", "50 usd", "50USD", "1,000.00 USD", "1.005 USD", "1.5 JPY", "+5 USD", "5. USD", ".5 USD", "5 XXX",
            "92233720368547758.08 USD", "5  USD", "1e3 USD", "٥ USD", " 5 USD",
        ])
    func notMoney(text: String) {
        #expect(Money(text) == nil)
    }

    @Test("money prints as it is written")
    func prints() throws {
        for text in ["50.00 USD", "0.05 USD", "-0.05 USD", "7 JPY", "1.230 KWD"] {
            #expect(Money(text)?.description == text)
        }
        #expect(Decimal.text(minorUnits: .min, exponent: 2) == "-92233720368547758.08")
    }

    @Test(
        "a span is a whole number and a unit",
        arguments: [("500ms", 500), ("30s", 30_000), ("5m", 300_000), ("24h", 86_400_000), ("7d", 604_800_000)])
    func durations(text: String, milliseconds: Int64) {
        #expect(DurationText.milliseconds(text) == milliseconds)
        #expect(DurationText.text(milliseconds) == text)
    }

    @Test("anything else is no span", arguments: ["", "5", "0s", "-1s", "1.5h", "5 s", "1w", "99999999999h", "s"])
    func notDurations(text: String) {
        #expect(DurationText.milliseconds(text) == nil)
    }

    @Test("a date is midnight UTC of a real day")
    func dates() {
        for text in ["1970-01-01", "2024-02-29", "2027-03-01", "2000-12-31", "9999-12-31"] {
            let moment = DateText.milliseconds(text).map { Timestamp(milliseconds: $0).rfc3339 }
            #expect(moment == text + "T00:00:00.000Z")
        }
        for text in ["2023-02-29", "1969-12-31", "2027-13-01", "2027-3-1", "27-03-01", "2027-00-10", "2027/03/01"] {
            #expect(DateText.milliseconds(text) == nil)
        }
    }

    @Test("decimal forms of an amount are read to the last digit")
    func forms() throws {
        let usd = try #require(Currency(code: "USD"))
        let text = MoneyField(path: try Desk.path("a"), form: .decimalString, source: .fixed(usd))
        let number = MoneyField(path: try Desk.path("a"), form: .decimalNumber, source: .fixed(usd))
        #expect(text.minorUnits(of: "500.0") == 50_000)
        #expect(number.minorUnits(of: try JSONReader.read("500.0")) == 50_000)
        #expect(number.minorUnits(of: try JSONReader.read("500.001")) == nil)
        #expect(number.minorUnits(of: try JSONReader.read("5e2")) == nil)
        #expect(text.minorUnits(of: 500) == nil)
    }
}
