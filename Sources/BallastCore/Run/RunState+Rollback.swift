/// How far a run is that takes back what another one did.
package struct RollbackProgress: Sendable, Hashable {
    package internal(set) var request: RollbackRequested
    /// Effects of which nothing stands any more, in that order.
    package internal(set) var closed: [EffectCompensated] = []

    package func isClosed(_ effect: EffectID) -> Bool { closed.contains { $0.effect == effect } }
    package func step(of effect: EffectID) -> RollbackStep? { request.steps.first { $0.effect == effect } }

    /// What can be taken back and was not, the next first.
    package var left: [RollbackStep] {
        request.steps.filter { step in
            if case .impossible = step.way { return false }
            return !isClosed(step.effect)
        }
    }
    package var impossible: [RollbackStep] {
        request.steps.filter { if case .impossible = $0.way { !isClosed($0.effect) } else { false } }
    }
}

/// Taking back: one effect after the other, each by an action of this run whose call is named after the effect.
extension RunState {
    /// Its actions take back what another run did.
    package var isRollback: Bool { created?.source == RunCreated.rollback }

    /// What became of the action that takes this effect back, the newest; nil while there is none that is over.
    package func attempt(toUndo effect: EffectID) -> ActionSummary? {
        history.last { $0.callID == effect.description && $0.end != .superseded }
    }

    /// The step that an action of this run carries out.
    package func undone(by proposal: ProposedAction) -> RollbackStep? {
        guard let rollback, let effect = try? EffectID(parsing: proposal.callID) else { return nil }
        return rollback.step(of: effect)
    }

    /// An effect whose undo is done and which is not on record as taken back.
    package var uncompensated: EffectCompensated? {
        guard let rollback, let last = history.last, last.end == .done,
            let effect = try? EffectID(parsing: last.callID), rollback.step(of: effect) != nil,
            !rollback.isClosed(effect)
        else { return nil }
        return EffectCompensated(effect: effect, how: .undone, through: EffectID(run: run, ordinal: last.ordinal))
    }

    mutating func requestRollback(_ fields: RollbackRequested) throws(RunTransitionError) {
        guard isRollback, phase == .planning || phase == .escalated, batch.isEmpty,
            rollback.map({ $0.request.of == fields.of }) ?? true
        else { throw impossible(.rollbackRequested) }
        if rollback == nil { rollback = RollbackProgress(request: fields) } else { rollback?.request = fields }
    }

    mutating func compensate(_ fields: EffectCompensated) throws(RunTransitionError) {
        guard phase != .finished, let rollback, rollback.step(of: fields.effect) != nil,
            !rollback.isClosed(fields.effect)
        else { throw impossible(.effectCompensated, "without \(fields.effect) to take back") }
        self.rollback?.closed.append(fields)
    }

    /// One undo at a time, of an effect that is left.
    func mayPropose(_ proposals: [ProposedAction]) -> Bool {
        guard isRollback else { return isGateway }
        guard phase == .planning, let rollback, proposals.count == 1,
            let effect = proposals.first.flatMap({ try? EffectID(parsing: $0.callID) })
        else { return false }
        return rollback.left.contains { $0.effect == effect } && attempt(toUndo: effect) == nil
    }
}
