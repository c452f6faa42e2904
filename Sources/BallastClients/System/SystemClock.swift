package import BallastCore
import BallastRuntime

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The machine's clocks.
package struct SystemClock: RuntimeClock {
    package init() {}

    package var now: Timestamp {
        let (seconds, nanoseconds) = SystemClock.read(CLOCK_REALTIME)
        return Timestamp(milliseconds: seconds * 1000 + nanoseconds / 1_000_000)
    }

    /// Counts suspension, so that a lease does not outlive a laptop's sleep.
    package var monotonic: Int64 {
        let (seconds, nanoseconds) = SystemClock.read(SystemClock.counting)
        return seconds * 1000 + nanoseconds / 1_000_000
    }

    /// The same in nanoseconds.
    static var nanoseconds: UInt64 {
        let (seconds, nanoseconds) = SystemClock.read(SystemClock.counting)
        return UInt64(max(0, seconds)) * 1_000_000_000 + UInt64(max(0, nanoseconds))
    }

    #if os(Linux)
        private static let counting = CLOCK_BOOTTIME
    #else
        private static let counting = CLOCK_MONOTONIC
    #endif

    package func sleep(milliseconds: Int64) async throws {
        let nanoseconds = UInt64(max(0, milliseconds)).multipliedReportingOverflow(by: 1_000_000)
        try await AlarmThread.shared.sleep(nanoseconds: nanoseconds.overflow ? .max : nanoseconds.partialValue)
    }

    private static func read(_ clock: clockid_t) -> (seconds: Int64, nanoseconds: Int64) {
        var time = timespec()
        clock_gettime(clock, &time)
        return (Int64(time.tv_sec), Int64(time.tv_nsec))
    }
}

/// The operating system's random numbers.
package struct SystemRandom: RandomSource {
    package init() {}
    package func next() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}
