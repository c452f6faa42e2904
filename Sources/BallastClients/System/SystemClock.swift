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
        #if os(Linux)
            let (seconds, nanoseconds) = SystemClock.read(CLOCK_BOOTTIME)
        #else
            let (seconds, nanoseconds) = SystemClock.read(CLOCK_MONOTONIC)
        #endif
        return seconds * 1000 + nanoseconds / 1_000_000
    }

    package func sleep(milliseconds: Int64) async throws {
        try await Task.sleep(for: .milliseconds(max(0, milliseconds)))
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
