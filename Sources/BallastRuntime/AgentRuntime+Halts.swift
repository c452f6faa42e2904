package import BallastCore

/// What an operator gets back from a halt.
package struct HaltReceipt: Sendable {
    package let halt: HaltRecord
    /// Effects whose bytes had left before the halt closed the gate and whose outcome was open.
    package let alreadySent: [EffectID]
    /// Whether the halt is on record; without it the halt holds in this process and is written when the store returns.
    package let isRecorded: Bool
}

extension AgentRuntime {
    /// Stops everything in the scope: the gate closes first, then sends that are inside their write call are waited
    /// for, then the epoch is written. No send begins after this returns.
    package func halt(_ scope: HaltScope, reason: String, by person: Principal) async -> HaltReceipt {
        let halt = HaltRecord(id: newID(), scope: scope, reason: reason, by: person, at: clock.now)
        gate.close(scope, halt: halt.id)
        while !gate.writing(in: scope).isEmpty {
            guard (try? await clock.sleep(milliseconds: 1)) != nil else { break }
        }
        let sent = activeHandles.flatMap { $0.inFlight(in: scope) }
        for handle in activeHandles where handle.isCovered(by: scope) { handle.interrupt() }
        let isRecorded = (try? await store.recordHalt(halt)) != nil
        if isRecorded { try? await takeEpochs() } else { keepUnrecorded(halt) }
        return HaltReceipt(halt: halt, alreadySent: sent.sorted(), isRecorded: isRecorded)
    }

    package func haltsInForce() async throws(RuntimeError) -> [HaltRecord] {
        try await stored { () async throws(StoreError) in try await self.store.haltsInForce() } + unrecordedHalts
    }

    /// Lifts a halt after review; the runs it stopped go on.
    package func resume(_ id: HaltID, by person: Principal, reason: String) async throws(RuntimeError) -> HaltRecord {
        let unrecorded = forgetUnrecorded(id)
        let recorded = try await stored { () async throws(StoreError) in
            try await self.store.endHalt(id, by: person, reason: reason, at: self.clock.now)
        }
        let ended = recorded ?? unrecorded
        guard let ended else {
            throw RuntimeError(.notFound, "There is no halt \(id) in force.", advice: "See `ballast halts`.")
        }
        gate.open(ended.scope, halt: id)
        await wakeHalted()
        return ended
    }

    /// Takes the epochs as the store has them now.
    func takeEpochs() async throws(StoreError) { gate.take(try await store.epochs()) }

    func wakeHalted() async {
        guard let runs = try? await store.runs(in: .halted, limit: 100_000) else { return }
        for run in runs { wake(run) }
    }
}
