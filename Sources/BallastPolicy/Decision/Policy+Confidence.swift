import BallastCore

extension Policy {
    /// Who estimates the confidence of this tool's actions; nil where neither a rule nor the tool asks for it.
    package func confidenceRule(of tool: String) -> ConfidenceRule? {
        guard asksForConfidence(of: tool) else { return nil }
        return rules(for: tool).confidence ?? ConfidenceRule()
    }

    /// What the facts alone say: a value that the principal did not say themselves, or an assumption, is to be confirmed.
    package func estimate(_ facts: PolicyFacts, hasAssumptions: Bool) -> (band: ConfidenceBand, why: String) {
        let rules = rules(for: facts.tool)
        let inferred = rules.flow.groundings.filter { grounding in
            guard grounding.argument.value(in: facts.arguments) != nil else { return false }
            let own = Grounding(argument: grounding.argument, sources: [.principal])
            return facts.evidence.ground(own, in: facts.arguments, rules: rules) == nil
        }
        if let grounding = inferred.first {
            return (.medium, "\(grounding.argument) is not in the principal's own words.")
        }
        return hasAssumptions ? (.medium, "Something was assumed.") : (.high, "Nothing speaks against it.")
    }
}
