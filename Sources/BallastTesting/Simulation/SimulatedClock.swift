package import BallastCore
import BallastRuntime
import Synchronization

/// Time that moves only when nothing else can: to the next moment that somebody waits for.
package final class SimulatedClock: RuntimeClock, Sendable {
    private struct Sleeper {
        let id: Int
        let due: Int64
        let continuation: CheckedContinuation<Void, any Error>
    }
    private struct State {
        var milliseconds: Int64 = 0
        var nextID = 0
        var sleepers: [Sleeper] = []
        var cancelled: Set<Int> = []
    }
    private let state = Mutex(State())
    /// Simulated runs begin at a fixed date.
    private static let epoch: Int64 = 1_700_000_000_000

    package init() {}

    /// Milliseconds since the world began.
    static func milliseconds(of moment: Timestamp) -> Int64 { moment.milliseconds - epoch }

    package var now: Timestamp { Timestamp(milliseconds: SimulatedClock.epoch + monotonic) }
    package var monotonic: Int64 { state.withLock { $0.milliseconds } }

    package func sleep(milliseconds: Int64) async throws {
        guard milliseconds > 0 else { return await Task.yield() }
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = state.withLock { state in
                    if state.cancelled.remove(id) != nil { return true }
                    let due = state.milliseconds + min(milliseconds, 1 << 50)
                    state.sleepers.append(Sleeper(id: id, due: due, continuation: continuation))
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            cancel(id)
        }
    }

    private func cancel(_ id: Int) {
        let sleeper: Sleeper? = state.withLock { state in
            guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else {
                state.cancelled.insert(id)
                return nil
            }
            return state.sleepers.remove(at: index)
        }
        sleeper?.continuation.resume(throwing: CancellationError())
    }

    /// Lets time pass at once, as after a suspended machine; who slept wakes at the next `advance`.
    package func jump(milliseconds: Int64) { state.withLock { $0.milliseconds += max(0, milliseconds) } }

    /// Moves to the next moment that somebody waits for and wakes those; false when nobody waits.
    package func advance() -> Bool {
        let due: [Sleeper] = state.withLock { state in
            guard let next = state.sleepers.map(\.due).min() else { return [] }
            state.milliseconds = max(state.milliseconds, next)
            let due = state.sleepers.filter { $0.due <= next }
            state.sleepers.removeAll { $0.due <= next }
            return due
        }
        for sleeper in due { sleeper.continuation.resume() }
        return !due.isEmpty
    }
}
