import BallastCore
import BallastRuntime

extension RunStoreConformance {
    private static let key = LimitKey(name: "tool.refund.sum", window: .at(86_400_000))

    static let limitCases: [Case] = [
        Case(on: "200 reservations at once never exceed the cap") { store in
            var fixtures = (1...200).map { RunFixture(UInt64($0)) }
            for index in fixtures.indices { try await fixtures[index].create(in: store) }
            let results = try await withThrowingTaskGroup(of: AppendResult.self) { group in
                for fixture in fixtures {
                    group.addTask {
                        var fixture = fixture
                        var batch = fixture.batch()
                        batch.limits = [LimitChange(key: key, kind: .reserve(amount: 3, cap: 100))]
                        return try await store.append(batch)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            try expect(results.count { $0 == .applied }, 33, "as many as fit")
            try expect(results.count { $0 == .refused(.limit(key, available: 1)) }, 167, "the others see what is left")
            let balance = try await store.balance(of: key, scope: fixtures[0].scope)
            try expect(balance, LimitBalance(used: 0, reserved: 99), "what is reserved")
        },
        Case(on: "a reservation is settled with what was used, or given back") { store in
            var fixture = RunFixture()
            try await fixture.create(in: store)
            var batch = fixture.batch()
            batch.limits = [
                LimitChange(key: key, kind: .reserve(amount: 60, cap: 100)),
                LimitChange(key: key, kind: .reserve(amount: 40, cap: 100)),
            ]
            try expect(await store.append(batch), .applied, "two in one batch, the second seeing the first")
            var settled = fixture.batch()
            settled.limits = [
                LimitChange(key: key, kind: .settle(reserved: 60, used: 45)),
                LimitChange(key: key, kind: .release(reserved: 40)),
            ]
            try expect(await store.append(settled), .applied, "settled")
            let balance = try await store.balance(of: key, scope: fixture.scope)
            try expect(balance, LimitBalance(used: 45, reserved: 0), "only what was used stays")
            let fresh = try await store.balance(of: LimitKey(name: key.name), scope: fixture.scope)
            try expect(fresh, LimitBalance(used: 0, reserved: 0), "another window is another counter")
        },
        Case(on: "the second reservation of a batch counts the first") { store in
            var fixture = RunFixture()
            try await fixture.create(in: store)
            var batch = fixture.batch()
            let change = LimitChange(key: key, kind: .reserve(amount: 60, cap: 100))
            batch.limits = [change, change]
            try expect(await store.append(batch), .refused(.limit(key, available: 40)), "no room for two")
        },
        Case(
            on: "an append that a limit refuses leaves nothing: no entry, no effect, no part of its other reservations"
        ) {
            store in
            var fixture = RunFixture()
            let scope = fixture.scope
            try await fixture.create(in: store)
            let other = LimitKey(name: "tool.refund.count")
            var batch = fixture.batch()
            batch.ledger = [fixture.effect(1, .started)]
            batch.limits = [
                LimitChange(key: other, kind: .reserve(amount: 1, cap: 9)),
                LimitChange(key: key, kind: .reserve(amount: 101, cap: 100)),
            ]
            try expect(await store.append(batch), .refused(.limit(key, available: 100)), "it does not fit")
            let left = try await store.balance(of: other, scope: scope)
            try expect(left, LimitBalance(used: 0, reserved: 0), "the reservation beside it")
            let effects = try await store.effects(matching: EffectFilter(), limit: 9, scope: scope)
            try expect(effects, [], "the effect that was to start")
            try expect(await store.header(of: fixture.run, scope: scope)?.lastSequence, 1, "the entry")
        },
        Case(on: "the room that one run gives back is another's at once, and settling again changes nothing") { store in
            var (first, second) = (RunFixture(1), RunFixture(2))
            try await first.create(in: store)
            try await second.create(in: store)
            var batch = first.batch()
            batch.limits = [LimitChange(key: key, kind: .reserve(amount: 100, cap: 100))]
            try expect(await store.append(batch), .applied, "all of it")
            var wanting = second.batch()
            wanting.limits = [LimitChange(key: key, kind: .reserve(amount: 60, cap: 100))]
            try expect(await store.append(wanting), .refused(.limit(key, available: 0)), "no room yet")
            var returning = first.batch()
            returning.limits = [LimitChange(key: key, kind: .release(reserved: 100))]
            try expect(await store.append(returning), .applied, "given back")
            try expect(await store.append(returning), .alreadyApplied, "the same append again")
            try expect(await store.append(wanting), .applied, "now it fits")
            let balance = try await store.balance(of: key, scope: first.scope)
            try expect(balance, LimitBalance(used: 0, reserved: 60), "once")
        },
        Case(on: "amounts at the end of the range neither trap nor wrap") { store in
            var fixture = RunFixture()
            try await fixture.create(in: store)
            for _ in 0..<2 {
                var batch = fixture.batch()
                batch.limits = [
                    LimitChange(key: key, kind: .reserve(amount: .max, cap: .max)),
                    LimitChange(key: key, kind: .settle(reserved: .max, used: .max)),
                    LimitChange(key: key, kind: .settle(reserved: .max, used: .max)),
                ]
                _ = try await store.append(batch)
            }
            let balance = try await store.balance(of: key, scope: fixture.scope)
            try expect(balance, LimitBalance(used: .max, reserved: 0), "it stays full")
        },
    ]
}
