package import BallastCore
package import BallastPolicy

/// How far an agent is trusted with a tool, and what it rests on.
package struct TrustReport: Sendable {
    package let agent: String
    package let tool: String
    package let rule: AutonomyRule
    /// At which its actions are judged now.
    package let level: AutonomyLevel
    package let evidence: TrustEvidence
    /// What a rise by one level lacks; nil where none is possible.
    package let lacks: [String]?
    /// Newest first, at most `AgentRuntime.trustHistory`.
    package let history: [TrustRecord]

    /// The level that a person could agree to now or later.
    package var next: AutonomyLevel? { lacks == nil ? nil : level.wider }
}

extension AgentRuntime {
    /// Changes that a report lists.
    package static let trustHistory = 20
    /// Decided approvals that are looked at, the latest first.
    private static let approvalsRead = 20_000

    // MARK: Reading

    package func trust(scope: TenantScope) async throws(RuntimeError) -> [TrustReport] {
        let deployment = services.deployment.now
        var reports: [TrustReport] = []
        for agent in deployment.agents.values.sorted(by: { $0.definition.name < $1.definition.name }) {
            for tool in agent.autonomousTools where agent.definition.mayCall(tool) {
                reports.append(try await trust(in: tool, of: agent, deployment, scope))
            }
        }
        return reports
    }

    package func trust(in tool: String, of name: String, scope: TenantScope) async throws(RuntimeError) -> TrustReport {
        let deployment = services.deployment.now
        guard let agent = deployment.agents[name], agent.autonomy(of: tool) != nil else {
            throw RuntimeError(
                .notFound, "No autonomy of \(name) with \(tool) is stated.", advice: "See `ballast trust`.")
        }
        return try await trust(in: tool, of: agent, deployment, scope)
    }

    private func trust(
        in tool: String, of agent: DeployedAgent, _ deployment: Deployment, _ scope: TenantScope
    ) async throws(RuntimeError) -> TrustReport {
        let rule = agent.autonomy(of: tool) ?? AutonomyRule(start: .draft)
        let key = TrustKey(tenant: scope.tenant, agent: agent.definition.name, tool: tool)
        let standing = services.trust.standing(of: key)
        let basis = deployment.catalog[tool].map { TrustBasis(tool: $0, agent: agent, models: deployment.models) }
        let (level, _) = standing.level(under: rule, basis: basis, at: clock.now)
        let evidence = try await evidence(of: key, standing)
        let records = try await stored { () async throws(StoreError) in try await self.store.trustRecords() }
        return TrustReport(
            agent: key.agent, tool: tool, rule: rule, level: level, evidence: evidence,
            lacks: lacks(evidence, from: level, under: rule),
            history: Array(records.filter { $0.key == key }.suffix(AgentRuntime.trustHistory).reversed()))
    }

    /// Back to where it starts a person's word is enough where no terms are stated; further than that it never goes.
    private func lacks(_ evidence: TrustEvidence, from level: AutonomyLevel, under rule: AutonomyRule) -> [String]? {
        guard let next = level.wider, next <= max(rule.atMost, rule.start) else { return nil }
        guard let rise = rule.rise else { return next <= rule.start ? [] : nil }
        return evidence.lacks(rise, at: clock.now)
    }

    private func evidence(of key: TrustKey, _ standing: TrustStanding) async throws(RuntimeError) -> TrustEvidence {
        let scope = TenantScope(key.tenant)
        var evidence = TrustEvidence(since: standing.since)
        evidence.lastIncident = standing.lastIncident
        var runs: Set<RunID> = []
        var place: ApprovalPlace?
        var read = 0
        do {
            while true {
                let page = try await store.approvals(status: nil, limit: 500, after: place, scope: scope)
                for approval in page where approval.agent == key.agent && approval.tool == key.tool {
                    if let decided = approval.decidedAt, standing.since.map({ decided > $0 }) ?? true {
                        runs.insert(approval.id.run)
                    }
                }
                read += page.count
                guard page.count == 500, let last = page.last else { break }
                guard read < AgentRuntime.approvalsRead else {
                    evidence.isPartial = true
                    break
                }
                place = ApprovalPlace(last)
            }
            for run in runs.sorted() {
                let entries = try await RunReader(store).entries(of: run, scope: scope)
                try evidence.count(entries, run: run, tool: key.tool)
            }
        } catch let failure as StoreError {
            throw RuntimeError(failure)
        } catch {
            throw RuntimeError(.invalid, "A run cannot be read: \(error)", advice: "Run `ballast doctor`.")
        }
        return evidence
    }

    // MARK: Changing

    /// A person agrees that the level rises by one, on the evidence that there is.
    package func raiseTrust(
        in tool: String, of name: String, by person: Principal, reason: String, scope: TenantScope
    ) async throws(RuntimeError) -> TrustReport {
        let key = TrustKey(tenant: scope.tenant, agent: name, tool: tool)
        let standing = services.trust.standing(of: key)
        let report = try await trust(in: tool, of: name, scope: scope)
        let deployment = services.deployment.now
        guard let lacks = report.lacks, let next = report.level.wider, let agent = deployment.agents[name],
            let entry = deployment.catalog[tool]
        else {
            throw RuntimeError(
                .conflict, "\(name) has all of the trust in \(tool) that is stated: \(report.level.name).",
                advice: "`autonomy` of the policy states how far it may rise.")
        }
        if let group = report.rule.rise?.agreedBy, !deployment.isMember(person, group) {
            throw RuntimeError(
                .forbidden, "\(person) does not belong to \(group), who agree to more autonomy of \(name).",
                advice: "Ask somebody of \(group).")
        }
        guard lacks.isEmpty else {
            throw RuntimeError(
                .conflict, "The evidence does not carry it: \(lacks.joined(separator: "; ")).",
                advice: "See `ballast trust`.")
        }
        // Reading the evidence takes a while, and what went wrong meanwhile is not in it.
        guard services.trust.standing(of: key) == standing else {
            throw RuntimeError(
                .conflict, "The trust in \(name) with \(tool) changed while its evidence was read.",
                advice: "See `ballast trust`, then ask again.")
        }
        let record = TrustRecord(
            tenant: scope.tenant, agent: name, tool: tool, kind: .raised, level: next, by: person, reason: reason,
            evidence: JSONWriter.canonicalString(report.evidence.document),
            basis: TrustBasis(tool: entry, agent: agent, models: deployment.models).bytes, at: clock.now)
        try await stored { () async throws(StoreError) in
            try await self.store.recordTrust(record)
            try await self.takeEpochs()
        }
        services.trust.take(record)
        return try await trust(in: tool, of: name, scope: scope)
    }

    /// A person narrows the level. Once this returns, nothing begins that was judged under the wider one.
    package func lowerTrust(
        in tool: String, of name: String, to level: AutonomyLevel, by person: Principal, reason: String,
        scope: TenantScope
    ) async throws(RuntimeError) -> TrustReport {
        let report = try await trust(in: tool, of: name, scope: scope)
        guard level < report.level else {
            throw RuntimeError(
                .conflict, "\(name) is at \(report.level.name) with \(tool) already.",
                advice: "Only `ballast trust raise` widens.")
        }
        try await narrow(
            TrustRecord(
                tenant: scope.tenant, agent: name, tool: tool, kind: .lowered, level: level, by: person,
                reason: reason, at: clock.now))
        return try await trust(in: tool, of: name, scope: scope)
    }

    /// Whoever halts a tool or an agent has seen something go wrong with it.
    func noteIncident(_ halt: HaltRecord) async {
        let deployment = services.deployment.now
        for agent in deployment.agents.values {
            let name = agent.definition.name
            let tools = agent.autonomousTools.filter { halt.scope == .tool($0) || halt.scope == .agent(name) }
            for tool in tools {
                for tenant in services.trust.tenants.union([.default]) {
                    try? await narrow(
                        TrustRecord(
                            tenant: tenant, agent: name, tool: tool, kind: .incident, level: .draft, by: halt.by,
                            reason: "halted: \(halt.reason)", at: halt.at))
                }
            }
        }
    }

    /// In this process first, then on record.
    private func narrow(_ record: TrustRecord) async throws(RuntimeError) {
        services.trust.take(record)
        let generation = gate.renew()
        while !gate.writing(before: generation).isEmpty {
            let (clock, executor) = (clock, services.executor)
            await Task(executorPreference: executor) { try? await clock.sleep(milliseconds: 1) }.value
        }
        try await stored { () async throws(StoreError) in
            try await self.store.recordTrust(record)
            try await self.takeEpochs()
        }
    }
}
