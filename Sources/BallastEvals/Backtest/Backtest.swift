package import BallastCore
import BallastPolicy
package import BallastRuntime

/// Decides recorded actions again, under other policies. It reads and reckons; with no client in its graph it cannot
/// act.
///
/// Appends are read in the order of their commits, a page at a time; runs are divided among shards that work at once;
/// limits and the tally then take all steps in their order. What is kept at once is a page, the open actions of runs
/// that are not over, and the counters of limits.
package struct Backtest: Sendable {
    package struct Options: Sendable {
        /// Decisions from this moment on are made again; earlier ones only say what was read and done before.
        package var since = Timestamp(milliseconds: 0)
        package var agent: String?
        package var tenant: TenantID?
        /// Parts that work at once.
        package var shards = 1
        /// Appends that are read at once.
        package var page = 4096
        package var examples = 5

        package init() {}
    }

    private let archive: any JournalArchive
    private let masterKey: [UInt8]
    private let candidate: Candidate
    private let options: Options

    package init(archive: any JournalArchive, masterKey: [UInt8], candidate: Candidate, options: Options) {
        self.archive = archive
        self.masterKey = masterKey
        self.candidate = candidate
        self.options = options
    }

    /// - Parameter progress: Told after each page: how far the archive was read, from 0 to 1, and decisions so far.
    package func run(
        progress: @Sendable (_ share: Double, _ decisions: Int) -> Void = { _, _ in }
    ) async throws -> BacktestReport {
        let filter = ArchiveFilter(movedSince: options.since, agent: options.agent, tenant: options.tenant)
        let selection = try archive.select(filter)
        let shards = (0..<max(1, options.shards)).map { number in
            BacktestShard(
                archive: archive, reader: number, masterKey: masterKey, since: options.since, candidate: candidate)
        }
        var tally = BacktestTally(examples: options.examples, runs: selection.runCount)
        var next: ArchivePage? = try page(of: selection, after: 0)
        while let page = next {
            // The next page is read while this one is decided.
            async let ahead = page.isEnd ? nil : self.page(of: selection, after: page.position)
            for step in try await steps(of: page.appends, shards) { tally.take(step) }
            progress(Backtest.share(page, selection), tally.decisions)
            next = try await ahead
        }
        return tally.report()
    }

    private func page(of selection: ArchiveSelection, after position: Int64) throws(StoreError) -> ArchivePage {
        try archive.page(of: selection, after: position, limit: options.page, reader: options.shards)
    }

    private func steps(
        of appends: [ArchivedAppend], _ shards: [BacktestShard]
    ) async throws -> [ReplayedStep] {
        let parts = Dictionary(grouping: appends) { Int($0.run.magnitude % UInt64(shards.count)) }
        let steps = try await withThrowingTaskGroup(of: [ReplayedStep].self) { group in
            for (number, part) in parts { group.addTask { try await shards[number].take(part) } }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        return steps.sorted { ($0.position, $0.index) < ($1.position, $1.index) }
    }

    private static func share(_ page: ArchivePage, _ selection: ArchiveSelection) -> Double {
        if page.isEnd { return 1 }
        return Double(page.position - selection.first) / Double(max(1, selection.last - selection.first))
    }
}
