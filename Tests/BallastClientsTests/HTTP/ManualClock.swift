import BallastCore
import BallastRuntime
import Synchronization

/// A clock that moves only when a test says so.
final class ManualClock: RuntimeClock {
    private struct Sleeper {
        let wake: Int64
        let continuation: CheckedContinuation<Void, any Error>
    }
    private struct State {
        var elapsed: Int64 = 0
        var nextID = 0
        var sleepers: [Int: Sleeper] = [:]
    }
    private let state = Mutex(State())

    var now: Timestamp { Timestamp(milliseconds: 1_795_242_600_000 + monotonic) }
    var monotonic: Int64 { state.withLock(\.elapsed) }

    func advance(milliseconds: Int64) {
        let due = state.withLock { state in
            state.elapsed += milliseconds
            let due = state.sleepers.filter { $0.value.wake <= state.elapsed }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in due { continuation.resume() }
    }

    func sleep(milliseconds: Int64) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isOver = state.withLock { state in
                    guard milliseconds > 0, !Task.isCancelled else { return true }
                    state.sleepers[id] = Sleeper(wake: state.elapsed + milliseconds, continuation: continuation)
                    return false
                }
                if isOver { continuation.resume(with: Task.isCancelled ? .failure(CancellationError()) : .success(())) }
            }
        } onCancel: {
            let sleeper = state.withLock { $0.sleepers.removeValue(forKey: id) }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Lets time pass until `work` has ended, and returns what it gave.
    func runOut<Value: Sendable>(step: Int64 = 1000, _ work: Task<Value, Never>) async -> Value {
        let ticking = Task {
            while !Task.isCancelled {
                advance(milliseconds: step)
                await Task.yield()
            }
        }
        let value = await work.value
        ticking.cancel()
        return value
    }
}

/// Something that happened once, to be waited for.
final class Signal: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func fire() { continuation.finish() }
    func wait() async { for await _ in stream {} }
}
