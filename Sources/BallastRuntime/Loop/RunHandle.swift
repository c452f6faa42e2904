import BallastCore
import Synchronization

/// The part of an active run that others may touch: mail arrived, interrupt, the end of its lease.
final class RunHandle: Sendable {
    private struct State {
        var hasMail = false
        var isLost = false
        /// Monotonic milliseconds at which the lease ends.
        var leaseEnds: Int64
        var task: Task<Void, Never>?
        var isInterrupted = false
        var isDraining = false
        var lease: Lease?
        /// What of this run can be halted: its own scopes, and calls under way by the tool they go to.
        var scopes: Set<HaltScope> = []
        var sending: [EffectID: String] = [:]
    }
    let run: RunID
    private let state: Mutex<State>

    init(run: RunID, leaseEnds: Int64) {
        self.run = run
        state = Mutex(State(leaseEnds: leaseEnds))
    }

    func attach(_ task: Task<Void, Never>) {
        let cancelNow = state.withLock { state in
            state.task = task
            return state.isInterrupted
        }
        if cancelNow { task.cancel() }
    }

    /// Something is in the inbox.
    func deliver() { state.withLock { $0.hasMail = true } }
    func takeMail() -> Bool {
        state.withLock { state in
            defer { state.hasMail = false }
            return state.hasMail
        }
    }
    var hasMail: Bool { state.withLock { $0.hasMail } }

    /// Ends the call in flight; the run goes on in a new task once its outcome is on record.
    func interrupt() {
        let task = state.withLock { state in
            state.isInterrupted = true
            state.hasMail = true
            return state.task
        }
        task?.cancel()
    }
    func takeInterrupt() -> Bool {
        state.withLock { state in
            defer { state.isInterrupted = false }
            return state.isInterrupted
        }
    }

    /// The run rests after the call that is under way.
    func drain() { state.withLock { $0.isDraining = true } }
    var isDraining: Bool { state.withLock { $0.isDraining } }

    /// The lease that this process holds on the run.
    var lease: Lease? { state.withLock { $0.lease } }
    func hold(_ lease: Lease, until end: Int64) {
        state.withLock { state in
            state.lease = lease
            state.leaseEnds = end
        }
    }

    func cover(_ scopes: Set<HaltScope>) { state.withLock { $0.scopes = scopes } }
    func begin(_ effect: EffectID, tool: String) { state.withLock { $0.sending[effect] = tool } }
    func end(_ effect: EffectID) { state.withLock { $0.sending[effect] = nil } }

    /// Calls under way that belong to the scope.
    func inFlight(in scope: HaltScope) -> [EffectID] {
        state.withLock { state in
            if state.scopes.contains(scope) { return Array(state.sending.keys) }
            guard case .tool(let name) = scope else { return [] }
            return state.sending.filter { $0.value == name }.map(\.key)
        }
    }
    func isCovered(by scope: HaltScope) -> Bool {
        state.withLock { state in
            if state.scopes.contains(scope) { return true }
            guard case .tool(let name) = scope else { return false }
            return state.sending.values.contains(name)
        }
    }

    func extendLease(to end: Int64) { state.withLock { $0.leaseEnds = end } }
    var leaseEnds: Int64 { state.withLock { $0.isLost ? .min : $0.leaseEnds } }
    func lose() {
        let task = state.withLock { state in
            state.isLost = true
            return state.task
        }
        task?.cancel()
    }
    var isLost: Bool { state.withLock { $0.isLost } }
}
