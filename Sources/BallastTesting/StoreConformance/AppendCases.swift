import BallastCore
import BallastRuntime

extension RunStoreConformance {
    static let appendCases: [Case] = [
        Case(on: "an append is read back entry by entry, in order") { store in
            var fixture = RunFixture()
            let created = try await fixture.create(in: store, entries: 2)
            let batch = fixture.batch(entries: 5)
            try expect(await store.append(batch), .applied, "the next batch is applied")
            let all = created + batch.entries
            let (run, scope) = (fixture.run, fixture.scope)
            try expect(await store.entries(of: run, after: 0, limit: 100, scope: scope), all, "all entries")
            let middle = try await store.entries(of: run, after: 3, limit: 2, scope: scope)
            try expect(middle, Array(all[3..<5]), "entries after 3, at most 2")
            try expect(await store.entries(of: run, after: 7, limit: 9, scope: scope), [], "nothing after the last")
            try expect(await store.entries(of: run, after: 0, limit: 0, scope: scope), [], "a limit of nothing")
        },
        Case(on: "the same append twice is applied once") { store in
            var fixture = RunFixture()
            try await fixture.create(in: store)
            let batch = fixture.batch(entries: 3)
            try expect(await store.append(batch), .applied, "first time")
            try expect(await store.append(batch), .alreadyApplied, "second time")
            try expect(await store.append(fixture.batch()), .applied, "the run goes on")
            try expect(await store.append(batch), .alreadyApplied, "also when more stands after it")
            let header = try await store.header(of: fixture.run, scope: fixture.scope)
            try expect(header?.lastSequence, 5, "each entry stands once")
        },
        Case(on: "an append at a place that is taken by something else is refused with the last sequence") { store in
            var fixture = RunFixture()
            try await fixture.create(in: store)
            var other = fixture
            try expect(await store.append(fixture.batch(entries: 2)), .applied, "the first writer wins")
            let late = other.batch(text: "other")
            try expect(await store.append(late), .refused(.sequence(current: 3)), "the second is refused")
            var ahead = fixture
            ahead.header.lastSequence = 9
            let early = ahead.batch()
            try expect(await store.append(early), .refused(.sequence(current: 3)), "a gap is refused")
        },
        Case(on: "of two different batches for one place, sent at once, exactly one is applied") { store in
            var fixture = RunFixture()
            try await fixture.create(in: store)
            let base = fixture
            let results = try await withThrowingTaskGroup(of: AppendResult.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        var rival = base
                        return try await store.append(rival.batch(text: "rival \(number)"))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            try expect(results.count { $0 == .applied }, 1, "one wins")
            try expect(results.count { $0 == .refused(.sequence(current: 2)) }, 19, "the others are told")
        },
        Case(on: "a refused append changes nothing of what it carried") { store in
            var fixture = RunFixture()
            try await fixture.create(in: store)
            let before = try await store.header(of: fixture.run, scope: fixture.scope)
            var batch = fixture.batch(status: .succeeded)
            batch.ledger = [fixture.effect(1, .started)]
            batch.bodies = [fixture.body("lost")]
            batch.approvals = [fixture.approval(1)]
            batch.timers = [.set(kind: "expiry", due: .at(1))]
            batch.limits = [
                LimitChange(key: LimitKey(name: "a"), kind: .reserve(amount: 1, cap: 10)),
                LimitChange(key: LimitKey(name: "b"), kind: .reserve(amount: 2, cap: 1)),
            ]
            let refusal = AppendRefusal.limit(LimitKey(name: "b"), available: 1)
            try expect(await store.append(batch), .refused(refusal), "the limit refuses")
            let (run, scope) = (fixture.run, fixture.scope)
            try expect(await store.header(of: run, scope: scope), before, "the header is as it was")
            try expect(await store.entries(of: run, after: 1, limit: 9, scope: scope), [], "no entry")
            try expect(await store.effects(matching: EffectFilter(), limit: 9, scope: scope), [], "no effect")
            try expect(await store.approvals(status: nil, limit: 9, scope: scope), [], "no approval")
            try expect(await store.nextTimer(), nil, "no timer")
            try expect(await store.bodies(batch.bodies.map(\.name), scope: scope), [:], "no body")
            let balance = try await store.balance(of: LimitKey(name: "a"), scope: scope)
            try expect(balance, LimitBalance(used: 0, reserved: 0), "no reservation")
        },
        Case(on: "a batch that contradicts itself is an error, not a refusal") { store in
            var fixture = RunFixture()
            try await fixture.create(in: store)
            var batch = fixture.batch(entries: 2)
            batch.entries.swapAt(0, 1)
            let malformed = batch
            try await expectError(.invalid, "entries out of order") { _ = try await store.append(malformed) }
            var foreign = fixture.batch()
            foreign.ledger = [RunFixture(2).effect(1, .started)]
            let mixed = foreign
            try await expectError(.invalid, "an effect of another run") { _ = try await store.append(mixed) }
        },
        Case(on: "an append to a run that does not exist is refused") { store in
            var fixture = RunFixture()
            _ = fixture.batch()
            try expect(await store.append(fixture.batch()), .refused(.unknownRun), "no such run")
        },
        Case(on: "the header follows each append and keeps what a run is") { store in
            var fixture = RunFixture()
            try await fixture.create(in: store)
            var batch = fixture.batch(entries: 2, status: .waitingApproval, at: .at(5000))
            batch.header.steps = 4
            batch.header.tokens = 1234
            batch.header.microdollars = 99
            batch.header.agent = "somebody-else"
            batch.header.task = .stored(name: .sha256([1]), size: 5)
            try expect(await store.append(batch), .applied, "applied")
            var expected = batch.header
            expected.agent = "support-desk"
            let header = try await store.header(of: fixture.run, scope: fixture.scope)
            try expect(header, expected, "the header after the append")
        },
    ]
}

/// Expects the body to throw a store error with this code.
func expectError(_ code: StoreError.Code, _ rule: String, _ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let error as StoreError {
        return try expect(error.code, code, rule)
    }
    throw ConformanceFailure("\(rule): expected the error \(code.name), found none")
}
