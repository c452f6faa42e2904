package import BallastCore

/// Time and waiting, given from outside so that tests and simulation own them.
package protocol RuntimeClock: Sendable {
    /// UTC now, for the journal.
    var now: Timestamp { get }
    /// Milliseconds of a clock that never jumps and counts suspension of the machine; for leases and permits.
    var monotonic: Int64 { get }
    /// Returns after `milliseconds`, or throws CancellationError when the task is cancelled.
    func sleep(milliseconds: Int64) async throws
}

/// Randomness for identifiers and jitter.
package protocol RandomSource: Sendable {
    func next() -> UInt64
}
