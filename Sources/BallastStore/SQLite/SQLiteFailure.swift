import BallastRuntime
import GRDB
import GRDBSQLite

/// What SQLite said when it could not do something.
struct SQLiteFailure: Error, Sendable, Hashable {
    /// The extended result code, see https://www.sqlite.org/rescode.html.
    let code: Int32
    let message: String

    init(code: Int32, message: String) {
        self.code = code
        self.message = message
    }

    /// The failure that the connection reports for its last call.
    init(of connection: OpaquePointer?) {
        code = sqlite3_extended_errcode(connection)
        message = sqlite3_errmsg(connection).map { String(cString: $0) } ?? "out of memory"
    }

    /// Takes what GRDB or a body of ours threw.
    init(_ error: any Error) {
        if let failure = error as? SQLiteFailure {
            self = failure
        } else if let error = error as? DatabaseError {
            self.init(code: error.extendedResultCode.rawValue, message: error.message ?? error.description)
        } else {
            self.init(code: SQLITE_ERROR, message: String(describing: error))
        }
    }

    var primaryCode: Int32 { code & 0xFF }
    /// SQLite found no room; the transaction did not happen.
    var isFull: Bool { primaryCode == SQLITE_FULL }
    /// The fault may lie in the values of one statement or in the rows it touched, not in the whole file or disk.
    var mayConcernOneWrite: Bool {
        [SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_TOOBIG, SQLITE_RANGE, SQLITE_ERROR, SQLITE_MISUSE, SQLITE_CORRUPT]
            .contains(primaryCode)
    }

    /// A stored row that does not have the shape the schema promises.
    static func damaged(_ what: String) -> SQLiteFailure { SQLiteFailure(code: SQLITE_CORRUPT, message: what) }
}

// The wording of everything that can be wrong with the file.
extension SQLiteFailure {
    /// The failure as the caller of the store sees it.
    func storeError(path: String) -> StoreError {
        switch primaryCode {
        case SQLITE_FULL:
            StoreError(
                code: .full, message: "The disk that holds \(path) is full; the write was not made.",
                advice: "Free some space: Ballast goes on by itself, and nothing acknowledged is lost.")
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            StoreError(
                code: .corrupt, message: "\(path) is damaged or is not a Ballast store: \(message).",
                advice: "Keep the file, restore the last backup, and check the disk.")
        case SQLITE_BUSY, SQLITE_LOCKED:
            StoreError(
                code: .inUse, message: "Another program holds a lock on \(path).",
                advice: "Close the program that writes to it; only one Ballast server may use a store.")
        case SQLITE_READONLY, SQLITE_PERM, SQLITE_CANTOPEN:
            StoreError(
                code: .io, message: "\(path) cannot be opened for writing: \(message) (SQLite code \(code)).",
                advice: "Check that the folder exists and that this user may write to it and its files.")
        default:
            StoreError(
                code: .io, message: "\(path) could not be read or written: \(message) (SQLite code \(code)).",
                advice: "Check the disk and the system's log; no write that failed was acknowledged.")
        }
    }
}

extension StoreError {
    static func outcomeUnknown(path: String, _ failure: SQLiteFailure) -> StoreError {
        StoreError(
            code: .outcomeUnknown,
            message: "A commit to \(path) failed (\(failure.message)) and could not be read back.",
            advice: "Check the disk; the run is folded again from the journal once the store can be read.")
    }

    static func reopening(path: String) -> StoreError {
        StoreError(
            code: .io, message: "\(path) is not open after a failure of the disk.",
            advice: "Try again; the next write opens it. If this stays, check the disk and the system's log.")
    }

    static func notCommitted(path: String, _ failure: SQLiteFailure) -> StoreError {
        StoreError(
            code: .io, message: "A commit to \(path) failed: \(failure.message). It was read back: it does not stand.",
            advice: "Check the disk and the system's log. The store was reopened and goes on.")
    }

    static func tooNew(path: String, found: Int64, known: Int) -> StoreError {
        StoreError(
            code: .tooNew, message: "\(path) has schema version \(found); this Ballast knows versions up to \(known).",
            advice: "Start the newer Ballast that wrote it, or restore a backup from before the upgrade.")
    }

    static func foreign(path: String) -> StoreError {
        StoreError(
            code: .corrupt, message: "\(path) is an SQLite database of another program.",
            advice: "Give another path with --store sqlite:PATH.")
    }

    static func notDurable(path: String, _ found: String) -> StoreError {
        StoreError(
            code: .io, message: "\(path) cannot be made durable: \(found).",
            advice: "Use a local disk: write-ahead logging does not work on network file systems.")
    }

    static func inUse(path: String, by holder: String) -> StoreError {
        StoreError(
            code: .inUse, message: "\(path) is in use by another Ballast server (\(holder)).",
            advice: "Stop that server, or give this one another store with --store sqlite:PATH.")
    }

    static func cannotLock(path: String, reason: String) -> StoreError {
        StoreError(
            code: .io, message: "\(path) cannot be locked: \(reason).",
            advice: "Check that the folder exists, that this user may write to it, and that it is on a local disk.")
    }
}
