import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Testing

/// Arguments that are wrong in one way, and what the guard says of them.
struct HostileArguments: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    let code: DecisionCode
    let sentence: String
    var testDescription: String { name }

    init(_ name: String, _ text: String, _ code: DecisionCode, _ sentence: String) {
        self.name = name
        self.text = text
        self.code = code
        self.sentence = sentence
    }
}

@Suite("Hostile arguments are denied, each with its own reason (R18, R21, R25)")
struct HostileArgumentTests {
    /// As tools declare them: every name known, numbers bounded.
    private static let strict: JSONValue = [
        "type": "object", "required": ["order_id", "amount"], "additionalProperties": false,
        "properties": [
            "order_id": ["type": "string", "minLength": 1, "maxLength": 20],
            "amount": ["type": "integer", "minimum": 1], "note": ["type": "string", "maxLength": 40],
        ],
    ]
    private static let closed = [
        HostileArguments("missing", #"{"order_id":"O-1"}"#, .schema, "amount"),
        HostileArguments("null for a number", #"{"order_id":"O-1","amount":null}"#, .schema, "expected integer"),
        HostileArguments("negative", #"{"order_id":"O-1","amount":-500}"#, .schema, "at least 1"),
        HostileArguments("not a number", #"{"order_id":"O-1","amount":NaN}"#, .parse, "expected a value"),
        HostileArguments("infinite", #"{"order_id":"O-1","amount":-Infinity}"#, .parse, "not a JSON number"),
        HostileArguments("1e400", #"{"order_id":"O-1","amount":1e400}"#, .parse, "larger than programs can hold"),
        HostileArguments(
            "400 digits", "{\"order_id\":\"O-1\",\"amount\":1\(String(repeating: "0", count: 400))}", .parse,
            "larger than programs can hold"),
        HostileArguments(
            "500.0 for minor units", #"{"order_id":"O-1","amount":500.0}"#, .money, "integer of minor units"),
        HostileArguments("5e2 for minor units", #"{"order_id":"O-1","amount":5e2}"#, .money, "integer of minor units"),
        HostileArguments(
            "more than an integer holds", #"{"order_id":"O-1","amount":9223372036854775808}"#, .money,
            "integer of minor units"),
        HostileArguments("a fraction", #"{"order_id":"O-1","amount":500.5}"#, .schema, "expected integer"),
        HostileArguments("string for number", #"{"order_id":"O-1","amount":"500"}"#, .schema, "expected integer"),
        HostileArguments("true for number", #"{"order_id":"O-1","amount":true}"#, .schema, "expected integer"),
        HostileArguments("a list for a number", #"{"order_id":"O-1","amount":[500]}"#, .schema, "expected integer"),
        HostileArguments("number for string", #"{"order_id":1,"amount":500}"#, .schema, "expected string"),
        HostileArguments("empty string", #"{"order_id":"","amount":500}"#, .schema, "order_id"),
        HostileArguments(
            "too long", "{\"order_id\":\"\(String(repeating: "O", count: 21))\",\"amount\":500}", .schema, "order_id"),
        HostileArguments(
            "duplicate key", #"{"order_id":"O-1","amount":1,"amount":99999}"#, .parse, "\"amount\" appears twice"),
        HostileArguments(
            "duplicate key by escape", #"{"order_id":"O-1","amount":1,"\u0061mount":99999}"#, .parse,
            "\"amount\" appears twice"),
        HostileArguments(
            "canonically equal keys", "{\"order_id\":\"O-1\",\"amount\":1,\"\u{e9}\":1,\"e\u{301}\":2}", .parse,
            "two names are the same text"),
        HostileArguments(
            "canonically equal keys by escape", #"{"order_id":"O-1","amount":1,"\u00e9":1,"e\u0301":2}"#, .parse,
            "two names are the same text"),
        HostileArguments(
            "canonically equal keys below", "{\"order_id\":\"O-1\",\"amount\":1,\"x\":[{\"\u{212a}\":1,\"K\":2}]}",
            .parse, "two names are the same text"),
        HostileArguments("extra field", #"{"order_id":"O-1","amount":1,"force":true}"#, .schema, "force"),
        HostileArguments("a prototype", #"{"order_id":"O-1","amount":1,"__proto__":{}}"#, .schema, "__proto__"),
        HostileArguments("another case", #"{"order_id":"O-1","Amount":1}"#, .schema, "Amount"),
        HostileArguments("a list", #"[{"order_id":"O-1","amount":1}]"#, .parse, "not a JSON object"),
        HostileArguments("text in text", #""{\"order_id\":\"O-1\",\"amount\":1}""#, .parse, "not a JSON object"),
        HostileArguments("two values", #"{"order_id":"O-1","amount":1}{}"#, .parse, "follows the complete value"),
        HostileArguments("a comment", #"{"order_id":"O-1",/**/"amount":1}"#, .parse, "expected"),
        HostileArguments("a comma too many", #"{"order_id":"O-1","amount":1,}"#, .parse, "expected"),
        HostileArguments("cut off", #"{"order_id":"O-1","amount":1"#, .parse, "the text ends"),
        HostileArguments("a leading zero", #"{"order_id":"O-1","amount":0500}"#, .parse, "JSON"),
        HostileArguments("hexadecimal", #"{"order_id":"O-1","amount":0x10}"#, .parse, "expected"),
        HostileArguments("a plus sign", #"{"order_id":"O-1","amount":+5}"#, .parse, "expected"),
        HostileArguments("other digits", #"{"order_id":"O-1","amount":٥٠٠}"#, .parse, "expected"),
        HostileArguments("half a surrogate", #"{"order_id":"\ud800","amount":5}"#, .parse, "surrogate"),
        HostileArguments("a byte order mark", "\u{feff}{\"order_id\":\"O-1\",\"amount\":5}", .parse, "byte order mark"),
        HostileArguments("a control character", "{\"order_id\":\"O\u{0}1\",\"amount\":5}", .parse, "control character"),
        HostileArguments(
            "too deep",
            "{\"order_id\":" + String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
                + ",\"amount\":5}", .parse, "nested"),
        HostileArguments("nothing", "", .schema, "order_id"),
    ]

    @Test("before a tool that declares everything", arguments: closed)
    func closedSchema(_ hostile: HostileArguments) throws { try expectDenied(hostile, schema: Self.strict) }

    /// A careless tool: it says nothing of its arguments but their names, so what the policy states must hold.
    private static let careless: JSONValue = [
        "type": "object", "properties": ["order_id": ["type": "string"], "amount": [:], "Kind": [:]],
    ]
    private static let open = [
        HostileArguments("missing", #"{"order_id":"O-1"}"#, .groundTruth, "cannot be told"),
        HostileArguments("null", #"{"order_id":"O-1","amount":null}"#, .groundTruth, "cannot be told"),
        HostileArguments("negative", #"{"order_id":"O-1","amount":-500}"#, .money, "at least 0.00 USD"),
        HostileArguments("1e400", #"{"order_id":"O-1","amount":1e400}"#, .parse, "larger than programs can hold"),
        HostileArguments("1e4 as minor units", #"{"order_id":"O-1","amount":1e4}"#, .money, "integer of minor units"),
        HostileArguments(
            "500.0 for minor units", #"{"order_id":"O-1","amount":500.0}"#, .money, "integer of minor units"),
        HostileArguments("string for number", #"{"order_id":"O-1","amount":"500"}"#, .money, "integer of minor units"),
        HostileArguments(
            "an object for a number", #"{"order_id":"O-1","amount":{"$gt":0}}"#, .money, "integer of minor"),
        HostileArguments(
            "one bad in a list", #"{"order_id":"O-1","amount":[1,"2"]}"#, .money, "integer of minor units"),
        HostileArguments(
            "a sum that overflows", #"{"order_id":"O-1","amount":[9223372036854775807,1]}"#, .groundTruth,
            "cannot be told"),
        HostileArguments(
            "a name in other characters", "{\"order_id\":\"O-1\",\"amount\":1,\"\u{212a}ind\":1}", .schema,
            "other characters than the declared one"),
    ]

    @Test("before a tool that declares little", arguments: open)
    func openSchema(_ hostile: HostileArguments) throws { try expectDenied(hostile, schema: Self.careless) }

    @Test("an amount in another currency than the limit's is denied, in an argument or by declaration")
    func otherCurrency() throws {
        let limit = LimitRule(
            measure: .sum(try Shop.path("amount")), cap: .fixed(try Shop.usd("2000.00")), per: .tenant, every: .day)
        let calls = Calls()
        var workshop = try Shop.refunds(calls, limits: [limit])
        workshop.model("main", once("refund", #"{"amount":1,"currency":"EUR"}"#))
        let (usd, eur) = (try #require(Currency(code: "USD")), try #require(Currency(code: "EUR")))
        let (amount, currency) = (try Shop.path("amount"), try Shop.path("currency"))
        workshop.rules["refund"]?.money = [MoneyField(path: amount, source: .argument(currency, expected: usd))]
        var refusal = try GuardBench(workshop).first()
        #expect(refusal.code == DecisionCode.money.rawValue)
        #expect(refusal.message.contains("currency must be \"USD\""))
        workshop.rules["refund"]?.money = [MoneyField(path: amount, source: .fixed(eur))]
        refusal = try GuardBench(workshop).first()
        #expect(refusal.code == DecisionCode.money.rawValue)
        #expect(refusal.message.contains("The limit is in USD, and amount is in EUR."))
        #expect(calls.count == 0)
    }

    private func expectDenied(_ hostile: HostileArguments, schema: JSONValue) throws {
        let calls = Calls()
        let limit = LimitRule(
            measure: .sum(try Shop.path("amount")), cap: .fixed(try Shop.usd("2000.00")), per: .tenant, every: .total)
        var workshop = try Shop.refunds(calls, limits: [limit], schema: schema)
        workshop.model("main", once("refund", hostile.text))
        let bench = try GuardBench(workshop)
        let refusal = try bench.first()
        #expect(refusal.outcome == .deny)
        #expect(refusal.code == hostile.code.rawValue, "\(refusal.message)")
        #expect(refusal.message.contains(hostile.sentence), "\(refusal.message)")
        #expect(!refusal.remedy.isEmpty)
        #expect(calls.count == 0, "nothing reached the tool")
        #expect(try bench.balance("refund/sum.amount/tenant/total|") == LimitBalance(used: 0, reserved: 0))
        #expect(bench.stage.status(bench.run) == .succeeded, "the model could go on")
    }
}
