import BallastCore
import BallastWire
import Foundation
import GRDB

/// The desk's own database.
final class Desk: Sendable {
    let pool: DatabasePool

    /// Opens the file, and makes and fills it when it is new. Several processes may share it.
    init(path: String) throws {
        var configuration = GRDB.Configuration()
        configuration.busyMode = .timeout(10)
        pool = try DatabasePool(path: path, configuration: configuration)
        // One transaction that looks first: two desks that start together must not fill it twice.
        try pool.write { db in
            guard try !db.tableExists("customers") else { return }
            try db.execute(sql: DeskSchema.sql)
            try db.execute(sql: DeskSeed.sql)
        }
    }

    /// Notes that a call came in, before anything is done about it.
    func record(_ call: MCPServerSession.Call) async throws {
        let arguments = JSONWriter.canonicalString(.object(call.arguments))
        try await pool.write { db in
            try db.execute(
                sql: "INSERT INTO calls (tool, arguments, key, at, pid) VALUES (?, ?, ?, ?, ?)",
                arguments: [call.tool, arguments, call.idempotencyKey, Desk.now, getpid()])
        }
    }

    /// UTC milliseconds since 1970.
    static var now: Int64 { Int64(Date.now.timeIntervalSince1970 * 1_000) }
}
