import BallastCore
import BallastPolicy
import Logging

/// Turning what came from outside into events; each row is consumed in the append that its event travels in.
extension RunDriver {
    private static let inboxPage = 100

    mutating func readInbox() async throws(DriverStop) {
        let items: [InboxItem]
        do {
            items = try await services.store.inbox(of: run, limit: RunDriver.inboxPage, scope: session.scope)
        } catch {
            throw .store(error)
        }
        guard !items.isEmpty else { return }
        for item in items {
            if !state.isFinished, options.planted != .inboxDropped { try take(item) }
            session.consume(item.id)
        }
        try await flush()
        if items.count == RunDriver.inboxPage { handle.deliver() }
    }

    private mutating func take(_ item: InboxItem) throws(DriverStop) {
        if item.kind == "timer" { return try fire(item.uniqueKey) }
        guard let message = InboxMessage(item, vault: session.vault) else {
            services.logger.warning("unreadable inbox row", metadata: ["run": "\(run)", "kind": "\(item.kind)"])
            return
        }
        switch message {
        case .input(let text, let by, let label):
            try thinkOver(text)
            try record(
                .messageAdded(MessageAdded(role: .user, by: by, body: session.seal(text), label: label)))
        case .decision(let approval, let status, let by, let reason, let edited, let endorsed):
            try decide(
                approval, status, by: by, reason: reason, edited: edited, endorsed: endorsed, at: item.receivedAt)
        case .cancel(let by, let reason):
            if state.cancelRequest == nil { try record(.cancelRequested(CancelRequested(by: by, reason: reason))) }
        case .handOff(let by, let reason):
            guard state.escalation == nil else { return }
            try escalate("asked_for", reason, by: by)
            try withdrawUnsent()
        case .handBack(let by): try handBack(by: by)
        case .claim(let by, let takingOver): try claim(by: by, takingOver: takingOver)
        case .reply(let text, let by): try reply(text, by: by)
        case .byHand(let work, let callID, let by): try actByHand(work, callID: callID, by: by)
        case .settle(let action, let happened, let by, let reason):
            try settleByHand(action, happened: happened, by: by, reason: reason)
        case .subRun(let report): try finishSubRun(report)
        case .settleOther(let effect, let happened, let by, let reason):
            try settleForRollback(effect, happened: happened, by: by, reason: reason)
        case .rolledBack(let text, let label):
            try record(
                .messageAdded(
                    MessageAdded(
                        role: .assistant, by: .ballast, body: session.seal(text), label: label)))
        case .finish(let status, let by, let text):
            try finishByHand(status, by: by, text: text)
        }
    }

    /// `timer/approval/3/1763…` or `timer/wake/…`.
    private mutating func fire(_ uniqueKey: String) throws(DriverStop) {
        let parts = uniqueKey.split(separator: "/")
        if parts.count >= 2, parts[1] == RunTimers.idle { return try endWhenIdle() }
        if parts.count >= 3, parts[1] == RunTimers.claim, let step = Int(parts[2]) { return try passOn(from: step) }
        guard parts.count >= 3, parts[1] == "approval", let ordinal = UInt32(parts[2]) else { return }
        try decide(ordinal, .expired, by: .ballast, reason: nil, edited: nil, at: now)
        // An agent outside is told, and decides itself how to go on.
        if state.escalation == nil, !state.isGateway, !state.isRollback, !isAllOrNothing,
            state.history.last?.end == .expired
        {
            try escalate("approval_expired", "Nobody decided about \(state.history.last?.tool ?? "an action") in time.")
        }
    }

    private mutating func decide(
        _ approval: UInt32, _ status: ApprovalStatus, by: Principal, reason: String?, edited: String?,
        endorsed: EndorsementScope? = nil, at: Timestamp
    ) throws(DriverStop) {
        guard
            let action = state.batch.first(where: {
                if case .waiting(let wait) = $0.stage { wait.approval == approval } else { false }
            }), case .waiting(let wait) = action.stage
        else { return }
        guard status == .expired || at < wait.expiresAt, !wait.approvers.contains(by) else { return }
        if let endorsed, status == .approved, edited == nil { try endorse(endorsed, wait, by: by) }
        let bytes = edited.map { ArgumentText.canonical($0, limit: options.argumentBytes) }
        try resolve(wait, action: action, status: status, by: by, reason: reason, edited: bytes)
    }

    private mutating func settleByHand(
        _ ordinal: UInt32, happened: Bool, by: Principal, reason: String
    ) throws(DriverStop) {
        guard let action = state.action(ordinal), action.stage.isInDoubt else { return }
        let text =
            happened
            ? "\(by) looked it up: it happened. \(reason)" : "\(by) looked it up: it did not happen. \(reason)"
        try record(
            .effectVerified(
                EffectVerified(
                    action: ordinal, answer: happened ? .happened : .didNot, by: by, detail: session.seal(text),
                    label: Label([.reviewer]))))
        enterLedger(action, happened ? .settled : .started)
        if happened { closeLimits(of: action, \.settled) }
        // Whoever took it says when the agent goes on.
        if state.escalation?.code == RunEscalated.inDoubt, state.takeover?.claimedBy == nil,
            !state.batch.contains(where: \.stage.isInDoubt)
        {
            try record(.handedBack(RunHandedBack(by: by)))
        }
    }

    /// A person has it: nothing that the agent wanted may happen behind that person's back any more.
    mutating func withdrawUnsent() throws(DriverStop) {
        for action in state.batch where action.stage.isUnsent {
            try withdraw(action.ordinal, code: "handed_over", HandOverWords.withdrawn)
        }
    }

    /// New words reach what has not been done: what waits for a person is taken back, so that the model plans again with
    /// them, and what it still wants is asked about again. What is done stays done. A playbook's steps are fixed, and an
    /// open question is what the words answer.
    private mutating func thinkOver(_ text: String) throws(DriverStop) {
        guard state.playbook == nil, state.escalation == nil, state.cancelRequest == nil,
            !state.batch.contains(where: { $0.stage == .asking }), !Acknowledgement.isOnly(text)
        else { return }
        for action in state.batch {
            guard case .waiting(let wait) = action.stage else { continue }
            try resolve(wait, action: action, status: .withdrawn, by: .ballast, reason: NewWords.sentence)
        }
    }
}

/// What the model is told when the principal spoke before people decided.
enum NewWords {
    static let sentence = "The user said something new before anybody agreed to this, so it was not done."
    static let remedy = "Read what the user said, and propose again only what is still wanted."
}
