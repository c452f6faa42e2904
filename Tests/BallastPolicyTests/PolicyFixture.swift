import BallastCore
import BallastPolicy
import Testing

/// A support desk's policy and an action on it, with short words for what the tests vary.
enum Desk {
    static let now = Timestamp(milliseconds: 1_795_000_000_000)
    static let later = now.adding(milliseconds: 86_400_000)

    static func path(_ text: String) throws -> FieldPath { try #require(FieldPath(text)) }
    static func usd(_ text: String) throws -> Money { try #require(Money("\(text) USD")) }
    static func domain(_ text: String) throws -> DomainPattern { try #require(DomainPattern(text)) }

    static let classes: [String: ToolClass] = [
        "lookup_order": .safe, "find_refund": .safe, "send_email": .risky, "issue_refund": .dangerous,
        "void_refund": .dangerous, "delete_customer": .dangerous,
    ]

    /// Refunds in US cents that can be taken back.
    static func refundRules() throws -> ToolRules {
        var rules = ToolRules()
        rules.money = [MoneyField(path: try path("amount"), source: .fixed(try #require(Currency(code: "USD"))))]
        rules.undo = Undo(tool: "void_refund", with: [])
        return rules
    }

    static func policy(_ rules: [PolicyRule] = [], refund: ToolRules? = nil) throws -> Policy {
        Policy(classes: classes, tools: ["issue_refund": try refund ?? refundRules()], rules: rules)
    }

    static func facts(_ tool: String, _ arguments: JSONValue = [:]) -> PolicyFacts {
        PolicyFacts(
            tool: tool, arguments: arguments, agent: "support", principal: Principal("customer:ana"),
            attributes: ["customer_id": "C-7"], now: now)
    }

    static func refund(_ amount: JSONValue, order: String = "O-1001") -> PolicyFacts {
        facts("issue_refund", ["order_id": JSONValue(order), "amount": amount])
    }

    static func amount(_ comparison: Comparison, _ text: String) throws -> Condition {
        .argument(try path("amount"), .compares(comparison, .money(try usd(text))))
    }

    static func deny(_ tool: String, when conditions: [Condition] = [], id: String = "no") -> PolicyRule {
        PolicyRule(id: id, action: .deny, scope: RuleScope(tools: [tool]), conditions: conditions)
    }

    static func approve(
        _ tool: String, _ requirement: ApprovalRequirement, when conditions: [Condition] = [], id: String = "ask"
    ) -> PolicyRule {
        PolicyRule(
            id: id, action: .requireApproval(requirement), scope: RuleScope(tools: [tool]), conditions: conditions)
    }

    /// A relaxation with all that the terms ask for.
    static func relax(
        _ tool: String, to outcome: Outcome, when conditions: [Condition], expires: Timestamp = later,
        id: String = "ease"
    ) -> PolicyRule {
        PolicyRule(
            id: id, action: .relax(to: outcome), scope: RuleScope(tools: [tool]), conditions: conditions,
            owner: "support-ops", reason: "low value", expires: expires)
    }
}
