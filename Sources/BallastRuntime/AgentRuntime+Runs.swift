package import BallastCore
import BallastPolicy

/// A task for an agent.
package struct StartRun: Sendable {
    package var agent: String
    package var text: String
    package var tenant: TenantID
    package var principal: Principal
    /// Who asks, when that is somebody else than the principal.
    package var startedBy: Principal
    package var conversation: ConversationID?
    package var source: String
    package var locale: String
    package var workflow: String
    /// Whether the text is vouched for as the principal's own words.
    package var isAsserted: Bool
    /// Equal for repeats of one request, which start one run; see `AgentRuntime.run(startedBy:)`.
    package var uniqueKey: String?
    /// What the run may do at all, if the caller said.
    package var contract: GivenContract?
    /// The text is somebody's words; false where it only stands in their place.
    var hasWords = true

    package init(
        agent: String, text: String, tenant: TenantID = .default, principal: Principal, startedBy: Principal? = nil,
        conversation: ConversationID? = nil, source: String = "api", locale: String = "en", workflow: String = "",
        isAsserted: Bool = true, contract: GivenContract? = nil, uniqueKey: String? = nil
    ) {
        self.agent = agent
        self.text = text
        self.tenant = tenant
        self.principal = principal
        self.startedBy = startedBy ?? principal
        self.conversation = conversation
        self.source = source
        self.locale = locale
        self.workflow = workflow
        self.isAsserted = isAsserted
        self.contract = contract
        self.uniqueKey = uniqueKey
    }

    /// What a unique key makes of the run's identifier, so that a repeat knows the run again.
    fileprivate var mark: UInt64? { uniqueKey.map { StartRun.bits("ballast.run-mark.v1", $0, tenant).low } }

    /// The conversation: the one asked for, or the one that belongs to the unique key.
    fileprivate var ownConversation: ConversationID? {
        if let conversation { return conversation }
        return uniqueKey.map { key in
            let bits = StartRun.bits("ballast.conversation.v1", key, tenant)
            return ConversationID(high: bits.high, low: bits.low)
        }
    }

    private static func bits(_ domain: String, _ key: String, _ tenant: TenantID) -> (high: UInt64, low: UInt64) {
        let bytes = Digest.lengthPrefixed(domain: domain, [Array(tenant.name.utf8), Array(key.utf8)]).bytes
        func number(_ part: ArraySlice<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
        return (number(bytes[..<8]), number(bytes[8..<16]))
    }
}

extension AgentRuntime {
    /// The longest task or message, in bytes.
    package static let longestText = 256 << 10

    /// Starts a run; durable when it returns. A message of a conversation whose run is still active goes to that run.
    package func start(_ request: StartRun) async throws(RuntimeError) -> (run: RunID, joined: Bool) {
        let deployment = services.deployment.now
        guard let agent = deployment.agents[request.agent] else { throw unknownAgent(request.agent, deployment) }
        try check(request.text)
        try check(request.contract, for: agent, in: deployment)
        guard request.conversation.map(RollbackOrigin.isReserved) != true else {
            throw RuntimeError(
                .forbidden, "The conversation is that of a rollback, which takes no other run.",
                advice: "Start one of your own.")
        }
        let scopes: Set<HaltScope> = [.everything, .tenant(request.tenant), .agent(request.agent)]
        if let halt = gate.halt(of: scopes) {
            throw RuntimeError(
                .halted, "Runs of \(request.agent) are halted (\(halt.id)): \(halt.reason)",
                advice: "See `ballast halts`; `ballast resume \(halt.id) --reason TEXT` after review.")
        }
        do {
            return try await create(request, agent: agent, deployment: deployment)
        } catch let error as RuntimeError {
            throw error
        } catch let error as StoreError {
            note(error)
            throw RuntimeError(error)
        } catch {
            throw RuntimeError(.invalid, "The run could not be created: \(error)", advice: "Report this as a fault.")
        }
    }

    /// The run that an earlier request with the same unique key started; nil when there is none. Looks at the newest
    /// runs of the conversation.
    package func run(startedBy request: StartRun) async throws(StoreError) -> RunID? {
        guard let mark = request.mark, let conversation = request.ownConversation else { return nil }
        return try await store.headers(
            matching: RunFilter(agent: request.agent, principal: request.principal, conversation: conversation),
            limit: AgentRuntime.rememberedRuns, before: nil, scope: TenantScope(request.tenant)
        ).first { $0.run.low == mark }?.run
    }

    /// Runs of a conversation among which a repeated request is looked for.
    private static let rememberedRuns = 100

    private func unknownAgent(_ name: String, _ deployment: Deployment) -> RuntimeError {
        let known = deployment.agents.keys.sorted().joined(separator: ", ")
        return RuntimeError(
            .notFound, "There is no agent \"\(name)\".",
            advice: known.isEmpty ? "Declare one under agents/." : "Agents here: \(known).")
    }

    private func check(_ text: String) throws(RuntimeError) {
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw RuntimeError(.invalid, "The text is empty.", advice: "Say what is to be done.")
        }
        guard text.utf8.count <= AgentRuntime.longestText else {
            throw RuntimeError(
                .invalid, "The text has \(text.utf8.count) bytes.",
                advice: "At most \(AgentRuntime.longestText) bytes are taken.")
        }
    }

    private func create(
        _ request: StartRun, agent: DeployedAgent, deployment: Deployment
    ) async throws -> (run: RunID, joined: Bool) {
        let drawn: RunID = newID()
        let run = request.mark.map { RunID(high: drawn.high, low: $0) } ?? drawn
        let scope = TenantScope(request.tenant)
        var driver = try await newDriver(of: run, agent, deployment, scope)
        let history = try await earlierMessages(request, &driver.session)
        try driver.recordCreation(request, history: history)
        let isQueued = isFull
        if !isQueued { try driver.reserveFirst() }
        if driver.state.isGateway { driver.scheduleIdleEnd() }
        switch try await store.append(creation(by: &driver, isQueued: isQueued)) {
        case .applied, .alreadyApplied: break
        case .refused(.conversationBusy(let active)):
            let owner = try await store.header(of: active, scope: scope)?.principal
            guard owner == request.principal else {
                throw RuntimeError(
                    .forbidden, "The conversation belongs to another principal.", advice: "Start one of your own.")
            }
            try await keepsContract(active, request.contract, scope: scope)
            // The same request at the same moment: what it says is the run's task already.
            if let mark = request.mark, active.low == mark { return (active, true) }
            try await input(
                request.text, to: active, by: request.principal, scope: scope, isAsserted: request.isAsserted,
                uniqueKey: request.uniqueKey.map { "input/\($0)" })
            return (active, true)
        case .refused(let refusal):
            throw RuntimeError(.conflict, "The run could not be created (\(refusal)).", advice: "Try again.")
        }
        driver.session.didSave()
        if isQueued { wake(run) } else { adopt(driver) }
        return (run, false)
    }

    /// Who drives a run that is about to be created.
    func newDriver(
        of run: RunID, _ agent: DeployedAgent, _ deployment: Deployment, _ scope: TenantScope
    ) async throws -> RunDriver {
        let handle = RunHandle(run: run, leaseEnds: clock.monotonic + options.lease)
        let lease = Lease(run: run, fence: 1)
        handle.hold(lease, until: clock.monotonic + options.lease)
        return RunDriver(
            services: services, handle: handle, agent: agent, deployment: deployment,
            session: RunSession(
                state: RunState(run: run), scope: scope, vault: try await vault(of: scope.tenant), lease: lease))
    }

    /// The batch that creates the driver's run. Unless the run is queued it is this process's from its first moment on.
    func creation(by driver: inout RunDriver, isQueued: Bool) -> AppendBatch {
        var batch = driver.session.takeBatch(releasing: false)
        batch.fence = 0
        guard !isQueued else { return batch }
        batch.creationLease = CreationLease(
            owner: services.owner, until: clock.now.adding(milliseconds: options.lease))
        return batch
    }

    /// Messages of earlier runs of the conversation, oldest first, bounded.
    private func earlierMessages(_ request: StartRun, _ session: inout RunSession) async throws -> [MessageAdded] {
        guard let conversation = request.conversation else { return [] }
        let scope = TenantScope(request.tenant)
        let earlier = try await store.headers(
            matching: RunFilter(agent: request.agent, principal: request.principal, conversation: conversation),
            limit: 5, before: nil, scope: scope)
        var messages: [MessageAdded] = []
        for header in earlier.reversed() where header.status.isTerminal {
            let state = try await RunReader(store).state(of: header.run, scope: scope)
            guard let created = state.created else { continue }
            messages.append(created.task)
            if let outcome = state.outcome {
                messages.append(
                    MessageAdded(
                        role: .assistant, by: Principal(request.agent), body: outcome.text, label: outcome.label))
            }
        }
        messages = messages.suffix(options.historyMessages)
        let names = messages.compactMap(\.body.storedName)
        for (name, sealed) in try await store.bodies(names, scope: scope) { session.remember(sealed, as: name) }
        return messages
    }

    // MARK: What people say to a run

    /// Words of the principal for a run: an answer to its question, or a change of mind.
    package func input(
        _ text: String, to run: RunID, by person: Principal, scope: TenantScope, isAsserted: Bool = true,
        uniqueKey: String? = nil
    ) async throws(RuntimeError) {
        try check(text)
        let label = Label(isAsserted ? [.principal] : [.claimed])
        try await deliver(
            .input(text: text, by: person, label: label), to: run, key: uniqueKey ?? "input/\(newID(InboxKind.self))",
            scope: scope)
    }

    package func cancel(_ run: RunID, by person: Principal, reason: String, scope: TenantScope)
        async throws(RuntimeError)
    {
        try await deliver(.cancel(by: person, reason: reason), to: run, key: "cancel", scope: scope)
        interrupt(run)
    }

    package func handOff(_ run: RunID, by person: Principal, reason: String, scope: TenantScope)
        async throws(RuntimeError)
    {
        try await deliver(
            .handOff(by: person, reason: reason), to: run, key: "hand_off/\(newID(InboxKind.self))", scope: scope)
        interrupt(run)
    }

    package func handBack(_ run: RunID, by person: Principal, scope: TenantScope) async throws(RuntimeError) {
        try await deliver(.handBack(by: person), to: run, key: "hand_back/\(newID(InboxKind.self))", scope: scope)
    }

    /// A person who has the run ends it.
    package func finish(
        _ run: RunID, as status: RunStatus, text: String, by person: Principal, scope: TenantScope
    ) async throws(RuntimeError) {
        try await deliver(
            .finish(status: status, by: person, text: text), to: run, key: "finish/\(newID(InboxKind.self))",
            scope: scope)
    }

    /// A person says whether an effect in doubt happened.
    package func settle(
        _ effect: EffectID, happened: Bool, by person: Principal, reason: String, scope: TenantScope
    ) async throws(RuntimeError) {
        let found = try await stored { () async throws(StoreError) in
            try await self.store.effects(matching: EffectFilter(id: effect), limit: 1, scope: scope)
        }
        guard let record = found.first else {
            throw RuntimeError(.notFound, "There is no effect \(effect).", advice: "See `ballast effects`.")
        }
        guard record.state == .inDoubt else {
            throw RuntimeError(
                .conflict, "\(effect) is \(record.state.name), not in doubt.",
                advice: "See `ballast effects --in-doubt`.")
        }
        if try await settledByRollback(effect, happened: happened, by: person, reason: reason, scope: scope) { return }
        try await deliver(
            .settle(action: effect.ordinal, happened: happened, by: person, reason: reason), to: effect.run,
            key: "settle/\(effect.ordinal)/\(newID(InboxKind.self))", scope: scope)
    }

    func deliver(
        _ message: InboxMessage, to run: RunID, key: String, scope: TenantScope
    ) async throws(RuntimeError) {
        let delivery = try await stored { () async throws(StoreError) in
            let vault = try await self.vault(of: scope.tenant)
            return try await self.store.deliver(
                InboxItem(
                    id: self.newID(), run: run, uniqueKey: key, kind: message.kind, payload: message.sealed(by: vault),
                    receivedAt: self.clock.now), scope: scope)
        }
        switch delivery {
        case .accepted, .duplicate: wake(run)
        case .unknownRun:
            throw RuntimeError(.notFound, "There is no run \(run).", advice: "See `ballast runs`.")
        case .finished(let status):
            throw RuntimeError(
                .finished, "\(run) is over (\(status.name)).",
                advice: "Start a new run; it can continue the conversation.")
        }
    }

    func stored<Value>(_ body: () async throws(StoreError) -> Value) async throws(RuntimeError) -> Value {
        do {
            return try await body()
        } catch {
            note(error)
            throw RuntimeError(error)
        }
    }
}

extension RunDriver {
    mutating func recordCreation(_ request: StartRun, history: [MessageAdded]) throws {
        let tools = offeredTools
        let sources: Label.Sources =
            !request.hasWords ? [.configuration] : request.isAsserted ? [.principal] : [.claimed]
        try record(
            .created(
                RunCreated(
                    tenant: request.tenant, principal: request.principal, agent: agent.reference,
                    conversation: request.ownConversation ?? services.newID(), source: request.source,
                    startedBy: request.startedBy, root: run, environment: deployment.environment,
                    locale: request.locale,
                    workflow: request.workflow, budget: agent.definition.budget,
                    instructions: session.seal(agent.definition.instructions),
                    toolset: session.seal(OfferedTools.document(tools)),
                    task: MessageAdded(
                        role: .user, by: request.principal, body: session.seal(request.text), label: Label(sources)),
                    history: history)))
        try recordContracts(request.contract, by: request.startedBy)
    }

    /// Lets leave for the first model call ride on the commit that creates the run.
    mutating func reserveFirst() throws {
        if draftIsDue, agent.playbooks.isEmpty { return try planDraft() }
        guard agent.playbooks.isEmpty, !state.isGateway, let name = nextModel(), deployment.models[name] != nil else {
            return
        }
        try reserveModel(name)
    }
}
