import BallastCore
import GRDB

/// The tickets of the desk.
enum TicketTools {
    static let all = [listTickets, tagTicket, draftReply]

    private static let ticketFields: [Field] = [
        .text("id", "the ticket"), .text("customer_id", "whose it is"), .text("subject", "what it is about"),
        .choice("state", "where it stands", of: ["open", "pending", "closed"]),
        .list("tags", of: ["type": "string"]), .text("updated_on", "date of the last change"),
    ]

    private static let listTickets = ToolEntry(
        "list_tickets", "List tickets, by default all that are not closed.",
        input: [
            .choice("state", "only these", of: ["open", "pending", "closed"], isRequired: false),
            .text("customer_id", "only of this customer", isRequired: false),
        ],
        output: [.list("tickets", of: Field.object(ticketFields))], annotations: Toolbox.readOnly
    ) { desk, request in
        let state = try request.optionalText("state")
        let customer = try request.optionalText("customer_id")
        return try await desk.pool.read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM tickets WHERE (?1 IS NULL AND state <> 'closed' OR state = ?1)
                        AND (?2 IS NULL OR customer_id = ?2) ORDER BY updated_on DESC, id
                    """, arguments: [state, customer])
            return ["tickets": .array(try rows.map { try ticket($0, in: db) })]
        }
    }

    private static func ticket(_ row: Row, in db: Database) throws -> JSONValue {
        var object: JSONObject = [:]
        for name in ["id", "customer_id", "subject", "state", "updated_on"] {
            object[JSONString(name)] = JSONValue(row[name] as String)
        }
        object["tags"] = try tags(of: row["id"], in: db)
        return .object(object)
    }

    private static func tags(of ticket: String, in db: Database) throws -> JSONValue {
        let tags = try String.fetchAll(
            db, sql: "SELECT tag FROM ticket_tags WHERE ticket_id = ? ORDER BY tag", arguments: [ticket])
        return .array(tags.map { JSONValue($0) })
    }

    private static let tagTicket = ToolEntry(
        "tag_ticket", "Put a tag on a ticket. Putting it there again changes nothing.",
        input: [
            .text("ticket_id", "a ticket such as T-1"),
            .text("tag", "a word in lower case").with("pattern", "^[a-z][a-z0-9-]{0,31}$"),
        ],
        output: [.text("id", "the ticket"), .list("tags", of: ["type": "string"])], annotations: Toolbox.addsOnce
    ) { desk, request in
        let id = try request.text("ticket_id")
        let tag = try request.text("tag")
        guard tag.wholeMatch(of: /[a-z][a-z0-9-]{0,31}/) != nil else {
            throw Refusal("a tag is a word of at most 32 lower-case letters, digits and hyphens")
        }
        return try await desk.pool.write { db in
            try check(id, in: db)
            try db.execute(
                sql: "INSERT OR IGNORE INTO ticket_tags (ticket_id, tag) VALUES (?, ?)", arguments: [id, tag])
            return ["id": JSONValue(id), "tags": try tags(of: id, in: db)]
        }
    }

    private static let draftReply = ToolEntry(
        "draft_reply", "Keep a draft of a reply with a ticket. Nothing is sent.",
        input: [.text("ticket_id", "a ticket such as T-1"), .text("body", "plain text")],
        output: [.text("draft_id", "the draft"), .text("ticket_id", "its ticket")], annotations: Toolbox.adds
    ) { desk, request in
        let id = try request.text("ticket_id")
        let body = try request.text("body")
        return try await desk.pool.write { db in
            try check(id, in: db)
            try db.execute(
                sql: "INSERT INTO drafts (ticket_id, body, at) VALUES (?, ?, ?)", arguments: [id, body, Desk.now])
            return ["draft_id": JSONValue("D-\(db.lastInsertedRowID)"), "ticket_id": JSONValue(id)]
        }
    }

    private static func check(_ ticket: String, in db: Database) throws {
        guard try Bool.fetchOne(db, sql: "SELECT 1 FROM tickets WHERE id = ?", arguments: [ticket]) == true else {
            throw Refusal("there is no ticket \(ticket)")
        }
    }
}
