/// The tables. Money is in integer minor units; moments are UTC milliseconds, or a date where people wrote them.
enum DeskSchema {
    static let sql = """
        CREATE TABLE customers (
            id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, since TEXT NOT NULL) STRICT;
        CREATE TABLE orders (
            id TEXT PRIMARY KEY, customer_id TEXT NOT NULL, status TEXT NOT NULL, item TEXT NOT NULL,
            currency TEXT NOT NULL, total_cents INTEGER NOT NULL, placed_on TEXT NOT NULL) STRICT;
        CREATE INDEX orders_by_customer ON orders (customer_id);
        CREATE TABLE refunds (
            number INTEGER PRIMARY KEY, order_id TEXT NOT NULL, amount INTEGER NOT NULL CHECK (amount > 0),
            reason TEXT NOT NULL, key TEXT, at INTEGER NOT NULL, voided_at INTEGER) STRICT;
        CREATE INDEX refunds_by_order ON refunds (order_id);
        CREATE INDEX refunds_by_key ON refunds (key);
        CREATE TABLE emails (
            id TEXT PRIMARY KEY, sender TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL,
            received_on TEXT NOT NULL) STRICT;
        CREATE TABLE tickets (
            id TEXT PRIMARY KEY, customer_id TEXT NOT NULL, subject TEXT NOT NULL, state TEXT NOT NULL,
            updated_on TEXT NOT NULL) STRICT;
        CREATE TABLE ticket_tags (
            ticket_id TEXT NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (ticket_id, tag)) STRICT, WITHOUT ROWID;
        CREATE TABLE drafts (
            number INTEGER PRIMARY KEY, ticket_id TEXT NOT NULL, body TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
        CREATE TABLE outbox (
            number INTEGER PRIMARY KEY, recipient TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL,
            key TEXT, at INTEGER NOT NULL) STRICT;
        CREATE TABLE calls (
            number INTEGER PRIMARY KEY, tool TEXT NOT NULL, arguments TEXT NOT NULL, key TEXT, at INTEGER NOT NULL,
            pid INTEGER NOT NULL) STRICT;
        """
}
