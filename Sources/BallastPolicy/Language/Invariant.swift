package import BallastCore

/// A promise about the whole policy: no facts that satisfy the conditions have one of these outcomes, whatever the
/// rules say. It decides nothing; `Policy.prove` proves it or finds facts that break it.
package struct Invariant: Sendable, Hashable {
    /// Unique among the invariants of the policy.
    package let id: String
    package let scope: RuleScope
    /// All must hold; what cannot be told does not hold. Of a list, one element is enough for each condition.
    package let conditions: [Condition]
    /// Outcomes that must not come about; never empty, and never `deny`.
    package let outcomes: Set<Outcome>
    package let reason: String?

    package init(
        id: String, scope: RuleScope = RuleScope(), conditions: [Condition] = [], outcomes: Set<Outcome>,
        reason: String? = nil
    ) {
        self.id = id
        self.scope = scope
        self.conditions = conditions
        self.outcomes = outcomes
        self.reason = reason
    }

    /// The invariant in words: `issue_refund is never allow or confirm where amount is above 500.00 USD`.
    package var words: String {
        let tools = scope.tools.map { Wording.list($0.sorted(), last: "or") }
        let classes = scope.classes.map { classes in
            "a \(Wording.list(ToolClass.allCases.filter(classes.contains).map(\.name), last: "or")) tool"
        }
        let agents = scope.agents.map { " by \(Wording.list($0.sorted(), last: "or"))" } ?? ""
        let what = Wording.list(Outcome.allCases.filter(outcomes.contains).map(\.name), last: "or")
        let place = conditions.isEmpty ? "" : " where \(Wording.list(conditions.map(\.words), last: "and"))"
        return "\(tools ?? classes ?? "a tool")\(agents) is never \(what)\(place)"
    }
}

extension Invariant {
    /// Whether these facts break the invariant under this policy, by the engine that decides actions.
    package func isBroken(by facts: PolicyFacts, under policy: Policy) -> Bool {
        holds(of: facts, under: policy) && outcomes.contains(policy.decide(facts).outcome)
    }

    /// Whether the facts are among those that it speaks of.
    func holds(of facts: PolicyFacts, under policy: Policy) -> Bool {
        guard let toolClass = policy.toolClass(of: facts.tool), scope.covers(tool: facts.tool, class: toolClass),
            scope.agents?.contains(facts.agent) ?? true
        else { return false }
        let rules = policy.rules(for: facts.tool)
        return conditions.allSatisfy { $0.evaluate(facts, rules: rules, quantifier: .any) == .yes }
    }
}
