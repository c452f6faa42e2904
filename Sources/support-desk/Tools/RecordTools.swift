import BallastCore
import GRDB

/// Deleting: one customer, or many old records at once.
enum RecordTools {
    static let all = [deleteCustomer, cleanupRecords]

    private static let deleteCustomer = ToolEntry(
        "delete_customer", "Delete a customer with all orders and tickets. It cannot be undone.",
        input: [.text("customer_id", "a customer such as C-7")],
        output: [
            .text("customer_id", "who was to be deleted"), .flag("deleted", "false when there was no such customer"),
            .integer("orders", "deleted orders"), .integer("tickets", "deleted tickets"),
        ],
        annotations: Toolbox.destroys
    ) { desk, request in
        let id = try request.text("customer_id")
        return try await desk.pool.write { db in
            func delete(_ sql: String) throws -> Int {
                try db.execute(sql: sql, arguments: [id])
                return db.changesCount
            }
            let orders = try delete("DELETE FROM orders WHERE customer_id = ?")
            let tickets = try delete("DELETE FROM tickets WHERE customer_id = ?")
            let isDeleted = try delete("DELETE FROM customers WHERE id = ?") > 0
            return [
                "customer_id": JSONValue(id), "deleted": .bool(isDeleted), "orders": JSONValue(orders),
                "tickets": JSONValue(tickets),
            ]
        }
    }

    /// What can be cleaned up, and how its age is told.
    private static let kinds = [
        "closed_tickets": "tickets WHERE state = 'closed' AND updated_on < ?",
        "drafts": "drafts WHERE date(at / 1000, 'unixepoch') < ?",
        "sent_emails": "outbox WHERE date(at / 1000, 'unixepoch') < ?",
    ]

    private static let cleanupRecords = ToolEntry(
        "cleanup_records", "Delete old records for good. With dry_run it only counts what it would delete.",
        input: [
            .choice("kind", "what to delete", of: kinds.keys.sorted()),
            .text("before", "delete what is older than this date, such as 2026-10-31")
                .with("pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
            .flag("dry_run", "true: count, delete nothing"),
        ],
        output: [
            .text("kind", "what was looked at"), .integer("matched", "records of that age"),
            .integer("deleted", "records deleted"), .flag("dry_run", "whether this was a count only"),
        ],
        annotations: Toolbox.destroys
    ) { desk, request in
        let kind = try request.text("kind")
        let before = try request.text("before")
        let isDryRun = try request.flag("dry_run")
        guard let source = kinds[kind] else { throw Refusal("there is no kind \(kind)") }
        guard before.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}/) != nil else {
            throw Refusal("before must be a date such as 2026-10-31")
        }
        return try await desk.pool.write { db in
            let matched = try Int.fetchOne(db, sql: "SELECT count(*) FROM \(source)", arguments: [before]) ?? 0
            if !isDryRun { try db.execute(sql: "DELETE FROM \(source)", arguments: [before]) }
            return [
                "kind": JSONValue(kind), "matched": JSONValue(matched), "deleted": JSONValue(isDryRun ? 0 : matched),
                "dry_run": .bool(isDryRun),
            ]
        }
    }
}
