package import BallastCore

extension InMemoryRunStore: RunStore {
    package func append(_ batch: AppendBatch) async throws(StoreError) -> AppendResult {
        try await write(.append, run: batch.run) { image throws(StoreError) in try image.append(batch) }
    }

    package func entries(
        of run: RunID, after: Int64, limit: Int, scope: TenantScope
    ) async throws(StoreError) -> [JournalEntry] {
        try read { $0.entries(of: run, after: after, limit: limit, scope: scope) }
    }

    package func bodies(_ names: [Digest], scope: TenantScope) async throws(StoreError) -> [Digest: SealedBytes] {
        try read { $0.bodies(names, scope: scope) }
    }

    package func header(of run: RunID, scope: TenantScope) async throws(StoreError) -> RunHeader? {
        try read { $0.run(run, scope)?.header }
    }

    package func headers(
        matching filter: RunFilter, limit: Int, before: RunID?, scope: TenantScope
    ) async throws(StoreError) -> [RunHeader] {
        try read { $0.headers(matching: filter, limit: limit, before: before, scope: scope) }
    }

    package func deliver(_ item: InboxItem, scope: TenantScope) async throws(StoreError) -> Delivery {
        try await write(.deliver, run: item.run) { $0.deliver(item, scope: scope) }
    }

    package func inbox(of run: RunID, limit: Int, scope: TenantScope) async throws(StoreError) -> [InboxItem] {
        try read { $0.inbox(of: run, limit: limit, scope: scope) }
    }

    package func claim(
        _ run: RunID, owner: String, now: Timestamp, leaseUntil: Timestamp
    ) async throws(StoreError) -> Claim? {
        try await write(.claim, run: run) { $0.claim(run, owner: owner, now: now, leaseUntil: leaseUntil) }
    }

    package func renew(
        _ leases: [Lease], owner: String, now: Timestamp, leaseUntil: Timestamp
    ) async throws(StoreError) -> [RunID] {
        try await write(.renew) { $0.renew(leases, owner: owner, leaseUntil: leaseUntil) }
    }

    package func release(_ lease: Lease) async throws(StoreError) {
        try await write(.release, run: lease.run) { $0.release(lease) }
    }

    package func runnable(now: Timestamp, limit: Int) async throws(StoreError) -> [RunID] {
        try read { $0.runnable(now: now, limit: limit) }
    }

    package func runs(in status: RunStatus, limit: Int) async throws(StoreError) -> [RunID] {
        try read { $0.runs(in: status, limit: limit) }
    }

    package func fireTimers(now: Timestamp, limit: Int) async throws(StoreError) -> [RunID] {
        try await write(.fireTimers) { $0.fireTimers(now: now, limit: limit) }
    }

    package func nextTimer() async throws(StoreError) -> Timestamp? { try read { $0.nextTimer() } }

    package func effects(
        matching filter: EffectFilter, limit: Int, scope: TenantScope
    ) async throws(StoreError) -> [EffectRecord] {
        try read { $0.effects(matching: filter, limit: limit, scope: scope) }
    }

    package func standingEffect(
        against effect: EffectRecord, scope: TenantScope
    ) async throws(StoreError) -> EffectRecord? {
        try read { $0.standingEffect(against: effect, scope: scope) }
    }

    package func approvals(
        status: ApprovalStatus?, limit: Int, after: ApprovalPlace?, scope: TenantScope
    ) async throws(StoreError) -> [ApprovalRecord] {
        try read { $0.approvals(status: status, limit: limit, after: after, scope: scope) }
    }

    package func approval(_ id: ApprovalID, scope: TenantScope) async throws(StoreError) -> ApprovalRecord? {
        try read { $0.tenants[scope.tenant]?.approvals[id] }
    }

    package func marks(
        of keys: Set<[UInt8]>, scope: TenantScope
    ) async throws(StoreError) -> [[UInt8]: WrittenMark.Marks] {
        try read { $0.tenants[scope.tenant]?.marks.marks(of: keys) ?? [:] }
    }

    package func balance(of key: LimitKey, scope: TenantScope) async throws(StoreError) -> LimitBalance {
        try read { $0.tenants[scope.tenant]?.limits[key] ?? LimitBalance(used: 0, reserved: 0) }
    }

    package func activeRun(of conversation: ConversationID, scope: TenantScope) async throws(StoreError) -> RunID? {
        try read { $0.tenants[scope.tenant]?.active[conversation] }
    }

    package func check() async throws(StoreError) { try await write(.check) { _ in } }
}

// Administration of the installation and its tenants.
extension InMemoryRunStore {
    package func recordHalt(_ halt: HaltRecord) async throws(StoreError) {
        try await write(.recordHalt) { $0.recordHalt(halt) }
    }

    package func endHalt(
        _ id: HaltID, by: Principal, reason: String, at: Timestamp
    ) async throws(StoreError) -> HaltRecord? {
        try await write(.endHalt) { $0.endHalt(id, by: by, reason: reason, at: at) }
    }

    package func haltsInForce() async throws(StoreError) -> [HaltRecord] { try read { $0.haltsInForce() } }

    package func recordTrust(_ record: TrustRecord) async throws(StoreError) {
        try await write(.recordTrust) { $0.recordTrust(record) }
    }

    package func trustRecords() async throws(StoreError) -> [TrustRecord] { try read { $0.trust } }

    package func epochs() async throws(StoreError) -> [HaltScope: Int64] { try read { $0.epochs } }

    package func pins(scope: TenantScope) async throws(StoreError) -> [String: ToolPin] {
        try read { $0.tenants[scope.tenant]?.pins ?? [:] }
    }

    package func setPin(_ pin: ToolPin, scope: TenantScope) async throws(StoreError) {
        try await write(.setPin) { $0.tenants[scope.tenant, default: StoredTenant()].pins[pin.tool] = pin }
    }

    package func dataKeys(scope: TenantScope) async throws(StoreError) -> [WrappedKey] {
        try read { $0.tenants[scope.tenant]?.dataKeys ?? [] }
    }

    package func addDataKey(_ key: WrappedKey, scope: TenantScope) async throws(StoreError) -> WrappedKey {
        try await write(.addDataKey) { $0.addDataKey(key, scope: scope) }
    }

    package func apiKeys() async throws(StoreError) -> [APIKeyRecord] {
        try read { $0.apiKeys.values.sorted { $0.id < $1.id } }
    }

    package func saveAPIKey(_ key: APIKeyRecord) async throws(StoreError) {
        try await write(.saveAPIKey) { $0.apiKeys[key.id] = key }
    }

    package func claimIdempotencyKey(
        _ request: IdempotentRequest, now: Timestamp
    ) async throws(StoreError) -> IdempotencyClaim {
        try await write(.claimIdempotencyKey) { $0.claimIdempotencyKey(request, now: now) }
    }

    package func finishIdempotencyKey(
        _ request: IdempotentRequest, answer: [UInt8], status: Int
    ) async throws(StoreError) {
        try await write(.finishIdempotencyKey) { $0.finishIdempotencyKey(request, answer: answer, status: status) }
    }
}
