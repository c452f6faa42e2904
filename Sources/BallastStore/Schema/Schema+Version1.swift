extension Schema {
    /// Rows name tenants and runs by small integers: an identifier of sixteen bytes in every row and index would cost
    /// a tenth of the file. Times are UTC milliseconds.
    static let version1 = """
        CREATE TABLE tenants (
            no INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE
        ) STRICT;

        -- One row a run. Appends update only columns that no index names, unless the run's status or wake changes.
        CREATE TABLE runs (
            no INTEGER PRIMARY KEY,
            id BLOB NOT NULL UNIQUE,
            tenant INTEGER NOT NULL,
            status INTEGER NOT NULL,
            agent TEXT NOT NULL,
            principal TEXT NOT NULL,
            conversation BLOB NOT NULL,
            parent BLOB,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            last_sequence INTEGER NOT NULL,
            steps INTEGER NOT NULL,
            tokens INTEGER NOT NULL,
            microdollars INTEGER NOT NULL,
            claim_attempts INTEGER NOT NULL,
            task BLOB,
            fence INTEGER NOT NULL,
            owner TEXT,
            lease_until INTEGER,
            -- Since when the status lets the run move by itself.
            moving_since INTEGER,
            -- From when the run is runnable; null while nothing makes it move.
            wake INTEGER
        ) STRICT;
        CREATE INDEX runs_by_tenant ON runs (tenant, id);
        CREATE INDEX runs_by_principal ON runs (tenant, principal, id);
        CREATE INDEX runs_by_conversation ON runs (tenant, conversation, id);
        CREATE INDEX runs_active ON runs (status, tenant, id) WHERE status < 8;
        CREATE UNIQUE INDEX conversations_active ON runs (tenant, conversation) WHERE status < 8;
        CREATE INDEX runs_by_wake ON runs (wake) WHERE wake IS NOT NULL;

        -- The entries of one append in one row, in the order of commits. leaf_index is the place of the first of them
        -- in the audit log, once the sequencer has assigned it.
        CREATE TABLE journal (
            id INTEGER PRIMARY KEY,
            run INTEGER NOT NULL,
            first INTEGER NOT NULL,
            count INTEGER NOT NULL,
            leaf_index INTEGER,
            entries BLOB NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX journal_by_run ON journal (run, first);

        -- Sealed content. A body's name is the SHA-256 of its bytes.
        CREATE TABLE bodies (
            id INTEGER PRIMARY KEY,
            tenant INTEGER NOT NULL,
            key_id INTEGER NOT NULL,
            bytes BLOB NOT NULL
        ) STRICT;
        -- Bodies by the first 8 bytes of their names. Written in batches: bodies with an id above the value
        -- 'indexed_bodies' of meta are not in it yet.
        CREATE TABLE body_names (
            tenant INTEGER NOT NULL,
            prefix INTEGER NOT NULL,
            body INTEGER NOT NULL,
            PRIMARY KEY (tenant, prefix, body)
        ) STRICT, WITHOUT ROWID;

        -- The ledger. id is run * 2^32 + ordinal. standing: 1 open, 2 settled under a declared business key.
        CREATE TABLE effects (
            id INTEGER PRIMARY KEY,
            tenant INTEGER NOT NULL,
            tool TEXT NOT NULL,
            state INTEGER NOT NULL,
            -- -2 never, -1 naturally, else milliseconds for which the tool deduplicates by key.
            repeatable INTEGER NOT NULL,
            business_key BLOB NOT NULL,
            declared INTEGER NOT NULL,
            standing INTEGER,
            started_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX effects_standing ON effects (tenant, standing, business_key) WHERE standing IS NOT NULL;

        -- id is run * 2^32 + ordinal.
        CREATE TABLE approvals (
            id INTEGER PRIMARY KEY,
            tenant INTEGER NOT NULL,
            action INTEGER NOT NULL,
            gate INTEGER NOT NULL,
            status INTEGER NOT NULL,
            tool TEXT NOT NULL,
            agent TEXT NOT NULL,
            principal TEXT NOT NULL,
            reviewers TEXT,
            requested_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            review BLOB NOT NULL,
            binding BLOB NOT NULL,
            decided_by TEXT,
            decided_at INTEGER
        ) STRICT;
        CREATE INDEX approvals_by_status ON approvals (tenant, status, requested_at);
        CREATE INDEX approvals_by_time ON approvals (tenant, requested_at);

        -- Rows stay after they were consumed: their unique keys must be known for as long as the run.
        CREATE TABLE inbox (
            no INTEGER PRIMARY KEY,
            run INTEGER NOT NULL,
            id BLOB NOT NULL,
            unique_key TEXT NOT NULL,
            kind TEXT NOT NULL,
            payload BLOB NOT NULL,
            received_at INTEGER NOT NULL,
            consumed INTEGER NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX inbox_by_key ON inbox (run, unique_key);
        CREATE INDEX inbox_waiting ON inbox (run) WHERE consumed = 0;

        CREATE TABLE timers (
            run INTEGER NOT NULL,
            kind TEXT NOT NULL,
            due INTEGER NOT NULL,
            PRIMARY KEY (run, kind)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX timers_by_due ON timers (due);

        -- name and the start of the window, or 0 for a total without one.
        CREATE TABLE limits (
            tenant INTEGER NOT NULL,
            name TEXT NOT NULL,
            starts_at INTEGER NOT NULL,
            used INTEGER NOT NULL,
            reserved INTEGER NOT NULL,
            PRIMARY KEY (tenant, name, starts_at)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE object_labels (
            tenant INTEGER NOT NULL,
            tool TEXT NOT NULL,
            kind TEXT NOT NULL,
            object TEXT NOT NULL,
            field TEXT NOT NULL,
            sources INTEGER NOT NULL,
            confidentiality INTEGER NOT NULL,
            PRIMARY KEY (tenant, tool, kind, object, field)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE outbox (
            no INTEGER PRIMARY KEY,
            tenant INTEGER NOT NULL,
            run INTEGER NOT NULL,
            kind TEXT NOT NULL,
            payload BLOB NOT NULL
        ) STRICT;

        -- Scopes as text: everything, tenant:T, agent:A, tool:T, run:R.
        CREATE TABLE halts (
            id BLOB PRIMARY KEY,
            scope TEXT NOT NULL,
            reason TEXT NOT NULL,
            halted_by TEXT NOT NULL,
            halted_at INTEGER NOT NULL,
            ended_by TEXT,
            ended_reason TEXT,
            ended_at INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX halts_in_force ON halts (id) WHERE ended_at IS NULL;
        CREATE TABLE epochs (
            scope TEXT PRIMARY KEY,
            epoch INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE pins (
            tenant INTEGER NOT NULL,
            tool TEXT NOT NULL,
            hash BLOB NOT NULL,
            accepted_by TEXT NOT NULL,
            accepted_at INTEGER NOT NULL,
            PRIMARY KEY (tenant, tool)
        ) STRICT, WITHOUT ROWID;

        -- A key with a principal seals only what is that principal's.
        CREATE TABLE data_keys (
            no INTEGER PRIMARY KEY,
            tenant INTEGER NOT NULL,
            key_id INTEGER NOT NULL,
            principal TEXT,
            sealed BLOB NOT NULL,
            created_at INTEGER NOT NULL,
            UNIQUE (tenant, key_id)
        ) STRICT;

        CREATE TABLE api_keys (
            id BLOB PRIMARY KEY,
            secret_hash BLOB NOT NULL,
            name TEXT NOT NULL,
            tenant TEXT NOT NULL,
            principal TEXT NOT NULL,
            -- Separated by spaces.
            scopes TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            revoked_at INTEGER
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE idempotency_keys (
            no INTEGER PRIMARY KEY,
            caller TEXT NOT NULL,
            route TEXT NOT NULL,
            key TEXT NOT NULL,
            fingerprint BLOB NOT NULL,
            claimed_at INTEGER NOT NULL,
            -- Null until the request was answered.
            status INTEGER,
            answer BLOB,
            UNIQUE (caller, route, key)
        ) STRICT;
        CREATE INDEX idempotency_keys_by_age ON idempotency_keys (claimed_at);

        CREATE TABLE meta (
            key TEXT PRIMARY KEY,
            value INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
}
