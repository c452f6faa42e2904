import BallastRuntime
import GRDB

/// The versions of the file's layout. A released version is never changed; a change is a new one at the end.
enum Schema {
    /// Bytes of a page: bodies of about a kilobyte leave little of it unused, and one more dirty page costs little.
    static let pageSize = 8192
    /// "Blst": tells a Ballast store from any other SQLite file.
    private static let applicationID = 0x426C_7374

    private static let versions = [version1, version2, version3, version4]
    static var newest: Int { versions.count }

    /// Brings an empty or older file to the newest version, in one transaction.
    static func migrate(_ db: Database, path: String) throws {
        let found = try Int64.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        try recognise(db, path: path, version: found)
        guard found < newest else { return }
        try db.inTransaction(.immediate) {
            for script in versions[Int(found)...] { try db.execute(sql: script) }
            try db.execute(sql: "PRAGMA user_version = \(newest)")
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
            return .commit
        }
    }

    /// A store of Ballast, of whatever version.
    static func isStore(_ db: Database) throws -> Bool {
        try Int.fetchOne(db, sql: "PRAGMA application_id") == applicationID
    }

    private static func recognise(_ db: Database, path: String, version: Int64) throws {
        let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
        let isEmpty = version == 0 && application == 0 && tables == 0
        guard isEmpty || application == applicationID, version >= 0 else { throw StoreError.foreign(path: path) }
        if version > newest { throw StoreError.tooNew(path: path, found: version, known: newest) }
    }
}
