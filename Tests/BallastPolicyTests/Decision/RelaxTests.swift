import BallastCore
import BallastPolicy
import Testing

@Suite("A relaxation lowers the floor only on its terms (R03, R08)")
struct RelaxTests {
    @Test("makes a risky tool run alone where its conditions hold")
    func risky() throws {
        let own = Condition.argument(try Desk.path("to"), .equals("ana@example.com"))
        let policy = try Desk.policy([Desk.relax("send_email", to: .allow, when: [own], id: "own-mail")])
        let decision = policy.decide(Desk.facts("send_email", ["to": "ana@example.com"]))
        #expect(decision.outcome == .allow)
        #expect(decision.code == .relaxed)
        #expect(decision.rule == "own-mail")
        #expect(policy.decide(Desk.facts("send_email", ["to": "bob@example.com"])).outcome == .confirm)
    }

    @Test("of a dangerous tool asks somebody on the operator's side, never the principal")
    func operatorSide() throws {
        let policy = try Desk.policy([
            Desk.relax("issue_refund", to: .confirm, when: [try Desk.amount(.atMost, "50.00")])
        ])
        let decision = policy.decide(Desk.refund(5000))
        #expect(decision.outcome == .confirm)
        #expect(decision.confirmer == .operatorSide)
        #expect(policy.decide(Desk.refund(5001)).outcome == .approve)
        #expect(policy.deviations(at: Desk.now).map(\.id) == ["ease"])
        #expect(policy.deviations(at: Desk.later).isEmpty)
    }

    @Test("ends at its date")
    func expiry() throws {
        let policy = try Desk.policy([
            Desk.relax("issue_refund", to: .confirm, when: [try Desk.amount(.atMost, "50.00")], expires: Desk.now)
        ])
        #expect(policy.decide(Desk.refund(100)).outcome == .approve)
    }

    @Test("does not apply where any raising rule matches, nor where a fact is missing")
    func raisedBeside() throws {
        let relax = Desk.relax("issue_refund", to: .confirm, when: [try Desk.amount(.atMost, "50.00")])
        let raise = PolicyRule(
            id: "late", action: .requireConfirm(within: 60_000), scope: RuleScope(tools: ["issue_refund"]),
            conditions: [.environment(.equals("production"))])
        #expect(try Desk.policy([relax, raise]).decide(Desk.refund(100)).outcome == .approve)
        let absent = Desk.facts("issue_refund", ["order_id": "O-1001"])
        #expect(try Desk.policy([relax]).decide(absent).outcome == .approve)
    }

    @Test("needs every element of a list to satisfy it, and at least one")
    func lists() throws {
        let inside = Condition.argument(try Desk.path("to"), .domainIn([try Desk.domain("example.com")]))
        let policy = try Desk.policy([Desk.relax("send_email", to: .allow, when: [inside])])
        #expect(policy.decide(Desk.facts("send_email", ["to": ["a@example.com"]])).outcome == .allow)
        #expect(policy.decide(Desk.facts("send_email", ["to": ["a@example.com", "b@evil.test"]])).outcome == .confirm)
        #expect(policy.decide(Desk.facts("send_email", ["to": []])).outcome == .confirm)
    }

    @Test("that breaks its terms never applies, even where nobody read the loader's complaint")
    func brokenTerms() throws {
        let bound = try Desk.amount(.atMost, "50.00")
        let unsigned = PolicyRule(
            id: "ease", action: .relax(to: .confirm), scope: RuleScope(tools: ["issue_refund"]), conditions: [bound])
        let toAllow = Desk.relax("issue_refund", to: .allow, when: [bound])
        let boundless = Desk.relax("issue_refund", to: .confirm, when: [.environment(.equals("production"))])
        for rule in [unsigned, toAllow, boundless] {
            #expect(try Desk.policy([rule]).decide(Desk.refund(100)).outcome == .approve)
        }
        var lasting = try Desk.refundRules()
        lasting.undo = nil
        let fine = Desk.relax("issue_refund", to: .confirm, when: [bound])
        #expect(try Desk.policy([fine], refund: lasting).decide(Desk.refund(100)).outcome == .approve)
    }

    @Test("of several that match, the strictest holds")
    func strictest() throws {
        let policy = try Desk.policy([
            Desk.relax("send_email", to: .allow, when: [], id: "one"),
            Desk.relax("send_email", to: .confirm, when: [], id: "two"),
        ])
        // Relaxing a risky tool to confirm changes nothing and so breaks the terms; the other one stands.
        #expect(policy.decide(Desk.facts("send_email")).outcome == .allow)
        #expect(policy.problems().map(\.place) == [["rules", "two", "relax"]])
    }
}
