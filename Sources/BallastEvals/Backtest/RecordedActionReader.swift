package import BallastCore
package import BallastRuntime

/// Finds one recorded action and makes its decisions again.
package struct RecordedActionReader: Sendable {
    private let archive: any JournalArchive
    private let masterKey: [UInt8]
    private let candidate: Candidate

    package init(archive: any JournalArchive, masterKey: [UInt8], candidate: Candidate) {
        self.archive = archive
        self.masterKey = masterKey
        self.candidate = candidate
    }

    /// Its decisions in order, each with what the candidate makes of it; empty when there is no such action.
    package func decisions(of action: ActionID) throws -> [(recorded: RecordedDecision, again: Redecision)] {
        let selection = try archive.select(ArchiveFilter(run: action.run))
        var trail = ActionTrail(run: action.run)
        var found: [RecordedDecision] = []
        var (position, isEnd) = (Int64(0), selection.runCount == 0)
        while !isEnd {
            let page = try archive.page(of: selection, after: position, limit: 1024, reader: 0)
            for append in page.appends {
                for case .decided(let decision) in try trail.take(try archive.entries(of: append))
                where decision.action == action.ordinal { found.append(decision) }
            }
            (position, isEnd) = (page.position, page.isEnd)
        }
        return try decideAgain(found)
    }

    private func decideAgain(
        _ found: [RecordedDecision]
    ) throws(StoreError) -> [(recorded: RecordedDecision, again: Redecision)] {
        var vaults = ArchiveVaults(archive: archive, masterKey: masterKey)
        var redecider = Redecider(candidate)
        var again: [(recorded: RecordedDecision, again: Redecision)] = []
        for recorded in found {
            let tenant = recorded.origin.tenant
            let policy = candidate.policies[recorded.origin.agent]
            let names = recorded.bodies(for: policy).compactMap(\.storedName)
            let bodies = try archive.bodies(names, tenant: tenant, reader: 0)
            let vault = vaults.vault(of: tenant)
            let decision = redecider.decide(recorded) { vault?.content(of: $0, bodies: bodies) }
            again.append((recorded, decision))
        }
        return again
    }
}
