package import BallastCore
package import BallastRuntime

extension SQLiteRunStore: RunStore {
    package func entries(
        of run: RunID, after: Int64, limit: Int, scope: TenantScope
    ) async throws(StoreError) -> [JournalEntry] {
        try await read { session throws(SQLiteFailure) in
            guard let number = try session.number(of: run, scope) else { return [] }
            let statement = try session.statement(JournalSegment.query)
            return try JournalSegment.collect(statement, run: number, after: after, limit: limit)
        }
    }

    package func bodies(_ names: [Digest], scope: TenantScope) async throws(StoreError) -> [Digest: SealedBytes] {
        guard let tenant = try await tenantNumber(of: scope) else { return [:] }
        // Before the transaction that reads begins: a body that leaves the recent ones is in the index by then.
        let recent = recentBodies(names, tenant: tenant)
        return try await read { session throws(SQLiteFailure) in
            var found: [Digest: SealedBytes] = [:]
            for name in names {
                if let id = recent[name] { found[name] = try session.recentBody(name, id: id, tenant: tenant) }
                if found[name] == nil { found[name] = try session.indexedBody(name, tenant: tenant) }
            }
            return found
        }
    }

    package func header(of run: RunID, scope: TenantScope) async throws(StoreError) -> RunHeader? {
        try await read { session throws(SQLiteFailure) in
            try session.statement(
                """
                SELECT \(RunHeader.columns) FROM runs JOIN tenants ON tenants.no = runs.tenant
                WHERE runs.id = ?1 AND tenants.name = ?2
                """
            ).first(run, scope.tenant.name) { row throws(SQLiteFailure) in try RunHeader(row) }
        }
    }

    package func headers(
        matching filter: RunFilter, limit: Int, before: RunID?, scope: TenantScope
    ) async throws(StoreError) -> [RunHeader] {
        try await read { session throws(SQLiteFailure) in
            guard limit > 0, let tenant = try session.number(of: scope) else { return [] }
            return try session.statement(filter.query(isPage: before != nil)).all(
                tenant, before, filter.agent, filter.principal?.name, filter.conversation, limit
            ) { row throws(SQLiteFailure) in try RunHeader(row) }
        }
    }

    package func inbox(of run: RunID, limit: Int, scope: TenantScope) async throws(StoreError) -> [InboxItem] {
        try await read { session throws(SQLiteFailure) in
            guard let number = try session.number(of: run, scope) else { return [] }
            return try session.statement(
                "SELECT \(InboxItem.columns) FROM inbox WHERE run = ?1 AND consumed = 0 ORDER BY no LIMIT ?2"
            ).all(number, max(0, limit)) { row throws(SQLiteFailure) in try InboxItem(row, run: run) }
        }
    }

    package func runnable(now: Timestamp, limit: Int) async throws(StoreError) -> [RunID] {
        try await read { session throws(SQLiteFailure) in
            try session.statement("SELECT id FROM runs WHERE wake <= ?1 ORDER BY wake, id LIMIT ?2")
                .all(now, max(0, limit)) { row throws(SQLiteFailure) in try row.id(0) }
        }
    }

    package func runs(in status: RunStatus, limit: Int) async throws(StoreError) -> [RunID] {
        try await read { session throws(SQLiteFailure) in
            let source = status.isTerminal ? "runs WHERE" : "runs INDEXED BY runs_active WHERE status < 8 AND"
            return try session.statement("SELECT id FROM \(source) status = ?1 ORDER BY id LIMIT ?2")
                .all(status.rawValue, max(0, limit)) { row throws(SQLiteFailure) in try row.id(0) }
        }
    }

    package func nextTimer() async throws(StoreError) -> Timestamp? {
        try await read { session throws(SQLiteFailure) in
            try session.statement("SELECT due FROM timers ORDER BY due LIMIT 1").first { $0.moment(0) }
        }
    }

    package func marks(
        of keys: Set<[UInt8]>, scope: TenantScope
    ) async throws(StoreError) -> [[UInt8]: WrittenMark.Marks] {
        guard !keys.isEmpty else { return [:] }
        return try await readHere { session throws(SQLiteFailure) in
            guard let tenant = try session.number(of: scope),
                try session.statement("SELECT 1 FROM written_marks WHERE tenant = ?1 LIMIT 1").first(
                    tenant, read: { _ in true })
                    == true
            else { return [:] }
            let lengths = StoreRules.markLengths
            let statement = try session.statement(
                "SELECT marks FROM written_marks WHERE tenant = ?1 AND key IN (?2, ?3, ?4)")
            var found: [[UInt8]: WrittenMark.Marks] = [:]
            for key in keys {
                let marks = try statement.all(
                    tenant, Array(key.prefix(lengths[0])), Array(key.prefix(lengths[1])), Array(key.prefix(lengths[2]))
                ) { WrittenMark.Marks(rawValue: UInt8(truncatingIfNeeded: $0.integer(0))) }
                if !marks.isEmpty { found[key] = marks.reduce([]) { $0.union($1) } }
            }
            return found
        }
    }

    package func balance(of key: LimitKey, scope: TenantScope) async throws(StoreError) -> LimitBalance {
        try await readHere { session throws(SQLiteFailure) in
            guard let tenant = try session.number(of: scope) else { return LimitBalance(used: 0, reserved: 0) }
            let balance = try session.statement(WriteQuery.limit.sql).first(tenant, key.name, key.window) {
                LimitBalance(used: $0.integer(0), reserved: $0.integer(1))
            }
            return balance ?? LimitBalance(used: 0, reserved: 0)
        }
    }

    package func activeRun(of conversation: ConversationID, scope: TenantScope) async throws(StoreError) -> RunID? {
        try await readHere { session throws(SQLiteFailure) in
            guard let tenant = try session.number(of: scope) else { return nil }
            return try session.statement(WriteQuery.activeRun.sql).first(tenant, conversation) {
                row throws(SQLiteFailure) in try row.id(0)
            }
        }
    }
}

extension ReadSession {
    /// The tenant's number; nil when it has never written.
    func number(of scope: TenantScope) throws(SQLiteFailure) -> Int64? {
        try statement(WriteQuery.tenant.sql).first(scope.tenant.name) { $0.integer(0) }
    }

    /// The body among those found that has this name; a damaged one has none.
    private func body(
        _ name: Digest, _ sql: String, _ first: Int64, _ second: Int64
    ) throws(SQLiteFailure) -> SealedBytes? {
        let found = try statement(sql).all(first, second) { SealedBytes($0) }
        return found.first { Digest.sha256($0.bytes) == name }
    }

    func recentBody(_ name: Digest, id: Int64, tenant: Int64) throws(SQLiteFailure) -> SealedBytes? {
        try body(name, "SELECT key_id, bytes FROM bodies WHERE id = ?1 AND tenant = ?2", id, tenant)
    }

    /// The index has only a part of the name, so it may give several.
    func indexedBody(_ name: Digest, tenant: Int64) throws(SQLiteFailure) -> SealedBytes? {
        let sql = """
            SELECT bodies.key_id, bodies.bytes FROM body_names JOIN bodies ON bodies.id = body_names.body
            WHERE body_names.tenant = ?1 AND body_names.prefix = ?2
            """
        return try body(name, sql, tenant, BodyName(name, tenant: tenant).prefix)
    }

    /// The run's number, if it is the scope's.
    func number(of run: RunID, _ scope: TenantScope) throws(SQLiteFailure) -> Int64? {
        try statement(
            "SELECT runs.no FROM runs JOIN tenants ON tenants.no = runs.tenant WHERE runs.id = ?1 AND tenants.name = ?2"
        ).first(run, scope.tenant.name) { $0.integer(0) }
    }
}

extension SealedBytes {
    fileprivate init(_ row: Statement) {
        self.init(keyID: UInt32(truncatingIfNeeded: row.integer(0)), bytes: row.bytes(1))
    }
}

extension RunFilter {
    /// Parameters: tenant, before, agent, principal, conversation, limit. Only conditions that are asked for are
    /// written, so that each combination uses the index made for it.
    fileprivate func query(isPage: Bool) -> String {
        var conditions = ["runs.tenant = ?1"]
        if isPage { conditions.append("runs.id < ?2") }
        var source = "runs"
        if !statuses.isEmpty {
            let values = statuses.map(\.rawValue).sorted().map { "\($0)" }.joined(separator: ", ")
            conditions.append("runs.status IN (\(values))")
            // Active runs are few; without a word SQLite would rather walk all runs in order than sort these.
            if statuses.allSatisfy({ !$0.isTerminal }) {
                source = "runs INDEXED BY runs_active"
                conditions.append("runs.status < 8")
            }
        }
        if agent != nil { conditions.append("runs.agent = ?3") }
        if principal != nil { conditions.append("runs.principal = ?4") }
        if conversation != nil { conditions.append("runs.conversation = ?5") }
        return """
            SELECT \(RunHeader.columns) FROM \(source) JOIN tenants ON tenants.no = runs.tenant
            WHERE \(conditions.joined(separator: " AND ")) ORDER BY runs.id DESC LIMIT ?6
            """
    }
}
