import BallastCore
import BallastRuntime

extension WriteSession {
    func deliver(_ item: InboxItem, scope: TenantScope) throws(SQLiteFailure) -> Delivery {
        guard let run = try run(item.run), try run.tenant == knownNumber(of: scope.tenant) else { return .unknownRun }
        if let first = try delivered(item.uniqueKey, run, item.run) { return .duplicate(first) }
        guard !run.readiness.status.isTerminal else { return .finished(run.readiness.status) }
        try receive(item, run)
        return .accepted
    }

    private func delivered(_ key: String, _ run: KnownRun, _ id: RunID) throws(SQLiteFailure) -> InboxItem? {
        try statement(.inboxByKey).first(run.number, key) { row throws(SQLiteFailure) in try InboxItem(row, run: id) }
    }

    /// Puts the row in, unless its key is known, and lets the run move.
    private func receive(_ item: InboxItem, _ known: KnownRun) throws(SQLiteFailure) {
        try statement(.insertInbox).run(
            known.number, item.id, item.uniqueKey, item.kind, item.payload, item.receivedAt)
        guard changes == 1 else { return }
        var run = known
        run.readiness.firstInbox = run.readiness.firstInbox ?? item.receivedAt
        try reschedule(run, item.run)
    }

    func fireTimers(now: Timestamp, limit: Int) throws(SQLiteFailure) -> [RunID] {
        let due = try statement(.dueTimers).all(now, max(0, limit)) { row throws(SQLiteFailure) in
            (run: try row.id(0, RunKind.self), kind: row.text(1), due: row.moment(2))
        }
        var fired: [RunID] = []
        for timer in due {
            guard var run = try run(timer.run) else { continue }
            try statement(.clearTimer).run(run.number, timer.kind)
            run.readiness.firstTimer = try firstTimer(run.number)
            try reschedule(run, timer.run)
            try receive(
                .fired(timer: timer.kind, due: timer.due, run: timer.run, now: now), try self.run(timer.run) ?? run)
            if !fired.contains(timer.run) { fired.append(timer.run) }
        }
        return fired
    }
}
