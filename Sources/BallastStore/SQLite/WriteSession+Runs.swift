import BallastCore
import BallastRuntime
import GRDBSQLite

/// What the writer remembers of a run: all that decides whether an append is applied, so that it need not be read.
struct KnownRun {
    let number: Int64
    let tenant: Int64
    var lastSequence: Int64
    var fence: Int64
    var owner: String?
    var readiness: RunReadiness
    /// `readiness.wake` as the row has it.
    var storedWake: Timestamp?
    var lacksTask: Bool
}

extension WriteSession {
    /// Runs that are remembered; more are forgotten at once and read again when they are needed.
    private static let remembered = 10_000

    func run(_ id: RunID) throws(SQLiteFailure) -> KnownRun? {
        if let known = runs[id] { return known }
        let found = try statement(.run).first(id) { row throws(SQLiteFailure) in try KnownRun(row) }
        guard var found else { return nil }
        found.readiness.firstInbox = try firstInbox(found.number)
        found.readiness.firstTimer = try firstTimer(found.number)
        remember(found, id)
        return found
    }

    func remember(_ run: KnownRun, _ id: RunID) {
        if runs.count >= Self.remembered { runs.removeAll(keepingCapacity: true) }
        runs[id] = run
    }

    func firstInbox(_ run: Int64) throws(SQLiteFailure) -> Timestamp? {
        try statement(.firstInbox).first(run) { $0.moment(0) }
    }

    func firstTimer(_ run: Int64) throws(SQLiteFailure) -> Timestamp? {
        try statement(.firstTimer).first(run) { $0.moment(0) }
    }

    /// Remembers the run and writes its wake-up, if that changed and nothing else did.
    func reschedule(_ run: KnownRun, _ id: RunID) throws(SQLiteFailure) {
        var run = run
        let wake = run.readiness.wake
        if wake != run.storedWake {
            try statement(.setWake).run(run.number, wake)
            run.storedWake = wake
        }
        remember(run, id)
    }

    /// A new run; its creator may hold the lease from the start.
    func insertRun(
        _ header: RunHeader, tenant: Int64, _ readiness: RunReadiness, lease: CreationLease? = nil
    ) throws(SQLiteFailure) -> KnownRun {
        var readiness = readiness
        readiness.leaseUntil = lease?.until
        let fence: Int64 = lease == nil ? 0 : 1
        let wake = readiness.wake
        try statement(.insertRun).run(
            header.run, tenant, header.status.rawValue, header.agent, header.principal.name, header.conversation,
            header.parent?.stored, header.createdAt, header.updatedAt, header.lastSequence, header.steps,
            header.tokens, header.microdollars, header.claimAttempts, header.task?.stored, fence, readiness.movingSince,
            wake, lease?.owner, lease?.until)
        let number = lastInsertedRow
        guard number < 1 << 31 else { throw SQLiteFailure(code: SQLITE_FULL, message: "no run numbers are left") }
        return KnownRun(
            number: number, tenant: tenant, lastSequence: header.lastSequence, fence: fence, owner: lease?.owner,
            readiness: readiness, storedWake: wake, lacksTask: header.task == nil)
    }

    /// Takes the lease, counting the attempt.
    func claim(
        _ id: RunID, owner: String, now: Timestamp, leaseUntil: Timestamp
    ) throws(SQLiteFailure) -> Claim? {
        guard var run = try run(id), !run.readiness.status.isTerminal else { return nil }
        let previous = run.owner == nil ? nil : run.readiness.leaseUntil
        if let previous, run.owner != owner, previous > now { return nil }
        run.fence &+= 1
        run.owner = owner
        run.readiness.leaseUntil = leaseUntil
        try saveLease(&run, id, attempts: 1)
        let header = try statement(.header).first(run.number) { row throws(SQLiteFailure) in try RunHeader(row) }
        return header.map {
            Claim(lease: Lease(run: id, fence: run.fence), header: $0, previousLeaseUntil: previous)
        }
    }

    func renew(_ leases: [Lease], owner: String, leaseUntil: Timestamp) throws(SQLiteFailure) -> [RunID] {
        var lost: [RunID] = []
        for lease in leases {
            if var run = try run(lease.run), run.fence == lease.fence, run.owner == owner {
                run.readiness.leaseUntil = leaseUntil
                try saveLease(&run, lease.run)
            } else {
                lost.append(lease.run)
            }
        }
        return lost
    }

    func release(_ lease: Lease) throws(SQLiteFailure) {
        guard var run = try run(lease.run), run.fence == lease.fence else { return }
        run.owner = nil
        run.readiness.leaseUntil = nil
        try saveLease(&run, lease.run)
    }

    private func saveLease(_ run: inout KnownRun, _ id: RunID, attempts: Int = 0) throws(SQLiteFailure) {
        run.storedWake = run.readiness.wake
        try statement(.setLease).run(
            run.number, run.fence, run.owner, run.readiness.leaseUntil, run.storedWake, attempts)
        remember(run, id)
    }
}

extension KnownRun {
    /// Reads the row of `WriteQuery.run`.
    fileprivate init(_ row: Statement) throws(SQLiteFailure) {
        number = row.integer(0)
        tenant = row.integer(1)
        lastSequence = row.integer(3)
        fence = row.integer(4)
        owner = row.optionalText(5)
        readiness = RunReadiness(
            status: try row.value(2, "run status"), movingSince: row.optionalMoment(7),
            leaseUntil: row.optionalMoment(6))
        storedWake = row.optionalMoment(8)
        lacksTask = row.flag(9)
    }
}
