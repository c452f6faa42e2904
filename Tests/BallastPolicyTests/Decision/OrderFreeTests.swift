import BallastCore
import BallastPolicy
import Testing

@Suite("The order of rules and conditions never matters")
struct OrderFreeTests {
    /// A small generator whose seed is in the failure message.
    private struct Dice: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    private func rules(_ dice: inout Dice) throws -> [PolicyRule] {
        let amount = try Desk.path("amount")
        let order = try Desk.path("order_id")
        return try (0..<8).map { index in
            let bound = Money(
                minorUnits: Int64.random(in: 0...3000, using: &dice), currency: try #require(Currency(code: "USD")))
            let comparison = try #require(Comparison.allCases.randomElement(using: &dice))
            let conditions: [Condition] = [
                .argument(amount, .compares(comparison, .money(bound))), .argument(order, .hasPrefix("O-")),
                .environment(.equals(Bool.random(using: &dice) ? "production" : "test")),
            ].shuffled(using: &dice)
            let who = ApprovalRequirement(
                group: "finance", quorum: Int.random(in: 1...3, using: &dice), within: 1000 * Int64(index + 1))
            let action = try #require(
                [RuleAction.deny, .requireApproval(who), .requireConfirm(within: 5000), .relax(to: .confirm)]
                    .randomElement(using: &dice))
            return PolicyRule(
                id: "rule-\(index)", action: action, scope: RuleScope(tools: ["issue_refund"]),
                conditions: conditions, owner: "ops", reason: "test", expires: Desk.later)
        }
    }

    @Test("a shuffled policy gives the same decision, and a strict rule more never loosens it", arguments: 0..<200)
    func shuffled(seed: Int) throws {
        var dice = Dice(state: UInt64(seed) &* 7919 &+ 1)
        let rules = try rules(&dice)
        let facts = Desk.refund(JSONValue(Int64.random(in: 0...3000, using: &dice)))
        let decision = try Desk.policy(rules).decide(facts)
        #expect(try Desk.policy(rules.shuffled(using: &dice)).decide(facts) == decision)
        let stricter = rules + [Desk.approve("issue_refund", ApprovalRequirement(group: "finance"), id: "more")]
        #expect(try Desk.policy(stricter).decide(facts).outcome >= decision.outcome)
        let without = rules.filter { if case .relax = $0.action { false } else { true } }
        #expect(try Desk.policy(without).decide(facts).outcome >= decision.outcome)
    }

    @Test("the numeric gate excludes a rule only where the full evaluation would", arguments: 0..<100)
    func gates(seed: Int) throws {
        var dice = Dice(state: UInt64(seed) &* 104_729 &+ 3)
        let bound = Int64.random(in: -5...5, using: &dice)
        let value = Int64.random(in: -5...5, using: &dice)
        let comparison = try #require(Comparison.allCases.randomElement(using: &dice))
        let test = ValueTest.compares(comparison, .integer(bound))
        let condition = Condition.argument(try Desk.path("n"), test)
        let decision = try Desk.policy([Desk.deny("lookup_order", when: [condition])])
            .decide(Desk.facts("lookup_order", ["n": JSONValue(value)]))
        #expect((decision.outcome == .deny) == (test.evaluate(JSONValue(value), quantifier: .any) == .yes))
    }

    @Test("gates exclude a rule only where the full evaluation of its text or truth value would", arguments: 0..<300)
    func otherGates(seed: Int) throws {
        var dice = Dice(state: UInt64(seed) &* 7_103 &+ 5)
        let some: [JSONValue] = ["a", "b", "\u{E9}", "e\u{301}", true, false, 1, .null, ["a"], ["b", true]]
        func pick() throws -> JSONValue { try #require(some.randomElement(using: &dice)) }
        let listed = try (0..<Int.random(in: 1...3, using: &dice)).map { _ in try pick() }
        let tests: [ValueTest] = [.equals(listed[0]), .isIn(listed), .isNotIn(listed)]
        let test = try #require(tests.randomElement(using: &dice))
        let value = try pick()
        let condition = Condition.argument(try Desk.path("n"), test)
        let decision = try Desk.policy([Desk.deny("lookup_order", when: [condition])])
            .decide(Desk.facts("lookup_order", ["n": value]))
        #expect((decision.outcome == .deny) == (test.evaluate(value, quantifier: .any) != .no))
    }
}
