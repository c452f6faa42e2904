import BallastCore
package import BallastRuntime
import GRDB
import Synchronization

/// The embedded store: one SQLite file, one writing thread, a few connections for reading.
///
/// A write returns when its commit is on the disk (write-ahead log, synchronous = FULL); what waits at the same time
/// shares one fsync. One process has the file at a time.
package final class SQLiteRunStore: Sendable {
    private let file: StoreFile
    private let writer: StoreWriter
    private let tenants = Mutex<[TenantID: Int64]>([:])

    private init(file: StoreFile, writer: StoreWriter) {
        self.file = file
        self.writer = writer
    }

    /// Opens or creates the store at `path`.
    ///
    /// Throws `inUse` when another server has it, `tooNew` when a newer Ballast wrote it, `corrupt` when it is no
    /// store of ours, `io` when it cannot be made durable. Must be closed.
    package static func open(
        path: String, options: SQLiteStoreOptions = SQLiteStoreOptions()
    ) async throws(StoreError) -> SQLiteRunStore {
        let file = StoreFile(path: path, options: options)
        let lock = try FileLock.take(for: path)
        return SQLiteRunStore(file: file, writer: try await StoreWriter.start(file, lock: lock))
    }

    package func close() async { await writer.close() }

    /// Checks that a row can be written durably.
    package func check() async throws(StoreError) {
        try await write { session throws(SQLiteFailure) in try session.touch() }
    }

    /// Reads back how the writing connection is set.
    package func settings() async throws(StoreError) -> SQLiteSettings {
        try await write { session throws(SQLiteFailure) in try session.settings() }
    }

    /// Queues a write and returns its answer after the commit.
    func write<Answer: Sendable>(
        settle: (@Sendable (WriteSession, SQLiteFailure) throws(SQLiteFailure) -> Result<Answer, StoreError>)? = nil,
        _ perform: @escaping @Sendable (WriteSession) throws(SQLiteFailure) -> Answer
    ) async throws(StoreError) -> Answer {
        let result: Result<Answer, StoreError> = await withCheckedContinuation { continuation in
            writer.submit(
                QueuedWrite(resume: { continuation.resume(returning: $0) }, perform: perform, settle: settle))
        }
        return try result.get()
    }

    /// Reads a consistent state of the file on a thread of the reader pool.
    func read<Answer: Sendable>(
        _ body: @escaping @Sendable (ReadSession) throws(SQLiteFailure) -> Answer
    ) async throws(StoreError) -> Answer {
        let pool = try await openPool()
        do {
            return try await SQLiteRunStore.read(from: pool, body)
        } catch {
            guard !writer.isClosed else { throw .closed }
            // A broken commit closed the pool under the read: once more, on the next one.
            guard writer.pool !== pool else { throw SQLiteFailure(error).storeError(path: file.path) }
        }
        let next = try await openPool()
        do {
            return try await SQLiteRunStore.read(from: next, body)
        } catch {
            throw writer.isClosed ? .closed : SQLiteFailure(error).storeError(path: file.path)
        }
    }

    /// Reads a row or two on the calling thread. A hop to a thread of the pool and back costs ten times such a read,
    /// and what the guard asks before each action is of this kind.
    func readHere<Answer: Sendable>(
        _ body: @escaping @Sendable (ReadSession) throws(SQLiteFailure) -> Answer
    ) async throws(StoreError) -> Answer {
        if let pool = writer.pool, let answer = Self.readNow(pool, body) { return answer }
        return try await read(body)
    }

    private static func readNow<Answer>(
        _ pool: DatabasePool, _ body: (ReadSession) throws(SQLiteFailure) -> Answer
    ) -> Answer? {
        try? pool.read { db in try body(ReadSession(db)) }
    }

    /// Not ended by the end of the task that asks: a read that is cut short would look like a failing store.
    private static func read<Answer: Sendable>(
        from pool: DatabasePool, _ body: @escaping @Sendable (ReadSession) throws(SQLiteFailure) -> Answer
    ) async throws -> Answer {
        let result: Result<Answer, any Error> = await withCheckedContinuation { continuation in
            pool.asyncRead { access in
                continuation.resume(returning: Result { try body(ReadSession(try access.get())) })
            }
        }
        return try result.get()
    }

    /// The connections for reading. While the file is being reopened this waits for the writer, whose queue goes on
    /// as soon as it is open, or fails with the reason.
    private func openPool() async throws(StoreError) -> DatabasePool {
        guard !writer.isClosed else { throw .closed }
        if let pool = writer.pool { return pool }
        try await write { _ in }
        guard let pool = writer.pool else { throw .reopening(path: file.path) }
        return pool
    }

    /// The tenant's number, which never changes; nil when the tenant has never written.
    func tenantNumber(of scope: TenantScope) async throws(StoreError) -> Int64? {
        if let known = tenants.withLock({ $0[scope.tenant] }) { return known }
        let number = try await read { session throws(SQLiteFailure) in try session.number(of: scope) }
        if let number { tenants.withLock { $0[scope.tenant] = number } }
        return number
    }

    /// Those of the names that no index holds yet.
    func recentBodies(_ names: [Digest], tenant: Int64) -> [Digest: Int64] {
        var found: [Digest: Int64] = [:]
        for name in names { found[name] = writer.recentBodies[BodyName(name, tenant: tenant)] }
        return found
    }

    /// What a broken append is answered with once the file can be read again.
    func settle(
        _ prepared: PreparedAppend
    ) -> @Sendable (WriteSession, SQLiteFailure) throws(SQLiteFailure) -> Result<AppendResult, StoreError> {
        let path = file.path
        return { session, failure throws(SQLiteFailure) in
            try session.holds(prepared.batch) ? .success(.applied) : .failure(.notCommitted(path: path, failure))
        }
    }
}

/// A connection for reading, inside a transaction.
struct ReadSession {
    private let db: Database

    init(_ db: Database) { self.db = db }

    /// The statement, compiled once a connection.
    func statement(_ sql: String) throws(SQLiteFailure) -> Statement {
        do {
            return Statement(handle: try db.cachedStatement(sql: sql).sqliteStatement)
        } catch {
            throw SQLiteFailure(error)
        }
    }
}
