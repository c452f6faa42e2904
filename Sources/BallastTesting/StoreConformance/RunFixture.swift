import BallastCore
import BallastRuntime

/// Builds the batches of one run in order, with identifiers and times that are the same in every test run.
struct RunFixture: Sendable {
    let scope: TenantScope
    let run: RunID
    var header: RunHeader
    var fence: Int64 = 0

    /// `number` tells runs apart; a larger one is a later run.
    init(_ number: UInt64 = 1, tenant: String = "acme", status: RunStatus = .running, conversation: UInt64? = nil) {
        scope = TenantScope(TenantID(tenant))
        run = RunID(high: 0x0193_0000_0000_0000 + number, low: number)
        header = RunHeader(
            run: run, tenant: scope.tenant, status: status, agent: "support-desk", principal: Principal("customer:ana"),
            conversation: ConversationID(high: 7, low: conversation ?? number), createdAt: .at(1000),
            updatedAt: .at(1000))
    }

    /// The next batch. The fixture takes it as applied.
    mutating func batch(
        entries count: Int = 1, text: String = "step", status: RunStatus? = nil, at: Timestamp = .at(2000)
    ) -> AppendBatch {
        if let status { header.status = status }
        header.updatedAt = at
        let first = header.lastSequence + 1
        let entries = (0..<Int64(count)).map { entry(first + $0, text) }
        var batch = AppendBatch(
            scope: scope, run: run, expectedSequence: header.lastSequence, fence: fence, entries: entries,
            header: header)
        header.lastSequence += Int64(count)
        batch.header.lastSequence = header.lastSequence
        return batch
    }

    /// The last batch, of one entry, was refused.
    mutating func takeBack() { header.lastSequence -= 1 }

    func entry(_ sequence: Int64, _ text: String) -> JournalEntry {
        let payload = Array("\(text) \(sequence)".utf8)
        let at = Timestamp.at(1000 + sequence)
        return JournalEntry(
            sequence: sequence, at: at, type: .messageAdded, version: 1, payload: payload,
            leaf: EntryCodec.leaf(
                run: run, sequence: sequence, at: at, type: .messageAdded, version: 1, payload: payload))
    }

    /// Creates the run in the store.
    @discardableResult
    mutating func create(in store: any RunStore, entries count: Int = 1) async throws -> [JournalEntry] {
        let batch = batch(entries: count, at: .at(1000))
        try expect(await store.append(batch), .applied, "a new run is created")
        return batch.entries
    }

    /// Takes the lease.
    mutating func claim(in store: any RunStore, owner: String = "node-a", now: Int64 = 2000) async throws -> Claim {
        let claim = try await store.claim(run, owner: owner, now: .at(now), leaseUntil: .at(now + 10_000))
        guard let claim else { throw ConformanceFailure("a free run can be claimed") }
        fence = claim.lease.fence
        header.claimAttempts = 0
        return claim
    }

    func item(_ number: UInt64, key: String, kind: String = "input", at: Int64 = 3000) -> InboxItem {
        InboxItem(
            id: InboxID(high: 9, low: number), run: run, uniqueKey: key, kind: kind, payload: Array(key.utf8),
            receivedAt: .at(at))
    }

    func effect(
        _ ordinal: UInt32, _ state: EffectState, key: UInt8 = 1, isDeclared: Bool = false, tool: String = "refund"
    ) -> EffectRecord {
        EffectRecord(
            id: EffectID(run: run, ordinal: ordinal), tool: tool, state: state,
            repeatability: .byKey(milliseconds: 86_400_000), businessKey: [UInt8](repeating: key, count: 16),
            isBusinessKeyDeclared: isDeclared, startedAt: .at(1500), updatedAt: .at(1600))
    }

    func approval(_ ordinal: UInt32, _ status: ApprovalStatus = .pending, requestedAt: Int64 = 4000) -> ApprovalRecord {
        let digest = Digest.sha256([UInt8(truncatingIfNeeded: ordinal)])
        return ApprovalRecord(
            id: ApprovalID(run: run, ordinal: ordinal), action: ActionID(run: run, ordinal: ordinal), gate: .approve,
            status: status, tool: "refund", agent: header.agent, principal: header.principal, group: "supervisors",
            requestedAt: .at(requestedAt), expiresAt: .at(requestedAt + 1000), review: .stored(name: digest, size: 9),
            binding: digest)
    }

    func body(_ text: String, keyID: UInt32 = 1) -> SealedBody {
        let bytes = Array(text.utf8)
        return SealedBody(name: .sha256(bytes), sealed: SealedBytes(keyID: keyID, bytes: bytes))
    }
}

extension Timestamp {
    static func at(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }
}
