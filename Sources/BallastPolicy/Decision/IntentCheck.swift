import BallastCore

/// Holds an act against the principal's words: what they do not ask for is nobody's wish but the text's that was read.
struct IntentCheck {
    let facts: PolicyFacts
    let rules: ToolRules

    /// nil where the contract of the task has the action, nobody stated one, or the tool only reads.
    func outsideContract(_ toolClass: ToolClass?) -> PolicyReason? {
        guard !facts.contracts.isEmpty, toolClass != .safe,
            let complaint = facts.contracts.lazy.compactMap({
                $0.contract.complaint(about: facts, rules: rules, uses: facts.uses)
            }).first
        else { return nil }
        return PolicyReason(
            rule: "contract", outcome: .deny, code: .contract, sentence: complaint.sentence, remedy: complaint.remedy)
    }

    /// nil where the words ask for an act of the tool's kinds, leave it open, or are not known.
    func refusal(_ outcome: Outcome) -> PolicyReason? {
        let acts = rules.flow.acts
        guard !acts.isEmpty else { return nil }
        switch facts.license {
        case .named?, .delegated?, .unclear?, .unspoken?: return nil
        case IntentLicense.none?, nil: break
        }
        let kinds = Wording.list(acts.sorted().map(\.rawValue), last: "or")
        return PolicyReason(
            rule: "intent", outcome: outcome, code: .intent,
            sentence: "The principal's words do not ask to \(kinds), and that is what \(facts.tool) does.",
            remedy: "the principal says in their own words that they want to \(kinds)")
    }
}
