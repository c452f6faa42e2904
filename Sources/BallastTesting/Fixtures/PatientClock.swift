package import BallastCore
import BallastRuntime
import Synchronization

/// Time that passes only by being asked for: short waits give way to other work for a moment, long ones last until
/// cancelled. For real threads and stores, where a simulated executor cannot be.
package final class PatientClock: RuntimeClock, Sendable {
    private let ticks = Mutex<Int64>(0)
    private static let longest: Int64 = 5_000

    package init() {}

    package var now: Timestamp { Timestamp(milliseconds: 1_800_000_000_000 + monotonic) }
    package var monotonic: Int64 {
        ticks.withLock { ticks in
            ticks += 1
            return ticks
        }
    }

    package func sleep(milliseconds: Int64) async throws {
        guard milliseconds < PatientClock.longest else { return try await PatientClock.forever() }
        for _ in 0..<10 { await Task.yield() }
        // Whoever waits here gives the processor away: loops that look at the time would else keep it from the rest.
        try await Task.sleep(for: .microseconds(max(50, milliseconds * 10)))
        ticks.withLock { $0 += milliseconds }
    }

    /// Lets time pass at once, as after a suspension.
    package func jump(milliseconds: Int64) { ticks.withLock { $0 += max(0, milliseconds) } }

    private static func forever() async throws {
        let (never, _) = AsyncStream.makeStream(of: Void.self)
        for await _ in never {}
        throw CancellationError()
    }
}
