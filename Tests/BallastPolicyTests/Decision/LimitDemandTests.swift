import BallastCore
import BallastPolicy
import Testing

@Suite("A decision says what must be reserved before the action starts (R24, R41)")
struct LimitDemandTests {
    private func demands(_ limit: LimitRule, _ facts: PolicyFacts) throws -> PolicyDecision {
        var rules = try Desk.refundRules()
        rules.limits = [limit]
        return try Desk.policy(refund: rules).decide(facts)
    }

    @Test("a count takes one for the principal")
    func count() throws {
        let limit = LimitRule(measure: .count, cap: .fixed(.integer(5)), per: .principal, every: .hour)
        let demand = try #require(try demands(limit, Desk.refund(100)).demands.first)
        #expect(demand.name == "issue_refund/count/principal/hour")
        #expect(demand.subject == "customer:ana")
        #expect(demand.amount == 1)
        #expect(demand.cap == 5)
        #expect(demand.words == "at most 5 times per principal and hour")
    }

    @Test("a sum takes the amount in minor units for the tenant")
    func sum() throws {
        let limit = LimitRule(
            measure: .sum(try Desk.path("amount")), cap: .fixed(.money(try Desk.usd("2000.00"))), per: .tenant,
            every: .day)
        let demand = try #require(try demands(limit, Desk.refund(1250)).demands.first)
        #expect(demand.amount == 1250)
        #expect(demand.cap == 200_000)
        #expect(demand.subject.isEmpty)
        #expect(demand.words == "at most 2000.00 USD of amount per tenant and day")
    }

    @Test("a cap from ground truth is the order's own total")
    func reference() throws {
        let limit = LimitRule(
            measure: .sum(try Desk.path("amount")),
            cap: .reference(try #require(ValueReference("lookup_order(order_id).total_cents"))),
            per: .argument(try Desk.path("order_id")), every: .total)
        var facts = Desk.refund(1250)
        #expect(try demands(limit, facts).code == .groundTruth)
        facts.groundTruth[GuardCall(tool: "lookup_order", arguments: ["order_id": "O-1001"])] = ["total_cents": 4200]
        let demand = try #require(try demands(limit, facts).demands.first)
        #expect(demand.cap == 4200)
        #expect(demand.subject == "\"O-1001\"")
        #expect(demand.name == "issue_refund/sum.amount/order_id/total")
    }

    @Test("an unreadable or overflowing amount denies, and a negative one makes no room")
    func odd() throws {
        var rules = ToolRules()
        rules.limits = [
            LimitRule(measure: .sum(try Desk.path("n")), cap: .fixed(.integer(9)), per: .run, every: .total)
        ]
        let policy = Policy(classes: Desk.classes, tools: ["send_email": rules])
        var facts = Desk.facts("send_email", ["n": "many"])
        facts.run = "run_1"
        #expect(policy.decide(facts).code == .groundTruth)
        facts.arguments = ["n": [JSONValue(Int64.max), 1]]
        #expect(policy.decide(facts).code == .groundTruth)
        facts.arguments = ["n": -5]
        #expect(policy.decide(facts).demands.isEmpty)
        facts.arguments = ["n": 5]
        facts.run = ""
        #expect(policy.decide(facts).code == .groundTruth, "whom it counts for is unknown")
    }

    @Test("how many a list names is bounded for one action, and added up over several")
    func elements() throws {
        let to = try Desk.path("to")
        var rules = ToolRules()
        rules.limits = [
            LimitRule(measure: .elements(to), cap: .fixed(.integer(3)), per: .action, every: .total),
            LimitRule(measure: .elements(to), cap: .fixed(.integer(10)), per: .run, every: .hour),
        ]
        let policy = Policy(classes: Desk.classes, tools: ["send_email": rules])
        func decision(_ to: JSONValue?) -> PolicyDecision {
            var facts = Desk.facts("send_email", to.map { ["to": $0] } ?? [:])
            facts.run = "run_1"
            return policy.decide(facts)
        }
        let three = decision(["a@x.org", "b@x.org", "c@x.org"]).demands
        #expect(three.map(\.amount) == [3] && three.map(\.name) == ["send_email/number_of.to/run/hour"])
        #expect(three.first?.words == "at most 10 elements of to per run and hour")
        #expect(decision("a@x.org").demands.map(\.amount) == [1])
        let four = decision(["a@x.org", "b@x.org", "c@x.org", "d@x.org"])
        #expect(four.outcome == .deny && four.code == .magnitude)
        #expect(four.explanation.contains("This action touches 4. (at most 3 elements of to per action)"))
        #expect(decision(nil).code == .groundTruth, "an absent list may mean everybody")
        #expect(decision([]).demands.isEmpty)
    }

    @Test("a denied action reserves nothing")
    func denied() throws {
        var rules = try Desk.refundRules()
        rules.limits = [LimitRule(measure: .count, cap: .fixed(.integer(5)), per: .agent, every: .hour)]
        let decision = try Desk.policy([Desk.deny("issue_refund")], refund: rules).decide(Desk.refund(1))
        #expect(decision.demands.isEmpty)
    }
}
