import BallastCore
import BallastPolicy
import Testing

@Suite("An explanation says of every rule what it made of the facts (R69)")
struct ExplanationTests {
    private func rules() throws -> [PolicyRule] {
        [
            Desk.approve(
                "issue_refund", ApprovalRequirement(group: "finance"), when: [try Desk.amount(.above, "20.00")],
                id: "above-20"),
            Desk.deny("issue_refund", when: [try Desk.amount(.above, "500.00")], id: "above-500"),
            Desk.deny("send_email", id: "no-mail"),
            Desk.relax("issue_refund", to: .confirm, when: [try Desk.amount(.atMost, "30.00")], id: "small"),
            Desk.relax(
                "issue_refund", to: .confirm, when: [try Desk.amount(.atMost, "10.00")], expires: Desk.now, id: "old"),
            PolicyRule(
                id: "for-billing", action: .deny, scope: RuleScope(tools: ["issue_refund"], agents: ["billing"])),
            PolicyRule(
                id: "outsiders", action: .deny, scope: RuleScope(tools: ["issue_refund"]),
                conditions: [.attribute("country", .isNotIn(["PT"]))]),
        ]
    }

    @Test("whether it matched, did not, could not be told, is past its date, or was outweighed")
    func standings() throws {
        let explanation = try Desk.policy(try rules()).explain(Desk.refund(2500))
        let standings = Dictionary(explanation.rules.map { ($0.id, $0.standing) }) { first, _ in first }
        #expect(
            standings == [
                "above-20": .matched, "above-500": .notMatched, "small": .outweighed, "old": .expired,
                "for-billing": .otherAgent, "outsiders": .cannotEvaluate,
            ])
        #expect(explanation.otherRules == 1)
    }

    @Test("which facts each condition saw")
    func facts() throws {
        let explanation = try Desk.policy(try rules()).explain(Desk.refund(2500))
        let above = try #require(explanation.rules.first { $0.id == "above-500" }?.conditions.first)
        #expect(above.words == "amount is above 500.00 USD")
        #expect(above.truth == .no)
        #expect(above.seen == 2500)
        #expect(explanation.rules.first { $0.id == "outsiders" }?.conditions.first?.seen == nil)
    }

    @Test("and it is of the very decision")
    func sameDecision() throws {
        let policy = try Desk.policy(try rules())
        for facts in [Desk.refund(2500), Desk.refund(900), Desk.refund("x"), Desk.facts("nothing")] {
            #expect(policy.explain(facts).decision == policy.decideInOrder(facts))
        }
        #expect(policy.explain(Desk.facts("nothing")).rules.isEmpty)
        #expect(policy.explain(Desk.refund(900)).document["decision"]?["outcome"] == "deny")
    }
}
