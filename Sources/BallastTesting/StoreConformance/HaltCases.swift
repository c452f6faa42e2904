import BallastCore
import BallastRuntime

extension RunStoreConformance {
    private static func halt(_ number: UInt64, _ scope: HaltScope) -> HaltRecord {
        HaltRecord(
            id: HaltID(high: 1, low: number), scope: scope, reason: "looks wrong", by: Principal("operator:kim"),
            at: .at(Int64(number)))
    }

    static let haltCases: [Case] = [
        Case(on: "a halt raises the epoch of its scope once, however often it is recorded") { store in
            let scopes: [HaltScope] = [
                .everything, .tenant(TenantID("acme")), .agent("a:b"), .tool("refund"), .run(RunFixture().run),
            ]
            for (number, scope) in scopes.enumerated() {
                for _ in 0..<2 { try await store.recordHalt(halt(UInt64(number), scope)) }
            }
            try await store.recordHalt(halt(9, .everything))
            let expected = Dictionary(uniqueKeysWithValues: scopes.map { ($0, $0 == .everything ? 2 : 1 as Int64) })
            try expect(await store.epochs(), expected, "the epochs")
            try expect(await store.haltsInForce().count, 6, "all in force")
        },
        Case(on: "an append that was decided under another epoch is refused") { store in
            var fixture = RunFixture()
            try await fixture.create(in: store)
            var late = fixture
            var batch = fixture.batch()
            batch.epochs = [.everything: 0, .tool("refund"): 0]
            try expect(await store.append(batch), .applied, "before the halt")
            try await store.recordHalt(halt(1, .tool("refund")))
            late = fixture
            var refused = late.batch()
            refused.epochs = [.everything: 0, .tool("refund"): 0]
            try expect(await store.append(refused), .refused(.epoch(.tool("refund"))), "after it")
            var other = fixture.batch()
            other.epochs = [.everything: 0, .tool("mail"): 0]
            try expect(await store.append(other), .applied, "another tool goes on")
            var informed = fixture.batch()
            informed.epochs = [.tool("refund"): 1]
            try expect(await store.append(informed), .applied, "and what was decided knowing of it")
        },
        Case(on: "a halt ends once, with who ended it and why") { store in
            let record = halt(1, .everything)
            try await store.recordHalt(record)
            try expect(await store.haltsInForce(), [record], "in force")
            let (first, second) = (Principal("operator:kim"), Principal("operator:lee"))
            let ended = try await store.endHalt(record.id, by: first, reason: "reviewed", at: .at(50))
            try expect(ended?.endedBy, first, "ended")
            let again = try await store.endHalt(record.id, by: second, reason: "me too", at: .at(60))
            try expect(again, ended, "the first word stands")
            try expect(await store.haltsInForce(), [], "not in force")
            let unknown = try await store.endHalt(HaltID(high: 5, low: 5), by: first, reason: "?", at: .at(1))
            try expect(unknown, nil, "an unknown halt")
            try await store.recordHalt(record)
            try expect(await store.haltsInForce(), [], "recording it again does not bring it back")
        },
        Case(on: "what changes trust is kept in order, with the epoch of its agent, also in the commit of a run") {
            store in
            func record(_ kind: TrustRecord.Kind, _ effect: EffectID?, _ number: Int64) -> TrustRecord {
                TrustRecord(
                    tenant: TenantID("acme"), agent: "a:b", tool: "refund", kind: kind, level: .confirm,
                    by: Principal("operator:kim"), reason: "looked", evidence: "{}", basis: [1, 2, 3], effect: effect,
                    at: .at(number))
            }
            var fixture = RunFixture()
            try await fixture.create(in: store)
            let raised = record(.raised, nil, 1)
            try await store.recordTrust(raised)
            try expect(await store.epochs(), [.agent("a:b"): 1], "the epoch")
            var refused = fixture
            var batch = refused.batch()
            batch.epochs = [.agent("a:b"): 0]
            batch.trust = [record(.lowered, nil, 2)]
            try expect(await store.append(batch), .refused(.epoch(.agent("a:b"))), "judged before")
            let incident = record(.incident, EffectID(run: fixture.run, ordinal: 3), 3)
            var other = fixture.batch()
            other.trust = [incident]
            try expect(await store.append(other), .applied, "with a run")
            try expect(await store.append(other), .alreadyApplied, "again")
            try expect(await store.trustRecords(), [raised, incident], "all, once")
            try expect(await store.epochs(), [.agent("a:b"): 2], "raised again")
        },
    ]
}
