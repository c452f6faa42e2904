package import BallastCore
package import BallastRuntime
import GRDB

/// The journals of a store's file, for a process that only reads: connections that cannot write, no lock on the file
/// but the shared one of a reader, and each read a transaction of its own, so that a server beside it can fold its log.
package final class SQLiteArchive: JournalArchive {
    private let path: String
    private let connections: [DatabaseQueue]
    /// Position of the last append when the file was opened; all bodies of what stands before it are there.
    private let end: Int64
    /// Bodies that no index on disk holds yet.
    private let recent: [BodyName: Int64]
    private let tenants: [TenantID: Int64]
    private let names: [Int64: TenantID]

    private init(
        path: String, connections: [DatabaseQueue], end: Int64, recent: [BodyName: Int64],
        tenants: [TenantID: Int64]
    ) {
        self.path = path
        self.connections = connections
        self.end = end
        self.recent = recent
        self.tenants = tenants
        names = Dictionary(tenants.map { ($0.value, $0.key) }) { first, _ in first }
    }

    /// Opens the file for reading by `readers` threads. What is committed later is not seen.
    package static func open(path: String, readers: Int) throws(StoreError) -> SQLiteArchive {
        do {
            let connections = try (0..<max(1, readers)).map { _ in try connect(path) }
            return try connections[0].read { db in
                try check(db, path: path)
                let session = ReadSession(db)
                return SQLiteArchive(
                    path: path, connections: connections, end: try session.lastPosition(),
                    recent: try session.recentBodies(), tenants: try session.tenants())
            }
        } catch let error as StoreError {
            throw error
        } catch {
            throw SQLiteFailure(error).storeError(path: path)
        }
    }

    private static func connect(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "ballast.archive"
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA cache_size = -16384") }
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    private static func check(_ db: Database, path: String) throws {
        let version = try Int64.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard try Schema.isStore(db), version > 0 else { throw StoreError.foreign(path: path) }
        if version > Schema.newest { throw StoreError.tooNew(path: path, found: version, known: Schema.newest) }
    }

    package var readers: Int { connections.count }

    private func read<Answer>(
        _ reader: Int, _ body: (ReadSession) throws(SQLiteFailure) -> Answer
    ) throws(StoreError) -> Answer {
        do {
            return try connections[abs(reader) % connections.count].read { db in try body(ReadSession(db)) }
        } catch {
            throw SQLiteFailure(error).storeError(path: path)
        }
    }

    // MARK: Journals

    package func select(_ filter: ArchiveFilter) throws(StoreError) -> ArchiveSelection {
        let tenant = filter.tenant.map { tenants[$0] ?? -1 }
        return try read(0) { session throws(SQLiteFailure) in
            var selection = ArchiveSelection(last: end)
            let rows = try session.statement(
                """
                SELECT no FROM runs WHERE updated_at >= ?1 AND (?2 IS NULL OR agent = ?2)
                    AND (?3 IS NULL OR tenant = ?3) AND (?4 IS NULL OR id = ?4)
                """)
            defer { rows.reset() }
            try rows.bind(filter.movedSince?.milliseconds ?? .min, filter.agent, tenant, filter.run)
            var earliest: Int64?
            while try rows.step() {
                let number = rows.integer(0)
                selection.insert(number)
                earliest = min(earliest ?? number, number)
            }
            // Runs are numbered as they are created, and the first append creates a run.
            let first = try session.statement("SELECT min(id) FROM journal WHERE run = ?1").first(earliest) {
                $0.integer(0)
            }
            selection.first = max(1, first ?? 1)
            return selection
        }
    }

    package func page(
        of selection: ArchiveSelection, after position: Int64, limit: Int, reader: Int
    ) throws(StoreError) -> ArchivePage {
        try read(reader) { session throws(SQLiteFailure) in
            let rows = try session.statement(
                "SELECT id, run, first, count, entries FROM journal WHERE id > ?1 AND id <= ?2 ORDER BY id")
            defer { rows.reset() }
            try rows.bind(max(position, selection.first - 1), selection.last)
            var page = ArchivePage(appends: [], position: selection.last, isEnd: true)
            var seen = 0
            while try rows.step() {
                seen += 1
                let run = rows.integer(1)
                if selection.contains(run) {
                    page.appends.append(
                        ArchivedAppend(
                            position: rows.integer(0), run: run, firstSequence: rows.integer(2),
                            count: rows.integer(3), bytes: rows.bytes(4)))
                }
                // A page without a hit ends too, so that no transaction is long.
                guard page.appends.count < limit, seen < limit * 16 else {
                    page.position = rows.integer(0)
                    page.isEnd = page.position >= selection.last
                    break
                }
            }
            return page
        }
    }

    package func entries(of append: ArchivedAppend) throws(StoreError) -> [JournalEntry] {
        do throws(SQLiteFailure) {
            return try JournalSegment.decode(append.bytes, first: append.firstSequence, count: append.count)
        } catch {
            throw error.storeError(path: path)
        }
    }

    package func run(numbered number: Int64, reader: Int) throws(StoreError) -> ArchivedRun? {
        try read(reader) { session throws(SQLiteFailure) in
            let found = try session.statement("SELECT id, tenant FROM runs WHERE no = ?1").first(number) {
                row throws(SQLiteFailure) in (id: try row.id(0, RunKind.self), tenant: row.integer(1))
            }
            return found.flatMap { run in names[run.tenant].map { ArchivedRun(id: run.id, tenant: $0) } }
        }
    }

    // MARK: Content

    package func bodies(
        _ wanted: [Digest], tenant: TenantID, reader: Int
    ) throws(StoreError) -> [Digest: SealedBytes] {
        guard let tenant = tenants[tenant], !wanted.isEmpty else { return [:] }
        return try read(reader) { session throws(SQLiteFailure) in
            var found: [Digest: SealedBytes] = [:]
            for name in wanted where found[name] == nil {
                if let id = recent[BodyName(name, tenant: tenant)] {
                    found[name] = try session.recentBody(name, id: id, tenant: tenant)
                }
                if found[name] == nil { found[name] = try session.indexedBody(name, tenant: tenant) }
            }
            return found
        }
    }

    package func dataKeys(of tenant: TenantID) throws(StoreError) -> [WrappedKey] {
        guard let number = tenants[tenant] else { return [] }
        return try read(0) { session throws(SQLiteFailure) in
            try session.statement(
                "SELECT \(WrappedKey.columns) FROM data_keys WHERE tenant = ?1 ORDER BY no"
            ).all(number) { WrappedKey($0) }
        }
    }
}

extension ReadSession {
    fileprivate func lastPosition() throws(SQLiteFailure) -> Int64 {
        try statement("SELECT max(id) FROM journal").first { $0.integer(0) } ?? 0
    }

    /// Bodies that were written after the last batch of the index; their names follow from their bytes.
    fileprivate func recentBodies() throws(SQLiteFailure) -> [BodyName: Int64] {
        let indexed = try statement(WriteQuery.indexedBodies.sql).first { $0.integer(0) } ?? 0
        let rows = try statement(WriteQuery.bodiesAfter.sql).all(indexed) {
            (BodyName(.sha256($0.bytes(2)), tenant: $0.integer(1)), $0.integer(0))
        }
        return Dictionary(rows) { first, _ in first }
    }

    fileprivate func tenants() throws(SQLiteFailure) -> [TenantID: Int64] {
        let rows = try statement("SELECT no, name FROM tenants").all { (TenantID($0.text(1)), $0.integer(0)) }
        return Dictionary(rows) { first, _ in first }
    }
}
