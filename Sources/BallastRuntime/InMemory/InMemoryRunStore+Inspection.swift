package import BallastCore

/// What simulations and tests look at, over all tenants and without a hook.
extension InMemoryRunStore {
    /// Every journal, whole.
    package func journals() -> [RunID: [JournalEntry]] {
        (try? read { $0.runs.mapValues(\.entries) }) ?? [:]
    }

    /// One journal, whole; empty for a run that is not there.
    package func journal(of run: RunID) -> [JournalEntry] { (try? read { $0.runs[run]?.entries }) ?? [] }

    /// The status in each run's row.
    package func statuses() -> [RunID: RunStatus] {
        (try? read { $0.runs.mapValues(\.header.status) }) ?? [:]
    }

    /// The run that each sub-run works for.
    package func parents() -> [RunID: RunID] {
        (try? read { $0.runs.compactMapValues(\.header.parent?.run) }) ?? [:]
    }

    /// Every effect of the ledger.
    package func effects() -> [EffectRecord] {
        (try? read { $0.runs.values.flatMap(\.effects.values) }) ?? []
    }

    /// The names of all stored bodies.
    package func bodyNames(of tenant: TenantID) -> [Digest] {
        (try? read { $0.tenants[tenant].map { Array($0.bodies.keys) } ?? [] }) ?? []
    }

    /// What waits to be told to the outside, in order.
    package func outbox(of tenant: TenantID) -> [OutboxItem] {
        (try? read { $0.tenants[tenant]?.outbox ?? [] }) ?? []
    }

    /// Ends every lease: for an opener that knows that no other process has the store.
    package func voidLeases() {
        try? read { image in
            for id in Array(image.runs.keys) {
                image.runs[id]?.letGo()
                image.reschedule(id)
            }
        }
    }
}
