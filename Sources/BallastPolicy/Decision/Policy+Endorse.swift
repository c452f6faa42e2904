import BallastCore

/// What endorsements change of a decision: a person is not asked again for want of a word that was given. Nothing that is
/// denied becomes anything else, and nothing that an invariant forbids comes about.
extension Policy {
    /// The decision with what people endorsed; the same one where that does not matter.
    func endorsed(_ plain: PolicyDecision, on facts: PolicyFacts) -> PolicyDecision {
        guard !facts.endorsements.isEmpty, plain.outcome == .confirm || plain.outcome == .approve else { return plain }
        var used: Set<Endorser> = []
        guard let lifted = facts.endorsed(for: plain, using: &used) else { return plain }
        let decision = judge(lifted)
        guard isLower(decision, than: plain, on: facts) else { return plain }
        let words = used.map { "\($0.person) in approval \($0.approval)" }.sorted()
        let reason = PolicyReason(
            rule: "endorsed", outcome: decision.outcome, code: .endorsed,
            sentence: "What nobody vouched for was endorsed by \(Wording.list(words, last: "and")).")
        return decision.noting(reason)
    }

    /// The promises of the policy are held to the facts as they are without any endorsement.
    private func isLower(_ decision: PolicyDecision, than plain: PolicyDecision, on facts: PolicyFacts) -> Bool {
        decision.outcome < plain.outcome
            && !invariants.contains { $0.outcomes.contains(decision.outcome) && $0.holds(of: facts, under: self) }
    }

    /// Values whose endorsement would have made this decision a lighter one; empty where it asks for another reason.
    package func endorsable(_ facts: PolicyFacts, _ decision: PolicyDecision) -> [EndorsableValue] {
        guard decision.outcome == .confirm || decision.outcome == .approve, let entry = entries[facts.tool] else {
            return []
        }
        var complaints = labelComplaints(facts, entry)
        if let grounds = facts.grounds, !grounds.isGrounded, !grounds.isCut {
            complaints.append(Complaint(items: grounds.gaps.map { EndorsableValue($0) }) { $0.grounds = .grounded })
        }
        complaints.removeAll { $0.items.isEmpty || $0.items.contains(nil) }
        func isEnough(_ chosen: [Complaint]) -> Bool {
            var lifted = facts
            for complaint in chosen { complaint.lift(&lifted) }
            return !chosen.isEmpty && isLower(judge(lifted), than: decision, on: facts)
        }
        guard isEnough(complaints) else { return [] }
        // No more is asked of a person than what matters.
        for place in complaints.indices.reversed() {
            var rest = complaints
            rest.remove(at: place)
            if isEnough(rest) { complaints = rest }
        }
        var seen: Set<EndorsableValue> = []
        return complaints.flatMap { $0.items.compactMap(\.self) }.filter { seen.insert($0).inserted }
    }

    /// One thing that values are doubted for.
    private struct Complaint {
        let items: [EndorsableValue?]
        let lift: (inout PolicyFacts) -> Void
    }

    /// Arguments whose labels a rule of the tool asks for, and that may come from anybody.
    private func labelComplaints(_ facts: PolicyFacts, _ entry: ToolEntry) -> [Complaint] {
        var paths: Set<FieldPath> = []
        for condition in (entry.raising + entry.relaxing).flatMap(\.conditions) {
            if case .label(let path, _) = condition, facts.label(of: path)?.isUntrusted == true { paths.insert(path) }
        }
        guard !paths.isEmpty else { return [] }
        let leaves = ArgumentLeaves(facts.arguments, entry.rules.flow.types).leaves
        return paths.sorted().map { path in
            let own = leaves.filter { $0.path == path.text || $0.path.hasPrefix(path.text + ".") }
            let items = own.map { leaf in
                leaf.isStray
                    ? nil : EndorsableValue(path: leaf.path, value: leaf.value, use: EndorsedUse(leaf, of: facts.tool))
            }
            return Complaint(items: items) { $0.vouch(for: path.text) }
        }
    }
}

extension Groundedness {
    fileprivate static let grounded = Groundedness(isGrounded: true)
}

extension PolicyFacts {
    /// As they are for the decision alone, where whoever would be asked now has endorsed what is doubted; nil where that
    /// is nothing.
    fileprivate func endorsed(for plain: PolicyDecision, using used: inout Set<Endorser>) -> PolicyFacts? {
        var (facts, isChanged) = (self, false)
        func standing(_ values: [Set<Endorser>]) -> Set<Endorser>? {
            guard !values.isEmpty, values.allSatisfy(plain.isCovered) else { return nil }
            return values.reduce(into: []) { $0.formUnion($1) }
        }
        if let grounds, !grounds.isGrounded, !grounds.isCut, let people = standing(grounds.gaps.map(\.endorsers)) {
            facts.grounds = .grounded
            used.formUnion(people)
            isChanged = true
        }
        for (path, values) in endorsements {
            guard let people = standing(values) else { continue }
            facts.vouch(for: path)
            used.formUnion(people)
            isChanged = true
        }
        return isChanged ? facts : nil
    }

    fileprivate mutating func vouch(for path: String) {
        let readers = FieldPath(path).flatMap(label)?.confidentiality ?? .tenant
        labels[path] = Label([.reviewer], confidentiality: readers)
    }

}

extension PolicyDecision {
    /// Whether these people are as many, and of the kind, as this decision asks.
    fileprivate func isCovered(by people: Set<Endorser>) -> Bool {
        let reviewers = people.filter { $0.gate == .approve }
        switch outcome {
        case .confirm: return confirmer == .principal ? !people.isEmpty : !reviewers.isEmpty
        case .approve:
            return !approvals.isEmpty
                && approvals.allSatisfy { needed in
                    let able = reviewers.filter { needed.group == nil || $0.group == needed.group }
                    return Set(able.map(\.person)).count >= needed.quorum
                }
        case .allow, .deny: return false
        }
    }

    /// The same with one more reason, which names it when nobody is asked.
    fileprivate func noting(_ reason: PolicyReason) -> PolicyDecision {
        let isNamed = outcome == .allow
        return PolicyDecision(
            tool: tool, outcome: outcome, toolClass: toolClass, code: isNamed ? reason.code : code,
            rule: isNamed ? reason.rule : rule, reasons: isNamed ? [reason] + reasons : reasons + [reason],
            approvals: approvals, confirmer: confirmer, within: within, next: next, demands: demands)
    }
}
