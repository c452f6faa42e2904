import BallastCore

/// A run in the hands of its owner: the state in memory, what of it is not yet durable, and the content it needs.
///
/// `record` runs ahead of the disk; `takeBatch` gives everything that is not yet durable as one append. The two
/// together are the whole difference between "happened" and "on record".
struct RunSession {
    let scope: TenantScope
    let vault: BodyVault
    let lease: Lease
    private(set) var state: RunState
    /// Sequence of the last entry that is durable.
    private(set) var durableSequence: Int64

    private var entries: [JournalEntry] = []
    private var bodies: [SealedBody] = []
    private var ledger: [EffectRecord] = []
    private var firstStarts: [EffectID] = []
    private var amendments: [EffectAmendment] = []
    private var limits: [LimitChange] = []
    private var timers: [TimerChange] = []
    private var approvals: [ApprovalRecord] = []
    private var consumed: [InboxID] = []
    private var epochs: [HaltScope: Int64] = [:]
    private var children: [NewRun] = []
    private var deliveries: [InboxItem] = []
    private var marks: [WrittenMark] = []
    private var outbox: [OutboxItem] = []
    private var trust: [TrustRecord] = []
    /// Plaintext of bodies seen or made in this session, by name.
    private var content: [Digest: [UInt8]] = [:]
    /// Plaintext of inline bodies that were made in this session: they are read again at once.
    private var inline: [SealedBytes: [UInt8]] = [:]
    private static let inlineKept = 256

    init(state: RunState, scope: TenantScope, vault: BodyVault, lease: Lease) {
        self.state = state
        self.scope = scope
        self.vault = vault
        self.lease = lease
        durableSequence = state.sequence
    }

    /// Applies an event and queues its entry; throws, changing nothing, when the event cannot happen now.
    mutating func record(_ event: RunEvent, at moment: Timestamp) throws(RunTransitionError) {
        try state.apply(event, at: moment)
        entries.append(EntryCodec.encode(event, sequence: state.sequence, at: moment, run: state.run))
    }

    // MARK: Content

    /// Seals content for an entry; what does not fit inline is stored with the next append.
    mutating func seal(_ plaintext: [UInt8]) -> BodyReference {
        let (reference, stored) = vault.seal(plaintext)
        if let stored, content.updateValue(plaintext, forKey: stored.name) == nil { bodies.append(stored) }
        if case .inline(let sealed) = reference {
            if inline.count >= RunSession.inlineKept { inline.removeAll(keepingCapacity: true) }
            inline[sealed] = plaintext
        }
        return reference
    }
    mutating func seal(_ text: String) -> BodyReference { seal(Array(text.utf8)) }

    /// The plaintext, if it is in this session; stored bodies are loaded by `remember` first.
    func bytes(of reference: BodyReference) -> [UInt8]? {
        switch reference {
        case .stored(let name, _): content[name]
        case .inline(let sealed): inline[sealed] ?? vault.open(sealed)
        }
    }
    func text(of reference: BodyReference) -> String {
        bytes(of: reference).map { String(decoding: $0, as: UTF8.self) } ?? "(content not available)"
    }
    func isMissing(_ name: Digest) -> Bool { content[name] == nil }
    mutating func remember(_ sealed: SealedBytes, as name: Digest) { content[name] = vault.open(sealed) ?? [] }

    // MARK: What travels with the next append

    mutating func enter(_ record: EffectRecord) { ledger.append(record) }
    /// The append is refused when another effect bars this one.
    mutating func startFirst(_ effect: EffectID) { firstStarts.append(effect) }
    /// An effect of another run becomes something else.
    mutating func amend(_ amendment: EffectAmendment) { amendments.append(amendment) }
    mutating func change(_ change: LimitChange) { limits.append(change) }
    /// By how much the next append changes what is taken of a limit.
    func uncommitted(of key: LimitKey) -> Int64 {
        limits.reduce(into: Int64(0)) { sum, change in
            guard change.key == key else { return }
            let step =
                switch change.kind {
                case .reserve(let amount, _): amount
                case .settle(let reserved, let used): used.subtractingReportingOverflow(reserved).partialValue
                case .release(let reserved): -reserved
                }
            sum = sum.addingReportingOverflow(step).partialValue
        }
    }
    mutating func change(_ change: TimerChange) { timers.append(change) }
    mutating func show(_ approval: ApprovalRecord) { approvals.append(approval) }
    mutating func consume(_ id: InboxID) { consumed.append(id) }
    mutating func create(_ child: NewRun) { children.append(child) }
    /// Two actions of one reply may find the same lapse.
    mutating func note(_ record: TrustRecord) {
        guard record.kind != .drifted || !trust.contains(where: { $0.key == record.key && $0.kind == .drifted }) else {
            return
        }
        trust.append(record)
    }
    mutating func tell(_ item: OutboxItem) { outbox.append(item) }
    mutating func deliver(_ item: InboxItem) { deliveries.append(item) }
    mutating func mark(_ mark: WrittenMark) { marks.append(mark) }
    /// The append is refused when one of these epochs moved since.
    mutating func require(_ seen: [HaltScope: Int64]) { epochs.merge(seen) { min($0, $1) } }

    var hasUnsaved: Bool { !entries.isEmpty || !consumed.isEmpty || !timers.isEmpty || !approvals.isEmpty }
    /// What is not durable yet is nothing but answers of calls that change nothing: lost, they are asked for again.
    var holdsOnlyHarmlessAnswers: Bool {
        !entries.isEmpty && entries.allSatisfy { $0.type == .effectSettled } && ledger.isEmpty && limits.isEmpty
            && timers.isEmpty && approvals.isEmpty && consumed.isEmpty && deliveries.isEmpty && marks.isEmpty
    }
    /// True when the given entry would survive a crash now.
    func isDurable(_ sequence: Int64) -> Bool { sequence <= durableSequence }

    /// Everything that is not yet durable, as one transaction.
    mutating func takeBatch(releasing: Bool, resting: Bool = false) -> AppendBatch {
        var batch = AppendBatch(
            scope: scope, run: state.run, expectedSequence: durableSequence, fence: lease.fence, entries: entries,
            header: header)
        batch.bodies = bodies
        batch.ledger = ledger
        batch.firstStarts = firstStarts
        batch.amendments = amendments
        batch.limits = limits
        batch.timers = timers
        batch.approvals = approvals
        batch.inboxConsumed = consumed
        batch.epochs = epochs
        batch.children = children
        batch.deliveries = deliveries
        batch.marks = marks
        batch.outbox = outbox
        batch.trust = trust
        batch.releasesLease = releasing
        batch.rests = resting
        return batch
    }

    /// The batch last taken is durable.
    mutating func didSave() {
        durableSequence = state.sequence
        entries.removeAll(keepingCapacity: true)
        bodies.removeAll(keepingCapacity: true)
        ledger.removeAll(keepingCapacity: true)
        firstStarts.removeAll(keepingCapacity: true)
        amendments.removeAll(keepingCapacity: true)
        limits.removeAll(keepingCapacity: true)
        timers.removeAll(keepingCapacity: true)
        approvals.removeAll(keepingCapacity: true)
        consumed.removeAll(keepingCapacity: true)
        children.removeAll(keepingCapacity: true)
        deliveries.removeAll(keepingCapacity: true)
        marks.removeAll(keepingCapacity: true)
        outbox.removeAll(keepingCapacity: true)
        trust.removeAll()
        epochs.removeAll(keepingCapacity: true)
    }

    var header: RunHeader { state.header(run: state.run, tenant: scope.tenant) }
}

extension RunState {
    /// The row of this run for lists.
    func header(run: RunID, tenant: TenantID) -> RunHeader {
        RunHeader(
            run: run, tenant: tenant, status: status, agent: created?.agent.name ?? "",
            principal: created?.principal ?? .ballast,
            conversation: created?.conversation ?? ConversationID(high: 0, low: 0), parent: created?.parent,
            createdAt: createdAt, updatedAt: updatedAt, lastSequence: sequence, steps: usage.steps,
            tokens: usage.tokens, microdollars: usage.microdollars, task: created?.task.body)
    }
}
