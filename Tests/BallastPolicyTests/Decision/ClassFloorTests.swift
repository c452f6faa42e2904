import BallastCore
import BallastPolicy
import Testing

@Suite("A tool's class decides where no rule speaks (R01, R02, R03)")
struct ClassFloorTests {
    @Test(
        "safe runs, risky is confirmed by the principal, dangerous is approved by a reviewer",
        arguments: [
            ("lookup_order", Outcome.allow, DecisionCode.allowed), ("send_email", .confirm, .classFloor),
            ("delete_customer", .approve, .classFloor),
        ])
    func floors(tool: String, outcome: Outcome, code: DecisionCode) throws {
        let decision = try Desk.policy().decide(Desk.facts(tool))
        #expect(decision.outcome == outcome)
        #expect(decision.code == code)
        #expect(decision.confirmer == .principal)
    }

    @Test("a tool that nobody classified does not run, and the answer says what would change that")
    func unclassified() throws {
        let decision = try Desk.policy().decide(Desk.facts("format_disk"))
        #expect(decision.outcome == .deny)
        #expect(decision.code == .unclassified)
        #expect(decision.toolClass == nil)
        #expect(
            decision.wouldBeAllowed == "Nothing, until the operator puts format_disk into a class of the policy.")
    }

    @Test("an agent without a policy may do nothing")
    func empty() {
        #expect(Policy.empty.decide(Desk.facts("lookup_order")).outcome == .deny)
    }

    @Test("a dangerous action asks one reviewer, who has 24 hours")
    func defaultApproval() throws {
        let decision = try Desk.policy().decide(Desk.facts("delete_customer", ["customer_id": "C-7"]))
        #expect(decision.approvals == [ApprovalRequirement(group: nil, quorum: 1, within: 86_400_000)])
        #expect(decision.wouldBeAllowed == "delete_customer runs after approval by a reviewer within 24h.")
        #expect(decision.explanation == "delete_customer is dangerous: a reviewer approves it every time.")
    }

    @Test("tools with effects are never repeated unless the policy says so, safe ones may be")
    func repeatability() throws {
        var rules = try Desk.refundRules()
        let policy = try Desk.policy(refund: rules)
        #expect(policy.repeatability(of: "issue_refund") == .never)
        #expect(policy.repeatability(of: "lookup_order") == .naturally)
        #expect(policy.repeatability(of: "unknown") == .never)
        rules.repeatability = .byKey(milliseconds: 1000)
        #expect(try Desk.policy(refund: rules).repeatability(of: "issue_refund") == .byKey(milliseconds: 1000))
    }

    @Test("an action that was done before is asked about again, unless it only reads")
    func repetition() throws {
        var facts = Desk.facts("send_email", ["to": "ana@example.com"])
        facts.isRepeat = true
        #expect(try Desk.policy().decide(facts).code == .repeated)
        #expect(try Desk.policy().decide(facts).outcome == .approve)
        facts.tool = "lookup_order"
        #expect(try Desk.policy().decide(facts).outcome == .allow)
    }
}
