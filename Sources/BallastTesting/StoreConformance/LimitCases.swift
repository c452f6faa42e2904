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
