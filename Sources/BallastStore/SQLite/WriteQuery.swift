import BallastCore
import BallastRuntime

/// The statements of the writer, compiled once each.
enum WriteQuery: Int, CaseIterable {
    case begin, commit, rollback
    case tenant, insertTenant, epochs, raiseEpoch
    case run, firstInbox, firstTimer, header
    case insertRun, advanceRun, moveRun, setWake, setLease
    case segments, insertSegment, insertBody, lastBody, bodyByName, bodiesAfter, insertBodyName, indexedBodies,
        setIndexedBodies
    case activeRun, limit, setLimit, standing, upsertEffect, amendEffect, upsertApproval
    case inboxRow, inboxByKey, insertInbox, consumeInbox
    case setTimer, clearTimer, clearTimers, dueTimers
    case insertOutbox, mark, lastMark, countMarks, foldMarks, dropFolded
    case insertHalt, halt, endHalt, insertTrust
    case upsertPin, insertDataKey, dataKey, upsertAPIKey
    case idempotencyKey, dropIdempotencyKey, pruneIdempotencyKeys, insertIdempotencyKey, answerIdempotencyKey
    case touch

    var sql: String {
        switch self {
        case .begin: "BEGIN IMMEDIATE"
        case .commit: "COMMIT"
        case .rollback: "ROLLBACK"
        case .tenant: "SELECT no FROM tenants WHERE name = ?1"
        case .insertTenant: "INSERT INTO tenants (name) VALUES (?1)"
        case .epochs: "SELECT scope, epoch FROM epochs"
        case .raiseEpoch:
            "INSERT INTO epochs (scope, epoch) VALUES (?1, 1) ON CONFLICT (scope) DO UPDATE SET epoch = epoch + 1"
        case .touch:
            "INSERT INTO meta (key, value) VALUES ('checks', 1) ON CONFLICT (key) DO UPDATE SET value = value + 1"
        default: runSQL ?? rowSQL ?? administrationSQL
        }
    }

    /// Runs, their journal and their bodies.
    private var runSQL: String? {
        switch self {
        case .run:
            """
            SELECT no, tenant, status, last_sequence, fence, owner, lease_until, moving_since, wake, task IS NULL
            FROM runs WHERE id = ?1
            """
        case .firstInbox: "SELECT received_at FROM inbox WHERE run = ?1 AND consumed = 0 ORDER BY no LIMIT 1"
        case .firstTimer: "SELECT due FROM timers WHERE run = ?1 ORDER BY due LIMIT 1"
        case .header:
            "SELECT \(RunHeader.columns) FROM runs JOIN tenants ON tenants.no = runs.tenant WHERE runs.no = ?1"
        case .insertRun:
            """
            INSERT INTO runs (id, tenant, status, agent, principal, conversation, parent, created_at, updated_at,
                last_sequence, steps, tokens, microdollars, claim_attempts, task, fence, moving_since, wake,
                owner, lease_until)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)
            """
        case .advanceRun:
            """
            UPDATE runs SET last_sequence = ?2, updated_at = ?3, steps = ?4, tokens = ?5, microdollars = ?6,
                claim_attempts = ?7 WHERE no = ?1
            """
        case .moveRun:
            """
            UPDATE runs SET status = ?2, moving_since = ?3, wake = ?4, owner = ?5, lease_until = ?6,
                task = coalesce(task, ?7) WHERE no = ?1
            """
        case .setWake: "UPDATE runs SET wake = ?2 WHERE no = ?1"
        case .setLease:
            """
            UPDATE runs SET fence = ?2, owner = ?3, lease_until = ?4, wake = ?5, claim_attempts = claim_attempts + ?6
            WHERE no = ?1
            """
        case .segments: JournalSegment.query
        case .insertSegment: "INSERT INTO journal (run, first, count, entries) VALUES (?1, ?2, ?3, ?4)"
        case .insertBody: "INSERT INTO bodies (id, tenant, key_id, bytes) VALUES (?1, ?2, ?3, ?4)"
        case .lastBody: "SELECT max(id) FROM bodies"
        case .bodyByName:
            """
            SELECT 1 FROM body_names JOIN bodies ON bodies.id = body_names.body
            WHERE body_names.tenant = ?1 AND body_names.prefix = ?2 AND bodies.bytes = ?3
            """
        case .bodiesAfter: "SELECT id, tenant, bytes FROM bodies WHERE id > ?1"
        case .insertBodyName: "INSERT OR IGNORE INTO body_names (tenant, prefix, body) VALUES (?1, ?2, ?3)"
        case .indexedBodies: "SELECT value FROM meta WHERE key = 'indexed_bodies'"
        case .setIndexedBodies:
            """
            INSERT INTO meta (key, value) VALUES ('indexed_bodies', ?1)
            ON CONFLICT (key) DO UPDATE SET value = excluded.value
            """
        case .activeRun: "SELECT id FROM runs WHERE tenant = ?1 AND conversation = ?2 AND status < 8"
        default: nil
        }
    }

    /// What hangs on a run.
    private var rowSQL: String? {
        switch self {
        case .limit: "SELECT used, reserved FROM limits WHERE tenant = ?1 AND name = ?2 AND starts_at = ?3"
        case .setLimit:
            """
            INSERT INTO limits (tenant, name, starts_at, used, reserved) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (tenant, name, starts_at) DO UPDATE SET used = excluded.used, reserved = excluded.reserved
            """
        case .standing: EffectRecord.standing("runs.id, effects.id & 0xffffffff")
        case .upsertEffect: EffectRecord.upsert
        case .amendEffect: EffectRecord.amendment
        case .upsertApproval: ApprovalRecord.upsert
        case .inboxRow: "SELECT 1 FROM inbox WHERE run = ?1 AND consumed = 0 AND id = ?2"
        case .inboxByKey: "SELECT \(InboxItem.columns) FROM inbox WHERE run = ?1 AND unique_key = ?2"
        case .insertInbox:
            """
            INSERT OR IGNORE INTO inbox (run, id, unique_key, kind, payload, received_at, consumed)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)
            """
        case .consumeInbox: "UPDATE inbox SET consumed = 1 WHERE run = ?1 AND consumed = 0 AND id = ?2"
        case .setTimer:
            """
            INSERT INTO timers (run, kind, due) VALUES (?1, ?2, ?3)
            ON CONFLICT (run, kind) DO UPDATE SET due = excluded.due
            """
        case .clearTimer: "DELETE FROM timers WHERE run = ?1 AND kind = ?2"
        case .clearTimers: "DELETE FROM timers WHERE run = ?1"
        case .dueTimers:
            """
            SELECT runs.id, timers.kind, timers.due FROM timers JOIN runs ON runs.no = timers.run
            WHERE timers.due <= ?1 ORDER BY timers.due LIMIT ?2
            """
        case .insertOutbox: "INSERT INTO outbox (tenant, run, kind, payload) VALUES (?1, ?2, ?3, ?4)"
        case .mark:
            """
            INSERT INTO written_marks (tenant, key, marks) VALUES (?1, ?2, ?3)
            ON CONFLICT (tenant, key) DO UPDATE SET marks = marks | excluded.marks
            """
        case .lastMark: "SELECT max(no) FROM written_marks"
        case .countMarks: "SELECT count(*) FROM written_marks WHERE tenant = ?1 AND length(key) = ?2"
        case .foldMarks:
            """
            INSERT INTO written_marks (tenant, key, marks)
            SELECT tenant, substr(key, 1, ?4), marks FROM written_marks
            WHERE tenant = ?1 AND length(key) = ?2 ORDER BY no LIMIT ?3
            ON CONFLICT (tenant, key) DO UPDATE SET marks = marks | excluded.marks
            """
        case .dropFolded:
            """
            DELETE FROM written_marks WHERE no IN (
                SELECT no FROM written_marks WHERE tenant = ?1 AND length(key) = ?2 ORDER BY no LIMIT ?3)
            """
        default: nil
        }
    }

    private var administrationSQL: String {
        switch self {
        case .insertHalt:
            """
            INSERT OR IGNORE INTO halts (id, scope, reason, halted_by, halted_at, ended_by, ended_reason, ended_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            """
        case .insertTrust:
            """
            INSERT INTO trust (tenant, agent, tool, kind, level, changed_by, reason, evidence, basis, effect, changed_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
            """
        case .halt: "SELECT \(HaltRecord.columns) FROM halts WHERE id = ?1"
        case .endHalt:
            "UPDATE halts SET ended_by = ?2, ended_reason = ?3, ended_at = ?4 WHERE id = ?1 AND ended_at IS NULL"
        case .upsertPin:
            """
            INSERT INTO pins (tenant, tool, hash, accepted_by, accepted_at, definition) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (tenant, tool) DO UPDATE SET hash = excluded.hash, accepted_by = excluded.accepted_by,
                accepted_at = excluded.accepted_at, definition = excluded.definition
            """
        case .insertDataKey:
            "INSERT OR IGNORE INTO data_keys (tenant, key_id, sealed, created_at) VALUES (?1, ?2, ?3, ?4)"
        case .dataKey: "SELECT \(WrappedKey.columns) FROM data_keys WHERE tenant = ?1 AND key_id = ?2"
        case .upsertAPIKey: APIKeyRecord.upsert
        case .idempotencyKey:
            """
            SELECT fingerprint, claimed_at, status, answer FROM idempotency_keys
            WHERE caller = ?1 AND route = ?2 AND key = ?3
            """
        case .dropIdempotencyKey: "DELETE FROM idempotency_keys WHERE caller = ?1 AND route = ?2 AND key = ?3"
        case .pruneIdempotencyKeys:
            "DELETE FROM idempotency_keys WHERE no IN (SELECT no FROM idempotency_keys WHERE claimed_at <= ?1 LIMIT 100)"
        case .insertIdempotencyKey:
            "INSERT INTO idempotency_keys (caller, route, key, fingerprint, claimed_at) VALUES (?1, ?2, ?3, ?4, ?5)"
        case .answerIdempotencyKey:
            """
            UPDATE idempotency_keys SET status = ?5, answer = ?6
            WHERE caller = ?1 AND route = ?2 AND key = ?3 AND fingerprint = ?4
            """
        default: ""
        }
    }
}
