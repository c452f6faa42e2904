import BallastCore
import BallastPolicy

/// The records of a run, as far as its history was taken.
struct ObservedRecords {
    /// The hash of the policy that says what a record is.
    var policy: [UInt8] = []
    var index = RecordIndex()
    var taken = 0
}

/// What the run itself tells of where an argument's value may come from.
extension RunDriver {
    /// The principal's own words, and what the tools that ground this tool's arguments answered in this run.
    mutating func evidence(for tool: String, under policy: Policy) -> Evidence {
        var evidence = Evidence(words: principalWords)
        for source in policy.groundingTools(of: tool) { evidence.answers[source] = answers(of: source) }
        guard policy.asksForRecords(of: tool) else { return evidence }
        let isInForce = policy.hash == agent.policy.hash
        evidence.records = records(in: isInForce ? \.observed : \.observedByShadow, under: policy)
        return evidence
    }

    /// The records of the run so far: what was taken stays taken, what is new in its history is added.
    private mutating func records(
        in place: WritableKeyPath<RunDriver, ObservedRecords>, under policy: Policy
    ) -> RecordIndex {
        var observed = self[keyPath: place]
        // Not held by the driver while it changes, so that nothing is copied.
        self[keyPath: place] = ObservedRecords()
        if observed.policy != policy.hash || observed.taken > state.history.count {
            observed = ObservedRecords(policy: policy.hash)
        }
        for past in state.history[observed.taken...] {
            if let act = act(of: past, under: policy) { observed.index.take(act, under: policy) }
        }
        observed.taken = state.history.count
        self[keyPath: place] = observed
        return observed.index
    }

    /// nil for what did nothing, and for what the index does not look at.
    private func act(of past: ActionSummary, under policy: Policy) -> ObservedAct? {
        guard past.end == .done || past.end == .failed, policy.isObserved(past.tool),
            let arguments = session.bytes(of: past.arguments)
        else { return nil }
        return ObservedAct(
            tool: past.tool, arguments: arguments, result: past.result.flatMap { session.bytes(of: $0) },
            isError: past.isError || past.end == .failed, isApproved: past.isApproved)
    }

    /// Messages and answers that are vouched for as the principal's, and nothing that somebody else said to them.
    var principalWords: [String] {
        (state.transcript + state.heldWords.map(TranscriptItem.message)).compactMap { item in
            switch item {
            case .message(let message) where message.role == .user && message.label.sources == [.principal]:
                session.text(of: message.body)
            case .result(_, let body, false, let label) where label.sources == [.principal]: session.text(of: body)
            default: nil
            }
        }
    }

    private func answers(of tool: String) -> [JSONValue] {
        if state.isRollback { return answersTakenBack(of: tool) }
        return state.history.compactMap { past in
            guard past.tool == tool, past.end == .done, !past.isError, let result = past.result else { return nil }
            return session.bytes(of: result).flatMap { try? JSONReader.read($0) }
        }
    }

    /// The narrowest readers of anything that the model is shown.
    var mostConfidentialRead: Label.Confidentiality {
        state.transcript.reduce(.open) { most, item in
            switch item {
            case .result(_, _, _, let label): max(most, label.confidentiality)
            case .message(let message): max(most, message.label.confidentiality)
            default: most
            }
        }
    }
}
