extension Schema {
    /// How far agents are trusted with tools: one row a change, in the order of commits, never changed. kind: 0 raised,
    /// 1 lowered, 2 incident, 3 drifted. level: 0 draft, 1 confirm, 2 allow.
    static let version4 = """
        CREATE TABLE trust (
            no INTEGER PRIMARY KEY,
            tenant TEXT NOT NULL,
            agent TEXT NOT NULL,
            tool TEXT NOT NULL,
            kind INTEGER NOT NULL,
            level INTEGER NOT NULL,
            changed_by TEXT NOT NULL,
            reason TEXT NOT NULL,
            evidence TEXT NOT NULL,
            basis BLOB NOT NULL,
            effect TEXT,
            changed_at INTEGER NOT NULL
        ) STRICT;
        """
}
