package import BallastCore

/// What an operator gets back from a halt.
package struct HaltReceipt: Sendable {
    package let halt: HaltRecord
    /// Effects whose bytes had left before the halt closed the gate and whose outcome was open.
    package let alreadySent: [EffectID]
    /// Whether the halt is on record; without it the halt holds in this process and is written when the store returns.
    package let isRecorded: Bool
}

/// What an operator looks at before a halt is lifted.
package struct HaltReview: Sendable {
    /// One run that the halt stopped.
    package struct Item: Sendable {
        package let run: RunID
        package let agent: String
        package let principal: Principal
        /// Tools, in the order of the actions.
        package let done: [String]
        package let notDone: [String]
        package let inDoubt: [String]
        /// Of what is done in the world: what `rollback` can take back once the run is cancelled, and what nothing can.
        package let reversible: [String]
        package let irreversible: [String]
    }
    package let halt: HaltRecord
    /// At most `AgentRuntime.reviewed`, oldest first.
    package let runs: [Item]
    /// More runs were stopped than are listed.
    package let hasMore: Bool
    /// Approvals that wait and cannot be used before the halt is lifted, of the reviewer's tenant.
    package let frozenApprovals: [ApprovalID]
    /// Effects of the scope that nobody knows the outcome of, of the reviewer's tenant, whether or not their run was
    /// stopped: newest first, at most `AgentRuntime.reviewed`.
    package let effectsInDoubt: [EffectRecord]
}

extension AgentRuntime {
    /// Runs that a review lists.
    package static let reviewed = 200

    /// What the halt stopped of the tenant's runs: what each did, what is in doubt, and which approvals are frozen.
    package func review(_ id: HaltID, scope: TenantScope) async throws(RuntimeError) -> HaltReview {
        guard let halt = try await haltsInForce().first(where: { $0.id == id }) else {
            throw RuntimeError(.notFound, "There is no halt \(id) in force.", advice: "See `ballast halts`.")
        }
        do {
            let halted = try await store.runs(in: .halted, limit: 10_000)
            var items: [HaltReview.Item] = []
            var hasMore = false
            for run in halted {
                guard let item = try await reviewed(run, by: halt, scope: scope) else { continue }
                guard items.count < AgentRuntime.reviewed else {
                    hasMore = true
                    break
                }
                items.append(item)
            }
            let waiting = try await store.approvals(
                status: .pending, limit: AgentRuntime.reviewed, after: nil, scope: scope)
            return HaltReview(
                halt: halt, runs: items, hasMore: hasMore,
                frozenApprovals: waiting.filter { halt.scope.covers($0, tenant: scope.tenant) }.map(\.id),
                effectsInDoubt: try await inDoubt(halt.scope, scope))
        } catch let failure as StoreError {
            throw RuntimeError(failure)
        } catch {
            throw RuntimeError(.invalid, "A run cannot be read: \(error)", advice: "Run `ballast doctor`.")
        }
    }

    private func inDoubt(_ halted: HaltScope, _ scope: TenantScope) async throws(StoreError) -> [EffectRecord] {
        var found: [EffectRecord] = []
        var filter = EffectFilter(states: [.inDoubt])
        while found.count < AgentRuntime.reviewed {
            let page = try await store.effects(matching: filter, limit: AgentRuntime.reviewed, scope: scope)
            for effect in page where try await covers(halted, effect, scope) { found.append(effect) }
            guard page.count == AgentRuntime.reviewed, let last = page.last else { break }
            filter.before = last.id
        }
        return Array(found.prefix(AgentRuntime.reviewed))
    }

    private func covers(
        _ halted: HaltScope, _ effect: EffectRecord, _ scope: TenantScope
    ) async throws(StoreError) -> Bool {
        switch halted {
        case .everything: true
        case .tenant(let tenant): tenant == scope.tenant
        case .tool(let name): name == effect.tool
        case .run(let run): run == effect.id.run
        case .agent(let name): try await store.header(of: effect.id.run, scope: scope)?.agent == name
        }
    }

    private func reviewed(_ run: RunID, by halt: HaltRecord, scope: TenantScope) async throws -> HaltReview.Item? {
        guard try await store.header(of: run, scope: scope) != nil else { return nil }
        let entries = try await RunReader(store).entries(of: run, scope: scope)
        // A run whose journal is damaged stands still and is listed as such; it keeps nobody from the others.
        guard let state = try? RunState(run: run, folding: entries) else { return nil }
        guard state.halt == halt.id, let created = state.created else { return nil }
        let account = RunAccount(state)
        // What cannot be read back keeps nobody from the rest of the review.
        let report = try? await rollbackReport(of: run, scope: scope)
        return HaltReview.Item(
            run: run, agent: created.agent.name, principal: created.principal, done: account.done,
            notDone: account.notDone + account.withdrawn, inDoubt: account.inDoubt,
            reversible: report?.items(.left, .failed).map(\.tool) ?? [],
            irreversible: report?.items(.impossible).map(\.tool) ?? [])
    }

    /// Stops everything in the scope: the gate closes first, then sends that are inside their write call are waited
    /// for, then the epoch is written. No send begins after this returns.
    package func halt(_ scope: HaltScope, reason: String, by person: Principal) async -> HaltReceipt {
        let halt = HaltRecord(id: newID(), scope: scope, reason: reason, by: person, at: clock.now)
        gate.close(halt)
        while !gate.writing(in: scope).isEmpty {
            // In a task of its own: whoever asked may have gone, and the halt still waits for those who write.
            let (clock, executor) = (clock, services.executor)
            await Task(executorPreference: executor) { try? await clock.sleep(milliseconds: 1) }.value
        }
        let sent = activeHandles.flatMap { $0.inFlight(in: scope) }
        for handle in activeHandles where handle.isCovered(by: scope) { handle.interrupt() }
        let isRecorded = (try? await store.recordHalt(halt)) != nil
        if isRecorded { try? await takeEpochs() } else { keepUnrecorded(halt) }
        await noteIncident(halt)
        return HaltReceipt(halt: halt, alreadySent: sent.sorted(), isRecorded: isRecorded)
    }

    package func haltsInForce() async throws(RuntimeError) -> [HaltRecord] {
        try await stored { () async throws(StoreError) in try await self.store.haltsInForce() } + unrecordedHalts
    }

    /// The halt that keeps an unfinished run from going on, whether or not the run has noticed: one that waits for a
    /// person, or for a sub-run, notices when it moves.
    package func halt(on header: RunHeader, created: RunCreated? = nil) -> HaltRecord? {
        guard !header.status.isTerminal else { return nil }
        if let created { return gate.halt(of: created.haltScopes(of: header.run)) }
        let above = header.parent.map { [HaltScope.run($0.run)] } ?? []
        return gate.halt(
            of: Set([.everything, .tenant(header.tenant), .agent(header.agent), .run(header.run)] + above))
    }

    /// The halt under which a request for approval is frozen: it can be decided, and is used when the halt is lifted.
    package func halt(on approval: ApprovalRecord, scope: TenantScope) -> HaltRecord? {
        guard approval.status == .pending || approval.status == .approved else { return nil }
        return gate.halt(
            of: [
                .everything, .tenant(scope.tenant), .agent(approval.agent), .tool(approval.tool),
                .run(approval.id.run),
            ])
    }

    /// Lifts a halt after review; the runs it stopped go on, but for those that the review wants cancelled.
    package func resume(
        _ id: HaltID, by person: Principal, reason: String, cancelling runs: [RunID] = [],
        scope: TenantScope = TenantScope(.default)
    ) async throws(RuntimeError) -> HaltRecord {
        for run in runs { try await cancel(run, by: person, reason: reason, scope: scope) }
        let unrecorded = forgetUnrecorded(id)
        let recorded = try await stored { () async throws(StoreError) in
            try await self.store.endHalt(id, by: person, reason: reason, at: self.clock.now)
        }
        let ended = recorded ?? unrecorded
        guard let ended else {
            throw RuntimeError(.notFound, "There is no halt \(id) in force.", advice: "See `ballast halts`.")
        }
        gate.open(ended.scope, halt: id, by: person)
        await wakeHalted()
        return ended
    }

    /// Takes the epochs as the store has them now.
    func takeEpochs() async throws(StoreError) { gate.take(try await store.epochs()) }

    func wakeHalted() async {
        guard let runs = try? await store.runs(in: .halted, limit: 100_000) else { return }
        for run in runs { wake(run) }
    }
}

extension HaltScope {
    fileprivate func covers(_ approval: ApprovalRecord, tenant: TenantID) -> Bool {
        switch self {
        case .everything: true
        case .tenant(let name): name == tenant
        case .agent(let name): name == approval.agent
        case .tool(let name): name == approval.tool
        case .run(let run): run == approval.id.run
        }
    }
}
