import BallastCore
import BallastPolicy

/// Handing a run to a person, and what that person does in it. An action by hand enters where a model's enters, and
/// everything after its proposal is the same code.
extension RunDriver {
    mutating func escalate(_ code: String, _ reason: String, by: Principal = .ballast) throws(DriverStop) {
        let to = agent.definition.escalation.first?.to
        let told = effectAccount.sentences(opening: HandOverWords.opening(code), options: .none)
        let isFirst = state.takeover == nil
        try record(
            .escalated(
                RunEscalated(code: code, reason: session.seal(reason), to: to, by: by, told: session.seal(told))))
        tell(.escalated, told, ["code": JSONValue(code), "to": JSONValue(to)])
        if isFirst { watchChain() }
    }

    /// What of the run changed something, or was to.
    private var effectAccount: RunAccount { RunAccount(state) { agent.policy.toolClass(of: $0) != .safe } }

    // MARK: Who takes it

    /// When nobody takes it in time, the next of the chain is told. A chain of one waits.
    private mutating func watchChain() {
        let chain = agent.definition.escalation
        guard let takeover = state.takeover, chain.indices.contains(takeover.step + 1) else { return }
        session.change(
            TimerChange.set(
                kind: RunTimers.escalation(takeover.step),
                due: takeover.toldAt.adding(milliseconds: chain[takeover.step].within)))
    }

    mutating func stopWatchingChain() {
        guard let takeover = state.takeover, takeover.claimedBy == nil,
            agent.definition.escalation.indices.contains(takeover.step + 1)
        else { return }
        session.change(TimerChange.clear(kind: RunTimers.escalation(takeover.step)))
    }

    mutating func passOn(from step: Int) throws(DriverStop) {
        let chain = agent.definition.escalation
        guard let takeover = state.takeover, takeover.step == step, takeover.claimedBy == nil,
            chain.indices.contains(step + 1), now >= takeover.toldAt.adding(milliseconds: chain[step].within)
        else { return }
        let next = chain[step + 1].to
        try record(.escalationPassedOn(EscalationPassedOn(to: next, step: step + 1)))
        tell(
            .escalated, "Nobody took this task in time, so \(next) is told.",
            ["code": JSONValue(state.escalation?.code), "to": JSONValue(next)])
        watchChain()
    }

    mutating func claim(by person: Principal, takingOver: Bool) throws(DriverStop) {
        guard let takeover = state.takeover, state.escalation != nil, takeover.claimedBy != person,
            takeover.claimedBy == nil || takingOver
        else { return }
        stopWatchingChain()
        try record(.escalationClaimed(EscalationClaimed(by: person)))
        // A run that only waits to know what became of an effect goes on with the rest once that is known.
        guard state.escalation?.code != RunEscalated.inDoubt else { return }
        for action in state.batch where action.hand == nil && action.stage.isUnsent {
            try withdraw(action.ordinal, code: "handed_over", HandOverWords.withdrawn)
        }
    }

    // MARK: What the person does

    mutating func reply(_ text: String, by person: Principal) throws(DriverStop) {
        guard state.escalation != nil else { return }
        try record(
            .messageAdded(
                MessageAdded(role: .assistant, by: person, body: session.seal(text), label: Label([.reviewer]))))
        tell(.replied, text, ["by": JSONValue(person.name)])
    }

    mutating func actByHand(_ work: WorkByHand, callID: String, by person: Principal) throws(DriverStop) {
        let isKnown =
            state.batch.contains { $0.proposal.callID == callID } || state.history.contains { $0.callID == callID }
        guard state.escalation != nil, state.takeover?.claimedBy == person, state.cancelRequest == nil,
            !state.isRollback, !isKnown
        else { return }
        let proposal = ProposedAction(
            callID: callID, tool: String(work.tool.prefix(128)), arguments: session.seal(work.bytes),
            label: Label([.reviewer]))
        try record(
            .actedByHand(
                ActionByHand(
                    by: person, proposal: proposal, form: work.form,
                    note: session.seal(HandOverWords.note(person, tool: proposal.tool)))))
    }

    /// What the person wanted and was not sent is not done behind the agent's back.
    mutating func handBack(by person: Principal) throws(DriverStop) {
        guard state.escalation != nil else { return }
        for action in state.batch where action.hand != nil && action.stage.isUnsent {
            try withdraw(
                action.ordinal, code: "handed_back", "The task was given back to its agent before this was done.")
        }
        stopWatchingChain()
        try record(.handedBack(RunHandedBack(by: person)))
    }

    mutating func finishByHand(_ status: RunStatus, by person: Principal, text: String) throws(DriverStop) {
        guard state.escalation != nil || state.isGateway, status.isTerminal,
            state.batch.allSatisfy({ $0.isClosed || $0.stage.isInDoubt || $0.stage.isUnsent })
        else { return }
        // An undo whose fate is not known keeps its run: it would be repeated otherwise.
        guard !state.isRollback || !state.batch.contains(where: \.stage.isInDoubt) else { return }
        let wasHandedOver = state.escalation != nil
        try withdrawUnsent()
        stopWatchingChain()
        // A person's words are not the record either: it is added to them.
        let account = effectAccount
        let told =
            wasHandedOver && account.hasSubstance
            ? "\(text)\n\n" + account.sentences(opening: "On record", options: .none) : text
        try finish(status, code: "person", text: told, label: Label([.reviewer]))
    }
}

/// What principals and agents read of a run that a person has.
enum HandOverWords {
    static let withdrawn = "A person took over before this was done."

    /// What the principal is told first; why exactly is for those who take over.
    static func opening(_ code: String) -> String {
        let why =
            switch code {
            case "asked_for", "model_asked": "A person takes over this task."
            case RunEscalated.inDoubt: "It is not known whether something that was sent has happened."
            case "approval_expired": "Nobody decided about something in time."
            case "confidence": "It is not certain enough what is meant."
            case "no_model", "model_unavailable", "model_unusable": "This task could not be worked on automatically."
            case "playbook", "playbook_gone": "This task could not be carried out as it usually is."
            case "contract_refused": "It was not agreed what may be done for this task."
            case "rollback_incomplete": "Not everything that was begun could be taken back."
            default: "This task did not get on."
            }
        return code == "asked_for" || code == "model_asked" ? why : why + " A person has it now."
    }

    static func note(_ person: Principal, tool: String) -> String {
        "A person (\(person)) had this task, and called \(tool) by hand, as follows. Do not repeat what was done."
    }
}
