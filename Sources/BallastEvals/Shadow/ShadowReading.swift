package import BallastCore
import BallastPolicy
package import BallastRuntime

extension ShadowReport {
    /// The shadows of a deployment, of one agent if one is named.
    package static func shadows(of agents: [String: DeployedAgent], agent: String? = nil) -> [Shadow] {
        agents.compactMap { name, deployed in
            guard agent == nil || agent == name, let shadow = deployed.shadow else { return nil }
            return Shadow(agent: name, name: shadow.name, policy: shadow.policy.hash)
        }
    }

    /// Takes all that an archive holds, in the order of commits.
    package mutating func read(_ archive: any JournalArchive, _ filter: ArchiveFilter) throws {
        let selection = try archive.select(filter)
        var trails: [Int64: ShadowTrail] = [:]
        var damaged: Set<Int64> = []
        var (position, isEnd) = (Int64(0), selection.runCount == 0)
        while !isEnd {
            let page = try archive.page(of: selection, after: position, limit: 4096, reader: 0)
            for append in page.appends where !damaged.contains(append.run) {
                do {
                    try take(append, archive, &trails)
                } catch let failure as StoreError where failure.code != .corrupt {
                    throw failure
                } catch {
                    damaged.insert(append.run)
                    isPartial = true
                }
            }
            (position, isEnd) = (page.position, page.isEnd)
        }
        for (_, trail) in trails.sorted(by: { $0.key < $1.key }) { take(trail) }
    }

    private mutating func take(
        _ append: ArchivedAppend, _ archive: any JournalArchive, _ trails: inout [Int64: ShadowTrail]
    ) throws {
        var known = trails.removeValue(forKey: append.run)
        if known == nil { known = try archive.run(numbered: append.run, reader: 0).map { ShadowTrail(run: $0.id) } }
        guard var trail = known else { return }
        let entries = try archive.entries(of: append)
        try trail.take(entries)
        if entries.last?.type == .runFinished { take(trail) } else { trails[append.run] = trail }
    }

    private mutating func take(_ trail: ShadowTrail) { for action in trail.actions { take(action) } }

    /// Runs that are looked at in a server: a longer past is read from the store's file.
    package static let longestReading = 5_000

    /// Takes the runs of a tenant that moved since then, newest first.
    package mutating func read(
        _ store: any RunStore, scope: TenantScope, agent: String?, since: Timestamp?
    ) async throws {
        let reader = RunReader(store)
        var (before, read): (RunID?, Int) = (nil, 0)
        while true {
            let page = try await store.headers(
                matching: RunFilter(agent: agent), limit: 200, before: before, scope: scope)
            for header in page where since.map({ header.updatedAt >= $0 }) ?? true {
                guard read < ShadowReport.longestReading else {
                    isPartial = true
                    return
                }
                read += 1
                var trail = ShadowTrail(run: header.run)
                do {
                    try trail.take(try await reader.entries(of: header.run, scope: scope))
                    take(trail)
                } catch is EntryDecodingError {
                    isPartial = true
                }
            }
            guard page.count == 200, let last = page.last else { return }
            before = last.run
        }
    }
}
