/// What a person vouched for in this run, and at which request.
package struct RunEndorsement: Sendable, Hashable {
    package let given: EndorsementGiven
    package let gate: Gate
    package let group: String?
    /// The approval that it came with is complete.
    package internal(set) var isInForce = false
}

extension RunState {
    /// Comes with the approval of the same person, while the action waits for it.
    mutating func endorse(_ fields: EndorsementGiven) throws(RunTransitionError) {
        guard phase == .acting, let action = batch.first(where: { $0.stage.approval == fields.approval }),
            case .waiting(let wait) = action.stage, !wait.approvers.contains(fields.by)
        else { throw impossible(.endorsementGiven) }
        endorsements.append(RunEndorsement(given: fields, gate: wait.gate, group: wait.group))
    }

    /// An endorsement is worth what the approval is that it came with: it counts when everybody who is needed has
    /// agreed to the action as it stands, and is gone when they did not.
    mutating func settleEndorsements(_ fields: ApprovalResolved, of action: UInt32) {
        guard !endorsements.isEmpty else { return }
        if fields.status != .approved || fields.edited != nil {
            endorsements.removeAll { $0.given.approval == fields.approval }
        } else if case .approved? = self.action(action)?.stage {
            for place in endorsements.indices where endorsements[place].given.approval == fields.approval {
                endorsements[place].isInForce = true
            }
        }
    }
}
