/// Whether a run gets on, and what takes the place of what could not be done.
extension RunState {
    /// All calls of a reply are over. A step gets on when it found or did something that no earlier one had: another
    /// answer, another call, or words of a person.
    mutating func noteProgress() {
        var failed = 0
        var isNew = false
        for action in batch {
            guard let place = history.lastIndex(where: { $0.ordinal == action.ordinal }) else { continue }
            let past = history[place]
            switch past.end {
            case .done where !past.isError:
                isNew = isNew || !history[..<place].contains { $0.isSameAnswer(as: past) }
            case .done, .failed, .denied, .withdrawn: failed += 1
            case .rejected, .expired, .superseded, .answered: break
            }
        }
        failedSteps = failed == batch.count ? failedSteps + 1 : 0
        staleSteps = isNew ? 0 : staleSteps + 1
    }

    /// A person spoke, or gave the run back: it is looked at anew.
    mutating func forgetFailures() {
        failedSteps = 0
        staleSteps = 0
    }

    /// The agent goes round in circles: from here on it is looked at anew, and borne less.
    mutating func noteConfusion(_ fields: ConfusionNoticed) throws(RunTransitionError) {
        guard phase == .planning || (isGateway && phase == .acting), escalation == nil else {
            throw impossible(.confusionNoticed)
        }
        confusions += 1
        confusedAt = transcript.count
    }

    mutating func resetContext(_ fields: ContextReset) throws(RunTransitionError) {
        guard phase == .planning else { throw impossible(.contextReset) }
        contextReset = ContextCut(at: transcript.count, summary: fields.summary)
    }

    /// The action is over, and another tool is asked in its place.
    mutating func fallBack(_ fields: FallbackChosen) throws(RunTransitionError) {
        guard let index = batch.firstIndex(where: { $0.ordinal == fields.action }), !batch[index].stage.isFixed
        else { throw impossible(.fallbackChosen) }
        let old = batch[index]
        enterHistory(summary(old, .withdrawn, result: fields.detail, isError: true))
        usage.steps += old.attempts > 0 ? 1 : 0
        approvalOfAction[old.ordinal] = nil
        lastAction += 1
        var next = ActionState(ordinal: lastAction, proposal: fields.proposal)
        next.trail = FallbackTrail(
            tools: (old.trail?.tools ?? []) + [old.proposal.tool],
            arguments: old.trail?.arguments ?? old.proposal.arguments, note: fields.note)
        batch[index] = next
    }
}

/// The tools that were to do what an action does now, and were not there for it.
package struct FallbackTrail: Sendable, Hashable {
    /// In the order in which they were tried.
    package let tools: [String]
    /// What the first of them was called with.
    package let arguments: BodyReference
    /// What the model is told beside the result.
    package let note: BodyReference
}

extension ActionSummary {
    /// The same call, answered with the same words.
    fileprivate func isSameAnswer(as other: ActionSummary) -> Bool {
        end == .done && tool == other.tool && arguments == other.arguments && result == other.result
    }
}

extension ActionStage {
    /// Nothing can take its place: it is done, may have been, or waits for people.
    fileprivate var isFixed: Bool {
        switch self {
        case .closed, .inDoubt, .checking, .delegated, .waiting, .asking: true
        case .proposed, .allowed, .approved, .started, .retrying, .foreign: false
        }
    }
}
