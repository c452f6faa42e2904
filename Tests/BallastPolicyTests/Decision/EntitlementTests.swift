import BallastCore
import BallastPolicy
import Testing

@Suite("A principal reaches only their own records (R31, R34)")
struct EntitlementTests {
    private func policy() throws -> Policy {
        var rules = try Desk.refundRules()
        let owner = try #require(ValueReference("lookup_order(order_id).customer_id"))
        rules.entitlements = [
            Entitlement(argument: try Desk.path("order_id"), owner: owner, attribute: "customer_id")
        ]
        return try Desk.policy(refund: rules)
    }

    private func facts(owner: JSONValue?) -> PolicyFacts {
        var facts = Desk.refund(100)
        let call = GuardCall(tool: "lookup_order", arguments: ["order_id": "O-1001"])
        if let owner { facts.groundTruth[call] = ["customer_id": owner] }
        return facts
    }

    @Test("an own order goes on to the rules")
    func own() throws {
        #expect(try policy().decide(facts(owner: "C-7")).outcome == .approve)
        #expect(try policy().entitlementRefusal(facts(owner: "C-7")) == nil)
    }

    @Test("somebody else's order is denied, and nothing of the record is in the answer")
    func foreign() throws {
        let decision = try policy().decide(facts(owner: "C-8"))
        #expect(decision.outcome == .deny)
        #expect(decision.code == .entitlement)
        #expect(decision.reasons[0].sentence == "order_id \"O-1001\" does not belong to customer:ana.")
        #expect(!decision.explanation.contains("C-8"))
    }

    @Test("what cannot be told is denied: no answer, no field, no attribute", arguments: [0, 1, 2])
    func unknown(way: Int) throws {
        var facts = facts(owner: way == 0 ? nil : way == 1 ? .null : "C-7")
        if way == 2 { facts.attributes = [:] }
        #expect(try policy().decide(facts).code == .entitlement)
    }

    @Test("an argument may itself be the owner's id, and a number is compared by its spelling")
    func directOwner() throws {
        var rules = ToolRules()
        rules.entitlements = [
            Entitlement(
                argument: try Desk.path("customer_id"), owner: .argument(try Desk.path("customer_id")),
                attribute: "customer_id")
        ]
        let policy = Policy(classes: Desk.classes, tools: ["delete_customer": rules])
        for (id, code) in [(JSONValue("C-7"), DecisionCode.classFloor), ("c-7", .entitlement), (7, .entitlement)] {
            #expect(policy.decide(Desk.facts("delete_customer", ["customer_id": id])).code == code)
        }
    }

    @Test("the guard asks for an owner once, whatever else needs the same call")
    func calls() throws {
        let arguments: JSONValue = ["order_id": "O-1001", "amount": 1]
        let policy = try policy()
        #expect(policy.entitlementCalls(for: "issue_refund", arguments: arguments).count == 1)
        #expect(policy.guardCalls(for: "issue_refund", arguments: arguments).count == 1)
        #expect(policy.guardCalls(for: "issue_refund", arguments: [:]).isEmpty)
    }
}
