import BallastCore
import BallastPolicy

/// The records of a run, as far as its history was taken.
struct ObservedRecords {
    /// The hash of the policy that says what a record is.
    var policy: [UInt8] = []
    var index = RecordIndex()
    var taken = 0
}

/// What a run has read, as far as its transcript was taken.
struct ReadSoFar {
    private var taken = 0
    /// The narrowest readers of any of it.
    private(set) var mostConfidential = Label.Confidentiality.open
    /// What is vouched for as the principal's own words.
    private(set) var words: [BodyReference] = []

    mutating func take(_ transcript: [TranscriptItem]) {
        if taken > transcript.count { (taken, words) = (0, []) }
        for place in taken..<transcript.count {
            let (body, label, isSpoken): (BodyReference, Label, Bool)
            switch transcript[place] {
            case .result(_, let result, let isError, let own): (body, label, isSpoken) = (result, own, !isError)
            case .message(let message): (body, label, isSpoken) = (message.body, message.label, message.role == .user)
            default: continue
            }
            mostConfidential = max(mostConfidential, label.confidentiality)
            if isSpoken, label.sources == [.principal] { words.append(body) }
        }
        taken = transcript.count
    }
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
            isError: past.isError || past.end == .failed, isApproved: past.isApproved,
            recalled: recalled(of: past.ordinal))
    }

    /// Messages and answers that are vouched for as the principal's, and nothing that somebody else said to them.
    var principalWords: [String] {
        mutating get {
            readSoFar.take(state.transcript)
            var held = ReadSoFar()
            if !state.heldWords.isEmpty { held.take(state.heldWords.map(TranscriptItem.message)) }
            return (readSoFar.words + held.words).map { session.text(of: $0) }
        }
    }

    private func answers(of tool: String) -> [JSONValue] {
        if state.isRollback { return answersTakenBack(of: tool) }
        return state.history.compactMap { past in
            guard past.tool == tool, past.end == .done, !past.isError, let result = past.result else { return nil }
            let answer = session.bytes(of: result).flatMap { try? JSONReader.read($0) }
            return answer.map { recalled(of: past.ordinal)?.cleaned($0) ?? $0 }
        }
    }

    /// The narrowest readers of anything that the model is shown.
    var mostConfidentialRead: Label.Confidentiality {
        mutating get {
            readSoFar.take(state.transcript)
            return readSoFar.mostConfidential
        }
    }
}
