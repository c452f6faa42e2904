import BallastCore

extension StoreImage {
    mutating func deliver(_ item: InboxItem, scope: TenantScope) -> Delivery {
        guard let run = run(item.run, scope) else { return .unknownRun }
        if let first = run.delivered[item.uniqueKey] { return .duplicate(first) }
        guard !run.header.status.isTerminal else { return .finished(run.header.status) }
        runs[item.run]?.receive(item)
        reschedule(item.run)
        return .accepted
    }

    mutating func claim(_ id: RunID, owner: String, now: Timestamp, leaseUntil: Timestamp) -> Claim? {
        guard var run = runs[id], !run.header.status.isTerminal else { return nil }
        let previous = run.owner == nil ? nil : run.readiness.leaseUntil
        if let previous, run.owner != owner, previous > now { return nil }
        run.fence += 1
        run.owner = owner
        run.readiness.leaseUntil = leaseUntil
        run.header.claimAttempts += 1
        runs[id] = run
        reschedule(id)
        return Claim(lease: Lease(run: id, fence: run.fence), header: run.header, previousLeaseUntil: previous)
    }

    mutating func renew(_ leases: [Lease], owner: String, leaseUntil: Timestamp) -> [RunID] {
        var lost: [RunID] = []
        for lease in leases {
            if let run = runs[lease.run], run.fence == lease.fence, run.owner == owner {
                runs[lease.run]?.readiness.leaseUntil = leaseUntil
                reschedule(lease.run)
            } else {
                lost.append(lease.run)
            }
        }
        return lost
    }

    mutating func release(_ lease: Lease) {
        guard runs[lease.run]?.fence == lease.fence else { return }
        runs[lease.run]?.letGo()
        reschedule(lease.run)
    }

    mutating func runnable(now: Timestamp, limit: Int) -> [RunID] { wakes.due(at: now, limit: limit) }

    mutating func nextTimer() -> Timestamp? { timers.earliest() }

    mutating func fireTimers(now: Timestamp, limit: Int) -> [RunID] {
        var fired: [RunID] = []
        var count = 0
        while count < limit, let id = timers.due(at: now, limit: 1).first, var run = runs.removeValue(forKey: id) {
            for (kind, due) in run.dueTimers(at: now).prefix(limit - count) {
                run.timers[kind] = nil
                let item = InboxItem.fired(timer: kind, due: due, run: id, now: now)
                if run.delivered[item.uniqueKey] == nil { run.receive(item) }
                count += 1
            }
            run.readiness.firstTimer = run.timers.values.min()
            runs[id] = run
            reschedule(id)
            if fired.last != id { fired.append(id) }
        }
        return fired
    }
}

extension StoredRun {
    fileprivate func dueTimers(at now: Timestamp) -> [(kind: String, due: Timestamp)] {
        timers.filter { $0.value <= now }.map { ($0.key, $0.value) }.sorted { ($0.due, $0.kind) < ($1.due, $1.kind) }
    }
}
