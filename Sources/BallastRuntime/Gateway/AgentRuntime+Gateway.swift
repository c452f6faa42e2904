package import BallastCore
import BallastPolicy

/// Which run the calls of an outside agent belong to, and what is known of the task.
package struct GatewayBinding: Sendable, Hashable {
    /// What tells the run from others.
    struct Key: Sendable, Hashable {
        let tenant: TenantID
        let principal: Principal
        let agent: String
        let name: String
    }

    package let tenant: TenantID
    package let principal: Principal
    /// Who holds the key.
    package let startedBy: Principal
    /// The configured agent whose manifest, policy and budget hold.
    package let agent: String
    /// The key's id with the caller's own name of the task, conversation or session.
    package let name: String
    /// The principal's own words, if the caller gave any.
    package let words: String?
    /// The caller may vouch for the words; otherwise they ground and license nothing.
    package let isAsserted: Bool
    /// What the task may do at all, if the caller said.
    package let contract: GivenContract?
    package let locale: String

    package init(
        tenant: TenantID, principal: Principal, startedBy: Principal, agent: String, name: String, words: String? = nil,
        isAsserted: Bool = false, contract: GivenContract? = nil, locale: String = "en"
    ) {
        self.tenant = tenant
        self.principal = principal
        self.startedBy = startedBy
        self.agent = agent
        self.name = name
        self.words = words
        self.isAsserted = isAsserted
        self.contract = contract
        self.locale = locale
    }

    var key: Key { Key(tenant: tenant, principal: principal, agent: agent, name: name) }

    fileprivate var request: StartRun {
        var request = StartRun(
            agent: agent, text: words ?? GatewayBinding.noWords, tenant: tenant, principal: principal,
            startedBy: startedBy, source: RunCreated.gateway, locale: locale, isAsserted: isAsserted,
            contract: contract,
            uniqueKey: "gateway/\(principal.name)/\(agent)/\(name)")
        request.hasWords = words != nil
        return request
    }

    /// Stands where the principal's words would stand; it is nobody's words.
    private static let noWords = "(The agent did not say what its task is.)"
}

extension AgentRuntime {
    /// The run that calls under this binding belong to, started at first sight. Words are fixed then: later ones are
    /// not taken, they come by `input`.
    package func gatewayRun(_ binding: GatewayBinding) async throws(RuntimeError) -> RunID {
        let scope = TenantScope(binding.tenant)
        if let run = services.gateway.run(of: binding.key) {
            try await keepsContract(run, binding.contract, scope: scope)
            return run
        }
        let request = binding.request
        let earlier = try await stored { () async throws(StoreError) in try await self.run(startedBy: request) }
        if let earlier {
            let header = try await stored { () async throws(StoreError) in
                try await self.store.header(of: earlier, scope: scope)
            }
            if let header, !header.status.isTerminal {
                try await keepsContract(earlier, binding.contract, scope: scope)
                services.gateway.remember(earlier, for: binding.key)
                return earlier
            }
        }
        let (run, _) = try await start(request)
        services.gateway.remember(run, for: binding.key)
        if let contract = binding.contract { services.gateway.remember(contract, of: run) }
        return run
    }

    /// Makes a call in a run, or joins an equal one that is open or whose result nobody took. The listener may hear of
    /// it before this returns.
    package func propose(
        _ proposal: GatewayProposal, under binding: GatewayBinding, telling listener: @escaping GatewayListener
    ) async throws(RuntimeError) -> (run: RunID, call: GatewayCall) {
        for _ in 0..<2 {
            let run = try await gatewayRun(binding)
            guard let entered = try enter(proposal, run, listener) else {
                services.gateway.forget(binding.key)
                continue
            }
            return (run, entered)
        }
        throw RuntimeError(.conflict, "The run ended while the call came in.", advice: "Call again.")
    }

    /// The same for whoever would rather follow it than be told.
    package func propose(
        _ proposal: GatewayProposal, under binding: GatewayBinding
    ) async throws(RuntimeError) -> (run: RunID, call: FollowedCall) {
        let (turns, continuation) = AsyncStream.makeStream(
            of: GatewayTurn.self, bufferingPolicy: .bufferingNewest(64))
        let (run, call) = try await propose(proposal, under: binding) { turn in
            continuation.yield(turn)
            if case .ended = turn { continuation.finish() }
        }
        return (run, FollowedCall(turns: turns, continuation: continuation, call: call))
    }

    /// nil when the run is over.
    private func enter(
        _ proposal: GatewayProposal, _ run: RunID, _ listener: @escaping GatewayListener
    ) throws(RuntimeError) -> GatewayCall? {
        if let reason = quarantinedRuns[run] {
            throw RuntimeError(
                .unavailable, "The run \(run) stands still: \(reason).",
                advice: "An operator looks at it: ballast doctor.")
        }
        if isShuttingDown {
            throw RuntimeError(.unavailable, "The server is stopping.", advice: "Call again in a moment.")
        }
        if services.gateway.isOver(run) { return nil }
        while true {
            switch services.gateway.room(of: run, mark: randomBits())
                .enter(proposal, now: clock.monotonic, listener)
            {
            case .entered(let call, let wakes):
                if wakes { wake(run) }
                return call
            case .full:
                throw RuntimeError(
                    .unavailable, "\(services.gateway.bounds.openCalls) calls of the run \(run) are open already.",
                    advice: "Wait for some of them.")
            case .closed: if services.gateway.isOver(run) { return nil }
            }
        }
    }

    /// The tools that an outside agent is shown: in its manifest, accepted, and in some class of its policy.
    package func offeredTools(to agent: String) -> [ToolCatalog.Entry] {
        let deployment = deployment.now
        guard let deployed = deployment.agents[agent] else { return [] }
        return deployment.catalog.entries.values
            .filter { entry in
                let name = entry.definition.name
                return entry.agent == nil && entry.isPinned && deployed.definition.mayCall(name)
                    && deployed.policy.toolClass(of: name) != nil
            }
            .sorted { $0.definition.name < $1.definition.name }
    }
}
