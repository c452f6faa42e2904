package import BallastCore
package import BallastPolicy

/// What a caller says that a run may do at all.
package struct GivenContract: Sendable, Hashable {
    /// `{tools, targets, bounds, expires}`.
    package let json: JSONValue
    /// The caller may vouch for the principal's words; otherwise it licenses nothing and only tightens.
    package let isAsserted: Bool

    package init(_ json: JSONValue, isAsserted: Bool) {
        self.json = json
        self.isAsserted = isAsserted
    }

    var label: Label { Label(isAsserted ? [.principal] : [.claimed]) }
    var bytes: [UInt8] { JSONWriter.canonical(json) }
    /// Bytes of the longest one.
    package static let longest = 64 << 10
}

extension AgentDefinition {
    /// What every run of it is bound by.
    package var ownContract: StatedContract? {
        contract.flatMap { try? TaskContract(json: $0) }.map { StatedContract($0, .configuration) }
    }
}

extension AgentRuntime {
    /// A contract is understood and fits, or the run does not begin: a bound that is not there must not be promised.
    func check(
        _ given: GivenContract?, for agent: DeployedAgent, in deployment: Deployment
    ) throws(RuntimeError) {
        guard let given else { return }
        guard given.bytes.count <= GivenContract.longest else {
            throw .contract(
                .invalid, "The contract has \(given.bytes.count) bytes.",
                advice: "At most \(GivenContract.longest) are taken.")
        }
        do throws(TaskContractError) {
            let contract = try TaskContract(json: given.json)
            let schemas = deployment.catalog.entries.mapValues(\.definition.inputSchema)
            let problem = contract.complaint(against: schemas) { tool in
                deployment.catalog[tool] != nil || agent.policy.toolClass(of: tool) != nil
            }
            if let problem { throw problem }
        } catch {
            throw .contract(
                .invalid, "The contract cannot be taken: \(error).",
                advice: "It is {tools: [{name, max_count, where}], targets, bounds, expires}.")
        }
    }

    /// A run keeps the contract that it began with; a caller that states another one must not believe that it holds.
    func keepsContract(_ run: RunID, _ given: GivenContract?, scope: TenantScope) async throws(RuntimeError) {
        guard let given, !services.gateway.knows(given, of: run) else { return }
        let recorded: [ContractStated]
        let vault: BodyVault
        do {
            recorded = try await RunReader(store).state(of: run, scope: scope).contracts
            vault = try await self.vault(of: scope.tenant)
        } catch let error as StoreError {
            note(error)
            throw RuntimeError(error)
        } catch {
            throw RuntimeError(.unavailable, "The run \(run) cannot be read.", advice: "Report this as a fault.")
        }
        let own = recorded.first { $0.label.sources != [.configuration] }
        guard let own, own.label == given.label, own.contract == vault.seal(given.bytes).reference else {
            throw .contract(
                .conflict, "The run \(run) began \(own == nil ? "without a contract" : "with another one").",
                advice: "A run keeps what it began with: state a contract when a task begins, and name the next task.")
        }
        services.gateway.remember(given, of: run)
    }
}

extension RunDriver {
    /// Before anything is done: the caller's, then the agent's own.
    mutating func recordContracts(_ given: GivenContract?, by person: Principal) throws {
        if let given {
            try record(
                .contractStated(
                    ContractStated(by: person, contract: session.seal(given.bytes), label: given.label)))
        }
        if let own = agent.definition.contract { try record(.contractStated(stated(own))) }
    }

    private mutating func stated(_ own: JSONValue) -> ContractStated {
        ContractStated(
            by: .ballast, contract: session.seal(JSONWriter.canonical(own)), label: Label([.configuration]))
    }

    /// What holds for a run that works for this one: the caller's contract, and its own agent's.
    mutating func contracts(ofSubRunBy child: DeployedAgent) -> [ContractStated] {
        var contracts: [ContractStated] = []
        for stated in state.contracts where stated.label.sources != [.configuration] {
            let json = session.bytes(of: stated.contract).flatMap { try? JSONReader.read($0) } ?? ["tools": []]
            contracts.append(
                ContractStated(
                    by: stated.by, contract: session.seal(JSONWriter.canonical(StatedContract.inherited(json))),
                    label: stated.label))
        }
        if let own = child.definition.contract { contracts.append(stated(own)) }
        return contracts
    }

    /// The contracts in force. One that cannot be read any more permits nothing.
    var contracts: [StatedContract] {
        state.contracts.map { stated in
            session.bytes(of: stated.contract).flatMap { StatedContract(bytes: $0, label: stated.label) }
                ?? StatedContract(TaskContract(permits: []), .claimed)
        }
    }

    /// How often a tool was used in the run, or will be as far as it is decided by now.
    func uses(of tool: String, but action: UInt32) -> Int {
        state.history.count { $0.tool == tool && ($0.end == .done || $0.end == .failed) }
            + state.batch.count {
                $0.ordinal != action && $0.proposal.tool == tool && !$0.isClosed && $0.decision != nil
            }
    }
}
