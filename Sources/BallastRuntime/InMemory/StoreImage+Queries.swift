import BallastCore

extension StoreImage {
    func entries(of id: RunID, after: Int64, limit: Int, scope: TenantScope) -> [JournalEntry] {
        guard let run = run(id, scope), let start = Int(exactly: max(0, after)), start < run.entries.count else {
            return []
        }
        return Array(run.entries[start...].prefix(max(0, limit)))
    }

    func bodies(_ names: [Digest], scope: TenantScope) -> [Digest: SealedBytes] {
        var found: [Digest: SealedBytes] = [:]
        for name in names { found[name] = tenants[scope.tenant]?.bodies[name] }
        return found
    }

    func headers(matching filter: RunFilter, limit: Int, before: RunID?, scope: TenantScope) -> [RunHeader] {
        var found: [RunHeader] = []
        for id in tenants[scope.tenant]?.runs.reversed() ?? [] {
            if found.count >= limit { break }
            if let before, id >= before { continue }
            if let header = runs[id]?.header, filter.matches(header) { found.append(header) }
        }
        return found
    }

    /// Oldest first.
    func runs(in status: RunStatus, limit: Int) -> [RunID] {
        Array(runs.filter { $0.value.header.status == status }.keys.sorted().prefix(max(0, limit)))
    }

    func inbox(of id: RunID, limit: Int, scope: TenantScope) -> [InboxItem] {
        Array(run(id, scope)?.waiting.prefix(max(0, limit)) ?? [])
    }

    func effects(matching filter: EffectFilter, limit: Int, scope: TenantScope) -> [EffectRecord] {
        var found: [EffectRecord] = []
        for id in runsToSearch(filter, scope) {
            if found.count >= limit { break }
            let matching = runs[id]?.effects.values.filter { filter.matches($0) } ?? []
            found += matching.sorted { $0.id > $1.id }
        }
        return Array(found.prefix(max(0, limit)))
    }

    private func runsToSearch(_ filter: EffectFilter, _ scope: TenantScope) -> [RunID] {
        if let run = filter.run ?? filter.id?.run { return self.run(run, scope) == nil ? [] : [run] }
        return tenants[scope.tenant]?.runs.reversed() ?? []
    }

    func standingEffect(against effect: EffectRecord, scope: TenantScope) -> EffectRecord? {
        let action = StandingAction(tool: effect.tool, businessKey: effect.businessKey)
        let records = (tenants[scope.tenant]?.standing[action] ?? []).compactMap { runs[$0.run]?.effects[$0] }
        return records.filter { $0.bars(effect) }.max {
            ($0.state.isOpen ? 1 : 0, $0.id) < ($1.state.isOpen ? 1 : 0, $1.id)
        }
    }

    func approvals(
        status: ApprovalStatus?, limit: Int, after: ApprovalPlace?, scope: TenantScope
    ) -> [ApprovalRecord] {
        let matching = tenants[scope.tenant]?.approvals.values.filter { status == nil || $0.status == status } ?? []
        let rest = matching.filter { record in after.map { $0 < ApprovalPlace(record) } ?? true }
        return Array(rest.sorted { ApprovalPlace($0) < ApprovalPlace($1) }.prefix(max(0, limit)))
    }
}

extension RunFilter {
    fileprivate func matches(_ header: RunHeader) -> Bool {
        (statuses.isEmpty || statuses.contains(header.status)) && (agent ?? header.agent) == header.agent
            && (principal ?? header.principal) == header.principal
            && (conversation ?? header.conversation) == header.conversation
    }
}

extension EffectFilter {
    fileprivate func matches(_ record: EffectRecord) -> Bool {
        (states.isEmpty || states.contains(record.state)) && (id ?? record.id) == record.id
            && (run ?? record.id.run) == record.id.run && (before.map { record.id < $0 } ?? true)
    }
}
