import BallastRuntime
import Synchronization

/// Ends an exchange that takes too long.
final class ExchangeWatch: Sendable {
    /// Milliseconds between two looks: a bound that becomes tighter meanwhile is seen by then.
    private static let interval: Int64 = 1000
    /// Milliseconds that a complete answer may leave its connection open; one that ends in time can be used again.
    private static let graceAfterEnd: Int64 = 1000

    private let clock: any RuntimeClock
    private let timeout: Int64
    private let deadline: Int64
    /// Milliseconds that are not counted, so far.
    private let uncounted: (@Sendable () -> Int64)?
    private let pause: Mutex<Pause>

    private struct Pause {
        /// When the last piece came; nil before the answer begins.
        var since: Int64?
        var limit: Int64?
    }

    init(
        clock: any RuntimeClock, timeout: Int64, idleTimeout: Int64?, uncounted: (@Sendable () -> Int64)? = nil
    ) {
        self.clock = clock
        self.uncounted = uncounted
        self.timeout = max(0, timeout)
        deadline = clock.monotonic.addingReportingOverflow(self.timeout).partialValue
        pause = Mutex(Pause(since: nil, limit: idleTimeout))
    }

    func noteProgress() {
        let now = clock.monotonic
        pause.withLock { $0.since = now }
    }

    /// Nothing that matters can come any more.
    func expectEnd() {
        pause.withLock { $0.limit = min($0.limit ?? .max, Self.graceAfterEnd) }
    }

    /// Sleeps until a bound is reached; nil when it was cancelled.
    func expiry() async -> HTTPExchangeFailure? {
        while true {
            let now = clock.monotonic
            let deadline = deadline.addingReportingOverflow(uncounted?() ?? 0).partialValue
            if now >= deadline { return HTTPExchangeFailure(.timeout, "no complete answer within \(timeout) ms") }
            let pause = pause.withLock(\.self)
            var wake = min(deadline, now.addingReportingOverflow(Self.interval).partialValue)
            if let since = pause.since, let limit = pause.limit {
                let end = since.addingReportingOverflow(limit).partialValue
                if now >= end { return HTTPExchangeFailure(.timeout, "the answer paused for \(limit) ms") }
                wake = min(wake, end)
            }
            do { try await clock.sleep(milliseconds: wake - now) } catch { return nil }
        }
    }
}
