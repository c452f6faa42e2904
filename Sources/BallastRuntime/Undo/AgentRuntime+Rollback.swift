package import BallastCore
import BallastPolicy

/// Taking back what a run did: a run of its own, whose actions pass the same guard.
extension AgentRuntime {
    /// Starts taking back what a run and its sub-runs did, what happened last first, or joins the rollback that is under
    /// way. What was taken back before stays so. Durable when it returns; nothing is started where nothing is left.
    package func rollBack(
        _ run: RunID, by person: Principal, reason: String, scope: TenantScope
    ) async throws(RuntimeError) -> RollbackReport {
        try await told(of: run) {
            let survey = try await self.survey(run, scope)
            if try await self.active(of: survey, scope) == nil {
                if let obstacle = RollbackRules.obstacle(to: survey, self.gate) { throw obstacle }
                try await self.startRollback(survey, by: person, reason: reason, scope)
            }
            return try await self.report(try await self.survey(run, scope), scope)
        }
    }

    /// What was taken back of a run, what can be and what cannot.
    ///
    /// - Parameter rehearsing: The guard says of each undo what it would decide now; nothing is done and nothing recorded.
    package func rollbackReport(
        of run: RunID, rehearsing: Bool = false, by person: Principal = .ballast, scope: TenantScope
    ) async throws(RuntimeError) -> RollbackReport {
        try await told(of: run) {
            let survey = try await self.survey(run, scope)
            var report = try await self.report(survey, scope)
            if rehearsing { try await self.rehearse(&report, survey, by: person, scope) }
            return report
        }
    }

    /// Gives a person's word on an effect of a run that is over to the rollback that asks for it; false for a run that is
    /// not over, which takes it itself.
    func settledByRollback(
        _ effect: EffectID, happened: Bool, by person: Principal, reason: String, scope: TenantScope
    ) async throws(RuntimeError) -> Bool {
        let rollback: RunID? = try await told(of: effect.run) {
            guard try await self.store.header(of: effect.run, scope: scope)?.status.isTerminal == true else {
                return nil
            }
            let root = try await RunReader(self.store).state(of: effect.run, scope: scope).created?.root ?? effect.run
            let conversation = RollbackOrigin.conversation(of: root)
            guard let active = try await self.store.activeRun(of: conversation, scope: scope) else {
                throw RuntimeError(
                    .finished, "\(effect.run) is over, and nobody waits for what became of \(effect).",
                    advice: "`ballast rollback \(effect.run)` takes it back, and asks for it.")
            }
            return active
        }
        guard let rollback else { return false }
        try await deliver(
            .settleOther(effect: effect, happened: happened, by: person, reason: reason), to: rollback,
            key: "settle/\(effect)/\(newID(InboxKind.self))", scope: scope)
        return true
    }

    private func told<Value>(
        of run: RunID, _ body: () async throws -> Value
    ) async throws(RuntimeError) -> Value {
        do {
            return try await body()
        } catch let error as RuntimeError {
            throw error
        } catch let error as StoreError {
            note(error)
            throw RuntimeError(error)
        } catch {
            throw RuntimeError(
                .conflict, "What \(run) did cannot be read: \(error)",
                advice: "Restore the last backup, and check the disk.")
        }
    }

    private func survey(_ run: RunID, _ scope: TenantScope) async throws -> RollbackSurvey {
        guard try await store.header(of: run, scope: scope) != nil else {
            throw RuntimeError(.notFound, "There is no run \(run).", advice: "See `ballast runs`.")
        }
        return try await RollbackSurvey.read(run, store, scope: scope)
    }

    // MARK: Starting

    /// The rollback of this run that is under way.
    private func active(of survey: RollbackSurvey, _ scope: TenantScope) async throws -> RunID? {
        guard let created = survey.run.created,
            let active = try await store.activeRun(of: RollbackOrigin.conversation(of: created.root), scope: scope)
        else { return nil }
        let other = try await RunReader(store).state(of: active, scope: scope).rollback?.request.of
        guard other == survey.run.run else {
            throw RuntimeError(
                .conflict, "\(other?.description ?? "Another run") is being taken back by \(active).",
                advice: "Wait for it: `ballast show \(active)`.")
        }
        return active
    }

    private func startRollback(
        _ survey: RollbackSurvey, by person: Principal, reason: String, _ scope: TenantScope
    ) async throws {
        let deployment = services.deployment.now
        guard let created = survey.run.created else { return }
        guard let agent = services.deployment.agent(of: created.agent) else {
            throw RuntimeError(
                .unavailable, "The agent \(created.agent.name) is not configured any more.",
                advice: "Configure it again: what it did is taken back under its rules.")
        }
        let conversation = RollbackOrigin.conversation(of: created.root)
        let rounds = try await store.headers(
            matching: RunFilter(conversation: conversation), limit: RollbackRules.rounds, before: nil, scope: scope)
        let run = RollbackOrigin.run(of: survey.run.run, round: rounds.count + 1, at: clock.now)
        var driver = try await newDriver(of: run, agent, deployment, scope)
        let contents = try await survey.contents(store, driver.session.vault, scope: scope)
        let order = RollbackOrder(of: survey.run, by: person, reason: reason, parent: nil)
        guard try driver.recordRollback(order, survey, contents) else { return }
        let isQueued = isFull
        switch try await store.append(creation(by: &driver, isQueued: isQueued)) {
        case .applied, .alreadyApplied: break
        // Somebody else was faster, and what they started is joined.
        case .refused(.conversationBusy): return _ = try await active(of: survey, scope)
        case .refused(let refusal):
            throw RuntimeError(.conflict, "The rollback could not be started (\(refusal)).", advice: "Try again.")
        }
        driver.session.didSave()
        if isQueued { wake(run) } else { adopt(driver) }
    }

    // MARK: Reporting

    private func report(_ survey: RollbackSurvey, _ scope: TenantScope) async throws -> RollbackReport {
        var report = RollbackReport(run: survey.run.run)
        let contents = try await survey.contents(store, try await vault(of: scope.tenant), scope: scope)
        report.items = RollbackReport.items(of: survey, services.deployment.now, contents)
        report.obstacle = RollbackRules.obstacle(to: survey, gate)?.message
        guard let root = survey.run.created?.root else { return report }
        let rounds = try await store.headers(
            matching: RunFilter(conversation: RollbackOrigin.conversation(of: root)), limit: RollbackRules.rounds,
            before: nil, scope: scope)
        // The newest round speaks for an effect; earlier ones tell what took back the others.
        for header in rounds {
            let state = try await RunReader(store).state(of: header.run, scope: scope)
            if report.rollback == nil, state.rollback?.request.of == survey.run.run {
                report.rollback = header.run
                report.status = state.status
                report.text = state.outcome?.text
            }
            let names = Array(Set(state.history.compactMap { $0.result?.storedName }))
            let stored = names.isEmpty ? [:] : try await store.bodies(names, scope: scope)
            report.overlay(state, OpenedBodies(vault: contents.vault, stored: stored))
        }
        return report
    }

    private func rehearse(
        _ report: inout RollbackReport, _ survey: RollbackSurvey, by person: Principal, _ scope: TenantScope
    ) async throws {
        guard let created = survey.run.created, let agent = services.deployment.agent(of: created.agent) else { return }
        let run = RollbackOrigin.run(of: survey.run.run, round: 0, at: clock.now)
        var driver = RunDriver(
            services: services, handle: RunHandle(run: run, leaseEnds: .max), agent: agent,
            deployment: services.deployment.now,
            session: RunSession(
                state: RunState(run: run), scope: scope, vault: try await vault(of: scope.tenant),
                lease: Lease(run: run, fence: 0)))
        let contents = try await survey.contents(store, driver.session.vault, scope: scope)
        let order = RollbackOrder(of: survey.run, by: person, reason: "rehearsal", parent: nil)
        guard try driver.recordRollback(order, survey, contents) else { return }
        for index in report.items.indices where [.left, .failed].contains(report.items[index].state) {
            report.items[index].rehearsed = try await driver.rehearseUndo(of: report.items[index].effect)
        }
    }
}

/// Who wants what taken back.
struct RollbackOrder {
    let of: RunState
    let by: Principal
    let reason: String
    /// The action of a playbook that waits for it.
    let parent: ActionID?
}

/// What follows from what is taken back.
enum RollbackOrigin {
    /// One rollback at a time for a run and all that it started: the store refuses a second one.
    static func conversation(of root: RunID) -> ConversationID {
        let (high, low) = halves(.lengthPrefixed(domain: "ballast.rollback.conversation.v1", [root.bytes]))
        return ConversationID(high: moment << 16 | high & 0xFFFF, low: low)
    }

    /// Conversations of rollbacks have a moment that no other has, so that nobody can be in one beforehand: a run in it
    /// would keep the rollback from ever beginning.
    static func isReserved(_ conversation: ConversationID) -> Bool { conversation.high >> 16 == moment }
    private static let moment: UInt64 = 0xFFFF_FFFF_FFFF

    static func run(of run: RunID, round: Int, at moment: Timestamp) -> RunID {
        TypedID(
            at: moment,
            random: halves(.lengthPrefixed(domain: "ballast.rollback.v1", [run.bytes, Array(String(round).utf8)])))
    }

    private static func halves(_ digest: Digest) -> (UInt64, UInt64) {
        func half(_ part: some Sequence<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
        return (half(digest.bytes.prefix(8)), half(digest.bytes.dropFirst(8).prefix(8)))
    }
}

extension RunHeader {
    /// It takes back what another run did.
    package var isRollback: Bool { RollbackOrigin.isReserved(conversation) }
}

/// When what a run did may be taken back.
enum RollbackRules {
    /// Rollbacks of one run that are looked at.
    static let rounds = 1_000
    /// Active milliseconds of a rollback: it is bounded by its steps, not by time.
    static let time: Int64 = 2_592_000_000

    /// Nothing is taken back behind the back of an agent that goes on.
    static func obstacle(to survey: RollbackSurvey, _ gate: HaltGate) -> RuntimeError? {
        let run = survey.run
        guard !run.isRollback else {
            return RuntimeError(
                .conflict, "\(run.run) is itself a rollback, and is not taken back.",
                advice: "Start a new run for what is wanted now.")
        }
        if let created = run.created, let halt = gate.halt(of: created.haltScopes(of: run.run)) {
            return RuntimeError(
                .halted, "\(run.run) is halted (\(halt.id)): \(halt.reason)",
                advice:
                    "After review: `ballast resume \(halt.id) --cancel \(run.run) --reason TEXT`, then roll it back.")
        }
        guard let moving = ([run] + survey.subRuns).first(where: { !$0.standsStill }) else { return nil }
        return RuntimeError(
            .conflict, "\(moving.run) is \(moving.status.name): its agent may go on.",
            advice: "Wait for its end, or `ballast cancel \(moving.run)`, then roll it back.")
    }
}

extension RunState {
    /// Its agent does nothing more by itself, and nothing of it is under way.
    fileprivate var standsStill: Bool {
        if isFinished { return true }
        guard batch.allSatisfy({ $0.isClosed || $0.stage.isInDoubt }), cancelRequest == nil, halt == nil else {
            return false
        }
        return isGateway || escalation != nil
    }
}
