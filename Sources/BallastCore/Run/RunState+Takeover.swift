/// Who has a run that was handed over.
package struct Takeover: Sendable, Hashable {
    package let since: Timestamp
    /// Who was told last, the place of that in the agent's chain, and when.
    package internal(set) var to: String?
    package internal(set) var step = 0
    package internal(set) var toldAt: Timestamp
    /// Who took it, and when.
    package internal(set) var claimedBy: Principal?
    package internal(set) var claimedAt: Timestamp?
}

/// Whose hands an action is of, when it is not the agent's.
package struct HandWork: Sendable, Hashable {
    package let by: Principal
    /// The attempt whose form it was made with.
    package let form: UInt32?
    let note: BodyReference
}

/// A run in the hands of a person: who took it, and what that person does in it.
extension RunState {
    mutating func escalate(_ fields: RunEscalated, at moment: Timestamp) throws(RunTransitionError) {
        guard phase != .new, phase != .finished else { throw impossible(.runEscalated) }
        escalation = fields
        if takeover == nil { takeover = Takeover(since: moment, to: fields.to, toldAt: moment) }
        if batch.isEmpty { phase = .escalated }
    }

    mutating func claim(_ fields: EscalationClaimed, at moment: Timestamp) throws(RunTransitionError) {
        guard escalation != nil, phase != .finished, takeover != nil else { throw impossible(.escalationClaimed) }
        takeover?.claimedBy = fields.by
        takeover?.claimedAt = moment
    }

    mutating func passOn(_ fields: EscalationPassedOn, at moment: Timestamp) throws(RunTransitionError) {
        guard escalation != nil, phase != .finished, let takeover, takeover.claimedBy == nil,
            fields.step > takeover.step
        else { throw impossible(.escalationPassedOn) }
        self.takeover?.to = fields.to
        self.takeover?.step = fields.step
        self.takeover?.toldAt = moment
    }

    /// It joins what is open, and leaves it with its own end.
    mutating func actByHand(_ fields: ActionByHand) throws(RunTransitionError) {
        guard escalation != nil, takeover?.claimedBy == fields.by, cancelRequest == nil, !isRollback,
            phase == .escalated || phase == .acting
        else { throw impossible(.actionByHand) }
        lastAction += 1
        var action = ActionState(ordinal: lastAction, proposal: fields.proposal)
        action.hand = HandWork(by: fields.by, form: fields.form, note: fields.note)
        batch.append(action)
        handCalls.insert(fields.proposal.callID)
        phase = .acting
    }

    /// What models are shown of an action by hand: who did it, the call, and its answer. Calls and answers of the
    /// agent's own reply stand together, so while some of it is open this is held back.
    mutating func show(_ hand: HandWork, _ call: ProposedAction, _ result: TranscriptItem) {
        let work: [TranscriptItem] = [.complaint(hand.note), .assistant(text: nil, calls: [call]), result]
        if batch.isEmpty || isGateway { transcript += work } else { heldWork += work }
    }
}
