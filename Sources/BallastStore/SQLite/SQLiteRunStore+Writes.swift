package import BallastCore
package import BallastRuntime

extension SQLiteRunStore {
    package func append(_ batch: AppendBatch) async throws(StoreError) -> AppendResult {
        if let fault = batch.fault { throw fault }
        let prepared = PreparedAppend(batch)
        return try await write(settle: settle(prepared)) { session throws(SQLiteFailure) in
            try session.append(prepared)
        }
    }

    package func deliver(_ item: InboxItem, scope: TenantScope) async throws(StoreError) -> Delivery {
        try await write { session throws(SQLiteFailure) in try session.deliver(item, scope: scope) }
    }

    package func claim(
        _ run: RunID, owner: String, now: Timestamp, leaseUntil: Timestamp
    ) async throws(StoreError) -> Claim? {
        try await write { session throws(SQLiteFailure) in
            try session.claim(run, owner: owner, now: now, leaseUntil: leaseUntil)
        }
    }

    package func renew(
        _ leases: [Lease], owner: String, now: Timestamp, leaseUntil: Timestamp
    ) async throws(StoreError) -> [RunID] {
        try await write { session throws(SQLiteFailure) in
            try session.renew(leases, owner: owner, leaseUntil: leaseUntil)
        }
    }

    package func release(_ lease: Lease) async throws(StoreError) {
        try await write { session throws(SQLiteFailure) in try session.release(lease) }
    }

    package func fireTimers(now: Timestamp, limit: Int) async throws(StoreError) -> [RunID] {
        try await write { session throws(SQLiteFailure) in try session.fireTimers(now: now, limit: limit) }
    }

    package func recordHalt(_ halt: HaltRecord) async throws(StoreError) {
        try await write { session throws(SQLiteFailure) in try session.recordHalt(halt) }
    }

    package func recordTrust(_ record: TrustRecord) async throws(StoreError) {
        try await write { session throws(SQLiteFailure) in try session.recordTrust(record) }
    }

    package func endHalt(
        _ id: HaltID, by: Principal, reason: String, at: Timestamp
    ) async throws(StoreError) -> HaltRecord? {
        try await write { session throws(SQLiteFailure) in
            try session.endHalt(id, by: by, reason: reason, at: at)
        }
    }

    package func setPin(_ pin: ToolPin, scope: TenantScope) async throws(StoreError) {
        try await write { session throws(SQLiteFailure) in try session.setPin(pin, scope: scope) }
    }

    package func addDataKey(_ key: WrappedKey, scope: TenantScope) async throws(StoreError) -> WrappedKey {
        try await write { session throws(SQLiteFailure) in try session.addDataKey(key, scope: scope) }
    }

    package func saveAPIKey(_ key: APIKeyRecord) async throws(StoreError) {
        try await write { session throws(SQLiteFailure) in try session.saveAPIKey(key) }
    }

    package func claimIdempotencyKey(
        _ request: IdempotentRequest, now: Timestamp
    ) async throws(StoreError) -> IdempotencyClaim {
        try await write { session throws(SQLiteFailure) in try session.claimIdempotencyKey(request, now: now) }
    }

    package func finishIdempotencyKey(
        _ request: IdempotentRequest, answer: [UInt8], status: Int
    ) async throws(StoreError) {
        try await write { session throws(SQLiteFailure) in
            try session.finishIdempotencyKey(request, answer: answer, status: status)
        }
    }
}
