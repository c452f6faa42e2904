import BallastCore
import BallastRuntime

extension WriteSession {
    func recordHalt(_ halt: HaltRecord) throws(SQLiteFailure) {
        try statement(.insertHalt).run(
            halt.id, halt.scope.description, halt.reason, halt.by.name, halt.at, halt.endedBy?.name, halt.endedReason,
            halt.endedAt)
        if changes == 1 { try raiseEpoch(of: halt.scope) }
    }

    func recordTrust(_ record: TrustRecord) throws(SQLiteFailure) {
        try statement(.insertTrust).run(
            record.tenant.name, record.agent, record.tool, record.kind.rawValue, record.level.rawValue, record.by.name,
            record.reason, record.evidence, record.basis, record.effect?.description, record.at)
        try raiseEpoch(of: .agent(record.agent))
    }

    func endHalt(
        _ id: HaltID, by: Principal, reason: String, at: Timestamp
    ) throws(SQLiteFailure) -> HaltRecord? {
        try statement(.endHalt).run(id, by.name, reason, at)
        return try statement(.halt).first(id) { row throws(SQLiteFailure) in try HaltRecord(row) }
    }

    func setPin(_ pin: ToolPin, scope: TenantScope) throws(SQLiteFailure) {
        let tenant = try number(of: scope.tenant)
        try statement(.upsertPin).run(tenant, pin.tool, pin.hash, pin.acceptedBy.name, pin.acceptedAt, pin.definition)
    }

    func addDataKey(_ key: WrappedKey, scope: TenantScope) throws(SQLiteFailure) -> WrappedKey {
        let tenant = try number(of: scope.tenant)
        try statement(.insertDataKey).run(tenant, key.id, key.sealed, key.createdAt)
        return try statement(.dataKey).first(tenant, key.id) { WrappedKey($0) } ?? key
    }

    func saveAPIKey(_ key: APIKeyRecord) throws(SQLiteFailure) {
        try statement(.upsertAPIKey).run(
            key.id, key.secretHash, key.name, key.tenant.name, key.principal.name,
            key.scopes.joined(separator: " "), key.createdAt, key.revokedAt)
    }

    func claimIdempotencyKey(
        _ request: IdempotentRequest, now: Timestamp
    ) throws(SQLiteFailure) -> IdempotencyClaim {
        let oldest = now.adding(milliseconds: -StoreRules.answeredKeyLifetime)
        try statement(.pruneIdempotencyKeys).run(oldest)
        let stored = try statement(.idempotencyKey).first(request.caller, request.route, request.key) {
            StoredAnswer($0)
        }
        if let stored, stored.isKept(at: now) { return stored.claim(request) }
        try statement(.dropIdempotencyKey).run(request.caller, request.route, request.key)
        try statement(.insertIdempotencyKey).run(
            request.caller, request.route, request.key, request.fingerprint, now)
        return .claimed
    }

    func finishIdempotencyKey(
        _ request: IdempotentRequest, answer: [UInt8], status: Int
    ) throws(SQLiteFailure) {
        try statement(.answerIdempotencyKey).run(
            request.caller, request.route, request.key, request.fingerprint, status, answer)
    }

    /// Writes a row, so that a disk that takes nothing any more is noticed.
    func touch() throws(SQLiteFailure) { try statement(.touch).run() }
}

/// The row of one `Idempotency-Key`.
private struct StoredAnswer {
    let fingerprint: [UInt8]
    let claimedAt: Timestamp
    let status: Int?
    let answer: [UInt8]

    init(_ row: Statement) {
        fingerprint = row.bytes(0)
        claimedAt = row.moment(1)
        status = row.isNull(2) ? nil : Int(row.integer(2))
        answer = row.bytes(3)
    }

    func isKept(at now: Timestamp) -> Bool {
        now.since(claimedAt) < (status == nil ? StoreRules.unansweredKeyLifetime : StoreRules.answeredKeyLifetime)
    }

    func claim(_ request: IdempotentRequest) -> IdempotencyClaim {
        if fingerprint != request.fingerprint.bytes { return .mismatch }
        return status.map { .finished(answer: answer, status: $0) } ?? .inProgress
    }
}
