package import BallastCore

extension AppendBatch {
    /// What is wrong with the batch in itself, whatever the store holds: a mistake of the caller.
    package var fault: StoreError? {
        if expectedSequence < 0 { return invalid("expects the negative sequence \(expectedSequence)") }
        if expectedSequence == 0 && (entries.isEmpty || fence != 0) {
            return invalid("creates a run without an entry or under a fence")
        }
        if !follow(entries, after: expectedSequence) { return invalid("has entries that do not follow its sequence") }
        if header.run != run || header.tenant != scope.tenant { return invalid("has the header of another run") }
        if ledger.contains(where: { $0.id.run != run })
            || approvals.contains(where: { $0.id.run != run || $0.action.run != run })
        {
            return invalid("has an effect or approval of another run")
        }
        if amendments.contains(where: { $0.effect.run == run || $0.state.isOpen }) {
            return invalid("amends an effect of its own, or opens one")
        }
        let first = firstLedger
        if first.indices.contains(where: { index in first[..<index].contains { $0.bars(first[index]) } }) {
            return invalid("starts the same action twice")
        }
        if entries.isEmpty && !limits.isEmpty { return invalid("changes limits without an entry") }
        if limits.contains(where: \.isNegative) { return invalid("changes a limit by a negative amount") }
        if deliveries.contains(where: { $0.run == run }) { return invalid("has a row for its own inbox") }
        return childrenFault
    }

    /// The rows of effects that start for the first time.
    package var firstLedger: [EffectRecord] {
        firstStarts.isEmpty ? [] : ledger.filter { $0.state == .started && firstStarts.contains($0.id) }
    }

    private var childrenFault: StoreError? {
        guard !children.isEmpty else { return nil }
        var seen: Set<RunID> = [run]
        for child in children {
            let isSound =
                child.header.run == child.run && child.header.tenant == scope.tenant && !child.entries.isEmpty
                && follow(child.entries, after: 0)
            if !isSound || !seen.insert(child.run).inserted { return invalid("has a malformed sub-run") }
        }
        return nil
    }

    private func follow(_ entries: [JournalEntry], after sequence: Int64) -> Bool {
        var expected = sequence
        for entry in entries {
            expected &+= 1
            if entry.sequence != expected { return false }
        }
        return expected >= sequence
    }

    private func invalid(_ what: String) -> StoreError {
        StoreError(
            code: .invalid, message: "The append to \(run) \(what).",
            advice: "This is a fault in Ballast: report it with this message.")
    }
}

extension LimitChange {
    fileprivate var isNegative: Bool {
        switch kind {
        case .reserve(let amount, _): amount < 0
        case .settle(let reserved, let used): reserved < 0 || used < 0
        case .release(let reserved): reserved < 0
        }
    }
}
