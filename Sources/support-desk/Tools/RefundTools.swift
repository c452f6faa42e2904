import BallastCore
import BallastWire
import GRDB

/// Giving money back, finding out whether it was given, and taking it back again.
enum RefundTools {
    static let all = [issueRefund, findRefund, voidRefund]

    private static let refundFields: [Field] = [
        .text("refund_id", "the refund"), .text("order_id", "the order it is for"),
        .integer("amount", "minor units"), .text("currency", "ISO 4217"),
        .choice("status", "whether it stands", of: ["issued", "voided"]),
    ]

    private static let issueRefund = ToolEntry(
        "issue_refund",
        "Refund part or all of an order. Repeating a call with the same key in _meta \(MCPMetaKey.idempotencyKey) "
            + "returns the first refund and changes nothing; without a key each call is a new refund.",
        input: [
            .text("order_id", "an order such as O-1001"),
            .integer("amount", "how much to refund, in cents: the dollars asked for, times 100").with("minimum", 1),
            .text("reason", "why, in the customer's words", isRequired: false),
        ],
        output: refundFields, annotations: Toolbox.destroys
    ) { desk, request in
        let order = try request.text("order_id")
        let amount = try request.integer("amount")
        let reason = try request.optionalText("reason") ?? ""
        guard amount > 0 else { throw Refusal("amount must be at least 1") }
        return try await desk.pool.write { db in
            if let key = request.deduplicationKey, let first = try Refund.find(key: key, in: db) {
                guard first.orderID == order, first.amount == amount else {
                    throw Refusal("this idempotency key belongs to another refund, \(first.id)")
                }
                return first.json
            }
            try checkRoom(for: amount, on: order, in: db)
            try db.execute(
                sql: "INSERT INTO refunds (order_id, amount, reason, key, at) VALUES (?, ?, ?, ?, ?)",
                arguments: [order, amount, reason, request.key, Desk.now])
            return try Refund.find(number: db.lastInsertedRowID, in: db)?.json ?? .null
        }
    }

    private static func checkRoom(for amount: Int64, on id: String, in db: Database) throws {
        guard let order = try Order.find(id, in: db) else { throw Refusal("there is no order \(id)") }
        let left = order.totalCents - order.refundedCents
        guard amount <= left else {
            throw Refusal("of order \(id) only \(left) minor units of \(order.currency) are left to refund")
        }
    }

    private static let findRefund = ToolEntry(
        "find_refund", "Find out whether a refund was issued under an idempotency key.",
        input: [.text("key", "the idempotency key of the call")],
        output: [.flag("found", "whether there is one")] + refundFields.map(\.optional), annotations: Toolbox.readOnly
    ) { desk, request in
        let key = try request.text("key")
        return try await desk.pool.read { db in
            guard let refund = try Refund.find(key: key, in: db) else { return ["found": false] }
            return .object(JSONObject([JSONMember("found", true)] + (refund.json.object?.members ?? [])))
        }
    }

    private static let voidRefund = ToolEntry(
        "void_refund", "Take a refund back. Voiding it again changes nothing.",
        input: [.text("refund_id", "a refund such as R-1")], output: refundFields, annotations: Toolbox.addsOnce
    ) { desk, request in
        let id = try request.text("refund_id")
        return try await desk.pool.write { db in
            guard id.hasPrefix("R-"), let number = Int64(id.dropFirst(2)),
                try Refund.find(number: number, in: db) != nil
            else { throw Refusal("there is no refund \(id)") }
            try db.execute(
                sql: "UPDATE refunds SET voided_at = ? WHERE number = ? AND voided_at IS NULL",
                arguments: [Desk.now, number])
            return try Refund.find(number: number, in: db)?.json ?? .null
        }
    }
}

extension Field {
    fileprivate var optional: Field { Field(name: name, schema: schema, isRequired: false) }
}

/// One refund as the tools show it.
struct Refund {
    let id: String
    let orderID: String
    let amount: Int64
    let json: JSONValue

    private static let sql = "SELECT refunds.*, currency FROM refunds JOIN orders ON orders.id = order_id"

    static func find(key: String, in db: Database) throws -> Refund? {
        try Row.fetchOne(db, sql: sql + " WHERE key = ? ORDER BY number LIMIT 1", arguments: [key]).map(Refund.init)
    }

    static func find(number: Int64, in db: Database) throws -> Refund? {
        try Row.fetchOne(db, sql: sql + " WHERE number = ?", arguments: [number]).map(Refund.init)
    }

    private init(_ row: Row) {
        id = "R-\(row["number"] as Int64)"
        orderID = row["order_id"]
        amount = row["amount"]
        let isVoided = (row["voided_at"] as Int64?) != nil
        json = [
            "refund_id": JSONValue(id), "order_id": JSONValue(orderID), "amount": JSONValue(amount),
            "currency": JSONValue(row["currency"] as String), "status": isVoided ? "voided" : "issued",
        ]
    }
}
