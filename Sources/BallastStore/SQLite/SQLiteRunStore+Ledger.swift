package import BallastCore
package import BallastRuntime

// Reading effects, approvals and what administration keeps.
extension SQLiteRunStore {
    package func effects(
        matching filter: EffectFilter, limit: Int, scope: TenantScope
    ) async throws(StoreError) -> [EffectRecord] {
        try await read { session throws(SQLiteFailure) in
            guard limit > 0, let tenant = try session.number(of: scope) else { return [] }
            var keys: (first: Int64, last: Int64) = (0, .max)
            if let run = filter.run ?? filter.id?.run {
                guard let number = try session.number(of: run, scope), filter.id.map({ $0.run == run }) != false else {
                    return []
                }
                keys = RunRowKey.all(of: number)
                if let id = filter.id {
                    let key = RunRowKey.of(run: number, ordinal: id.ordinal)
                    keys = (key, key)
                }
            }
            if let before = filter.before {
                guard let number = try session.number(of: before.run, scope) else { return [] }
                keys.last = min(keys.last, RunRowKey.of(run: number, ordinal: before.ordinal) - 1)
            }
            return try session.statement(filter.query).all(tenant, keys.first, keys.last, limit) {
                row throws(SQLiteFailure) in try EffectRecord(row)
            }
        }
    }

    package func standingEffect(
        against effect: EffectRecord, scope: TenantScope
    ) async throws(StoreError) -> EffectRecord? {
        try await readHere { session throws(SQLiteFailure) in
            guard let tenant = try session.number(of: scope) else { return nil }
            let run =
                try session.statement("SELECT no FROM runs WHERE id = ?1").first(effect.id.run) { $0.integer(0) } ?? 0
            return try session.statement(EffectRecord.standing(EffectRecord.columns)).first(
                tenant, effect.businessKey, effect.tool, RunRowKey.of(run: run, ordinal: effect.id.ordinal), run
            ) { row throws(SQLiteFailure) in try EffectRecord(row) }
        }
    }

    package func approvals(
        status: ApprovalStatus?, limit: Int, after: ApprovalPlace?, scope: TenantScope
    ) async throws(StoreError) -> [ApprovalRecord] {
        try await read { session throws(SQLiteFailure) in
            guard limit > 0, let tenant = try session.number(of: scope) else { return [] }
            var last: (at: Int64, key: Int64) = (.max, .max)
            if let after {
                guard let number = try session.number(of: after.id.run, scope) else { return [] }
                last = (after.requestedAt.milliseconds, RunRowKey.of(run: number, ordinal: after.id.ordinal))
            }
            func list(_ condition: String, _ limit: Int, isAfter: Bool) throws(SQLiteFailure) -> [ApprovalRecord] {
                try session.statement(
                    """
                    SELECT \(ApprovalRecord.columns) FROM approvals JOIN runs ON runs.no = approvals.id >> 32
                    WHERE approvals.tenant = ?1 AND approvals.status \(condition)
                        AND (approvals.requested_at, approvals.id) < (?3, ?4)
                    ORDER BY approvals.requested_at DESC, approvals.id DESC LIMIT ?2
                    """
                ).all(tenant, limit, isAfter ? last.at : Int64.max, isAfter ? last.key : Int64.max) {
                    row throws(SQLiteFailure) in try ApprovalRecord(row)
                }
            }
            let isPastPending = after.map { !$0.isPending } ?? false
            if let status {
                return try list("= \(status.rawValue)", limit, isAfter: (status == .pending) != isPastPending)
            }
            let pending =
                isPastPending ? [] : try list("= \(ApprovalStatus.pending.rawValue)", limit, isAfter: true)
            let decided = try list(
                "<> \(ApprovalStatus.pending.rawValue)", limit - pending.count, isAfter: isPastPending)
            return pending + decided
        }
    }

    package func approval(_ id: ApprovalID, scope: TenantScope) async throws(StoreError) -> ApprovalRecord? {
        try await read { session throws(SQLiteFailure) in
            guard let number = try session.number(of: id.run, scope) else { return nil }
            return try session.statement(
                """
                SELECT \(ApprovalRecord.columns) FROM approvals JOIN runs ON runs.no = approvals.id >> 32
                WHERE approvals.id = ?1
                """
            ).first(RunRowKey.of(run: number, ordinal: id.ordinal)) { row throws(SQLiteFailure) in
                try ApprovalRecord(row)
            }
        }
    }

    package func haltsInForce() async throws(StoreError) -> [HaltRecord] {
        try await read { session throws(SQLiteFailure) in
            try session.statement("SELECT \(HaltRecord.columns) FROM halts WHERE ended_at IS NULL ORDER BY id")
                .all { row throws(SQLiteFailure) in try HaltRecord(row) }
        }
    }

    package func trustRecords() async throws(StoreError) -> [TrustRecord] {
        try await read { session throws(SQLiteFailure) in
            try session.statement("SELECT \(TrustRecord.columns) FROM trust ORDER BY no")
                .all { row throws(SQLiteFailure) in try TrustRecord(row) }
        }
    }

    package func epochs() async throws(StoreError) -> [HaltScope: Int64] {
        try await read { session throws(SQLiteFailure) in
            let rows = try session.statement(WriteQuery.epochs.sql).all { row throws(SQLiteFailure) in
                (try row.haltScope(0), row.integer(1))
            }
            return Dictionary(rows) { $1 }
        }
    }

    package func pins(scope: TenantScope) async throws(StoreError) -> [String: ToolPin] {
        try await read { session throws(SQLiteFailure) in
            guard let tenant = try session.number(of: scope) else { return [:] }
            let pins = try session.statement("SELECT \(ToolPin.columns) FROM pins WHERE tenant = ?1")
                .all(tenant) { row throws(SQLiteFailure) in try ToolPin(row) }
            return Dictionary(pins.map { ($0.tool, $0) }) { $1 }
        }
    }

    package func dataKeys(scope: TenantScope) async throws(StoreError) -> [WrappedKey] {
        try await read { session throws(SQLiteFailure) in
            guard let tenant = try session.number(of: scope) else { return [] }
            return try session.statement("SELECT \(WrappedKey.columns) FROM data_keys WHERE tenant = ?1 ORDER BY no")
                .all(tenant) { WrappedKey($0) }
        }
    }

    package func apiKeys() async throws(StoreError) -> [APIKeyRecord] {
        try await read { session throws(SQLiteFailure) in
            try session.statement("SELECT \(APIKeyRecord.columns) FROM api_keys ORDER BY id")
                .all { row throws(SQLiteFailure) in try APIKeyRecord(row) }
        }
    }
}

extension EffectFilter {
    /// Parameters: tenant, first and last key, limit. Open states have an index of their own.
    fileprivate var query: String {
        var conditions = ["effects.tenant = ?1", "effects.id BETWEEN ?2 AND ?3"]
        if !states.isEmpty {
            let values = states.map(\.rawValue).sorted().map { "\($0)" }.joined(separator: ", ")
            conditions.append("effects.state IN (\(values))")
            if states.allSatisfy(\.isOpen) { conditions.append("effects.standing = 1") }
        }
        return """
            SELECT \(EffectRecord.columns) FROM effects JOIN runs ON runs.no = effects.id >> 32
            WHERE \(conditions.joined(separator: " AND ")) ORDER BY effects.id DESC LIMIT ?4
            """
    }
}
