import BallastCore
import BallastPolicy
import Testing

@Suite("What is stated of a tool bounds every action of it (R23, R24)")
struct StatementTests {
    @Test(
        "an amount is an integer of minor units, in range",
        arguments: [
            ("500.0", false), ("500", true), ("5e2", false), ("-1", false), ("\"500\"", false), ("true", false),
        ])
    func minorUnits(text: String, isFine: Bool) throws {
        let decision = try Desk.policy().decide(Desk.refund(try JSONReader.read(text)))
        #expect((decision.outcome == .approve) == isFine)
        if !isFine {
            #expect(decision.code == .money)
            #expect(decision.wouldBeAllowed.contains("an integer of minor units (12.50 is 1250) in USD"))
        }
    }

    @Test(
        "an amount can be said as people write it, whatever the tool counts in",
        arguments: [
            (MoneyField.Form.minor, "2000", "20.00 USD"), (.minor, "7", "0.07 USD"),
            (.minor, "[100, 250]", "1.00 USD, 2.50 USD"),
            (.decimalString, "\"20.5\"", "20.50 USD"), (.decimalNumber, "20.5", "20.50 USD"), (.minor, "20.5", ""),
            (.minor, "[]", ""), (.minor, "[1, null]", ""),
        ])
    func amounts(form: MoneyField.Form, text: String, words: String) throws {
        let usd = try #require(Currency(code: "USD"))
        let field = MoneyField(path: try Desk.path("amount"), form: form, source: .fixed(usd))
        #expect((field.amounts(in: ["amount": try JSONReader.read(text)]) ?? "") == words)
        #expect(field.amounts(in: [:]) == nil)
    }

    @Test("an amount in another currency than the policy speaks of is denied")
    func currency() throws {
        var rules = try Desk.refundRules()
        let usd = try #require(Currency(code: "USD"))
        rules.money = [
            MoneyField(path: try Desk.path("amount"), source: .argument(try Desk.path("currency"), expected: usd))
        ]
        let policy = try Desk.policy(refund: rules)
        let dollars: JSONValue = ["amount": 100, "currency": "USD"]
        let euros: JSONValue = ["amount": 100, "currency": "EUR"]
        #expect(policy.decide(Desk.facts("issue_refund", dollars)).outcome == .approve)
        #expect(policy.decide(Desk.facts("issue_refund", euros)).code == .money)
        #expect(policy.decide(Desk.facts("issue_refund", ["amount": 100])).code == .money)
    }

    @Test("one action may touch so much and no more")
    func magnitude() throws {
        var rules = try Desk.refundRules()
        rules.magnitudes = [
            MagnitudeRule(subject: .argument(try Desk.path("amount")), atMost: .money(try Desk.usd("20.00")))
        ]
        let policy = try Desk.policy(refund: rules)
        #expect(policy.decide(Desk.refund(2000)).outcome == .approve)
        let refused = policy.decide(Desk.refund(2001))
        #expect(refused.code == .magnitude)
        #expect(refused.wouldBeAllowed == "issue_refund can go ahead if amount is at most 20.00 USD.")
    }

    @Test("a bound that comes from a tool is fetched by the guard, and denies when it cannot be told")
    func fetchedMagnitude() throws {
        var rules = ToolRules()
        let reference = try #require(ValueReference("lookup_order(order_id).open_refunds"))
        rules.magnitudes = [MagnitudeRule(subject: reference, atMost: .integer(3))]
        let policy = try Desk.policy(refund: rules)
        var facts = Desk.refund(100)
        let calls = policy.guardCalls(for: "issue_refund", arguments: facts.arguments)
        #expect(calls == [GuardCall(tool: "lookup_order", arguments: ["order_id": "O-1001"])])
        #expect(policy.decide(facts).code == .groundTruth)
        facts.groundTruth = [calls[0]: ["open_refunds": 4]]
        #expect(policy.decide(facts).code == .magnitude)
        facts.groundTruth = [calls[0]: ["open_refunds": 3]]
        #expect(policy.decide(facts).outcome == .approve)
    }

    @Test("a destructive action is rehearsed by its own tool, and what it would touch is bounded")
    func dryRun() throws {
        var rules = ToolRules()
        rules.dryRun = DryRun(
            with: [BoundArgument(name: "dry_run", source: .literal(true))], count: try Desk.path("count"), atMost: 100)
        let policy = Policy(classes: ["cleanup_records": .dangerous], tools: ["cleanup_records": rules])
        var facts = Desk.facts("cleanup_records", ["older_than": "90d", "dry_run": false])
        let calls = policy.guardCalls(for: "cleanup_records", arguments: facts.arguments)
        let rehearsal: JSONValue = ["older_than": "90d", "dry_run": true]
        #expect(calls == [GuardCall(tool: "cleanup_records", arguments: rehearsal, isDryRun: true)])
        for (count, code) in [(JSONValue(100), DecisionCode.classFloor), (101, .magnitude), ("few", .groundTruth)] {
            facts.groundTruth = [calls[0]: ["count": count]]
            #expect(policy.decide(facts).code == code)
        }
        facts.groundTruth = [:]
        #expect(policy.decide(facts).code == .groundTruth)
    }

    @Test(
        "a destructive action says exactly what it touches",
        arguments: [
            ("\"C-7\"", true), ("[\"C-7\", \"C-8\"]", true), ("\"*\"", false), ("\"C-%\"", false), ("\" \"", false),
            ("\"ALL\"", false), ("[]", false), ("null", false), ("{}", false),
        ])
    func explicitScope(text: String, isFine: Bool) throws {
        var rules = ToolRules()
        rules.explicitScope = [try Desk.path("customer_id")]
        let policy = Policy(classes: Desk.classes, tools: ["delete_customer": rules])
        let decision = policy.decide(
            Desk.facts("delete_customer", ["customer_id": try JSONReader.read(text)]))
        #expect(decision.code == (isFine ? .classFloor : .scope))
    }
}
