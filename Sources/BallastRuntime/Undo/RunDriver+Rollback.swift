import BallastCore
import BallastPolicy

/// Driving a run that takes back what another one did: one effect after the other, the last first, each by an action on
/// the one path of all actions. The first that cannot be taken back now ends it; asked for again, it goes on from there.
extension RunDriver {
    /// Records the creation of the rollback with its plan; false when nothing stands that could be taken back.
    mutating func recordRollback(
        _ order: RollbackOrder, _ survey: RollbackSurvey, _ contents: OpenedBodies
    ) throws(DriverStop) -> Bool {
        guard let created = order.of.created else { return false }
        let standing = survey.effects.filter { $0.state != .compensated }
        var open = session
        let steps = standing.map { done in
            RollbackStep(done, UndoPlan.of(done, deployment, open: contents.bytes)) { open.seal($0) }
        }
        session = open
        let isWorth = order.parent != nil || steps.contains { if case .impossible = $0.way { false } else { true } }
        guard isWorth else { return false }
        try record(.created(rollbackCreation(order, created, steps: steps.count)))
        try record(
            .rollbackRequested(
                RollbackRequested(of: order.of.run, by: order.by, reason: session.seal(order.reason), steps: steps)))
        // What the guard looks at is at hand from the first undo on.
        for step in steps { for body in step.bodies { remember(body, contents) } }
        for message in created.history + [created.task] { remember(message.body, contents) }
        return true
    }

    private mutating func remember(_ body: BodyReference, _ contents: OpenedBodies) {
        guard let name = body.storedName, session.isMissing(name), let sealed = contents.stored[name] else { return }
        session.remember(sealed, as: name)
    }

    private mutating func rollbackCreation(_ order: RollbackOrder, _ created: RunCreated, steps: Int) -> RunCreated {
        let words = "Take back what \(order.of.run) did: \(order.reason)"
        // What the principal said then is what the values of an undo may have to come from.
        let said = order.of.transcript.compactMap { item in
            if case .message(let message) = item, message.role == .user { message } else { nil }
        }
        return RunCreated(
            tenant: created.tenant, principal: created.principal, agent: agent.reference,
            conversation: RollbackOrigin.conversation(of: created.root), source: RunCreated.rollback,
            // Whoever asks for it may approve nothing of it; what Ballast starts, nobody who started the run.
            startedBy: order.parent == nil ? order.by : created.startedBy, parent: order.parent, root: created.root,
            depth: order.parent == nil ? 0 : created.depth + 1, environment: deployment.environment,
            locale: created.locale, workflow: RunCreated.rollback,
            budget: RunBudget(
                steps: steps + 1, activeMilliseconds: RollbackRules.time, tokens: created.budget.tokens,
                microdollars: created.budget.microdollars, parallelCalls: 1),
            instructions: session.seal(""), toolset: session.seal("[]"),
            task: MessageAdded(
                role: .user, by: order.by, body: session.seal(words), label: Label([.configuration])),
            history: Array(said.suffix(options.historyMessages)))
    }

    // MARK: The next step

    /// The agent whose rules the open undo stands under.
    mutating func takeAgentOfUndo() {
        guard let step = state.batch.last.flatMap({ state.undone(by: $0.proposal) }) else { return }
        act(as: step.agent)
    }

    /// What a rollback does next, from its journal alone.
    mutating func planRollback() async throws(DriverStop) {
        guard let rollback = state.rollback else {
            return try finish(
                .failed, code: "rollback_incomplete", text: "I took back nothing: there is no plan.",
                label: Label([.configuration]))
        }
        // It is taken back, and a person looks at it before anything rests on that.
        if let last = state.history.last, last.end == .done, last.isError {
            return try finishRollback(stopped: nil, unexpected: last.tool)
        }
        guard let step = rollback.left.first else { return try finishRollback(stopped: nil) }
        if let attempt = state.attempt(toUndo: step.effect) { return try await conclude(step, attempt) }
        switch step.way {
        case .call(let call):
            act(as: step.agent)
            try record(.actionsProposed(ActionsProposed(proposals: [step.proposal(call)])))
        case .inDoubt(let since): try await lookUp(step, since: since)
        case .impossible: return try finishRollback(stopped: nil)
        }
    }

    /// What was tried and is not done: somebody else has done it before, or it stops here.
    private mutating func conclude(_ step: RollbackStep, _ attempt: ActionSummary) async throws(DriverStop) {
        let failure = UndoFailure(attempt, session.bytes)
        if attempt.end == .answered, let standing = failure.standing {
            let rows: [EffectRecord]
            do {
                rows = try await services.store.effects(
                    matching: EffectFilter(id: standing), limit: 1, scope: session.scope)
            } catch {
                throw .store(error)
            }
            if rows.first?.state == .settled {
                return try close(EffectCompensated(effect: step.effect, how: .before, through: standing))
            }
        }
        try stop(at: step, failure.words)
    }

    mutating func stop(at step: RollbackStep, _ why: String) throws(DriverStop) {
        try finishRollback(stopped: (step.effect, why))
    }

    private mutating func close(_ fields: EffectCompensated) throws(DriverStop) {
        try record(.effectCompensated(fields))
        session.amend(
            EffectAmendment(
                effect: fields.effect, state: fields.how == .neverHappened ? .withdrawn : .compensated, at: now))
    }

    /// Puts on record that an effect is taken back, in the commit in which its undo is done.
    mutating func noteUndone(at moment: Timestamp) throws(RunTransitionError) {
        guard options.planted != .undoForgotten, let fields = state.uncompensated else { return }
        try session.record(.effectCompensated(fields), at: moment)
        session.amend(EffectAmendment(effect: fields.effect, state: .compensated, at: moment))
        noteIncident(takenBack: fields.effect)
    }

    // MARK: The end

    private mutating func finishRollback(
        stopped: (effect: EffectID, why: String)?, unexpected: String? = nil
    ) throws(DriverStop) {
        guard let progress = state.rollback else { return }
        let account = RollbackAccount(
            progress: progress, stopped: stopped, unexpected: unexpected, text: session.text)
        let status: RunStatus = account.isComplete ? .succeeded : progress.closed.isEmpty ? .failed : .partial
        try finishRollback(
            status, code: account.isComplete ? "rolled_back" : "rollback_incomplete", account.sentences,
            label: account.label)
    }

    /// The end of a rollback that somebody cancelled.
    mutating func finishCancelledRollback(_ progress: RollbackProgress) throws(DriverStop) {
        let words = RollbackAccount(progress: progress, stopped: nil, text: session.text).sentences
        let by = state.cancelRequest?.by.name ?? "an operator"
        try finishRollback(
            .cancelled, code: "cancelled", "This was cancelled by \(by). \(words)", label: Label([.configuration]))
    }

    private mutating func finishRollback(
        _ status: RunStatus, code: String, _ text: String, label: Label
    ) throws(DriverStop) {
        try finish(status, code: code, text: text, label: label)
        guard let original = state.rollback?.request.of, state.created?.parent == nil else { return }
        tell(.rolledBack, text)
        // A run that is not over is told; one that is takes nothing more.
        let message = InboxMessage.rolledBack(text: text, label: label)
        session.deliver(
            InboxItem(
                id: services.newID(), run: original, uniqueKey: "rolled_back/\(run)", kind: message.kind,
                payload: message.sealed(by: session.vault), receivedAt: now))
    }

    // MARK: What the guard asks

    /// The tool that this run may call for the effect at hand: what the policy states takes it back, and nothing else.
    func mayUndo(with tool: String) -> Bool {
        guard let step = state.batch.last.flatMap({ state.undone(by: $0.proposal) }) else { return false }
        return agent.policy.rules(for: step.tool).undo?.tool == tool
    }

    /// Agents that may have done what is taken back, and the run itself: a halt of any holds it up.
    var rollbackScopes: Set<HaltScope> {
        guard let request = state.rollback?.request else { return [] }
        return Set(request.steps.map { HaltScope.agent($0.agent) } + [.run(request.of)])
    }

    /// Who has confirmed an undo by asking for it.
    var confirmer: Principal? {
        guard let by = state.rollback?.request.by, by != .ballast else { return nil }
        return by
    }

    /// What the effect at hand was answered with: its undo may have to take its values from there.
    func answersTakenBack(of tool: String) -> [JSONValue] {
        guard let step = state.batch.last.flatMap({ state.undone(by: $0.proposal) }), step.tool == tool,
            case .call(let call) = step.way, let result = call.result
        else { return [] }
        return session.bytes(of: result).flatMap { try? JSONReader.read($0) }.map { [$0] } ?? []
    }

    /// Whether text that nobody vouches for may have decided an action. What earlier undos answered decides nothing here:
    /// the plan was made before them.
    func hasReadUntrusted(for action: ActionState) -> Bool {
        state.isRollback ? action.proposal.label.sources.contains(.untrustedTool) : hasReadUntrusted
    }

    mutating func mostConfidentialRead(for action: ActionState) -> Label.Confidentiality {
        state.isRollback ? action.proposal.label.confidentiality : mostConfidentialRead
    }

    /// What the guard would say of an undo, on a copy that records nothing.
    func rehearseUndo(of effect: EffectID) async throws(DriverStop) -> RollbackReport.Rehearsed? {
        guard let step = state.rollback?.step(of: effect), case .call(let call) = step.way else { return nil }
        var copy = self
        copy.act(as: step.agent)
        try copy.record(.actionsProposed(ActionsProposed(proposals: [step.proposal(call)])))
        guard let action = copy.state.batch.last else { return nil }
        let verdict = try await copy.verdict(on: action)
        return RollbackReport.Rehearsed(
            outcome: verdict.outcome, code: verdict.code.rawValue, sentence: verdict.sentence)
    }
}

extension RollbackStep {
    /// The undo as an action: named after the effect, so that the two are never taken apart.
    func proposal(_ call: UndoCall) -> ProposedAction {
        ProposedAction(
            callID: effect.description, tool: call.tool, arguments: call.arguments, label: call.label)
    }
}
