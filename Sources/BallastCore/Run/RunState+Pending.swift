/// What a run asks of the world. Recovery is: fold the journal, then perform these.
package enum RunEffect: Sendable, Hashable {
    /// Choose what comes next: a playbook's move, a model call, or the end.
    case plan
    /// The model may be called now.
    case callModel(ModelRequested)
    /// The guard must judge the action (for the first time, or once more after people did).
    case decide(UInt32)
    /// The action is allowed: journal its start.
    case start(UInt32)
    /// The effect was started by this owner: send it.
    case send(UInt32)
    /// The next attempt is due at the moment given.
    case retry(UInt32, at: Timestamp)
    /// The effect was started by an owner that is gone; decide what that means once its bytes cannot be under way.
    case recover(UInt32, notBefore: Timestamp)
    /// Ask the tool what happened.
    case verify(UInt32, at: Timestamp)
    /// The effect is settled: look at the next condition that was declared for afterwards.
    case check(UInt32)
    /// A cancel was asked for: withdraw what was not started.
    case withdraw(UInt32)
    /// A cancel was asked for: the sub-run of the action must end too.
    case cancelSubRun(UInt32, RunID)
    /// Everything is settled and a cancel was asked for.
    case finishCancelled
}

extension RunState {
    /// What is to be done now, derived from the state alone. Empty when only people, time or the end are left.
    package var pendingEffects: [RunEffect] {
        guard phase != .new, phase != .finished else { return [] }
        if cancelRequest != nil { return cancelling }
        guard halt == nil else { return batch.compactMap(settlingWhileHalted) }
        switch phase {
        case .planning where isGateway: return []
        case .planning: return [reservation.map(RunEffect.callModel) ?? .plan]
        case .acting: return batch.compactMap(pending)
        default: return []
        }
    }

    private func pending(_ action: ActionState) -> RunEffect? {
        switch action.stage {
        case .proposed, .approved: .decide(action.ordinal)
        case .allowed: .start(action.ordinal)
        case .started: .send(action.ordinal)
        case .retrying(_, let retryAt): .retry(action.ordinal, at: retryAt)
        case .foreign(_, let until): .recover(action.ordinal, notBefore: until)
        case .inDoubt(let doubt): doubt.verifyAt.map { .verify(action.ordinal, at: $0) }
        case .checking: .check(action.ordinal)
        case .waiting, .asking, .delegated, .closed: nil
        }
    }

    /// A halted run still learns what became of what it had sent.
    private func settlingWhileHalted(_ action: ActionState) -> RunEffect? {
        switch action.stage {
        case .foreign(_, let until): .recover(action.ordinal, notBefore: until)
        case .inDoubt(let doubt): doubt.verifyAt.map { .verify(action.ordinal, at: $0) }
        default: nil
        }
    }

    private var cancelling: [RunEffect] {
        let effects: [RunEffect] = batch.compactMap { action in
            switch action.stage {
            case .proposed, .allowed, .approved, .waiting, .asking, .retrying: .withdraw(action.ordinal)
            case .started: .send(action.ordinal)
            case .foreign(_, let until): .recover(action.ordinal, notBefore: until)
            case .inDoubt(let doubt): doubt.verifyAt.map { .verify(action.ordinal, at: $0) }
            case .checking: .check(action.ordinal)
            case .delegated(let subRun): .cancelSubRun(action.ordinal, subRun.run)
            case .closed: nil
            }
        }
        guard effects.isEmpty else { return effects }
        // What nobody knows of an undo is known before the run is over: it may be needed again.
        return isRollback && batch.contains(where: \.stage.isInDoubt) ? [] : [.finishCancelled]
    }
}
