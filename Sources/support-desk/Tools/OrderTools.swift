import BallastCore
import GRDB

/// Reading orders.
enum OrderTools {
    static let all = [lookupOrder, listCustomerOrders]

    private static let fields: [Field] = [
        .text("id", "the order"), .text("customer_id", "who ordered"), .text("status", "where the order stands"),
        .text("item", "what was ordered"), .text("currency", "ISO 4217"),
        .integer("total_cents", "the price in minor units"),
        .integer("refunded_cents", "refunded so far, voided refunds left out"),
        .text("placed_on", "the date of the order"),
    ]

    private static let lookupOrder = ToolEntry(
        "lookup_order", "Look up one order by its id.",
        input: [.text("order_id", "an order such as O-1001")], output: fields, annotations: Toolbox.readOnly
    ) { desk, request in
        let id = try request.text("order_id")
        return try await desk.pool.read { db in
            guard let order = try Order.find(id, in: db) else { throw Refusal("there is no order \(id)") }
            return order.json
        }
    }

    private static let listCustomerOrders = ToolEntry(
        "list_customer_orders", "List all orders of one customer, newest first.",
        input: [.text("customer_id", "a customer such as C-7")], output: [.list("orders", of: Field.object(fields))],
        annotations: Toolbox.readOnly
    ) { desk, request in
        let customer = try request.text("customer_id")
        return try await desk.pool.read { db in
            guard try Bool.fetchOne(db, sql: "SELECT 1 FROM customers WHERE id = ?", arguments: [customer]) == true
            else { throw Refusal("there is no customer \(customer)") }
            return ["orders": .array(try Order.all(of: customer, in: db).map(\.json))]
        }
    }
}

/// One order with what has been refunded of it.
struct Order {
    let json: JSONValue
    let totalCents: Int64
    let refundedCents: Int64
    let currency: String

    private static let sql = """
        SELECT *, (SELECT coalesce(sum(amount), 0) FROM refunds WHERE order_id = orders.id AND voided_at IS NULL)
            AS refunded_cents
        FROM orders
        """

    static func find(_ id: String, in db: Database) throws -> Order? {
        try Row.fetchOne(db, sql: sql + " WHERE id = ?", arguments: [id]).map(Order.init)
    }

    static func all(of customer: String, in db: Database) throws -> [Order] {
        try Row.fetchAll(
            db, sql: sql + " WHERE customer_id = ? ORDER BY placed_on DESC, id DESC", arguments: [customer]
        ).map(Order.init)
    }

    private init(_ row: Row) {
        totalCents = row["total_cents"]
        refundedCents = row["refunded_cents"]
        currency = row["currency"]
        var object: JSONObject = [:]
        for name in ["id", "customer_id", "status", "item", "currency"] {
            object[JSONString(name)] = JSONValue(row[name] as String)
        }
        object["total_cents"] = JSONValue(totalCents)
        object["refunded_cents"] = JSONValue(refundedCents)
        object["placed_on"] = JSONValue(row["placed_on"] as String)
        json = .object(object)
    }
}
