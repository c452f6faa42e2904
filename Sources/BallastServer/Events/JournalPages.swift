package import BallastCore
package import BallastRuntime

/// Reads stretches of a run's journal as events, in step with a renderer.
package struct JournalPages: Sendable {
    private let store: any RunStore
    private let vault: BodyVault
    private let run: RunID
    private let scope: TenantScope
    private var renderer: EventRenderer
    /// Sequence of the last entry that was taken.
    private(set) var last: Int64 = 0
    private(set) var isOver = false

    package static let size = 200

    package init(of run: RunID, runtime: AgentRuntime, scope: TenantScope) async throws {
        store = runtime.store
        vault = try await runtime.vault(of: scope.tenant)
        self.run = run
        self.scope = scope
        renderer = EventRenderer(run: run)
    }

    /// Goes past entries up to `sequence` without showing them.
    mutating func skip(to sequence: Int64) async throws {
        while last < sequence {
            let entries = try await store.entries(
                of: run, after: last, limit: Int(clamping: min(sequence - last, 1000)), scope: scope)
            if entries.isEmpty { return }
            for entry in entries {
                try renderer.pass(entry)
                note(entry)
            }
        }
    }

    /// The next events of the journal, at most `limit`; empty at its present end.
    package mutating func next(limit: Int = JournalPages.size) async throws -> [JSONValue] {
        try await render(try await store.entries(of: run, after: last, limit: limit, scope: scope))
    }

    /// Entries that just became durable; nil when some before them were missed and the journal must be read.
    mutating func take(_ entries: [JournalEntry]) async throws -> [JSONValue]? {
        let new = entries.filter { $0.sequence > last }
        guard let first = new.first else { return [] }
        guard first.sequence == last + 1 else { return nil }
        return try await render(new)
    }

    private mutating func render(_ entries: [JournalEntry]) async throws -> [JSONValue] {
        var names: [Digest] = []
        for entry in entries { names += try EntryCodec.decode(entry, of: run).bodies.compactMap(\.storedName) }
        let stored = names.isEmpty ? [:] : try await store.bodies(names, scope: scope)
        let bodies = EventBodies(vault: vault, stored: stored)
        var events: [JSONValue] = []
        for entry in entries {
            events.append(try renderer.render(entry, bodies: bodies))
            note(entry)
        }
        return events
    }

    private mutating func note(_ entry: JournalEntry) {
        last = entry.sequence
        if entry.type == .runFinished { isOver = true }
    }
}
