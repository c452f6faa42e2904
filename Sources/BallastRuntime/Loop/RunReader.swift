package import BallastCore

/// Reads runs back from a store.
package struct RunReader: Sendable {
    private let store: any RunStore
    private static let page = 1000

    package init(_ store: any RunStore) { self.store = store }

    package func entries(of run: RunID, after: Int64 = 0, scope: TenantScope) async throws(StoreError) -> [JournalEntry]
    {
        var (all, last): ([JournalEntry], Int64) = ([], after)
        while true {
            let page = try await store.entries(of: run, after: last, limit: RunReader.page, scope: scope)
            all.append(contentsOf: page)
            guard page.count == RunReader.page, let end = page.last else { return all }
            last = end.sequence
        }
    }

    /// The fold of a run's journal.
    package func state(of run: RunID, scope: TenantScope) async throws -> RunState {
        try RunState(run: run, folding: try await entries(of: run, scope: scope))
    }
}
