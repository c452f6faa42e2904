import BallastCore
import BallastRuntime
import GRDBSQLite

/// The write connection while it is good: its statements, compiled once, and what it remembers of the file.
///
/// It belongs to the writer's thread. What it remembers may run ahead of the disk only within a transaction: a
/// rollback forgets all of it.
final class WriteSession {
    private let connection: OpaquePointer
    private let file: StoreFile
    private var statements: [Statement?] = Array(repeating: nil, count: WriteQuery.allCases.count)
    /// Pages in the write-ahead log after the last commit, as SQLite's hook tells.
    private let loggedPages: UnsafeMutablePointer<Int32>

    var runs: [RunID: KnownRun] = [:]
    private var tenants: [TenantID: Int64] = [:]
    private var epochs: [HaltScope: Int64]?
    var nextBody: Int64?
    /// How many recent bodies call for the next batch.
    var nextIndexing = RecentBodies.batch

    let recentBodies: RecentBodies

    init(_ connection: OpaquePointer, file: StoreFile, recentBodies: RecentBodies) {
        self.recentBodies = recentBodies
        self.connection = connection
        self.file = file
        loggedPages = .allocate(capacity: 1)
        loggedPages.initialize(to: 0)
        // GRDB's own hooks cost a call at each commit and serve observers, of which there are none.
        sqlite3_commit_hook(connection, nil, nil)
        sqlite3_rollback_hook(connection, nil, nil)
        let count: @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?, UnsafePointer<CChar>?, Int32) -> Int32 = {
            $0?.assumingMemoryBound(to: Int32.self).pointee = $3
            return SQLITE_OK
        }
        sqlite3_wal_hook(connection, count, loggedPages)
    }

    deinit { loggedPages.deallocate() }

    /// Gives the connection back.
    func end() {
        sqlite3_wal_hook(connection, nil, nil)
        for statement in statements { statement?.finalize() }
        statements = []
    }

    func statement(_ query: WriteQuery) throws(SQLiteFailure) -> Statement {
        if let statement = statements[query.rawValue] { return statement }
        let statement = try Statement.prepare(query.sql, on: connection)
        statements[query.rawValue] = statement
        return statement
    }

    /// Rows that the last statement inserted, changed or deleted.
    var changes: Int32 { sqlite3_changes(connection) }
    var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(connection) }
}

// Transactions.
extension WriteSession {
    func begin() throws(SQLiteFailure) { try statement(.begin).run() }

    /// Commits; answers what went wrong.
    func commit() -> SQLiteFailure? {
        let fault = file.options.commitFault?()
        do throws(SQLiteFailure) {
            try statement(fault == .notWritten ? .rollback : .commit).run()
        } catch {
            return error
        }
        return fault.map { _ in SQLiteFailure(code: SQLITE_IOERR, message: "injected") }
    }

    func settings() throws(SQLiteFailure) -> SQLiteSettings {
        func read<Value>(_ name: String, _ value: (Statement) -> Value) throws(SQLiteFailure) -> Value {
            let statement = try Statement.prepare("PRAGMA \(name)", on: connection)
            defer { statement.finalize() }
            guard let found = try statement.first(read: value) else { throw .damaged("no answer to PRAGMA \(name)") }
            return found
        }
        return SQLiteSettings(
            synchronous: try read("synchronous") { $0.integer(0) },
            journalMode: try read("journal_mode") { $0.text(0) },
            pageSize: try read("page_size") { $0.integer(0) }, schemaVersion: try read("user_version") { $0.integer(0) }
        )
    }

    func rollBack() {
        if !isIdle { _ = try? statement(.rollback).run() }
        forget()
    }

    /// No transaction is open.
    var isIdle: Bool { sqlite3_get_autocommit(connection) != 0 }

    private func forget() {
        runs = [:]
        tenants = [:]
        epochs = nil
        nextBody = nil
    }

    /// The index of bodies or the log has grown long.
    var isMaintenanceDue: Bool {
        recentBodies.count >= nextIndexing || loggedPages.pointee >= file.options.checkpointPages
    }

    /// Copies the log into the database between two commits, when it has grown long. A failure leaves the log as it
    /// is, so nothing is lost; it is tried again after the next commit.
    func checkpointWhenDue() {
        let pages = loggedPages.pointee
        guard pages >= file.options.checkpointPages else { return }
        // Readers that never pause keep the log from starting over; when it is very long they are waited for.
        let isVeryLong = pages / 8 >= file.options.checkpointPages
        let mode = isVeryLong ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE
        sqlite3_wal_checkpoint_v2(connection, nil, mode, nil, nil)
    }

    /// Writes everything into the database itself. After a failed fsync the log may be on the disk only in part while
    /// its pages in memory look clean; copying them makes new dirty pages, whose fsync can be believed.
    func forceToDisk() throws(SQLiteFailure) {
        let code = sqlite3_wal_checkpoint_v2(connection, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
        if code != SQLITE_OK { throw SQLiteFailure(of: connection) }
    }
}

// What the session remembers.
extension WriteSession {
    /// The tenant's number; a new tenant gets the next one.
    func number(of tenant: TenantID) throws(SQLiteFailure) -> Int64 {
        if let number = try knownNumber(of: tenant) { return number }
        try statement(.insertTenant).run(tenant.name)
        tenants[tenant] = lastInsertedRow
        return lastInsertedRow
    }

    /// The tenant's number, if it has ever written.
    func knownNumber(of tenant: TenantID) throws(SQLiteFailure) -> Int64? {
        if let number = tenants[tenant] { return number }
        guard let number = try statement(.tenant).first(tenant.name, read: { $0.integer(0) }) else { return nil }
        tenants[tenant] = number
        return number
    }

    func epoch(of scope: HaltScope) throws(SQLiteFailure) -> Int64 { try loadedEpochs()[scope, default: 0] }

    private func loadedEpochs() throws(SQLiteFailure) -> [HaltScope: Int64] {
        if let epochs { return epochs }
        var loaded: [HaltScope: Int64] = [:]
        let rows = try statement(.epochs).all { row throws(SQLiteFailure) in (try row.haltScope(0), row.integer(1)) }
        for (scope, epoch) in rows { loaded[scope] = epoch }
        epochs = loaded
        return loaded
    }

    func raiseEpoch(of scope: HaltScope) throws(SQLiteFailure) {
        try statement(.raiseEpoch).run(scope.description)
        epochs = nil
    }
}
