import BallastCore
import BallastPolicy
import Testing

@Suite("A policy's reader learns what its rules do not do")
struct FindingTests {
    private func findings(
        _ rules: [PolicyRule], refund: ToolRules? = nil, now: Timestamp = Desk.now
    ) throws -> [String] {
        let policy = try Desk.policy(rules, refund: refund)
        return policy.findings(ProofSettings(now: now)).map { "\($0.severity.name): \($0.problem)" }
    }

    private func bounded() throws -> ToolRules {
        var refund = try Desk.refundRules()
        let total = try #require(ValueReference("lookup_order(order_id).total"))
        refund.limits = [
            LimitRule(
                measure: .sum(try Desk.path("amount")), cap: .reference(total),
                per: .argument(try Desk.path("order_id")), every: .total)
        ]
        return refund
    }

    @Test("conditions that contradict each other never match")
    func contradiction() throws {
        let rule = Desk.deny(
            "send_email", when: [.environment(.equals("test")), .environment(.equals("production"))])
        #expect(
            try findings([rule], refund: bounded()) == [
                "warning: no never matches: its conditions contradict each other, or the arguments that its tool takes"
            ])
    }

    @Test("a rule that another one covers changes nothing, and is told which")
    func shadowed() throws {
        let wide = Desk.deny("send_email", when: [try Desk.amountless("n", above: 5)], id: "wide")
        let narrow = Desk.approve(
            "send_email", ApprovalRequirement(), when: [try Desk.amountless("n", above: 9)], id: "narrow")
        let found = try findings([wide, narrow], refund: bounded())
        #expect(
            found.contains("warning: narrow never changes an outcome: wide is at least as strict wherever it matches"))
        #expect(
            found.contains {
                $0.hasPrefix("note: narrow and wide can both match an action of send_email; then wide wins")
            })
        #expect(!found.contains { $0.contains("wide never") })
    }

    @Test("a relaxation that is always overruled lowers nothing")
    func overruled() throws {
        let deny = Desk.deny("send_email", when: [.readUntrusted(true)], id: "no")
        let ease = Desk.relax("send_email", to: .allow, when: [.readUntrusted(true)])
        #expect(
            try findings([deny, ease], refund: bounded()).contains(
                "warning: ease never lowers anything: wherever it applies, another rule raises or relaxes as well"))
    }

    @Test("a request for approval by a group counts, also where the class asks for approval anyway")
    func groups() throws {
        let who = ApprovalRequirement(group: "finance")
        #expect(try findings([Desk.approve("issue_refund", who)], refund: bounded()) == [])
        let anybody = try findings([Desk.approve("issue_refund", ApprovalRequirement())], refund: bounded())
        #expect(
            anybody == [
                "warning: ask never changes an outcome: classes and other rules are at least as strict wherever it matches"
            ])
    }

    @Test("a sum that nothing bounds, a rule past its date, a relaxation that ends soon, and a deviation are told")
    func others() throws {
        let old = PolicyRule(
            id: "old", action: .deny, scope: RuleScope(tools: ["send_email"]),
            conditions: [.readUntrusted(true)], expires: Desk.now)
        let ease = Desk.relax("issue_refund", to: .confirm, when: [try Desk.amount(.atMost, "50.00")])
        let found = try findings([old, ease])
        #expect(
            found == [
                "warning: nothing bounds the sum of `amount` of issue_refund by what another tool knows, so parts may "
                    + "add up to more than the whole",
                "note: ease expires in 1 day", "warning: the date of old is past, and it stays in force",
                "note: a deviation: ease lets a dangerous tool run without approval",
            ])
    }

    @Test("tools that are offered and stand in no class are told")
    func uncovered() throws {
        let settings = ProofSettings(now: Desk.now, schemas: ["wipe": ["type": "object"]])
        let found = try Desk.policy([], refund: bounded()).findings(settings).map(\.problem)
        #expect(found == ["`wipe` is offered and stands in no class, so it never runs"])
    }
}

extension Desk {
    static func amountless(_ path: String, above bound: Int64) throws -> Condition {
        .argument(try Desk.path(path), .compares(.above, .integer(bound)))
    }
}
