import BallastCore
import BallastPolicy

/// Judging an attempt once more: the rules changed, a halt was lifted, or another owner took the run over since the
/// action was allowed and before this attempt of it was sent.
extension RunDriver {
    /// It was allowed, or approved, once: a fact that cannot be had for a moment is no reason to give it up.
    func isSettledBefore(_ action: ActionState) -> Bool {
        switch action.stage {
        case .approved, .allowed, .retrying: true
        default: false
        }
    }

    /// Asks again, for a while, what a tool did not answer; false when something else wants the run's attention first.
    mutating func hasAnswers(_ action: ActionState, _ verdict: inout GuardVerdict) async throws(DriverStop) -> Bool {
        for look in 0..<options.verifications where verdict.outcome == .deny && lacksAnswer {
            let wait = max(
                min(options.verifyBackoff << look, options.longestBackoff), min(answerWait, options.longestAskedWait))
            guard (try? await services.clock.sleep(milliseconds: wait)) != nil else { return false }
            (lacksAnswer, answerWait) = (false, 0)
            verdict = try await self.verdict(on: action)
        }
        return true
    }

    /// A later decision can only be stricter: what needs no more than it has goes on, and nothing else is sent.
    mutating func decideAgain(
        _ action: ActionState, _ progress: EffectProgress, _ verdict: GuardVerdict
    ) throws(DriverStop) {
        guard isCovered(verdict, by: progress, of: action) else {
            let what = action.proposal.tool
            return try withdraw(
                action.ordinal, code: verdict.code.rawValue,
                "\(what) was allowed and is not any more, so nothing more was sent: \(verdict.sentence) \(verdict.remedy)"
            )
        }
        try record(
            .actionDecided(
                ActionDecided(
                    action: action.ordinal, outcome: verdict.outcome, code: verdict.code.rawValue, rule: verdict.rule,
                    policy: agent.policy.hash)))
    }

    /// Whether nobody needs to be asked: it is allowed, or who was asked before is whom it asks for now.
    private func isCovered(_ verdict: GuardVerdict, by progress: EffectProgress, of action: ActionState) -> Bool {
        switch verdict.outcome {
        case .allow: return true
        case .deny: return false
        case .confirm, .approve:
            guard let given = state.approvalOfAction[action.ordinal], given.approval == progress.approval else {
                return false
            }
            return !isStricter(verdict, than: given, for: action)
        }
    }
}
