/// The reducer: which event may follow which, and what it changes.
extension RunState {
    mutating func transition(_ event: RunEvent, at moment: Timestamp) throws(RunTransitionError) {
        switch event {
        case .created(let fields): try create(fields, at: moment)
        case .messageAdded(let fields): try add(fields)
        case .modelRequested(let fields): try request(fields)
        case .modelReplied(let fields): try reply(fields)
        case .modelFailed(let fields): try fail(fields)
        case .replyRejected(let fields): try reject(fields)
        case .playbookStepped(let fields): try step(fields)
        case .actionsProposed(let fields): try propose(fields)
        case .rollbackRequested(let fields): try requestRollback(fields)
        case .effectCompensated(let fields): try compensate(fields)
        case .contractStated(let fields): try state(fields)
        case .contractDrafted(let fields): try draft(fields)
        case .labelsRecalled(let fields): try recall(fields)
        case .endorsementGiven(let fields): try endorse(fields)
        case .actionDecided(let fields): try decide(fields)
        case .actionShadowed(let fields): try shade(fields)
        case .guardChecked(let fields): try look(fields)
        case .confidenceEstimated(let fields): try estimate(fields)
        case .approvalRequested(let fields): try request(fields, at: moment)
        case .approvalResolved(let fields): try resolve(fields)
        case .effectStarted(let fields): try start(fields, at: moment)
        case .effectRetried(let fields): try retry(fields)
        case .effectSettled(let fields): try settle(fields)
        case .effectInDoubt(let fields): try doubt(fields, at: moment)
        case .effectVerified(let fields): try verify(fields)
        case .effectWithdrawn(let fields): try withdraw(fields)
        case .fallbackChosen(let fields): try fallBack(fields)
        case .breakerChanged: guard phase != .new, phase != .finished else { throw impossible(.breakerChanged) }
        case .confusionNoticed(let fields): try noteConfusion(fields)
        case .contextReset(let fields): try resetContext(fields)
        case .subRunStarted(let fields): try startSubRun(fields, at: moment)
        case .subRunFinished(let fields): try finishSubRun(fields)
        case .questionAsked(let fields): try ask(fields)
        case .escalated(let fields): try escalate(fields, at: moment)
        case .escalationClaimed(let fields): try claim(fields, at: moment)
        case .escalationPassedOn(let fields): try passOn(fields, at: moment)
        case .actedByHand(let fields): try actByHand(fields)
        case .handedBack: try handBack()
        case .halted(let fields): try haltRun(fields)
        case .resumed(let fields): try resume(fields)
        case .cancelRequested(let fields): try cancel(fields)
        case .claimed(let fields): try claim(fields)
        case .finished(let fields): try finish(fields)
        }
    }

    func impossible(_ event: RunEvent) -> RunTransitionError { impossible(event.type) }
    func impossible(_ type: EntryType, _ detail: String? = nil) -> RunTransitionError {
        RunTransitionError(run: run, sequence: sequence, event: type, state: detail ?? "\(phase)")
    }

    /// Changes one action of the batch in place.
    mutating func change(
        _ ordinal: UInt32, _ type: EntryType, _ body: (inout ActionState) -> Bool
    ) throws(RunTransitionError) {
        guard phase == .acting, let index = batch.firstIndex(where: { $0.ordinal == ordinal }) else {
            throw impossible(type, "\(phase) without an open action \(ordinal)")
        }
        guard body(&batch[index]) else { throw impossible(type, "in action \(ordinal) at \(batch[index].stage)") }
    }

    // MARK: Creation and words

    private mutating func create(_ fields: RunCreated, at moment: Timestamp) throws(RunTransitionError) {
        guard phase == .new else { throw impossible(.runCreated) }
        created = fields
        createdAt = moment
        transcript = fields.history.map(TranscriptItem.message) + [.message(fields.task)]
        phase = .planning
    }

    /// Comes with the answer of its action, which closes it.
    private mutating func recall(_ fields: LabelsRecalled) throws(RunTransitionError) {
        try change(fields.action, .labelsRecalled) { !$0.isClosed }
        recalled[fields.action] = fields.recalled
    }

    /// Words of the principal answer an open question; otherwise they are added to what the model sees next.
    private mutating func add(_ fields: MessageAdded) throws(RunTransitionError) {
        guard phase != .new, phase != .finished else { throw impossible(.messageAdded) }
        if fields.role == .user { forgetFailures() }
        if let index = batch.firstIndex(where: { $0.stage == .asking }), fields.role == .user {
            question = nil
            close(index, .done, result: fields.body, isError: false, label: fields.label)
            return
        }
        guard batch.isEmpty || isGateway else { return heldWords.append(fields) }
        transcript.append(.message(fields))
        if phase == .waitingInput, fields.role == .user {
            phase = .planning
        }
    }

    // MARK: Model

    private mutating func request(_ fields: ModelRequested) throws(RunTransitionError) {
        guard phase == .planning || phase == .acting, reservation == nil else { throw impossible(.modelRequested) }
        reservation = fields
        reservedAt = sequence + 1
    }

    private mutating func reply(_ fields: ModelReplied) throws(RunTransitionError) {
        guard phase == .planning, reservation != nil else { throw impossible(.modelReplied) }
        reservation = nil
        failedAttempts = 0
        modelNotBefore = nil
        usage.steps += 1
        usage.charge(tokens: fields.usage.total, microdollars: fields.microdollars)
        transcript.append(.assistant(text: fields.text, calls: fields.proposals))
        propose(fields.proposals)
    }

    private mutating func propose(_ proposals: [ProposedAction]) {
        guard !proposals.isEmpty else { return }
        for proposal in proposals {
            lastAction += 1
            batch.append(ActionState(ordinal: lastAction, proposal: proposal))
        }
        phase = .acting
    }

    /// An agent outside may propose more while earlier actions are open; a rollback undoes one effect after the other.
    private mutating func propose(_ fields: ActionsProposed) throws(RunTransitionError) {
        guard mayPropose(fields.proposals), phase == .planning || phase == .acting, cancelRequest == nil else {
            throw impossible(.actionsProposed)
        }
        transcript.append(.assistant(text: nil, calls: fields.proposals))
        propose(fields.proposals)
    }

    private mutating func fail(_ fields: ModelFailed) throws(RunTransitionError) {
        guard phase == .planning, reservation != nil else { throw impossible(.modelFailed) }
        reservation = nil
        failedAttempts = fields.skipsRoute ? 0 : failedAttempts + 1
        routeIndex += fields.skipsRoute ? 1 : 0
        modelNotBefore = fields.retryAt
    }

    private mutating func reject(_ fields: ReplyRejected) throws(RunTransitionError) {
        guard phase == .planning else { throw impossible(.replyRejected) }
        rejectedReplies += 1
        transcript.append(.complaint(fields.message))
    }

    // MARK: Playbook

    private mutating func step(_ fields: PlaybookStepped) throws(RunTransitionError) {
        guard phase == .planning else { throw impossible(.playbookStepped) }
        playbook = fields
        if let say = fields.say { transcript.append(.said(say)) }
        if let proposal = fields.proposal {
            transcript.append(.assistant(text: nil, calls: [proposal]))
            propose([proposal])
        }
    }

    // MARK: Decisions

    private mutating func decide(_ fields: ActionDecided) throws(RunTransitionError) {
        try change(fields.action, .actionDecided) { action in
            switch action.stage {
            case .proposed, .approved, .allowed: break
            // Before its next attempt it was judged again, and may go on; what may not is withdrawn or in doubt.
            case .retrying where fields.outcome != .deny: break
            default: return false
            }
            action.decision = fields
            switch (fields.outcome, action.stage) {
            case (.deny, _): break
            case (_, .approved(let wait)): action.stage = .allowed(approval: wait.approval)
            case (.allow, .proposed): action.stage = .allowed(approval: nil)
            // It was allowed without anybody, and when it is to start it needs somebody.
            case (.confirm, .allowed(nil)), (.approve, .allowed(nil)): action.stage = .proposed
            default: break
            }
            return true
        }
        guard fields.outcome == .deny, let index = batch.firstIndex(where: { $0.ordinal == fields.action }) else {
            return
        }
        let body = fields.reasons ?? batch[index].proposal.arguments
        close(
            index, fields.standing == nil ? .denied : .answered, result: body, isError: true,
            label: Label([.configuration]))
    }

    /// What a shadow policy would have said changes nothing; it may come when the action is over.
    private mutating func shade(_ fields: ActionShadowed) throws(RunTransitionError) {
        guard phase != .new, phase != .finished, fields.action <= lastAction else { throw impossible(.actionShadowed) }
        guard let index = batch.firstIndex(where: { $0.ordinal == fields.action }) else { return }
        batch[index].shadow = fields
    }

    private mutating func request(_ fields: ApprovalRequested, at moment: Timestamp) throws(RunTransitionError) {
        guard fields.approval == lastApproval + 1 else { throw impossible(.approvalRequested) }
        try change(fields.action, .approvalRequested) { action in
            switch action.stage {
            case .proposed, .approved: break
            default: return false
            }
            action.stage = .waiting(
                ApprovalWait(
                    approval: fields.approval, gate: fields.gate, group: fields.group, quorum: fields.quorum,
                    requestedAt: moment, expiresAt: fields.expiresAt, binding: fields.binding, review: fields.review,
                    approvers: []))
            return true
        }
        lastApproval = fields.approval
    }

    private mutating func resolve(_ fields: ApprovalResolved) throws(RunTransitionError) {
        guard phase == .acting, let index = batch.firstIndex(where: { $0.stage.approval == fields.approval }) else {
            throw impossible(.approvalResolved)
        }
        let old = batch[index]
        switch (old.stage, fields.status) {
        case (.waiting(var wait), .approved):
            if let edited = fields.edited {
                replace(index, with: edited, by: fields.by)
            } else {
                wait.approvers.append(fields.by)
                approvalOfAction[old.ordinal] = wait
                batch[index].stage = wait.approvers.count >= wait.quorum ? .approved(wait) : .waiting(wait)
            }
        case (.waiting, .rejected), (.waiting, .expired), (.waiting, .withdrawn):
            let end: ActionEnd =
                fields.status == .rejected ? .rejected : fields.status == .expired ? .expired : .withdrawn
            close(
                index, end, result: fields.reason ?? old.proposal.arguments, isError: true,
                label: Label(fields.status == .rejected ? [.reviewer] : [.configuration]))
        case (.approved, .void), (.allowed, .void):
            batch[index].stage = .proposed
        default:
            throw impossible(.approvalResolved, "in action \(old.ordinal) at \(old.stage)")
        }
        settleEndorsements(fields, of: old.ordinal)
    }

    /// An edit closes the action and puts a new proposal in its place, which is judged from the start.
    private mutating func replace(_ index: Int, with edited: BodyReference, by editor: Principal) {
        let old = batch[index]
        enterHistory(summary(old, .superseded, result: nil, isError: false))
        lastAction += 1
        var proposal = old.proposal
        proposal.arguments = edited
        proposal.label = Label([.reviewer])
        batch[index] = ActionState(ordinal: lastAction, proposal: proposal, editor: editor)
        batch[index].hand = old.hand
    }

    // MARK: Sub-runs

    private mutating func startSubRun(_ fields: SubRunStarted, at moment: Timestamp) throws(RunTransitionError) {
        guard halt == nil, cancelRequest == nil else { throw impossible(.subRunStarted, "halted or cancelling") }
        try change(fields.action, .subRunStarted) { action in
            guard action.stage.mayStart, action.stage.progress == nil else { return false }
            action.stage = .delegated(
                SubRun(run: fields.run, agent: fields.agent, budget: fields.budget, approval: fields.approval))
            action.attempts = 1
            action.firstStartedAt = moment
            return true
        }
    }

    private mutating func finishSubRun(_ fields: SubRunFinished) throws(RunTransitionError) {
        guard
            let index = batch.firstIndex(where: {
                if case .delegated(let subRun) = $0.stage { subRun.run == fields.run } else { false }
            }), batch[index].ordinal == fields.action
        else { throw impossible(.subRunFinished) }
        usage.charge(tokens: fields.tokens, microdollars: fields.microdollars)
        usage.steps = usage.steps.addingReportingOverflow(max(0, fields.steps)).partialValue
        activeMilliseconds = activeMilliseconds.addingReportingOverflow(max(0, fields.activeMilliseconds)).partialValue
        let succeeded = fields.status == .succeeded || fields.status == .partial
        close(index, succeeded ? .done : .failed, result: fields.result, isError: !succeeded, label: fields.label)
    }

    func summary(_ action: ActionState, _ end: ActionEnd, result: BodyReference?, isError: Bool)
        -> ActionSummary
    {
        let approval = approvalOfAction[action.ordinal]
        return ActionSummary(
            ordinal: action.ordinal, tool: action.proposal.tool, end: end, result: result,
            arguments: action.proposal.arguments, callID: action.proposal.callID, isError: isError,
            isApproved: action.editor != nil || approval.map { $0.approvers.count >= $0.quorum } ?? false,
            hand: action.hand)
    }

    /// Ends one action; when it was the last open one, all results enter the transcript in the order of the reply.
    mutating func close(_ index: Int, _ end: ActionEnd, result: BodyReference, isError: Bool, label: Label) {
        let action = batch[index]
        batch[index].stage = .closed(end)
        enterHistory(summary(action, end, result: result, isError: isError))
        if end == .done, let assumed = action.estimate?.assumptions { assumptions.append(assumed) }
        results[action.ordinal] = ActionAnswer(body: result, isError: isError, label: label)
        if action.hand == nil { usage.steps += action.attempts > 0 ? 1 : 0 }
        if isGateway || action.hand != nil { return leave(index) }
        if batch.allSatisfy(\.isClosed) { concludeBatch() }
    }

    /// Everything of the reply is over.
    private mutating func concludeBatch() {
        rejectedReplies = batch.allSatisfy(\.wasUnusable) ? rejectedReplies + 1 : 0
        noteProgress()
        for action in batch {
            guard let answer = results[action.ordinal] else { continue }
            transcript.append(
                .result(
                    callID: action.proposal.callID, body: answer.body, isError: answer.isError, label: answer.label))
        }
        transcript += batch.compactMap { $0.trail.map { .complaint($0.note) } }
        showHeldWords()
        batch.removeAll(keepingCapacity: true)
        results.removeAll(keepingCapacity: true)
        if !approvalOfAction.isEmpty { approvalOfAction.removeAll() }
        phase = escalation == nil ? .planning : .escalated
    }

    /// An agent outside and a person read each result by itself: nothing waits for the others.
    private mutating func leave(_ index: Int) {
        let action = batch.remove(at: index)
        approvalOfAction[action.ordinal] = nil
        if let answer = results.removeValue(forKey: action.ordinal) {
            // A person chose the call: that is one of the sources of what came of it.
            let label = action.hand == nil ? answer.label : answer.label.joined(with: Label([.reviewer]))
            let result = TranscriptItem.result(
                callID: action.proposal.callID, body: answer.body, isError: answer.isError, label: label)
            if let hand = action.hand { show(hand, action.proposal, result) } else { transcript.append(result) }
        }
        if batch.isEmpty {
            showHeldWords()
            phase = escalation == nil ? .planning : .escalated
        } else if !isGateway, batch.allSatisfy(\.isClosed) {
            concludeBatch()
        }
    }

    private mutating func showHeldWords() {
        if !heldWords.isEmpty {
            transcript += heldWords.map(TranscriptItem.message)
            heldWords.removeAll()
        }
        if !heldWork.isEmpty {
            transcript += heldWork
            heldWork.removeAll()
        }
    }

    // MARK: People

    private mutating func ask(_ fields: QuestionAsked) throws(RunTransitionError) {
        if let ordinal = fields.action {
            try change(ordinal, .questionAsked) { action in
                guard action.stage == .proposed || action.stage == .allowed(approval: nil) else { return false }
                action.stage = .asking
                return true
            }
        } else {
            guard phase == .planning else { throw impossible(.questionAsked) }
            transcript.append(.said(fields.question))
            noteDraftAsked()
            phase = .waitingInput
        }
        question = fields
    }

    private mutating func handBack() throws(RunTransitionError) {
        guard escalation != nil, phase != .finished else { throw impossible(.runHandedBack) }
        // A playbook that only waited to know what became of its step goes on; any other end of it is final.
        if escalation?.code != RunEscalated.inDoubt { playbook = nil }
        (escalation, takeover) = (nil, nil)
        failedAttempts = 0
        routeIndex = 0
        rejectedReplies = 0
        failedChecks = 0
        forgetFailures()
        forgetDraft()
        confusions = 0
        modelNotBefore = nil
        if phase == .escalated { phase = .planning }
    }

    private mutating func haltRun(_ fields: RunHalted) throws(RunTransitionError) {
        guard phase != .new, phase != .finished else { throw impossible(.runHalted) }
        halt = fields.halt
    }

    private mutating func resume(_ fields: RunResumed) throws(RunTransitionError) {
        guard halt != nil, phase != .finished else { throw impossible(.runResumed) }
        halt = nil
    }

    private mutating func cancel(_ fields: CancelRequested) throws(RunTransitionError) {
        guard phase != .new, phase != .finished else { throw impossible(.cancelRequested) }
        cancelRequest = cancelRequest ?? fields
    }

    /// What the last owner had under way is foreign now; a model call that may have been made is charged.
    private mutating func claim(_ fields: RunClaimed) throws(RunTransitionError) {
        guard phase != .new, phase != .finished else { throw impossible(.runClaimed) }
        if let reservation {
            usage.charge(tokens: reservation.reservedTokens, microdollars: reservation.reservedMicrodollars)
            usage.lostModelCalls += 1
            self.reservation = nil
        }
        for index in batch.indices {
            if case .started(let progress) = batch[index].stage {
                batch[index].stage = .foreign(progress, until: fields.foreignUntil)
            }
        }
    }

    private mutating func finish(_ fields: RunFinished) throws(RunTransitionError) {
        guard phase != .new, phase != .finished, fields.status.isTerminal,
            batch.allSatisfy({ $0.isClosed || $0.stage.isInDoubt })
        else { throw impossible(.runFinished) }
        for action in batch where !action.isClosed {
            enterHistory(summary(action, .failed, result: nil, isError: true))
        }
        showHeldWords()
        outcome = fields
        reservation = nil
        phase = .finished
    }
}
