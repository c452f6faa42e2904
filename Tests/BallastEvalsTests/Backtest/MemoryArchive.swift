import BallastCore
import BallastRuntime
import BallastTesting

/// The journals of the reference store as an archive, in the order of moments: what a run recorded at one moment is an
/// append.
struct MemoryArchive: JournalArchive {
    private let lines: [(run: Int64, entries: [JournalEntry])]
    private let runs: [ArchivedRun]
    private let headers: [RunID: RunHeader]
    private let content: [Digest: SealedBytes]
    private let keys: [WrappedKey]
    let readers = 1

    init(_ stage: Stage) throws {
        let journals = stage.store.journals()
        let ids = journals.keys.sorted()
        runs = ids.map { ArchivedRun(id: $0, tenant: .default) }
        var lines: [(run: Int64, entries: [JournalEntry])] = []
        for (number, id) in ids.enumerated() {
            for entry in journals[id] ?? [] {
                if lines.last?.run == Int64(number), lines.last?.entries.last?.at == entry.at {
                    lines[lines.count - 1].entries.append(entry)
                } else {
                    lines.append((Int64(number), [entry]))
                }
            }
        }
        self.lines = lines.sorted { ($0.entries[0].at, $0.run) < ($1.entries[0].at, $1.run) }
        let (names, store) = (stage.store.bodyNames(of: .default), stage.store)
        let scope = stage.scope
        (content, keys, headers) = try stage.perform { _ in
            let headers = try await store.headers(matching: RunFilter(), limit: 10_000, before: nil, scope: scope)
            return (
                try await store.bodies(names, scope: scope), try await store.dataKeys(scope: scope),
                Dictionary(headers.map { ($0.run, $0) }) { first, _ in first }
            )
        }
    }

    func select(_ filter: ArchiveFilter) -> ArchiveSelection {
        var selection = ArchiveSelection(last: Int64(lines.count))
        for (number, run) in runs.enumerated() {
            guard let header = headers[run.id], filter.agent == nil || header.agent == filter.agent,
                filter.movedSince.map({ header.updatedAt >= $0 }) ?? true, filter.run == nil || filter.run == run.id
            else { continue }
            selection.insert(Int64(number))
        }
        return selection
    }

    func page(of selection: ArchiveSelection, after position: Int64, limit: Int, reader: Int) -> ArchivePage {
        let range = Int(position)..<min(lines.count, Int(position) + limit)
        let appends = range.filter { selection.contains(lines[$0].run) }.map { index in
            ArchivedAppend(
                position: Int64(index + 1), run: lines[index].run, firstSequence: lines[index].entries[0].sequence,
                count: Int64(lines[index].entries.count), bytes: [])
        }
        return ArchivePage(
            appends: appends, position: Int64(range.upperBound), isEnd: range.upperBound == lines.count)
    }

    func entries(of append: ArchivedAppend) -> [JournalEntry] { lines[Int(append.position) - 1].entries }
    func run(numbered number: Int64, reader: Int) -> ArchivedRun? { runs[Int(number)] }
    func bodies(_ names: [Digest], tenant: TenantID, reader: Int) -> [Digest: SealedBytes] {
        content.filter { names.contains($0.key) }
    }
    func dataKeys(of tenant: TenantID) -> [WrappedKey] { keys }
}
