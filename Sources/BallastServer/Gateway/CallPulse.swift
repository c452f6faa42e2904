import BallastRuntime
import Synchronization

/// Says to the calls that are open that time passes. One task does it for all of them, and none while there are none: most
/// calls end long before the first beat.
final class CallPulse: Sendable {
    private struct Beat {
        let call: OpenCall
        /// Monotonic milliseconds.
        var due: Int64
    }

    private struct State {
        var beats: [UInt64: Beat] = [:]
        var lastNumber: UInt64 = 0
        var isBeating = false
    }

    private let state = Mutex(State())
    private let clock: any RuntimeClock
    private let first: Int64
    private let every: Int64

    /// - Parameters:
    ///   - first: milliseconds from the beginning of a call to its first tick.
    ///   - every: milliseconds between two ticks.
    init(clock: any RuntimeClock, first: Int64, every: Int64) {
        self.clock = clock
        self.first = max(1, first)
        self.every = max(1, every)
    }

    func add(_ call: OpenCall) -> UInt64 {
        let due = clock.monotonic + first
        let (number, begins) = state.withLock { state in
            state.lastNumber += 1
            state.beats[state.lastNumber] = Beat(call: call, due: due)
            defer { state.isBeating = true }
            return (state.lastNumber, !state.isBeating)
        }
        if begins { Task { await beat() } }
        return number
    }

    func remove(_ number: UInt64) { state.withLock { $0.beats[number] = nil } }

    private func beat() async {
        while let wait = next() {
            // Never cancelled: it ends when no call is open.
            try? await clock.sleep(milliseconds: wait)
        }
    }

    /// Ticks where it is due; the time until the next look, nil when there is nothing to look at.
    private func next() -> Int64? {
        let now = clock.monotonic
        let (due, wait) = state.withLock { state in
            let due = state.beats.filter { $0.value.due <= now }
            for number in due.keys { state.beats[number]?.due = now + every }
            let wait = state.beats.values.map { $0.due - now }.min()
            state.isBeating = wait != nil
            // A call that begins meanwhile is due no sooner than this.
            return (due.values.map(\.call), wait.map { min($0, first) })
        }
        for call in due { call.post(.tick) }
        return wait
    }
}
