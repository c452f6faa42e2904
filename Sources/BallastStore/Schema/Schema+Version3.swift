extension Schema {
    /// What runs wrote after they had read untrusted text, by keyed digests: the newest whole, older ones by their first
    /// bytes. `no` is the order of arrival. It takes the place of a table that nothing was ever written to.
    static let version3 = """
        DROP TABLE IF EXISTS object_labels;

        CREATE TABLE written_marks (
            no INTEGER PRIMARY KEY,
            tenant INTEGER NOT NULL,
            key BLOB NOT NULL,
            marks INTEGER NOT NULL,
            UNIQUE (tenant, key)
        ) STRICT;
        """
}
