package import BallastCore

extension RunStatus {
    /// True while the run has work that nobody outside has to start; a cancelling run still settles its effects.
    package var movesByItself: Bool { self == .queued || self == .running || self == .cancelling }
}

/// When a run can move: the facts, and the moment that follows from them.
package struct RunReadiness: Sendable, Hashable {
    package var status: RunStatus
    /// Since when its status lets it move by itself; nil while it waits or is finished.
    package var movingSince: Timestamp?
    /// Arrival of the first inbox row that is not consumed.
    package var firstInbox: Timestamp?
    /// The earliest timer that is set.
    package var firstTimer: Timestamp?
    /// End of the lease; nil when nobody holds the run.
    package var leaseUntil: Timestamp?

    package init(
        status: RunStatus, movingSince: Timestamp? = nil, firstInbox: Timestamp? = nil, firstTimer: Timestamp? = nil,
        leaseUntil: Timestamp? = nil
    ) {
        self.status = status
        self.movingSince = movingSince
        self.firstInbox = firstInbox
        self.firstTimer = firstTimer
        self.leaseUntil = leaseUntil
    }

    /// The moment from which the run is runnable; nil while nothing makes it move.
    package var wake: Timestamp? {
        guard !status.isTerminal else { return nil }
        guard let ready = earlier(earlier(movingSince, firstInbox), firstTimer) else { return nil }
        return leaseUntil.map { max($0, ready) } ?? ready
    }

    private func earlier(_ a: Timestamp?, _ b: Timestamp?) -> Timestamp? {
        guard let a, let b else { return a ?? b }
        return min(a, b)
    }

    /// Takes the status that an append brings at `moment`; a run that rests is moved by others only.
    package mutating func enter(_ next: RunStatus, at moment: Timestamp, rests: Bool = false) {
        status = next
        movingSince = next.movesByItself && !rests ? movingSince ?? moment : nil
    }
}
