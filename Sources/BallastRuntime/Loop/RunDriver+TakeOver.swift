import BallastCore

extension RunDriver {
    /// Marks what an earlier owner left open as foreign, at once: with the lease given back, nobody would know any more
    /// how long its bytes can still leave. A run that was claimed before without moving is marked at once too: it was
    /// folded, so what stopped the earlier owners was not the run itself.
    mutating func takeOver(_ claim: Claim) async throws {
        let hasForeign = state.batch.contains { if case .started = $0.stage { true } else { false } }
        let wasTried = claim.header.claimAttempts > 1
        guard hasForeign || state.reservation != nil || wasTried, !state.isFinished else { return }
        let until = claim.previousLeaseUntil.map { max(now, $0.adding(milliseconds: options.leaseMargin)) } ?? now
        try record(
            .claimed(RunClaimed(owner: services.owner, fence: session.lease.fence, foreignUntil: until)))
        if wasTried || hasForeign { try await flush() }
    }
}
