import Dispatch
import Foundation
import Synchronization

/// One thread that ends all sleeps of the process.
///
/// Nearly every sleep here is a bound that is never reached: of an attempt, an exchange, a lease. Setting one and taking it
/// back must cost next to nothing. So a sleep is an entry in a heap, the thread is woken only for one that ends before all
/// others, and one that is taken back leaves its entry behind until there are too many of those.
final class AlarmThread: Sendable {
    static let shared = AlarmThread()

    fileprivate struct Alarm {
        /// Nanoseconds of the clock that counts suspension.
        let due: UInt64
        let sleeper: Sleeper
    }

    fileprivate struct State {
        /// A binary heap, the earliest first.
        var heap: [Alarm] = []
        /// How many of them were taken back.
        var idle = 0
        /// When the thread wakes by itself.
        var wakesAt: UInt64 = .max
        var hasStarted = false
    }

    private let state = Mutex(State())
    private let wakeUp = DispatchSemaphore(value: 0)
    /// Nanoseconds after which the thread looks at the clock at the latest: its own wait does not count suspension.
    private static let longestWait: UInt64 = 1_000_000_000

    /// Entries of the heap, also of sleeps that were taken back.
    var count: Int { state.withLock { $0.heap.count } }

    /// Returns after so many nanoseconds, or throws when the task is cancelled before.
    func sleep(nanoseconds: UInt64) async throws {
        let due = SystemClock.nanoseconds.addingReportingOverflow(nanoseconds)
        let sleeper = Sleeper()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard sleeper.lieDown(continuation) else { return continuation.resume(throwing: CancellationError()) }
                add(Alarm(due: due.overflow ? .max : due.partialValue, sleeper: sleeper))
            }
        } onCancel: {
            guard let continuation = sleeper.cancel() else { return }
            noteIdle()
            continuation.resume(throwing: CancellationError())
        }
    }

    private func add(_ alarm: Alarm) {
        let (wakes, starts) = state.withLock { state in
            state.push(alarm)
            let isFirst = alarm.due < state.wakesAt
            if isFirst { state.wakesAt = alarm.due }
            defer { state.hasStarted = true }
            return (isFirst && state.hasStarted, !state.hasStarted)
        }
        if wakes { wakeUp.signal() }
        if starts {
            Thread.detachNewThread { [self] in
                Thread.current.name = "ballast.alarms"
                while true { serve() }
            }
        }
    }

    private func noteIdle() {
        state.withLock { state in
            state.idle += 1
            if state.idle > 64 + state.heap.count / 2 { state.forgetIdle() }
        }
    }

    /// One round of the thread.
    private func serve() {
        let now = SystemClock.nanoseconds
        let (due, wait) = state.withLock { state in
            let due = state.takeDue(now)
            let next = state.heap.first?.due
            state.wakesAt = next ?? .max
            return (due, next.map { min($0 - now, AlarmThread.longestWait) })
        }
        for sleeper in due { sleeper.wake()?.resume() }
        if let wait {
            _ = wakeUp.wait(timeout: .now() + .nanoseconds(Int(wait)))
        } else {
            wakeUp.wait()
        }
    }
}

/// A task that sleeps, from before it lies down until it is woken or taken back, whichever comes first.
private final class Sleeper: Sendable {
    private enum Stage {
        case awake
        case asleep(CheckedContinuation<Void, any Error>)
        case over
    }
    private let stage = Mutex(Stage.awake)

    /// False when it was taken back already.
    func lieDown(_ continuation: CheckedContinuation<Void, any Error>) -> Bool {
        stage.withLock { stage in
            guard case .awake = stage else { return false }
            stage = .asleep(continuation)
            return true
        }
    }

    /// Whoever gets the continuation resumes it.
    func wake() -> CheckedContinuation<Void, any Error>? { end() }
    func cancel() -> CheckedContinuation<Void, any Error>? { end() }
    var isOver: Bool { stage.withLock { if case .over = $0 { true } else { false } } }

    private func end() -> CheckedContinuation<Void, any Error>? {
        stage.withLock { stage in
            defer { stage = .over }
            guard case .asleep(let continuation) = stage else { return nil }
            return continuation
        }
    }
}

extension AlarmThread.State {
    mutating func push(_ alarm: AlarmThread.Alarm) {
        heap.append(alarm)
        var place = heap.count - 1
        while place > 0, heap[place].due < heap[(place - 1) / 2].due {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    mutating func takeDue(_ now: UInt64) -> [Sleeper] {
        var due: [Sleeper] = []
        while let first = heap.first, first.due <= now {
            due.append(first.sleeper)
            heap.swapAt(0, heap.count - 1)
            heap.removeLast()
            sink(0)
        }
        return due
    }

    mutating func forgetIdle() {
        heap.removeAll { $0.sleeper.isOver }
        idle = 0
        for place in stride(from: heap.count / 2 - 1, through: 0, by: -1) { sink(place) }
    }

    private mutating func sink(_ start: Int) {
        var place = start
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < heap.count && heap[child].due < heap[least].due {
                least = child
            }
            guard least != place else { return }
            heap.swapAt(place, least)
            place = least
        }
    }
}
