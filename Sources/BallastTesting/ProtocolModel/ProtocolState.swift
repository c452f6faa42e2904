/// Everything that the protocol's safety depends on, for one effect, two workers, one approval, one halt and one crash.
///
/// Numbers that only grow are left out in favour of what is asked of them: a fence is "I am the one who claimed last",
/// a sequence is "nobody appended since I looked", an epoch is "before or after the halt".
package struct ProtocolState: Sendable {
    package var store = DurableStore()
    package var world = EffectWorld()
    package var halt = HaltProgress.ahead
    package var hasCrashed = false
    package var workers = (a: ProtocolWorker(), b: ProtocolWorker())
    /// What must never be and was seen in the step that led here.
    package var fault: ProtocolFault?

    package init() {}

    subscript(_ name: WorkerName) -> ProtocolWorker {
        get { name == .a ? workers.a : workers.b }
        set { if name == .a { workers.a = newValue } else { workers.b = newValue } }
    }

    /// The halt's epoch is in the store.
    var hasEpochMoved: Bool { halt >= .recorded }
    /// The store has the halt as one in force.
    var isHaltOnRecord: Bool { halt == .recorded || halt == .acknowledged }
}

package enum WorkerName: UInt8, Sendable, CaseIterable {
    case a, b
    var other: WorkerName { self == .a ? .b : .a }
}

/// Where the effect is, on record or as a worker has it folded.
package enum EffectPhase: UInt8, Sendable {
    case proposed, waiting, approved, started
    /// Started by an owner that is gone.
    case foreign
    case retrying, inDoubt, done
    /// Rejected, expired or withdrawn: it did not happen and will not.
    case notDone
    var isFinal: Bool { self == .done || self == .notDone }
}

/// What survives every process.
package struct DurableStore: Sendable {
    package var phase = EffectPhase.proposed
    /// An earlier attempt was sent and its outcome is not known.
    var mayHaveHappened = false
    /// The approval was consumed.
    var isApprovalUsed = false
    /// Some start rested on the approval.
    var wasApprovalRelied = false
    var decision = DecisionRow.none
    var expiry = InboxRow.none
}
enum InboxRow: UInt8 { case none, waits, taken }
enum DecisionRow: UInt8 { case none, approves, rejects, taken }

/// The halt, as far as the operator has come.
package enum HaltProgress: UInt8, Sendable, Comparable {
    case ahead, recorded, acknowledged, lifted
    package static func < (a: HaltProgress, b: HaltProgress) -> Bool { a.rawValue < b.rawValue }
}

/// A process with the run in its hands, or without.
package struct ProtocolWorker: Sendable {
    var life = ProcessLife.up
    var place = WorkerPlace.away
    /// The effect as this worker has it folded.
    var view = EffectPhase.proposed
    var sawMayHaveHappened = false
    /// The store's lease names this worker: its fence is the current one.
    var isOwner = false
    var lease = LeaseTime.none
    /// Nobody else appended since this worker folded the run.
    var isInSequence = false
    /// The owner before this one did not give its lease back.
    var mustWait = false
    var isGateClosed = false
    /// This process has read the epoch that the halt wrote.
    var knowsEpoch = false
    /// The start in hand was judged knowing it.
    var judgedKnowing = false
    var call = CallFate.none
}

enum ProcessLife: UInt8 {
    case up
    /// Reading what the store has of epochs and halts: two reads.
    case takesStock, tookHalf
}

/// What the worker is about to do with the run it holds.
enum WorkerPlace: UInt8 {
    case away
    /// It claimed the run and must put the take-over on record.
    case taking
    /// It looks at the run.
    case owner
    /// A start was judged and is not committed.
    case starting
    /// The start is durable, no byte has left.
    case started
    /// Leave to write was checked, no byte has left: the residual window.
    case writing
    case calling
    case answered
    /// The call ended without an answer.
    case lost
    /// The permit was refused: certainly not sent.
    case refused
    case foundDone
    /// "Not found", asked before lands_within had passed.
    case foundNothingEarly
    case foundNothing
}

/// How much of a lease is left; one clock for the store's record and the worker's belief, which never outlasts it.
enum LeaseTime: UInt8 {
    case none, valid
    /// Within the margin before its end.
    case closing
    case ended
    /// The end and the margin after it have passed.
    case over
}

/// What becomes of the bytes of the call that a worker waits for.
enum CallFate: UInt8 { case none, airborne, landed }

/// The world behind the tool.
package struct EffectWorld: Sendable {
    package var happened: UInt8 = 0
    /// Bytes under way whose caller is gone.
    var orphans: UInt8 = 0
    /// Something was sent while the effect was in doubt: it may land at any time. A protection is missing.
    var isLandingUnbounded = false
    /// lands_within has passed since the effect came in doubt.
    var canLandNoMore = false
    var key = KeyMemory.open
}
enum KeyMemory: UInt8 {
    case open
    /// The stated window is over; the tool still remembers what is under way.
    case closing
    case forgotten
}

/// The state as one small value; the two workers are alike, so a state and its mirror image are one.
struct StateKey: Hashable {
    let shared: UInt32
    let workers: UInt64

    init(_ state: ProtocolState) {
        let (store, world) = (state.store, state.world)
        var bits = BitPacker()
        bits.add(store.phase.rawValue, 4)
        bits.add(store.mayHaveHappened)
        bits.add(store.isApprovalUsed)
        bits.add(store.wasApprovalRelied)
        bits.add(store.decision.rawValue, 2)
        bits.add(store.expiry.rawValue, 2)
        bits.add(state.halt.rawValue, 2)
        bits.add(state.hasCrashed)
        bits.add(world.happened, 2)
        bits.add(world.orphans, 2)
        bits.add(world.isLandingUnbounded)
        bits.add(world.canLandNoMore)
        bits.add(world.key.rawValue, 2)
        shared = UInt32(truncatingIfNeeded: bits.value)
        let (a, b) = (StateKey.code(state.workers.a), StateKey.code(state.workers.b))
        workers = min(a, b) << 32 | max(a, b)
    }

    private static func code(_ worker: ProtocolWorker) -> UInt64 {
        var bits = BitPacker()
        bits.add(worker.life.rawValue, 2)
        bits.add(worker.place.rawValue, 4)
        bits.add(worker.view.rawValue, 4)
        bits.add(worker.sawMayHaveHappened)
        bits.add(worker.isOwner)
        bits.add(worker.lease.rawValue, 3)
        bits.add(worker.isInSequence)
        bits.add(worker.mustWait)
        bits.add(worker.isGateClosed)
        bits.add(worker.knowsEpoch)
        bits.add(worker.judgedKnowing)
        bits.add(worker.call.rawValue, 2)
        return bits.value
    }
}

private struct BitPacker {
    private(set) var value: UInt64 = 0
    mutating func add(_ field: UInt8, _ width: UInt64) { value = value << width | UInt64(field) }
    mutating func add(_ field: Bool) { value = value << 1 | (field ? 1 : 0) }
}
