import BallastCore
import BallastPolicy

/// How much one run may do before a person looks at it.
extension RunDriver {
    /// A run that has done as much as it may alone stops and asks, whatever the action's class says. What is taken back
    /// somebody asked for, and it is no more than was done.
    func askWhenFar(_ verdict: inout GuardVerdict, for action: ActionState) {
        guard let most = agent.definition.bounds.effects, verdict.outcome < .approve, action.stage.progress == nil,
            !state.isRollback, changesSomething(action.proposal.tool)
        else { return }
        let done = effects(before: action.ordinal)
        guard done >= most else { return }
        verdict.outcome = .approve
        verdict.code = .reach
        verdict.rule = "budget:effects"
        verdict.sentence =
            "This task has done \(done) things with an effect; it may do \(most) before a person looks at it."
        verdict.remedy = "An approval, or an end of the task with what is done."
        verdict.requirement = verdict.requirement ?? ApprovalRequirement()
    }

    private func changesSomething(_ tool: String) -> Bool {
        agent.policy.toolClass(of: tool) != .safe && deployment.catalog[tool]?.agent == nil
    }

    /// What was done, and what may be done before this action: of earlier steps, and of the same reply.
    private func effects(before ordinal: UInt32) -> Int {
        state.history.count { $0.end == .done && changesSomething($0.tool) }
            + state.batch.count { other in
                guard other.ordinal < ordinal, changesSomething(other.proposal.tool) else { return false }
                switch other.stage {
                case .allowed, .approved, .started, .retrying, .foreign, .inDoubt, .checking: return true
                case .proposed, .waiting, .asking, .delegated, .closed: return false
                }
            }
    }
}
