import BallastCore

extension StoreImage {
    mutating func recordHalt(_ halt: HaltRecord) {
        guard halts[halt.id] == nil else { return }
        halts[halt.id] = halt
        epochs[halt.scope, default: 0] += 1
    }

    mutating func endHalt(_ id: HaltID, by: Principal, reason: String, at: Timestamp) -> HaltRecord? {
        guard var halt = halts[id] else { return nil }
        if halt.endedAt == nil {
            halt.endedBy = by
            halt.endedReason = reason
            halt.endedAt = at
            halts[id] = halt
        }
        return halt
    }

    mutating func recordTrust(_ record: TrustRecord) {
        trust.append(record)
        epochs[.agent(record.agent), default: 0] += 1
    }

    func haltsInForce() -> [HaltRecord] { halts.values.filter { $0.endedAt == nil }.sorted { $0.id < $1.id } }

    mutating func addDataKey(_ key: WrappedKey, scope: TenantScope) -> WrappedKey {
        if let stored = tenants[scope.tenant]?.dataKeys.first(where: { $0.id == key.id }) { return stored }
        tenants[scope.tenant, default: StoredTenant()].dataKeys.append(key)
        return key
    }

    mutating func claimIdempotencyKey(_ request: IdempotentRequest, now: Timestamp) -> IdempotencyClaim {
        let name = StoredIdempotencyKey.Name(request)
        if let stored = idempotencyKeys[name], stored.isKept(at: now) {
            if stored.fingerprint != request.fingerprint { return .mismatch }
            return stored.answer.map { .finished(answer: $0, status: stored.status) } ?? .inProgress
        }
        idempotencyKeys[name] = StoredIdempotencyKey(fingerprint: request.fingerprint, claimedAt: now)
        return .claimed
    }

    mutating func finishIdempotencyKey(_ request: IdempotentRequest, answer: [UInt8], status: Int) {
        let name = StoredIdempotencyKey.Name(request)
        guard idempotencyKeys[name]?.fingerprint == request.fingerprint else { return }
        idempotencyKeys[name]?.answer = answer
        idempotencyKeys[name]?.status = status
    }
}
