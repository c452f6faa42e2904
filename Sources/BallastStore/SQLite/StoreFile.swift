import BallastRuntime
import Foundation
import GRDB

/// Where the store is and how it is opened.
struct StoreFile: Sendable {
    let path: String
    let options: SQLiteStoreOptions

    /// Opens the file, brings it to the newest schema and makes it durable.
    /// `isFirst` when no earlier connection of this process had it.
    func open(isFirst: Bool) throws(StoreError) -> DatabasePool {
        createPrivately()
        do {
            let pool = try DatabasePool(path: path, configuration: configuration)
            try pool.writeWithoutTransaction { db in
                try Schema.migrate(db, path: path)
                try makeDurable(db)
                if isFirst { try endLeasesOfTheDead(db) }
            }
            return pool
        } catch let error as StoreError {
            throw error
        } catch {
            throw SQLiteFailure(error).storeError(path: path)
        }
    }

    /// Ends the leases of a process that is gone, so that its runs are taken over at once.
    ///
    /// Only for the first opening in a process: the lock on the file proves then that no owner of a lease lives, and
    /// so that nothing is being sent any more. Each run is runnable from when it would be without a lease.
    private func endLeasesOfTheDead(_ db: Database) throws {
        try db.execute(
            sql: """
                UPDATE runs INDEXED BY runs_active SET owner = NULL, lease_until = NULL, wake = (
                    SELECT min(ready) FROM (
                        SELECT runs.moving_since AS ready
                        UNION ALL SELECT received_at FROM inbox WHERE run = runs.no AND consumed = 0
                        UNION ALL SELECT due FROM timers WHERE run = runs.no))
                WHERE status < 8 AND lease_until IS NOT NULL
                """)
    }

    /// The store holds what people wrote: only this user may read it. SQLite gives its other files the same mode.
    private func createPrivately() {
        let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        if descriptor >= 0 { close(descriptor) }
    }

    private var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "ballast.store"
        configuration.maximumReaderCount = options.readers
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { [options] db in
            // Before the first table is written, and before GRDB changes to write-ahead logging.
            try db.execute(sql: "PRAGMA page_size = \(Schema.pageSize)")
            try db.execute(sql: "PRAGMA cache_size = -\(options.cacheKibibytes)")
        }
        return configuration
    }

    /// GRDB sets synchronous to NORMAL when it changes to write-ahead logging, which would lose acknowledged commits
    /// with the power: so it is set afterwards, and read back.
    private func makeDurable(_ db: Database) throws {
        try db.execute(sql: "PRAGMA synchronous = FULL")
        try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
        let synchronous = try Int.fetchOne(db, sql: "PRAGMA synchronous")
        guard synchronous == 2 else { throw StoreError.notDurable(path: path, "synchronous is \(synchronous ?? -1)") }
        let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode")
        guard mode == "wal" else { throw StoreError.notDurable(path: path, "the journal mode is \(mode ?? "unknown")") }
    }
}

/// How a commit can fail with an I/O error.
package enum CommitFault: Sendable, Hashable {
    /// The transaction stands, but nobody was told.
    case answerLost
    /// The transaction does not stand.
    case notWritten
}

/// What the file's writing connection says of itself.
package struct SQLiteSettings: Sendable, Hashable {
    /// 2 is FULL: a commit returns after its fsync.
    package let synchronous: Int64
    package let journalMode: String
    package let pageSize: Int64
    package let schemaVersion: Int64
}

/// What an installation may tune.
package struct SQLiteStoreOptions: Sendable {
    /// Connections for reading.
    package var readers: Int
    /// Page cache of each connection.
    package var cacheKibibytes: Int
    /// Pages of the write-ahead log after which they are copied into the database, between two commits.
    package var checkpointPages: Int32
    /// Nanoseconds below which a commit is made on the caller's thread: a commit that takes longer costs more than
    /// waking the writer's thread, and would hold up the caller's. 0 for never.
    package var quickCommit: UInt64 = 150_000
    /// Stands in for a disk that fails, in tests: asked before each commit.
    package var commitFault: (@Sendable () -> CommitFault?)?

    package init(
        readers: Int = 4, cacheKibibytes: Int = 32_768, checkpointPages: Int32 = 4096,
        commitFault: (@Sendable () -> CommitFault?)? = nil
    ) {
        self.readers = max(1, readers)
        self.cacheKibibytes = cacheKibibytes
        self.checkpointPages = checkpointPages
        self.commitFault = commitFault
    }
}
