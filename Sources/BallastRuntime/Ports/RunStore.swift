package import BallastCore

/// Where runs live. One transaction, `append`, changes a run; everything else reads, delivers, claims or administers.
///
/// Every implementation passes `RunStoreConformance`. The in-memory one is the reference.
package protocol RunStore: Sendable {
    /// Creates runs and changes them, all or nothing, durable when it returns.
    ///
    /// Compare-and-set on (run, `expectedSequence`, `fence`), on the epochs and on the inbox rows. Idempotent: when the
    /// stored entries after `expectedSequence` are those of the batch (equal leaves), it answers `alreadyApplied`.
    func append(_ batch: AppendBatch) async throws(StoreError) -> AppendResult

    /// Entries with a sequence greater than `after`, in order, at most `limit`.
    func entries(of run: RunID, after: Int64, limit: Int, scope: TenantScope) async throws(StoreError) -> [JournalEntry]
    /// The sealed content of stored bodies; a name that is not there is absent from the result.
    func bodies(_ names: [Digest], scope: TenantScope) async throws(StoreError) -> [Digest: SealedBytes]
    func header(of run: RunID, scope: TenantScope) async throws(StoreError) -> RunHeader?
    /// Newest first. `before` pages: only runs with a smaller id.
    func headers(matching filter: RunFilter, limit: Int, before: RunID?, scope: TenantScope)
        async throws(StoreError) -> [RunHeader]

    /// Puts something from outside into a run's inbox. A second row with the same unique key changes nothing and is
    /// answered with the first one.
    func deliver(_ item: InboxItem, scope: TenantScope) async throws(StoreError) -> Delivery
    /// Rows not yet consumed, in order of arrival, at most `limit`.
    func inbox(of run: RunID, limit: Int, scope: TenantScope) async throws(StoreError) -> [InboxItem]

    /// Takes the lease of one run if nobody holds it, counts the attempt durably before anything is folded, and raises
    /// the fence. nil when it is held by somebody else, is finished, or is not there.
    func claim(_ run: RunID, owner: String, now: Timestamp, leaseUntil: Timestamp) async throws(StoreError) -> Claim?
    /// Extends the leases that are still this owner's; answers those that were lost.
    func renew(_ leases: [Lease], owner: String, now: Timestamp, leaseUntil: Timestamp)
        async throws(StoreError) -> [RunID]
    /// Gives a lease back without an append.
    func release(_ lease: Lease) async throws(StoreError)
    /// Runs that can move now, over all tenants: not finished, not leased after `now`, and queued or running or with
    /// an unconsumed inbox row or a due timer. At most `limit`, oldest wake-up first.
    func runnable(now: Timestamp, limit: Int) async throws(StoreError) -> [RunID]
    /// Runs of a status, over all tenants, at most `limit`; for waking what a halt had stopped.
    func runs(in status: RunStatus, limit: Int) async throws(StoreError) -> [RunID]
    /// Turns timers due at `now` into inbox rows (unique key `timer/<kind>/<due>`), at most `limit`; answers their runs.
    func fireTimers(now: Timestamp, limit: Int) async throws(StoreError) -> [RunID]
    /// The earliest timer still set, over all tenants.
    func nextTimer() async throws(StoreError) -> Timestamp?

    func effects(matching filter: EffectFilter, limit: Int, scope: TenantScope) async throws(StoreError)
        -> [EffectRecord]
    /// The effect that bars this one (`EffectRecord.bars`): an open one before a settled one, the newest of these.
    func standingEffect(against effect: EffectRecord, scope: TenantScope) async throws(StoreError) -> EffectRecord?
    /// Pending first, then newest first. `after` pages: only approvals that stand after this place.
    func approvals(status: ApprovalStatus?, limit: Int, after: ApprovalPlace?, scope: TenantScope)
        async throws(StoreError) -> [ApprovalRecord]
    func approval(_ id: ApprovalID, scope: TenantScope) async throws(StoreError) -> ApprovalRecord?
    /// What is marked of these keys; a key that is not in the answer was not written, one that is may have been.
    func marks(of keys: Set<[UInt8]>, scope: TenantScope) async throws(StoreError) -> [[UInt8]: WrittenMark.Marks]
    func balance(of key: LimitKey, scope: TenantScope) async throws(StoreError) -> LimitBalance
    /// The run of a conversation that is not finished, if any.
    func activeRun(of conversation: ConversationID, scope: TenantScope) async throws(StoreError) -> RunID?

    /// Raises the epoch of the halt's scope and stores it. Idempotent by the halt's id.
    func recordHalt(_ halt: HaltRecord) async throws(StoreError)
    func endHalt(_ id: HaltID, by: Principal, reason: String, at: Timestamp) async throws(StoreError) -> HaltRecord?
    /// All halts in force, over all tenants, with the epoch of each scope.
    func haltsInForce() async throws(StoreError) -> [HaltRecord]
    func epochs() async throws(StoreError) -> [HaltScope: Int64]

    /// Adds a record and raises the epoch of its agent, so that nothing starts that was judged before.
    func recordTrust(_ record: TrustRecord) async throws(StoreError)
    /// Over all tenants, oldest first.
    func trustRecords() async throws(StoreError) -> [TrustRecord]

    /// Accepted definitions of tools, by tool name.
    func pins(scope: TenantScope) async throws(StoreError) -> [String: ToolPin]
    func setPin(_ pin: ToolPin, scope: TenantScope) async throws(StoreError)

    /// Wrapped data keys of a tenant, newest last.
    func dataKeys(scope: TenantScope) async throws(StoreError) -> [WrappedKey]
    /// Adds a key unless the tenant already has one with this id; answers what is stored then.
    func addDataKey(_ key: WrappedKey, scope: TenantScope) async throws(StoreError) -> WrappedKey

    func apiKeys() async throws(StoreError) -> [APIKeyRecord]
    func saveAPIKey(_ key: APIKeyRecord) async throws(StoreError)
    /// A stored answer for an `Idempotency-Key`, or the claim of the key for this request.
    func claimIdempotencyKey(_ request: IdempotentRequest, now: Timestamp) async throws(StoreError) -> IdempotencyClaim
    func finishIdempotencyKey(_ request: IdempotentRequest, answer: [UInt8], status: Int) async throws(StoreError)

    /// Checks that the store is open, durable and writable; throws what is wrong.
    func check() async throws(StoreError)
    /// Finishes what is queued and closes. Nothing acknowledged is lost.
    func close() async
}

extension RunStore {
    package func approvals(
        status: ApprovalStatus?, limit: Int, scope: TenantScope
    ) async throws(StoreError) -> [ApprovalRecord] {
        try await approvals(status: status, limit: limit, after: nil, scope: scope)
    }
}

/// One transaction of one run.
package struct AppendBatch: Sendable {
    package var scope: TenantScope
    package var run: RunID
    /// Sequence of the last entry before this batch; 0 creates the run.
    package var expectedSequence: Int64
    /// The fence of the lease; 0 for the creation of a run.
    package var fence: Int64
    package var entries: [JournalEntry]
    package var bodies: [SealedBody]
    package var ledger: [EffectRecord]
    /// Effects of `ledger` that start for the first time: refused when another effect bars one of them.
    package var firstStarts: [EffectID]
    /// Rows of effects of other runs of the tenant that become something else; one that is not there changes nothing.
    package var amendments: [EffectAmendment]
    package var limits: [LimitChange]
    package var timers: [TimerChange]
    package var inboxConsumed: [InboxID]
    package var approvals: [ApprovalRecord]
    package var outbox: [OutboxItem]
    /// Marks of the tenant, added to what is known of their keys.
    package var marks: [WrittenMark]
    /// Exact keys that a tenant keeps; see `StoreRules.markLengths`.
    package var marksKept: Int
    /// What narrows trust; the epoch of each agent rises with it.
    package var trust: [TrustRecord]
    /// Epochs the batch was decided under; any difference refuses it.
    package var epochs: [HaltScope: Int64]
    /// The run's row after this batch.
    package var header: RunHeader
    /// Runs created together with this batch (sub-runs).
    package var children: [NewRun]
    /// Rows for the inboxes of other runs of the tenant, put in with this append. One whose key is known, or whose run
    /// is over, changes nothing.
    package var deliveries: [InboxItem]
    /// Set when the owner lets go of the run with this append.
    package var releasesLease: Bool
    /// With `releasesLease`: nothing moves the run before a row reaches its inbox or a timer is due, whatever its status.
    package var rests: Bool
    /// On creation only (`expectedSequence` 0): the creator holds the lease at once, with fence 1, so that a new run
    /// needs no second commit to be claimed. Without it a new run starts unleased with fence 0.
    package var creationLease: CreationLease?

    package init(
        scope: TenantScope, run: RunID, expectedSequence: Int64, fence: Int64, entries: [JournalEntry],
        header: RunHeader
    ) {
        self.scope = scope
        self.run = run
        self.expectedSequence = expectedSequence
        self.fence = fence
        self.entries = entries
        self.header = header
        bodies = []
        ledger = []
        firstStarts = []
        amendments = []
        limits = []
        timers = []
        inboxConsumed = []
        approvals = []
        outbox = []
        marks = []
        marksKept = StoreRules.marksKept
        trust = []
        epochs = [:]
        children = []
        deliveries = []
        releasesLease = false
        rests = false
        creationLease = nil
    }
}

/// What an effect of another run is from now on.
package struct EffectAmendment: Sendable, Hashable {
    package let effect: EffectID
    package let state: EffectState
    package let at: Timestamp

    package init(effect: EffectID, state: EffectState, at: Timestamp) {
        self.effect = effect
        self.state = state
        self.at = at
    }
}

/// The lease that a run is created with.
package struct CreationLease: Sendable, Hashable {
    package var owner: String
    package var until: Timestamp

    package init(owner: String, until: Timestamp) {
        self.owner = owner
        self.until = until
    }
}

/// A run created by another's append.
package struct NewRun: Sendable {
    package var run: RunID
    package var entries: [JournalEntry]
    package var bodies: [SealedBody]
    package var header: RunHeader

    package init(run: RunID, entries: [JournalEntry], bodies: [SealedBody], header: RunHeader) {
        self.run = run
        self.entries = entries
        self.bodies = bodies
        self.header = header
    }
}

package enum AppendResult: Sendable, Hashable {
    case applied
    /// The same batch was already there.
    case alreadyApplied
    case refused(AppendRefusal)
}

package enum AppendRefusal: Sendable, Hashable {
    /// Another entry stands at this place; `current` is the last sequence.
    case sequence(current: Int64)
    /// Somebody else holds the lease.
    case fence(current: Int64)
    /// A counter has no room: `available` is what could be reserved.
    case limit(LimitKey, available: Int64)
    /// Another effect stands for the same action.
    case standing(EffectID)
    /// A halt or reload came in between.
    case epoch(HaltScope)
    /// An inbox row was consumed before.
    case inbox(InboxID)
    case unknownRun
    /// Creation with an id that exists with other content.
    case runExists
    /// A conversation has one active run at a time.
    case conversationBusy(RunID)
}

/// What is wrong with the store itself.
package struct StoreError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: UInt8, Sendable, Hashable {
        /// Another server has this file.
        case inUse = 0
        case full = 1
        case io = 2
        case corrupt = 3
        /// Written by a newer Ballast.
        case tooNew = 4
        case closed = 5
        /// The commit was sent and its fate could not be read back.
        case outcomeUnknown = 6
        case invalid = 7

        package var name: String {
            ["in_use", "full", "io_error", "corrupt", "too_new", "closed", "outcome_unknown", "invalid"][Int(rawValue)]
        }
    }
    package var code: Code
    package var message: String
    /// What the operator can do.
    package var advice: String

    package init(code: Code, message: String, advice: String) {
        self.code = code
        self.message = message
        self.advice = advice
    }
    package var description: String { "\(message) \(advice)" }
    /// The store itself does not work; otherwise only one request could not be met, which anybody can make.
    package var concernsStore: Bool { code != .invalid }
}
