import BallastCore
import BallastRuntime

/// An append as the writer takes it: what could be prepared on the caller's thread is prepared.
struct PreparedAppend: Sendable {
    let batch: AppendBatch
    /// The entries as their row has them.
    let segment: [UInt8]

    init(_ batch: AppendBatch) {
        self.batch = batch
        segment = JournalSegment.encode(batch.entries)
    }
}

extension WriteSession {
    /// Checks everything first, then changes everything: a refusal leaves no trace, and needs no savepoint.
    func append(_ prepared: PreparedAppend) throws(SQLiteFailure) -> AppendResult {
        let batch = prepared.batch
        let run = try run(batch.run)
        if let settled = try standing(batch, run) { return settled }
        if let refusal = try refusal(of: batch, run) { return .refused(refusal) }
        var balances: [LimitKey: LimitBalance] = [:]
        for change in batch.limits {
            let balance =
                if let seen = balances[change.key] { seen } else { try balance(of: change.key, batch.scope) }
            guard let next = balance.applying(change.kind) else { return .refused(change.refusal(at: balance)) }
            balances[change.key] = next
        }
        try write(prepared, run, balances)
        return .applied
    }

    /// True when every entry of the batch stands at its place.
    func holds(_ batch: AppendBatch) throws(SQLiteFailure) -> Bool {
        guard let run = try run(batch.run), try run.tenant == knownNumber(of: batch.scope.tenant) else { return false }
        return try holds(batch, run)
    }

    private func holds(_ batch: AppendBatch, _ run: KnownRun) throws(SQLiteFailure) -> Bool {
        guard !batch.entries.isEmpty, run.lastSequence > batch.expectedSequence else { return false }
        let stored = try JournalSegment.collect(
            try statement(.segments), run: run.number, after: batch.expectedSequence, limit: batch.entries.count)
        return stored.count == batch.entries.count && zip(stored, batch.entries).allSatisfy { $0.leaf == $1.leaf }
    }

    /// The answer that follows from what stands at the batch's place: applied before, or out of place.
    private func standing(_ batch: AppendBatch, _ run: KnownRun?) throws(SQLiteFailure) -> AppendResult? {
        guard let run else { return batch.expectedSequence == 0 ? nil : .refused(.unknownRun) }
        let isOurs = try run.tenant == knownNumber(of: batch.scope.tenant)
        if isOurs, try holds(batch, run) { return .alreadyApplied }
        if batch.expectedSequence == 0 { return .refused(.runExists) }
        if !isOurs { return .refused(.unknownRun) }
        if run.fence != batch.fence { return .refused(.fence(current: run.fence)) }
        return run.lastSequence == batch.expectedSequence ? nil : .refused(.sequence(current: run.lastSequence))
    }

    private func refusal(of batch: AppendBatch, _ run: KnownRun?) throws(SQLiteFailure) -> AppendRefusal? {
        for (scope, expected) in batch.epochs where try epoch(of: scope) != expected { return .epoch(scope) }
        for id in batch.inboxConsumed {
            let waits = try run.map { run throws(SQLiteFailure) in
                try statement(.inboxRow).first(run.number, id) { _ in true }
            }
            if waits != true { return .inbox(id) }
        }
        for effect in batch.firstLedger {
            if let standing = try standing(against: effect, run, batch.scope) { return .standing(standing) }
        }
        for child in batch.children where try self.run(child.run) != nil { return .runExists }
        return try busyConversation(of: batch).map { .conversationBusy($0) }
    }

    private func busyConversation(of batch: AppendBatch) throws(SQLiteFailure) -> RunID? {
        guard batch.expectedSequence == 0 || !batch.children.isEmpty else { return nil }
        let created = (batch.expectedSequence == 0 ? [batch.header] : []) + batch.children.map(\.header)
        let tenant = try number(of: batch.scope.tenant)
        var claimed: [ConversationID: RunID] = [:]
        for header in created where !header.status.isTerminal {
            let active = try statement(.activeRun).first(tenant, header.conversation) { row throws(SQLiteFailure) in
                try row.id(0, RunKind.self)
            }
            if let active { return active }
            if let other = claimed.updateValue(header.run, forKey: header.conversation) { return other }
        }
        return nil
    }

    private func standing(
        against effect: EffectRecord, _ run: KnownRun?, _ scope: TenantScope
    ) throws(SQLiteFailure) -> EffectID? {
        let (tenant, number) = (try number(of: scope.tenant), run?.number ?? 0)
        return try statement(.standing).first(
            tenant, effect.businessKey, effect.tool, RunRowKey.of(run: number, ordinal: effect.id.ordinal), number
        ) { row throws(SQLiteFailure) in
            EffectID(run: try row.id(0), ordinal: UInt32(truncatingIfNeeded: row.integer(1)))
        }
    }

    private func balance(of key: LimitKey, _ scope: TenantScope) throws(SQLiteFailure) -> LimitBalance {
        let tenant = try number(of: scope.tenant)
        let found = try statement(.limit).first(tenant, key.name, key.window) {
            LimitBalance(used: $0.integer(0), reserved: $0.integer(1))
        }
        return found ?? LimitBalance(used: 0, reserved: 0)
    }
}

// The writes. Nothing here refuses any more.
extension WriteSession {
    private func write(
        _ prepared: PreparedAppend, _ run: KnownRun?, _ balances: [LimitKey: LimitBalance]
    ) throws(SQLiteFailure) {
        let batch = prepared.batch
        let number = if let run { try advance(run, batch) } else { try create(batch) }
        let tenant = try self.number(of: batch.scope.tenant)
        if !batch.entries.isEmpty {
            try statement(.insertSegment).run(
                number, batch.expectedSequence + 1, batch.entries.count, prepared.segment)
        }
        for body in batch.bodies { try put(body, tenant) }
        for record in batch.ledger { try put(record, run: number, tenant) }
        for amendment in batch.amendments { try amend(amendment, tenant) }
        for record in batch.approvals { try put(record, run: number, tenant) }
        for child in batch.children { try create(child, tenant) }
        for item in batch.deliveries { _ = try deliver(item, scope: batch.scope) }
        for (key, balance) in balances {
            try statement(.setLimit).run(tenant, key.name, key.window, balance.used, balance.reserved)
        }
        for item in batch.outbox { try statement(.insertOutbox).run(tenant, number, item.kind, item.payload) }
        if !batch.marks.isEmpty { try put(batch.marks, keeping: batch.marksKept, tenant) }
        for record in batch.trust { try recordTrust(record) }
    }

    private func create(_ batch: AppendBatch) throws(SQLiteFailure) -> Int64 {
        let tenant = try number(of: batch.scope.tenant)
        var header = batch.header
        header.lastSequence = Int64(batch.entries.count)
        var readiness = RunReadiness(status: header.status)
        readiness.enter(header.status, at: header.updatedAt)
        var run = try insertRun(header, tenant: tenant, readiness, lease: batch.creationLease)
        if !batch.timers.isEmpty { try change(batch.timers, of: &run) }
        try reschedule(run, batch.run)
        return run.number
    }

    private func create(_ child: NewRun, _ tenant: Int64) throws(SQLiteFailure) {
        var header = child.header
        header.lastSequence = Int64(child.entries.count)
        var readiness = RunReadiness(status: header.status)
        readiness.enter(header.status, at: header.updatedAt)
        let run = try insertRun(header, tenant: tenant, readiness)
        try statement(.insertSegment).run(run.number, 1, child.entries.count, JournalSegment.encode(child.entries))
        for body in child.bodies { try put(body, tenant) }
        remember(run, child.run)
    }

    /// Moves the run's row on. While status, wake and lease stay, only columns that no index names are written.
    private func advance(_ known: KnownRun, _ batch: AppendBatch) throws(SQLiteFailure) -> Int64 {
        var run = known
        let header = batch.header
        run.lastSequence += Int64(batch.entries.count)
        try statement(.advanceRun).run(
            run.number, run.lastSequence, header.updatedAt, header.steps, header.tokens, header.microdollars,
            header.claimAttempts)
        run.readiness.enter(header.status, at: header.updatedAt, rests: batch.releasesLease && batch.rests)
        try consume(batch.inboxConsumed, of: &run)
        try change(batch.timers, of: &run)
        if batch.releasesLease {
            run.owner = nil
            run.readiness.leaseUntil = nil
        }
        let bringsTask = run.lacksTask && header.task != nil
        run.storedWake = run.readiness.wake
        if run.readiness.isStored(as: known.readiness) && run.storedWake == known.storedWake && !bringsTask {
            remember(run, batch.run)
            return run.number
        }
        try statement(.moveRun).run(
            run.number, run.readiness.status.rawValue, run.readiness.movingSince, run.storedWake, run.owner,
            run.readiness.leaseUntil, header.task?.stored)
        if bringsTask { run.lacksTask = false }
        remember(run, batch.run)
        return run.number
    }

    private func consume(_ ids: [InboxID], of run: inout KnownRun) throws(SQLiteFailure) {
        guard !ids.isEmpty else { return }
        for id in ids { try statement(.consumeInbox).run(run.number, id) }
        run.readiness.firstInbox = try firstInbox(run.number)
    }

    private func change(_ changes: [TimerChange], of run: inout KnownRun) throws(SQLiteFailure) {
        for change in changes {
            switch change {
            case .set(let kind, let due): try statement(.setTimer).run(run.number, kind, due)
            case .clear(let kind): try statement(.clearTimer).run(run.number, kind)
            }
        }
        if run.readiness.status.isTerminal && (run.readiness.firstTimer != nil || !changes.isEmpty) {
            try statement(.clearTimers).run(run.number)
            run.readiness.firstTimer = nil
        } else if !changes.isEmpty {
            run.readiness.firstTimer = try firstTimer(run.number)
        }
    }

    private func put(_ record: EffectRecord, run: Int64, _ tenant: Int64) throws(SQLiteFailure) {
        try statement(.upsertEffect).run(
            RunRowKey.of(run: run, ordinal: record.id.ordinal), tenant, record.tool, record.state.rawValue,
            record.repeatability.stored, record.businessKey, record.isBusinessKeyDeclared, record.standing,
            record.startedAt, record.updatedAt)
    }

    private func amend(_ amendment: EffectAmendment, _ tenant: Int64) throws(SQLiteFailure) {
        guard let run = try run(amendment.effect.run) else { return }
        try statement(.amendEffect).run(
            tenant, RunRowKey.of(run: run.number, ordinal: amendment.effect.ordinal), amendment.state.rawValue,
            amendment.at)
    }

    private func put(_ record: ApprovalRecord, run: Int64, _ tenant: Int64) throws(SQLiteFailure) {
        try statement(.upsertApproval).run(
            RunRowKey.of(run: run, ordinal: record.id.ordinal), tenant, record.action.ordinal, record.gate.rawValue,
            record.status.rawValue, record.tool, record.agent, record.principal.name, record.group,
            record.requestedAt, record.expiresAt, record.review.stored, record.binding, record.decidedBy?.name,
            record.decidedAt)
    }

    /// Counting takes time, so it is done once for many marks: a tenant keeps a little more than it may.
    private func put(_ marks: [WrittenMark], keeping most: Int, _ tenant: Int64) throws(SQLiteFailure) {
        let before = try lastMark()
        for mark in marks {
            try statement(.mark).run(
                tenant, Array(mark.key.prefix(StoreRules.markLengths[0])), Int(mark.marks.rawValue))
        }
        let pace = Int64(max(1, most / 64))
        guard try lastMark() / pace > before / pace else { return }
        for (length, shorter) in zip(StoreRules.markLengths, StoreRules.markLengths.dropFirst()) {
            let count = try statement(.countMarks).first(tenant, length) { $0.integer(0) } ?? 0
            guard count > Int64(most) else { return }
            let folded = max(1, Int(count) - most + most / 4)
            try statement(.foldMarks).run(tenant, length, folded, shorter)
            try statement(.dropFolded).run(tenant, length, folded)
        }
    }

    private func lastMark() throws(SQLiteFailure) -> Int64 {
        try statement(.lastMark).first { $0.integer(0) } ?? 0
    }
}

extension LimitChange {
    fileprivate func refusal(at balance: LimitBalance) -> AppendRefusal {
        guard case .reserve(_, let cap) = kind else { return .limit(key, available: 0) }
        return .limit(key, available: balance.room(under: cap))
    }
}

extension RunReadiness {
    /// True when the run's row need not change for these facts.
    fileprivate func isStored(as other: RunReadiness) -> Bool {
        status == other.status && movingSince == other.movingSince && leaseUntil == other.leaseUntil
    }
}
