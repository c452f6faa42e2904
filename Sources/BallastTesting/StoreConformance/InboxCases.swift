import BallastCore
import BallastRuntime

extension RunStoreConformance {
    static let inboxCases: [Case] = [
        Case(on: "an append delivers to other runs, once, and not to one that is over") { store in
            var (sender, waiting, ended) = (RunFixture(1), RunFixture(2), RunFixture(3))
            try await sender.create(in: store)
            try await waiting.create(in: store)
            try await ended.create(in: store)
            try expect(await store.append(ended.batch(status: .succeeded)), .applied, "one is over")
            for _ in 0..<2 {
                var batch = sender.batch()
                batch.deliveries = [waiting.item(1, key: "sub_run/1"), ended.item(2, key: "sub_run/1")]
                try expect(await store.append(batch), .applied, "delivered")
            }
            let rows = try await store.inbox(of: waiting.run, limit: 9, scope: waiting.scope)
            try expect(rows, [waiting.item(1, key: "sub_run/1")], "once")
            try expect(await store.inbox(of: ended.run, limit: 9, scope: ended.scope), [], "not there")
        },
        Case(on: "a run that rests is moved by its inbox or a timer only, whatever its status") { store in
            var fixture = RunFixture()
            try await fixture.create(in: store)
            _ = try await fixture.claim(in: store)
            var batch = fixture.batch()
            (batch.releasesLease, batch.rests) = (true, true)
            try expect(await store.append(batch), .applied, "comes to rest")
            try expect(await store.runnable(now: .at(90_000), limit: 9), [], "nothing moves it")
            try expect(
                await store.deliver(fixture.item(1, key: "a"), scope: fixture.scope), .accepted, "something comes")
            try expect(await store.runnable(now: .at(90_000), limit: 9), [fixture.run], "now it moves")
        },
        Case(on: "a delivery stands once however often it comes, also after it was consumed") { store in
            var fixture = RunFixture(1, status: .waitingInput)
            try await fixture.create(in: store)
            let (first, again) = (fixture.item(1, key: "answer"), fixture.item(2, key: "answer", at: 4000))
            try expect(await store.deliver(first, scope: fixture.scope), .accepted, "the first")
            try expect(await store.deliver(again, scope: fixture.scope), .duplicate(first), "the second")
            var batch = fixture.batch()
            batch.inboxConsumed = [first.id]
            try expect(await store.append(batch), .applied, "consumed")
            try expect(await store.inbox(of: fixture.run, limit: 9, scope: fixture.scope), [], "nothing waits")
            try expect(await store.deliver(again, scope: fixture.scope), .duplicate(first), "still known")
        },
        Case(on: "an inbox row is consumed by exactly one append") { store in
            var fixture = RunFixture(1, status: .waitingInput)
            try await fixture.create(in: store)
            let item = fixture.item(1, key: "answer")
            _ = try await store.deliver(item, scope: fixture.scope)
            var batch = fixture.batch()
            batch.inboxConsumed = [item.id]
            try expect(await store.append(batch), .applied, "once")
            var second = fixture
            var next = second.batch()
            next.inboxConsumed = [item.id]
            try expect(await store.append(next), .refused(.inbox(item.id)), "not twice")
            try expect(await store.append(fixture.batch()), .applied, "without it the run goes on")
        },
        Case(on: "deliveries are read in order of arrival and make the run runnable") { store in
            var fixture = RunFixture(1, status: .waitingInput)
            try await fixture.create(in: store)
            try expect(await store.runnable(now: .at(9000), limit: 9), [], "it waits")
            let items = [fixture.item(3, key: "c", at: 3001), fixture.item(1, key: "a", at: 3000)]
            for item in items { _ = try await store.deliver(item, scope: fixture.scope) }
            let waiting = try await store.inbox(of: fixture.run, limit: 9, scope: fixture.scope)
            try expect(waiting, items, "in order of arrival")
            let one = try await store.inbox(of: fixture.run, limit: 1, scope: fixture.scope)
            try expect(one, Array(items.prefix(1)), "at most one")
            try expect(await store.runnable(now: .at(9000), limit: 9), [fixture.run], "it can move")
            var batch = fixture.batch()
            batch.inboxConsumed = items.map(\.id)
            try expect(await store.append(batch), .applied, "both consumed")
            try expect(await store.runnable(now: .at(9000), limit: 9), [], "it waits again")
        },
        Case(on: "nothing is delivered to a run that is not there or has ended") { store in
            var fixture = RunFixture()
            let item = fixture.item(1, key: "late")
            try expect(await store.deliver(item, scope: fixture.scope), .unknownRun, "unknown")
            try await fixture.create(in: store)
            let early = fixture.item(2, key: "early")
            try expect(await store.deliver(early, scope: fixture.scope), .accepted, "while it runs")
            try expect(await store.append(fixture.batch(status: .failed)), .applied, "it ends")
            try expect(await store.deliver(item, scope: fixture.scope), .finished(.failed), "ended")
            try expect(await store.deliver(early, scope: fixture.scope), .duplicate(early), "known before it ended")
            try expect(await store.runnable(now: .at(99_000), limit: 9), [], "a row left over moves nothing")
        },
        Case(on: "the same delivery 50 times at once is accepted once") { store in
            var fixture = RunFixture(1, status: .waitingInput)
            try await fixture.create(in: store)
            let (base, scope) = (fixture, fixture.scope)
            let answers = try await withThrowingTaskGroup(of: Delivery.self) { group in
                for number in 1...50 {
                    group.addTask { try await store.deliver(base.item(UInt64(number), key: "once"), scope: scope) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            try expect(answers.count { $0 == .accepted }, 1, "accepted once")
            try expect(await store.inbox(of: base.run, limit: 99, scope: scope).count, 1, "one row")
        },
    ]

    static let timerCases: [Case] = [
        Case(on: "a due timer becomes one inbox row, exactly once") { store in
            var fixture = RunFixture(1, status: .waitingApproval)
            try await fixture.create(in: store)
            var batch = fixture.batch()
            batch.timers = [.set(kind: "expiry", due: .at(5000)), .set(kind: "remind", due: .at(9000))]
            try expect(await store.append(batch), .applied, "timers are set")
            try expect(await store.nextTimer(), .at(5000), "the earliest")
            try expect(await store.fireTimers(now: .at(4999), limit: 9), [], "not before it is due")
            try expect(await store.runnable(now: .at(5000), limit: 9), [fixture.run], "a due timer makes it runnable")
            try expect(await store.fireTimers(now: .at(5001), limit: 9), [fixture.run], "fired")
            try expect(await store.fireTimers(now: .at(5001), limit: 9), [], "once")
            let rows = try await store.inbox(of: fixture.run, limit: 9, scope: fixture.scope)
            try expect(rows.map(\.uniqueKey), ["timer/expiry/5000"], "its key")
            try expect(rows.map(\.kind), [StoreRules.timerInboxKind], "its kind")
            try expect(rows.map(\.payload), [Array("expiry".utf8)], "which timer it was")
            try expect(rows.map(\.receivedAt), [.at(5001)], "when it fired")
            try expect(await store.nextTimer(), .at(9000), "the next one")
        },
        Case(on: "a timer can be moved and cleared, and ends with its run") { store in
            var fixture = RunFixture(1, status: .waitingApproval)
            try await fixture.create(in: store)
            let changes: [TimerChange] = [
                .set(kind: "a", due: .at(5000)), .set(kind: "a", due: .at(7000)), .clear(kind: "a"),
                .set(kind: "b", due: .at(8000)),
            ]
            for (change, next) in zip(changes, [5000, 7000, nil, 8000] as [Int64?]) {
                var batch = fixture.batch()
                batch.timers = [change]
                try expect(await store.append(batch), .applied, "changed")
                try expect(await store.nextTimer(), next.map(Timestamp.at), "after \(change)")
            }
            try expect(await store.append(fixture.batch(status: .cancelled)), .applied, "the run ends")
            try expect(await store.nextTimer(), nil, "and its timers with it")
        },
        Case(on: "timers of many runs fire earliest first, at most as many as asked") { store in
            var runs: [RunID] = []
            for number in UInt64(1)...5 {
                var fixture = RunFixture(number, status: .waitingInput)
                try await fixture.create(in: store)
                var batch = fixture.batch()
                batch.timers = [.set(kind: "t", due: .at(6000 - Int64(number)))]
                try expect(await store.append(batch), .applied, "set")
                runs.insert(fixture.run, at: 0)
            }
            try expect(await store.fireTimers(now: .at(9000), limit: 3), Array(runs.prefix(3)), "the first three")
            try expect(await store.fireTimers(now: .at(9000), limit: 3), Array(runs.suffix(2)), "the rest")
        },
    ]
}
