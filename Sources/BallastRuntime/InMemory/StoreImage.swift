import BallastCore

/// Everything the in-memory store holds: a value with synchronous operations, so that a crash is a copy of it.
struct StoreImage: Sendable {
    var runs: [RunID: StoredRun] = [:]
    var tenants: [TenantID: StoredTenant] = [:]
    /// When each run can move.
    var wakes = WakeQueue<RunID>()
    /// The earliest timer of each run.
    var timers = WakeQueue<RunID>()
    var halts: [HaltID: HaltRecord] = [:]
    var epochs: [HaltScope: Int64] = [:]
    var trust: [TrustRecord] = []
    var apiKeys: [KeyID: APIKeyRecord] = [:]
    var idempotencyKeys: [StoredIdempotencyKey.Name: StoredIdempotencyKey] = [:]

    /// The run, if it is the scope's.
    func run(_ id: RunID, _ scope: TenantScope) -> StoredRun? {
        guard let run = runs[id], run.header.tenant == scope.tenant else { return nil }
        return run
    }

    /// Brings the queues up to date after the run changed.
    mutating func reschedule(_ id: RunID) {
        guard let run = runs[id] else { return }
        wakes.set(id, due: run.readiness.wake)
        timers.set(id, due: run.readiness.firstTimer)
    }
}

/// One run with all that hangs on it.
struct StoredRun: Sendable {
    var header: RunHeader
    var entries: [JournalEntry] = []
    var fence: Int64 = 0
    var owner: String?
    var readiness: RunReadiness
    var timers: [String: Timestamp] = [:]
    /// Rows not yet consumed, in order of arrival.
    var waiting: [InboxItem] = []
    /// Every row that ever came, by its unique key.
    var delivered: [String: InboxItem] = [:]
    var effects: [EffectID: EffectRecord] = [:]

    init(header: RunHeader) {
        self.header = header
        readiness = RunReadiness(status: header.status)
    }

    mutating func receive(_ item: InboxItem) {
        delivered[item.uniqueKey] = item
        waiting.append(item)
        readiness.firstInbox = waiting.first?.receivedAt
    }

    mutating func consume(_ ids: [InboxID]) {
        guard !ids.isEmpty else { return }
        waiting.removeAll { ids.contains($0.id) }
        readiness.firstInbox = waiting.first?.receivedAt
    }

    mutating func change(_ changes: [TimerChange]) {
        guard !changes.isEmpty || readiness.status.isTerminal else { return }
        for change in changes {
            switch change {
            case .set(let kind, let due): timers[kind] = due
            case .clear(let kind): timers[kind] = nil
            }
        }
        if readiness.status.isTerminal { timers = [:] }
        readiness.firstTimer = timers.values.min()
    }

    mutating func lease(to creator: CreationLease) {
        fence = 1
        owner = creator.owner
        readiness.leaseUntil = creator.until
    }

    mutating func letGo() {
        owner = nil
        readiness.leaseUntil = nil
    }
}

/// What belongs to one tenant and not to a single run.
struct StoredTenant: Sendable {
    /// In ascending order.
    var runs: [RunID] = []
    var active: [ConversationID: RunID] = [:]
    var bodies: [Digest: SealedBytes] = [:]
    var standing: [StandingAction: Set<EffectID>] = [:]
    var approvals: [ApprovalID: ApprovalRecord] = [:]
    var limits: [LimitKey: LimitBalance] = [:]
    var marks = StoredMarks()
    var outbox: [OutboxItem] = []
    var pins: [String: ToolPin] = [:]
    /// In order of arrival.
    var dataKeys: [WrappedKey] = []

    /// Identifiers come in the order of time, so the place is nearly always the end.
    mutating func insert(_ run: RunID) {
        var place = runs.count
        while place > 0, runs[place - 1] > run { place -= 1 }
        runs.insert(run, at: place)
    }
}

/// What makes two effects the same action in the real world.
struct StandingAction: Sendable, Hashable {
    let tool: String
    let businessKey: [UInt8]
}

/// A claimed `Idempotency-Key` and, later, its answer.
struct StoredIdempotencyKey: Sendable {
    struct Name: Sendable, Hashable {
        let caller: String
        let route: String
        let key: String
        init(_ request: IdempotentRequest) {
            caller = request.caller
            route = request.route
            key = request.key
        }
    }
    let fingerprint: Digest
    let claimedAt: Timestamp
    var answer: [UInt8]?
    var status = 0

    func isKept(at now: Timestamp) -> Bool {
        let lifetime = answer == nil ? StoreRules.unansweredKeyLifetime : StoreRules.answeredKeyLifetime
        return now.since(claimedAt) < lifetime
    }
}
