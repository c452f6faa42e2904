import BallastCore

extension StoreImage {
    /// Checks everything first, then changes everything: a refusal leaves no trace.
    mutating func append(_ batch: AppendBatch) throws(StoreError) -> AppendResult {
        if let fault = batch.fault { throw fault }
        if let settled = standing(batch) { return settled }
        if let refusal = refusal(of: batch) { return .refused(refusal) }
        var balances: [LimitKey: LimitBalance] = [:]
        for change in batch.limits {
            let balance = balances[change.key] ?? limit(change.key, batch.scope)
            guard let next = balance.applying(change.kind) else { return .refused(noRoom(change, balance)) }
            balances[change.key] = next
        }
        write(batch, balances: balances)
        return .applied
    }

    /// The answer that follows from what stands at the batch's place: applied before, or out of place.
    private func standing(_ batch: AppendBatch) -> AppendResult? {
        guard let run = runs[batch.run] else {
            return batch.expectedSequence == 0 ? nil : .refused(.unknownRun)
        }
        let isOurs = run.header.tenant == batch.scope.tenant
        if isOurs && run.holds(batch.entries, after: batch.expectedSequence) { return .alreadyApplied }
        if batch.expectedSequence == 0 { return .refused(.runExists) }
        if !isOurs { return .refused(.unknownRun) }
        if run.fence != batch.fence { return .refused(.fence(current: run.fence)) }
        let last = run.header.lastSequence
        return last == batch.expectedSequence ? nil : .refused(.sequence(current: last))
    }

    private func refusal(of batch: AppendBatch) -> AppendRefusal? {
        for (scope, epoch) in batch.epochs where epochs[scope, default: 0] != epoch { return .epoch(scope) }
        for id in batch.inboxConsumed where runs[batch.run]?.waiting.contains(where: { $0.id == id }) != true {
            return .inbox(id)
        }
        for effect in batch.firstLedger {
            if let standing = standingEffect(against: effect, scope: batch.scope) { return .standing(standing.id) }
        }
        if batch.children.contains(where: { runs[$0.run] != nil }) { return .runExists }
        return busyConversation(of: batch).map { .conversationBusy($0) }
    }

    private func busyConversation(of batch: AppendBatch) -> RunID? {
        let created = (batch.expectedSequence == 0 ? [batch.header] : []) + batch.children.map(\.header)
        var claimed: [ConversationID: RunID] = [:]
        for header in created where !header.status.isTerminal {
            if let other = tenants[batch.scope.tenant]?.active[header.conversation] { return other }
            if let other = claimed.updateValue(header.run, forKey: header.conversation) { return other }
        }
        return nil
    }

    private func limit(_ key: LimitKey, _ scope: TenantScope) -> LimitBalance {
        tenants[scope.tenant]?.limits[key] ?? LimitBalance(used: 0, reserved: 0)
    }

    private func noRoom(_ change: LimitChange, _ balance: LimitBalance) -> AppendRefusal {
        guard case .reserve(_, let cap) = change.kind else { return .limit(change.key, available: 0) }
        return .limit(change.key, available: balance.room(under: cap))
    }

    private mutating func write(_ batch: AppendBatch, balances: [LimitKey: LimitBalance]) {
        if batch.expectedSequence == 0 { create(batch.header) }
        for child in batch.children {
            create(child.header)
            advance(child.run, with: child.entries, header: child.header) { _ in }
        }
        advance(batch.run, with: batch.entries, header: batch.header, rests: batch.releasesLease && batch.rests) {
            run in
            run.consume(batch.inboxConsumed)
            run.change(batch.timers)
            if batch.expectedSequence == 0, let lease = batch.creationLease { run.lease(to: lease) }
            if batch.releasesLease { run.letGo() }
        }
        for record in batch.ledger { put(record, batch.scope) }
        for amendment in batch.amendments { amend(amendment, batch.scope) }
        for item in batch.deliveries { _ = deliver(item, scope: batch.scope) }
        for record in batch.trust { recordTrust(record) }
        putTenantRows(batch, balances: balances)
    }

    private mutating func create(_ header: RunHeader) {
        runs[header.run] = StoredRun(header: header)
        tenants[header.tenant, default: StoredTenant()].insert(header.run)
    }

    private mutating func advance(
        _ id: RunID, with entries: [JournalEntry], header: RunHeader, rests: Bool = false,
        then change: (inout StoredRun) -> Void
    ) {
        guard var run = runs.removeValue(forKey: id) else { return }
        run.advance(with: entries, header: header, rests: rests)
        change(&run)
        tenants[header.tenant, default: StoredTenant()].active[run.header.conversation] = activeRun(after: run)
        runs[id] = run
        reschedule(id)
    }

    /// The conversation's active run after this one moved.
    private func activeRun(after run: StoredRun) -> RunID? {
        let current = tenants[run.header.tenant]?.active[run.header.conversation]
        if !run.header.status.isTerminal { return run.header.run }
        return current == run.header.run ? nil : current
    }

    private mutating func put(_ record: EffectRecord, _ scope: TenantScope) {
        let action = StandingAction(tool: record.tool, businessKey: record.businessKey)
        let wasStanding = runs[record.id.run]?.effects.updateValue(record, forKey: record.id)?.isStanding ?? false
        guard record.isStanding || wasStanding else { return }
        if record.isStanding {
            tenants[scope.tenant, default: StoredTenant()].standing[action, default: []].insert(record.id)
        } else {
            tenants[scope.tenant]?.standing[action]?.remove(record.id)
        }
    }

    private mutating func amend(_ amendment: EffectAmendment, _ scope: TenantScope) {
        guard var record = run(amendment.effect.run, scope)?.effects[amendment.effect] else { return }
        record.state = amendment.state
        record.updatedAt = amendment.at
        put(record, scope)
    }

    private mutating func putTenantRows(_ batch: AppendBatch, balances: [LimitKey: LimitBalance]) {
        var tenant = tenants.removeValue(forKey: batch.scope.tenant) ?? StoredTenant()
        for body in batch.bodies + batch.children.flatMap(\.bodies) where tenant.bodies[body.name] == nil {
            tenant.bodies[body.name] = body.sealed
        }
        for record in batch.approvals { tenant.approvals[record.id] = record }
        tenant.limits.merge(balances) { $1 }
        tenant.outbox += batch.outbox
        for mark in batch.marks { tenant.marks.add(mark, keeping: batch.marksKept) }
        tenants[batch.scope.tenant] = tenant
    }
}

extension StoredRun {
    /// True when the entries after `sequence` begin with `batch`; an empty batch proves nothing.
    fileprivate func holds(_ batch: [JournalEntry], after sequence: Int64) -> Bool {
        guard !batch.isEmpty, let start = Int(exactly: sequence), start < entries.count,
            batch.count <= entries.count - start
        else { return false }
        return batch.indices.allSatisfy { batch[$0].leaf == entries[start + $0].leaf }
    }

    /// Takes the new entries and the projection of the run after them. What a run is never changes after its creation.
    fileprivate mutating func advance(with new: [JournalEntry], header next: RunHeader, rests: Bool) {
        entries += new
        header.status = next.status
        header.updatedAt = next.updatedAt
        header.steps = next.steps
        header.tokens = next.tokens
        header.microdollars = next.microdollars
        header.claimAttempts = next.claimAttempts
        header.task = header.task ?? next.task
        header.lastSequence = Int64(entries.count)
        readiness.enter(next.status, at: next.updatedAt, rests: rests)
    }
}
