package import BallastCore

/// A decision with everything that was looked at on the way to it, spoken or not.
package struct PolicyExplanation: Sendable, Hashable {
    /// One condition of a rule against the facts.
    package struct ConditionAccount: Sendable, Hashable {
        /// Such as `amount is above 1000.00 USD`.
        package let words: String
        package let truth: Truth
        /// The fact as it was; nil where there is none.
        package let seen: JSONValue?
    }

    package enum Standing: String, Sendable, Hashable {
        /// Its conditions hold, and it counts.
        case matched
        case notMatched = "not_matched"
        /// A fact is missing or of another type: a raising rule then denies, a relaxation does not apply.
        case cannotEvaluate = "cannot_evaluate"
        case otherAgent = "other_agent"
        /// A relaxation past its date.
        case expired
        /// A relaxation whose conditions hold, where something else asks for more.
        case outweighed
        /// A relaxation that breaks the terms of relaxations; it never applies.
        case againstTerms = "against_terms"
    }

    package struct RuleAccount: Sendable, Hashable {
        package let id: String
        /// What it does where it matches, such as `asks finance`.
        package let does: String
        package let standing: Standing
        package let conditions: [ConditionAccount]
        package let owner: String?
        package let reason: String?
    }

    /// A fact that the guard fetches, and what was answered.
    package struct TruthAccount: Sendable, Hashable {
        package let call: GuardCall
        package let answer: JSONValue?
    }

    package let facts: PolicyFacts
    package let toolClass: ToolClass?
    package let decision: PolicyDecision
    /// Rules that are about this tool or its class, by id.
    package let rules: [RuleAccount]
    package let groundTruth: [TruthAccount]
    /// What the action would take of limits, even when it is denied.
    package let demands: [LimitDemand]
    /// Rules that are about other tools.
    package let otherRules: Int
}

extension Policy {
    /// Decides, and says of every rule that is about the tool what it made of the facts.
    package func explain(_ facts: PolicyFacts) -> PolicyExplanation {
        let decision = decideInOrder(facts)
        let entry = entries[facts.tool]
        // Labels as the rules see them: an argument that occurs in a trusted source has that source's.
        let seen = entry.map { facts.grounded(by: $0.rules) } ?? facts
        let mine = rules.filter { rule in
            entry.map { rule.scope.covers(tool: facts.tool, class: $0.toolClass) } ?? false
        }
        return PolicyExplanation(
            facts: seen, toolClass: decision.toolClass, decision: decision,
            rules: entry.map { entry in mine.map { account(of: $0, seen, entry, decision) } } ?? [],
            groundTruth: askedCalls(for: facts.tool, arguments: facts.arguments).map {
                PolicyExplanation.TruthAccount(call: $0, answer: facts.groundTruth[$0])
            },
            demands: entry.map { entry in
                entry.rules.limits.flatMap { (try? $0.demand(facts, rules: entry.rules).get()) ?? [] }
                    + entry.limits.flatMap { (try? $0.demand(facts).get()) ?? [] }
            } ?? [], otherRules: rules.count - mine.count)
    }

    private func account(
        of rule: PolicyRule, _ facts: PolicyFacts, _ entry: ToolEntry, _ decision: PolicyDecision
    ) -> PolicyExplanation.RuleAccount {
        let quantifier: Quantifier = rule.action.isRaising ? .any : .every
        let conditions = rule.conditions.map { condition in
            PolicyExplanation.ConditionAccount(
                words: condition.words, truth: condition.evaluate(facts, rules: entry.rules, quantifier: quantifier),
                seen: condition.seen(in: facts))
        }
        return PolicyExplanation.RuleAccount(
            id: rule.id, does: rule.does, standing: standing(of: rule, facts, entry, decision, quantifier),
            conditions: conditions, owner: rule.owner, reason: rule.reason)
    }

    private func standing(
        of rule: PolicyRule, _ facts: PolicyFacts, _ entry: ToolEntry, _ decision: PolicyDecision,
        _ quantifier: Quantifier
    ) -> PolicyExplanation.Standing {
        if let agents = rule.scope.agents, !agents.contains(facts.agent) { return .otherAgent }
        if !rule.action.isRaising {
            guard entry.relaxing.contains(where: { $0.id == rule.id }) else { return .againstTerms }
            if rule.isExpired(at: facts.now) { return .expired }
        }
        switch rule.matches(facts, entry: entry, quantifier: quantifier) {
        case .no: return .notMatched
        case .unknown: return .cannotEvaluate
        case .yes:
            let spoke = decision.reasons.contains { $0.rule == rule.id }
            return spoke || rule.action.isRaising ? .matched : .outweighed
        }
    }
}

extension PolicyRule {
    /// What it does where it matches.
    fileprivate var does: String {
        switch action {
        case .relax(let target): "lowers the class's floor to \(target.name)"
        case .requireConfirm: "asks for a confirmation"
        case .requireApproval(let who): "asks for approval by \(who.words)"
        case .deny: "forbids"
        }
    }
}

extension Condition {
    /// The fact that it looks at.
    fileprivate func seen(in facts: PolicyFacts) -> JSONValue? {
        switch self {
        case .argument(let path, _), .argumentIsAttribute(let path, _, _): path.value(in: facts.arguments)
        case .label(let path, _): facts.label(of: path).map { .array($0.sourceNames.map { JSONValue($0) }) }
        case .principal: JSONValue(facts.principal.name)
        case .attribute(let name, _): facts.attributes[name].map { JSONValue($0) }
        case .role: .array(facts.roles.map { JSONValue($0) })
        case .tenant: JSONValue(facts.tenant.name)
        case .environment: JSONValue(facts.environment)
        case .confidence: facts.confidence.map { JSONValue($0.name) }
        case .readUntrusted: facts.hasReadUntrusted.map { .bool($0) }
        case .grounded: facts.grounds.map { .array($0.gaps.map { JSONValue($0.words) }) }
        }
    }
}
