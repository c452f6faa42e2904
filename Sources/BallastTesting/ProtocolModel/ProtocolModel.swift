/// The ledger, the leases, the halt and the approval as a small state model: every state has its next ones.
///
/// It abstracts `RunDriver`, `EffectExecutor`, `HaltGate`, `AgentRuntime.halt` and the store's `append` and `claim`; one
/// step here is what those do without being interrupted. `Docs/reference/protocol.md` tells it in words.
package struct ProtocolModel: Sendable {
    package let tool: ProtocolTool
    package let removed: Set<Protection>
    /// A process that was let write does so before the margin after its lease has passed. Nothing can enforce this.
    package let pausesAreBounded: Bool
    /// The window of `by_key` does not end while anything is under way.
    package let isKeyKeptForever: Bool
    package let bounds: ProtocolBounds
    /// What counts as a fault.
    package let faults: Set<ProtocolFault>

    package init(
        tool: ProtocolTool, without removed: Set<Protection> = [], pausesAreBounded: Bool = true,
        isKeyKeptForever: Bool = false, bounds: ProtocolBounds = ProtocolBounds(),
        faults: Set<ProtocolFault> = Set(ProtocolFault.allCases)
    ) {
        self.tool = tool
        self.removed = removed
        self.pausesAreBounded = pausesAreBounded
        self.isKeyKeptForever = isKeyKeptForever
        self.bounds = bounds
        self.faults = faults
    }

    func has(_ protection: Protection) -> Bool { !removed.contains(protection) }

    /// Everything that can happen next.
    func moves(from state: ProtocolState) -> [ProtocolMove] {
        var moves = ProtocolMoves(state)
        for name in WorkerName.allCases {
            addWorker(name, &moves)
            addCall(name, &moves)
            addLease(name, &moves)
        }
        addPeople(&moves)
        addHalt(&moves)
        addWorld(&moves)
        return moves.all
    }

    /// What is wrong with a state, seen alone.
    func fault(in state: ProtocolState) -> ProtocolFault? {
        anyFault(in: state).flatMap { faults.contains($0) ? $0 : nil }
    }

    private func anyFault(in state: ProtocolState) -> ProtocolFault? {
        if let fault = state.fault, faults.contains(fault) { return fault }
        let (store, happened) = (state.store, state.world.happened)
        if happened > 1 { return .twice }
        if store.phase == .done, happened == 0 { return .doneButNotDone }
        let isRecordedAsNotDone = store.phase == .notDone || (store.phase == .retrying && !store.mayHaveHappened)
        return isRecordedAsNotDone && happened > 0 ? .notDoneButDone : nil
    }

    /// The effect's end is on record and nobody holds the run.
    func isEnd(_ state: ProtocolState) -> Bool {
        state.store.phase.isFinal && state.workers.a.place == .away && state.workers.b.place == .away
    }

    /// The effect's key is still within the window that the operator stated.
    func mayRepeat(_ state: ProtocolState) -> Bool { tool == .byKey && state.world.key == .open }
}

/// How much of the world is in the model. Each part multiplies the states.
package struct ProtocolBounds: Sendable, Hashable {
    package var hasHalt = true
    package var hasCrash = true
    /// Requests under way at once; one more is not written before one of them arrived or was lost.
    package var airborne: UInt8 = 2
    package init(hasHalt: Bool = true, hasCrash: Bool = true, airborne: UInt8 = 2) {
        self.hasHalt = hasHalt
        self.hasCrash = hasCrash
        self.airborne = airborne
    }
}

struct ProtocolMove {
    let step: ProtocolStep
    let state: ProtocolState
}

/// The moves of one state, as they are found.
struct ProtocolMoves {
    let state: ProtocolState
    private(set) var all: [ProtocolMove] = []

    init(_ state: ProtocolState) {
        self.state = state
        all.reserveCapacity(16)
    }

    mutating func add(
        _ actor: ProtocolStep.Actor, _ event: ProtocolEvent, note: String = "", _ change: (inout ProtocolState) -> Void
    ) {
        var next = state
        next.fault = nil
        change(&next)
        next.forgetOldLeases()
        all.append(ProtocolMove(step: ProtocolStep(actor: actor, event: event, note: note), state: next))
    }
}

extension WorkerName {
    var actor: ProtocolStep.Actor { self == .a ? .a : .b }
    var note: String { self == .a ? " (A)" : " (B)" }
}
