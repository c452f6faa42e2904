import BallastCore
import BallastPolicy

/// Carrying out the batch: judge in reply order, start what is allowed in one commit, send, settle.
extension RunDriver {
    mutating func act(_ pending: [RunEffect]) async throws(DriverStop) -> Progress {
        if try await judgeAndWithdraw(pending) { return .moved }
        let (due, nextDue) = split(pending)
        if due.isEmpty { return try await waitForTime(nextDue) }
        let sends = try await begin(due)
        if !sends.isEmpty {
            try reserveAhead()
            if options.planted != .sendBeforeCommit { try await flush() }
            try await send(sends)
        }
        return .moved
    }

    /// Does what is due and needs no sending; answers the actions that are to be sent now.
    mutating func begin(_ due: [RunEffect]) async throws(DriverStop) -> [UInt32] {
        var sends: [UInt32] = []
        for effect in due {
            switch effect {
            case .start(let ordinal) where takesBack(ordinal): try await startTakingBack(ordinal)
            case .start(let ordinal) where isForAgent(ordinal): try startSubRun(ordinal)
            case .start(let ordinal): if try start(ordinal) { sends.append(ordinal) }
            case .retry(let ordinal, _): if try start(ordinal) { sends.append(ordinal) }
            case .send(let ordinal): sends.append(ordinal)
            case .recover(let ordinal, _): try await recover(ordinal)
            case .verify(let ordinal, _): try await verify(ordinal)
            case .check(let ordinal): try await checkAfter(ordinal)
            case .cancelSubRun(_, let subRun): try await cancel(subRun)
            default: break
            }
        }
        return sends
    }

    /// Judges what was proposed, in order, each seeing the reservations of the earlier ones.
    mutating func judgeAndWithdraw(_ pending: [RunEffect]) async throws(DriverStop) -> Bool {
        var moved = false
        for effect in pending {
            switch effect {
            case .decide(let ordinal):
                try await judge(ordinal)
                moved = true
            case .start(let ordinal) where mustBeJudged(ordinal):
                try await judge(ordinal)
                moved = true
            case .retry(let ordinal, let due) where mustBeJudged(ordinal) && due <= now && !isHeldBack(effect):
                try await judge(ordinal)
                moved = true
            case .withdraw(let ordinal):
                try withdraw(ordinal, code: "cancelled", "The task was cancelled before this was done.")
                moved = true
            default: continue
            }
        }
        return moved
    }

    /// What it was allowed under, or what was learned for it, does not hold any more.
    private func mustBeJudged(_ ordinal: UInt32) -> Bool { judged[ordinal] != generation || isStale(ordinal) }

    func split(_ pending: [RunEffect]) -> (due: [RunEffect], next: Timestamp?) {
        var next: Timestamp?
        let due = pending.filter { effect in
            if case .cancelSubRun(_, let subRun) = effect { return !cancelledSubRuns.contains(subRun) }
            if isHeldBack(effect) {
                next = min(next ?? .distantFuture, now.adding(milliseconds: options.longestNap + 1))
                return false
            }
            guard let moment = effect.notBefore, moment > now else { return true }
            next = min(next ?? moment, moment)
            return false
        }
        return (due, next)
    }

    /// A halt of one tool holds its actions back while the rest of the run goes on; one of everything also holds back
    /// the question what became of an effect.
    private func isHeldBack(_ effect: RunEffect) -> Bool {
        if case .verify = effect { return services.gate.halt(of: [.everything]) != nil }
        guard let ordinal = effect.sendsAction, let tool = state.action(ordinal)?.proposal.tool else { return false }
        return services.gate.halt(of: [.tool(tool)]) != nil
    }

    /// Waits in memory for a short time; for a longer one the run rests until a durable timer wakes it.
    private mutating func waitForTime(_ moment: Timestamp?) async throws(DriverStop) -> Progress {
        guard let moment else { return .rest }
        return try await nap(until: moment) ? .moved : .rest
    }

    /// True when the moment has come, or something interrupted the wait; false when a timer was set instead.
    mutating func nap(until moment: Timestamp) async throws(DriverStop) -> Bool {
        let wait = moment.since(now)
        guard wait > 0 else { return true }
        guard wait <= options.longestNap else {
            session.change(TimerChange.set(kind: RunTimers.wake, due: moment))
            return false
        }
        if options.durability == .strict || session.hasUnsaved { try await flush() }
        try? await services.clock.sleep(milliseconds: wait)
        return true
    }

    // MARK: Judging

    private mutating func judge(_ ordinal: UInt32) async throws(DriverStop) {
        guard let action = state.action(ordinal) else { return }
        judged[ordinal] = generation
        learnedAt[ordinal] = nil
        if try builtIn(action) { return }
        (lacksAnswer, answerWait) = (false, 0)
        var verdict = try await verdict(on: action)
        if isSettledBefore(action), try await !hasAnswers(action, &verdict) {
            judged[ordinal] = nil
            return
        }
        verdict.noteUnanswered(lacksAnswer)
        if options.planted == .approvalSkipped, verdict.outcome != .deny { verdict.outcome = .allow }
        try decide(action, verdict)
        if let question = verdict.shadow { try await shade(action, question) }
    }

    private mutating func decide(_ action: ActionState, _ verdict: GuardVerdict) throws(DriverStop) {
        if case .retrying(let progress, _) = action.stage { return try decideAgain(action, progress, verdict) }
        var asked = action
        if let wait = state.consent(to: action), let reason = reasonToVoid(wait, verdict, action) {
            try record(
                .approvalResolved(
                    ApprovalResolved(
                        approval: wait.approval, status: .void, by: .ballast, reason: session.seal(reason))),
                at: verdict.decidedAt)
            showApproval(wait, action: action, status: .void, by: .ballast)
            asked.stage = .proposed
            // What an edit agreed to is void with it.
            asked.editor = nil
        }
        if verdict.outcome == .deny, try fellBack(asked, verdict) { return }
        let isAllowed = verdict.outcome == .allow
        let reasons =
            isAllowed
            ? nil
            : session.seal(
                JSONWriter.canonical(verdict.refusal(action: ActionID(run: run, ordinal: action.ordinal))))
        try record(
            .actionDecided(
                ActionDecided(
                    action: action.ordinal, outcome: verdict.outcome, code: verdict.code.rawValue, rule: verdict.rule,
                    policy: agent.policy.hash, reasons: reasons, standing: verdict.standing)),
            at: verdict.decidedAt)
        (intended[action.ordinal], shadowIntended[action.ordinal]) = (nil, nil)
        intend(verdict.demands, of: action.ordinal)
        if case .allowed(nil) = action.stage { asked.stage = .proposed }
        if case .proposed = asked.stage, verdict.outcome == .confirm || verdict.outcome == .approve {
            try requestApproval(asked, verdict)
        }
        if verdict.outcome == .deny, verdict.next == .escalate, state.escalation == nil, !isAllOrNothing {
            try escalate("confidence", "\(action.proposal.tool) was not done: \(verdict.sentence)")
            try withdrawUnsent()
        }
    }

    /// Why an approval that was given cannot be used: what it was given for is not what would be done now, or the
    /// guard now asks for more than was given.
    private func reasonToVoid(_ wait: ApprovalWait, _ verdict: GuardVerdict, _ action: ActionState) -> String? {
        if isStricter(verdict, than: wait, for: action) { return "Void: \(verdict.sentence)" }
        if isBound(wait, to: action) || options.planted == .bindingIgnored { return nil }
        return "Void: \(action.proposal.tool) is not the tool that was approved any more: its definition or what it "
            + "would be sent has changed since."
    }

    /// Everything that the approval was bound to is still equal.
    func isBound(_ wait: ApprovalWait, to action: ActionState) -> Bool {
        guard let created = state.created, let tool = deployment.catalog[action.proposal.tool],
            let review = session.bytes(of: wait.review), let arguments = session.bytes(of: action.proposal.arguments)
        else { return false }
        let now = ReviewDocument.binding(
            review: review, arguments: arguments, tool: tool, created: created,
            action: ActionID(run: run, ordinal: action.ordinal))
        return now == wait.binding
    }

    func isStricter(_ verdict: GuardVerdict, than wait: ApprovalWait, for action: ActionState) -> Bool {
        switch verdict.outcome {
        case .deny: true
        case .approve:
            wait.gate == .confirm
                || (verdict.requirement?.quorum ?? 1) > wait.approvers.count
                || (verdict.requirement?.group != nil && verdict.requirement?.group != wait.group)
        case .confirm, .allow: false
        }
    }

    // MARK: Asking people

    private mutating func requestApproval(_ action: ActionState, _ verdict: GuardVerdict) throws(DriverStop) {
        guard let created = state.created, let tool = deployment.catalog[action.proposal.tool] else { return }
        let canConfirm = !state.isGateway || room?.canConfirm(action.proposal.callID) == true
        let gate: Gate =
            verdict.outcome == .approve || verdict.confirmer == .operatorSide || !canConfirm ? .approve : .confirm
        let within = verdict.requirement?.within ?? (verdict.within > 0 ? verdict.within : options.answerWithin)
        let expiresAt = now.adding(milliseconds: within)
        let id = ActionID(run: run, ordinal: action.ordinal)
        let quorum = verdict.requirement?.quorum ?? 1
        let review = ReviewDocument.make(
            action: id, tool: tool, verdict: verdict, created: created, task: session.text(of: created.task.body),
            gate: gate, group: verdict.requirement?.group, quorum: quorum, requestedAt: now, expiresAt: expiresAt,
            rules: agent.policy.rules(for: action.proposal.tool), policy: agent.policy.hash,
            confidence: band(of: action.ordinal), assumptions: assumptions(of: action.ordinal),
            repeats: verdict.code == .repeated, undo: undoNotice(of: action, verdict.arguments),
            takesBack: state.undone(by: action.proposal), actedBy: action.hand?.by, endorsable: endorsable(verdict),
            nonce: services.random.next())
        let reviewBytes = JSONWriter.canonical(review)
        let binding = ReviewDocument.binding(
            review: reviewBytes, arguments: session.bytes(of: action.proposal.arguments) ?? [], tool: tool,
            created: created, action: id)
        let ordinal = state.lastApproval + 1
        try record(
            .approvalRequested(
                ApprovalRequested(
                    approval: ordinal, action: action.ordinal, gate: gate, group: verdict.requirement?.group,
                    quorum: quorum, expiresAt: expiresAt, review: session.seal(reviewBytes), binding: binding)))
        session.change(TimerChange.set(kind: RunTimers.approval(ordinal), due: expiresAt))
        guard case .waiting(let wait) = state.action(action.ordinal)?.stage else { return }
        showApproval(wait, action: action, status: .pending, by: nil)
        if let editor = action.editor, gate == .approve, quorum == 1, mayDecide(editor, wait, of: action) {
            try resolve(wait, action: action, status: .approved, by: editor, reason: nil)
        } else if gate == .confirm, let confirmer {
            try resolve(wait, action: action, status: .approved, by: confirmer, reason: nil)
        }
    }

    /// Whether this person may approve this action: a member of the group who is neither principal nor starter.
    func mayDecide(_ person: Principal, _ wait: ApprovalWait, of action: ActionState) -> Bool {
        guard let created = state.created else { return false }
        return Reviewers(deployment).mayDecide(
            person, gate: wait.gate, group: wait.group, principal: created.principal, startedBy: created.startedBy,
            actedBy: action.hand?.by)
    }

    mutating func resolve(
        _ wait: ApprovalWait, action: ActionState, status: ApprovalStatus, by person: Principal, reason: String?,
        edited: [UInt8]? = nil
    ) throws(DriverStop) {
        let refusal = status == .approved ? nil : refusalText(status, action: action, by: person, reason: reason)
        let editedBody = options.planted == .editIgnored ? nil : edited.map { session.seal($0) }
        let reasonBody = (refusal ?? reason).map { session.seal($0) }
        try record(
            .approvalResolved(
                ApprovalResolved(
                    approval: wait.approval, status: status, by: person, reason: reasonBody, edited: editedBody)))
        let isComplete = status != .approved || edited != nil || wait.approvers.count + 1 >= wait.quorum
        guard isComplete else { return }
        session.change(TimerChange.clear(kind: RunTimers.approval(wait.approval)))
        showApproval(wait, action: action, status: status, by: person)
    }

    private func refusalText(
        _ status: ApprovalStatus, action: ActionState, by person: Principal, reason: String?
    ) -> String {
        let code: DecisionCode = status == .rejected ? .rejected : status == .expired ? .expired : .withdrawn
        let sentence =
            switch status {
            case .rejected: "\(person) rejected this action\(reason.map { ": \($0)" } ?? ".")"
            case .expired: "Nobody approved this action in time, so it was not done."
            default: reason ?? "The request for approval was withdrawn; the action was not done."
            }
        let remedy =
            status == .withdrawn && reason == NewWords.sentence
            ? NewWords.remedy : "Tell the user, and do not propose the same action again."
        return JSONWriter.canonicalString(
            GuardVerdict.deny(code, sentence, remedy: remedy)
                .refusal(action: ActionID(run: run, ordinal: action.ordinal)))
    }

    mutating func showApproval(_ wait: ApprovalWait, action: ActionState, status: ApprovalStatus, by: Principal?) {
        session.show(
            ApprovalRecord(
                id: ApprovalID(run: run, ordinal: wait.approval), action: ActionID(run: run, ordinal: action.ordinal),
                gate: wait.gate, status: status, tool: action.proposal.tool, agent: agent.definition.name,
                principal: state.created?.principal ?? .ballast, group: wait.group, requestedAt: wait.requestedAt,
                expiresAt: wait.expiresAt, review: wait.review, binding: wait.binding, decidedBy: by,
                decidedAt: by == nil ? nil : now))
    }

    // MARK: Built-in tools

    /// `ask_user` and `hand_over` reach no outside world; they become a question and an escalation.
    private mutating func builtIn(_ action: ActionState) throws(DriverStop) -> Bool {
        let name = action.proposal.tool
        if takesBack(action.ordinal) {
            try decide(action, .allOrNothing)
            return true
        }
        guard agent.definition.mayAskUser, !state.isGateway, name == BuiltIn.askUser || name == BuiltIn.handOver else {
            return false
        }
        let arguments = session.bytes(of: action.proposal.arguments).flatMap { try? JSONReader.read($0) }
        let words = (arguments?[name == BuiltIn.askUser ? "question" : "reason"])?.string
        guard let words, !words.isEmpty else {
            try decide(
                action,
                .deny(.schema, "\(name) needs its text.", remedy: "Call \(name) again with the text."))
            return true
        }
        if name == BuiltIn.askUser {
            let options = (arguments?["options"]?.array ?? []).compactMap(\.string)
            try record(
                .questionAsked(
                    QuestionAsked(
                        question: session.seal(words), options: Array(options.prefix(8)), action: action.ordinal)))
        } else {
            try withdraw(action.ordinal, code: "handed_over", "A person takes over.")
            try escalate("model_asked", words)
        }
        return true
    }
}

extension RunEffect {
    /// The action whose bytes would leave.
    var sendsAction: UInt32? {
        switch self {
        case .start(let ordinal), .send(let ordinal), .retry(let ordinal, _): ordinal
        default: nil
        }
    }

    /// The moment before which it must not be done.
    var notBefore: Timestamp? {
        switch self {
        case .retry(_, let at), .verify(_, let at), .recover(_, let at): at
        default: nil
        }
    }
}

/// Who may decide what.
struct Reviewers {
    private let deployment: Deployment
    init(_ deployment: Deployment) { self.deployment = deployment }

    /// confirm: the principal. approve: a member of the group who is neither the principal nor the starter, nor the one
    /// who wants to do it by hand.
    func mayDecide(
        _ person: Principal, gate: Gate, group: String?, principal: Principal, startedBy: Principal,
        actedBy: Principal? = nil
    ) -> Bool {
        switch gate {
        case .confirm: person == principal
        case .approve:
            (deployment.allowsSelfReview || (person != principal && person != startedBy && person != actedBy))
                && (group.map { deployment.isMember(person, $0) } ?? true)
        }
    }
}
