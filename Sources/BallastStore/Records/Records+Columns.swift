import BallastCore
import BallastRuntime

// How the values of the contract lie in columns. Each `columns` names what its reader reads, in order.

extension RunHeader {
    static let columns = """
        runs.id, tenants.name, runs.status, runs.agent, runs.principal, runs.conversation, runs.parent,
        runs.created_at, runs.updated_at, runs.last_sequence, runs.steps, runs.tokens, runs.microdollars,
        runs.claim_attempts, runs.task
        """

    init(_ row: Statement) throws(SQLiteFailure) {
        self.init(
            run: try row.id(0), tenant: TenantID(row.text(1)), status: try row.value(2, "run status"),
            agent: row.text(3), principal: Principal(row.text(4)), conversation: try row.id(5),
            parent: try row.action(6), createdAt: row.moment(7), updatedAt: row.moment(8),
            lastSequence: row.integer(9), steps: Int(row.integer(10)), tokens: row.integer(11),
            microdollars: row.integer(12), claimAttempts: Int(row.integer(13)), task: try row.optionalBody(14))
    }
}

extension EffectRecord {
    static let columns = """
        runs.id, effects.id, effects.tool, effects.state, effects.repeatable, effects.business_key, effects.declared,
        effects.started_at, effects.updated_at
        """

    static let upsert = """
        INSERT INTO effects (id, tenant, tool, state, repeatable, business_key, declared, standing, started_at,
            updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
        ON CONFLICT (id) DO UPDATE SET state = excluded.state, standing = excluded.standing,
            updated_at = excluded.updated_at
        """

    /// An effect of another run becomes something that is not open.
    static let amendment = """
        UPDATE effects SET state = ?3, updated_at = ?4,
            standing = CASE WHEN ?3 = \(EffectState.settled.rawValue) AND declared THEN 2 END
        WHERE tenant = ?1 AND id = ?2
        """

    /// The effect that bars another (`EffectRecord.bars`), given tenant, business key, tool, and the other's row and run.
    static func standing(_ columns: String) -> String {
        """
        SELECT \(columns) FROM effects JOIN runs ON runs.no = effects.id >> 32
        WHERE effects.tenant = ?1 AND effects.standing IN (1, 2) AND effects.business_key = ?2 AND effects.tool = ?3
            AND effects.id <> ?4
            AND (effects.state = \(EffectState.inDoubt.rawValue) OR effects.declared OR effects.id >> 32 = ?5)
        ORDER BY effects.standing, effects.id DESC LIMIT 1
        """
    }

    init(_ row: Statement) throws(SQLiteFailure) {
        self.init(
            id: EffectID(run: try row.id(0), ordinal: UInt32(truncatingIfNeeded: row.integer(1))), tool: row.text(2),
            state: try row.value(3, "effect state"), repeatability: Repeatability(stored: row.integer(4)),
            businessKey: row.bytes(5), isBusinessKeyDeclared: row.flag(6), startedAt: row.moment(7),
            updatedAt: row.moment(8))
    }

    /// The column by which open and standing effects are found; nil for all others, which no index holds.
    var standing: Int64? { state.isOpen ? 1 : isStanding ? 2 : nil }
}

extension Repeatability {
    init(stored: Int64) {
        switch stored {
        case -1: self = .naturally
        case 0...: self = .byKey(milliseconds: stored)
        default: self = .never
        }
    }

    var stored: Int64 {
        switch self {
        case .never: -2
        case .naturally: -1
        case .byKey(let milliseconds): max(0, milliseconds)
        }
    }
}

extension ApprovalRecord {
    static let columns = """
        runs.id, approvals.id, approvals.action, approvals.gate, approvals.status, approvals.tool, approvals.agent,
        approvals.principal, approvals.reviewers, approvals.requested_at, approvals.expires_at, approvals.review,
        approvals.binding, approvals.decided_by, approvals.decided_at
        """

    static let upsert = """
        INSERT INTO approvals (id, tenant, action, gate, status, tool, agent, principal, reviewers, requested_at,
            expires_at, review, binding, decided_by, decided_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
        ON CONFLICT (id) DO UPDATE SET status = excluded.status, decided_by = excluded.decided_by,
            decided_at = excluded.decided_at
        """

    init(_ row: Statement) throws(SQLiteFailure) {
        let run: RunID = try row.id(0)
        self.init(
            id: ApprovalID(run: run, ordinal: UInt32(truncatingIfNeeded: row.integer(1))),
            action: ActionID(run: run, ordinal: UInt32(truncatingIfNeeded: row.integer(2))),
            gate: try row.value(3, "gate"), status: try row.value(4, "approval status"), tool: row.text(5),
            agent: row.text(6), principal: Principal(row.text(7)), group: row.optionalText(8),
            requestedAt: row.moment(9), expiresAt: row.moment(10), review: try row.body(11),
            binding: try row.digest(12), decidedBy: row.optionalText(13).map { Principal($0) },
            decidedAt: row.optionalMoment(14))
    }
}

extension InboxItem {
    /// The run is not read: it is what the query asked for.
    static let columns = "id, unique_key, kind, payload, received_at"

    init(_ row: Statement, run: RunID) throws(SQLiteFailure) {
        self.init(
            id: try row.id(0), run: run, uniqueKey: row.text(1), kind: row.text(2), payload: row.bytes(3),
            receivedAt: row.moment(4))
    }
}

extension HaltRecord {
    static let columns = "id, scope, reason, halted_by, halted_at, ended_by, ended_reason, ended_at"

    init(_ row: Statement) throws(SQLiteFailure) {
        self.init(
            id: try row.id(0), scope: try row.haltScope(1), reason: row.text(2), by: Principal(row.text(3)),
            at: row.moment(4), endedBy: row.optionalText(5).map { Principal($0) }, endedReason: row.optionalText(6),
            endedAt: row.optionalMoment(7))
    }
}

extension TrustRecord {
    static let columns =
        "tenant, agent, tool, kind, level, changed_by, reason, evidence, basis, effect, changed_at"

    init(_ row: Statement) throws(SQLiteFailure) {
        let effect = row.optionalText(9)
        let read = effect.flatMap { try? EffectID(parsing: $0) }
        guard (effect == nil) == (read == nil) else { throw .damaged("a malformed effect of a trust record") }
        self.init(
            tenant: TenantID(row.text(0)), agent: row.text(1), tool: row.text(2),
            kind: try row.value(3, "kind of trust record"), level: try row.value(4, "level of autonomy"),
            by: Principal(row.text(5)), reason: row.text(6), evidence: row.text(7), basis: row.bytes(8), effect: read,
            at: row.moment(10))
    }
}

extension ToolPin {
    static let columns = "tool, hash, accepted_by, accepted_at, definition"

    init(_ row: Statement) throws(SQLiteFailure) {
        self.init(
            tool: row.text(0), hash: try row.digest(1), acceptedBy: Principal(row.text(2)), acceptedAt: row.moment(3),
            definition: row.text(4))
    }
}

extension WrappedKey {
    static let columns = "key_id, sealed, created_at"

    init(_ row: Statement) {
        self.init(
            id: UInt32(truncatingIfNeeded: row.integer(0)), sealed: row.bytes(1), createdAt: row.moment(2))
    }
}

extension APIKeyRecord {
    static let columns = "id, secret_hash, name, tenant, principal, scopes, created_at, revoked_at"

    static let upsert = """
        INSERT INTO api_keys (id, secret_hash, name, tenant, principal, scopes, created_at, revoked_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO UPDATE SET secret_hash = excluded.secret_hash,
            name = excluded.name, tenant = excluded.tenant, principal = excluded.principal, scopes = excluded.scopes,
            created_at = excluded.created_at, revoked_at = excluded.revoked_at
        """

    init(_ row: Statement) throws(SQLiteFailure) {
        self.init(
            id: try row.id(0), secretHash: try row.digest(1), name: row.text(2), tenant: TenantID(row.text(3)),
            principal: Principal(row.text(4)), scopes: row.text(5).split(separator: " ").map(String.init),
            createdAt: row.moment(6), revokedAt: row.optionalMoment(7))
    }
}
