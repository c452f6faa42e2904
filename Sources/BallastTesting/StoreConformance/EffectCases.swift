import BallastCore
import BallastRuntime

extension RunStoreConformance {
    static let effectCases: [Case] = [
        Case(on: "an effect's row follows its state and outlives its run") { store in
            var fixture = RunFixture()
            try await fixture.create(in: store)
            let scope = fixture.scope
            for state in [EffectState.planned, .started, .sent, .inDoubt] {
                var batch = fixture.batch()
                batch.ledger = [fixture.effect(1, state)]
                try expect(await store.append(batch), .applied, "becomes \(state.name)")
                let found = try await store.effects(matching: EffectFilter(states: [state]), limit: 9, scope: scope)
                try expect(found, [fixture.effect(1, state)], "is \(state.name)")
            }
            try expect(await store.append(fixture.batch(status: .partial)), .applied, "the run ends")
            var late = fixture.batch(status: .partial)
            late.ledger = [fixture.effect(1, .settled)]
            try expect(await store.append(late), .applied, "a late result is accepted")
            let doubts = try await store.effects(matching: EffectFilter(states: [.inDoubt]), limit: 9, scope: scope)
            try expect(doubts, [], "nothing is in doubt")
            let filter = EffectFilter(id: EffectID(run: fixture.run, ordinal: 1))
            let found = try await store.effects(matching: filter, limit: 9, scope: scope)
            try expect(found, [fixture.effect(1, .settled)], "found by its id")
        },
        Case(on: "an effect is taken back by the append of another run of the tenant, and stands no longer") { store in
            var (first, second, foreign) = (RunFixture(1), RunFixture(2), RunFixture(3, tenant: "other"))
            try await first.create(in: store)
            try await second.create(in: store)
            try await foreign.create(in: store)
            var done = first.batch(status: .succeeded)
            done.ledger = [first.effect(1, .settled, isDeclared: true), first.effect(2, .inDoubt, key: 2)]
            try expect(await store.append(done), .applied, "done")
            let ids = [EffectID(run: first.run, ordinal: 1), EffectID(run: first.run, ordinal: 2)]
            var reach = foreign.batch()
            reach.amendments = [EffectAmendment(effect: ids[0], state: .compensated, at: .at(5000))]
            try expect(await store.append(reach), .applied, "what is another tenant's is not there")
            let all = EffectFilter(run: first.run)
            let before = try await store.effects(matching: all, limit: 9, scope: first.scope)
            try expect(before.map(\.state), [.inDoubt, .settled], "untouched by the other tenant")
            var batch = second.batch()
            batch.amendments = [
                EffectAmendment(effect: ids[0], state: .compensated, at: .at(6000)),
                EffectAmendment(effect: ids[1], state: .withdrawn, at: .at(6000)),
                EffectAmendment(effect: EffectID(run: first.run, ordinal: 9), state: .compensated, at: .at(6000)),
            ]
            try expect(await store.append(batch), .applied, "taken back")
            try expect(await store.append(batch), .alreadyApplied, "once")
            let after = try await store.effects(matching: all, limit: 9, scope: first.scope)
            try expect(after.map(\.state), [.withdrawn, .compensated], "on record, and no row came of nothing")
            try expect(after.map(\.updatedAt), [.at(6000), .at(6000)], "with the time")
            for key in [UInt8(1), 2] {
                let equal = second.effect(99, .started, key: key, isDeclared: true)
                try expect(await store.standingEffect(against: equal, scope: first.scope), nil, "it bars nothing more")
            }
            var own = second.batch()
            own.amendments = [
                EffectAmendment(effect: EffectID(run: second.run, ordinal: 1), state: .compensated, at: .at(7000))
            ]
            try await expectError(.invalid, "an amendment of its own effect") { _ = try await store.append(own) }
        },
        Case(on: "an open effect stands for an equal action, a settled one only with a declared business key") {
            store in
            var fixture = RunFixture()
            try await fixture.create(in: store)
            let rows: [(EffectState, declared: Bool, stands: Bool)] = [
                (.planned, false, true), (.started, false, true), (.sent, false, true), (.inDoubt, false, true),
                (.settled, false, false), (.settled, true, true), (.withdrawn, true, false),
                (.compensated, true, false),
            ]
            for (index, row) in rows.enumerated() {
                var batch = fixture.batch()
                let effect = fixture.effect(
                    UInt32(index + 1), row.0, key: UInt8(index + 1), isDeclared: row.declared)
                batch.ledger = [effect]
                try expect(await store.append(batch), .applied, "recorded")
                let equal = fixture.effect(99, .started, key: UInt8(index + 1))
                let standing = try await store.standingEffect(against: equal, scope: fixture.scope)
                try expect(standing, row.stands ? effect : nil, "\(row.0.name), declared \(row.declared)")
                let itself = try await store.standingEffect(against: effect, scope: fixture.scope)
                try expect(itself, nil, "it does not bar itself")
                let other = fixture.effect(99, .started, key: UInt8(index + 1), tool: "other")
                try expect(
                    await store.standingEffect(against: other, scope: fixture.scope), nil,
                    "another tool is another action")
            }
        },
        Case(on: "of several standing effects the open one answers, then the newest") { store in
            var fixture = RunFixture()
            try await fixture.create(in: store)
            var batch = fixture.batch()
            batch.ledger = [
                fixture.effect(1, .settled, isDeclared: true), fixture.effect(2, .settled, isDeclared: true),
            ]
            try expect(await store.append(batch), .applied, "two settled")
            let equal = fixture.effect(99, .started)
            let newest = try await store.standingEffect(against: equal, scope: fixture.scope)
            try expect(newest?.id.ordinal, 2, "the newest")
            var open = fixture.batch()
            open.ledger = [fixture.effect(1, .inDoubt, isDeclared: true)]
            try expect(await store.append(open), .applied, "one in doubt")
            let standing = try await store.standingEffect(against: equal, scope: fixture.scope)
            try expect(standing?.id.ordinal, 1, "the open one")
        },
        Case(on: "an effect of another run stands when it is in doubt or its business key is declared") { store in
            var (first, second) = (RunFixture(1), RunFixture(2))
            try await first.create(in: store)
            try await second.create(in: store)
            let rows: [(EffectState, declared: Bool, stands: Bool)] = [
                (.started, false, false), (.inDoubt, false, true), (.started, true, true), (.settled, true, true),
                (.settled, false, false), (.failed, true, false),
            ]
            for (index, row) in rows.enumerated() {
                var batch = first.batch()
                let effect = first.effect(UInt32(index + 1), row.0, key: UInt8(index + 1), isDeclared: row.declared)
                batch.ledger = [effect]
                try expect(await store.append(batch), .applied, "recorded")
                var start = second.batch()
                start.ledger = [second.effect(UInt32(index + 1), .started, key: UInt8(index + 1))]
                start.firstStarts = start.ledger.map(\.id)
                let standing = try await store.standingEffect(against: start.ledger[0], scope: second.scope)
                try expect(standing, row.stands ? effect : nil, "\(row.0.name), declared \(row.declared)")
                let result: AppendResult = row.stands ? .refused(.standing(effect.id)) : .applied
                try expect(await store.append(start), result, "the append agrees")
                if row.stands { second.takeBack() }
            }
        },
        Case(on: "effects are listed newest first, by run, by state, at most as many as asked") { store in
            var (first, second) = (RunFixture(1), RunFixture(2))
            try await first.create(in: store)
            try await second.create(in: store)
            var batches = [first.batch(), second.batch()]
            batches[0].ledger = [first.effect(1, .settled), first.effect(2, .started)]
            batches[1].ledger = [second.effect(1, .inDoubt)]
            for batch in batches { try expect(await store.append(batch), .applied, "recorded") }
            func ids(_ filter: EffectFilter, _ limit: Int = 9) async throws -> [EffectID] {
                try await store.effects(matching: filter, limit: limit, scope: first.scope).map(\.id)
            }
            let all = [second.effect(1, .inDoubt).id, first.effect(2, .started).id, first.effect(1, .settled).id]
            try expect(await ids(EffectFilter()), all, "all")
            try expect(await ids(EffectFilter(), 2), Array(all.prefix(2)), "two")
            try expect(await ids(EffectFilter(run: first.run)), Array(all.suffix(2)), "of the first run")
            try expect(await ids(EffectFilter(states: [.started, .inDoubt])), Array(all.prefix(2)), "open ones")
            try expect(await ids(EffectFilter(states: [.settled], run: second.run)), [], "none")
            try expect(await ids(EffectFilter(before: all[0])), Array(all.suffix(2)), "after the newest")
            try expect(await ids(EffectFilter(before: all[1]), 1), [all[2]], "after the second")
            try expect(await ids(EffectFilter(run: first.run, before: all[0])), Array(all.suffix(2)), "of a run, after")
            try expect(await ids(EffectFilter(before: all[2])), [], "after the last")
        },
        Case(on: "how a tool may be repeated is kept with the effect") { store in
            var fixture = RunFixture()
            try await fixture.create(in: store)
            let kinds: [Repeatability] = [.never, .naturally, .byKey(milliseconds: 0), .byKey(milliseconds: .max)]
            var batch = fixture.batch()
            batch.ledger = zip(kinds, UInt32(1)...).map { kind, ordinal in
                EffectRecord(
                    id: EffectID(run: fixture.run, ordinal: ordinal), tool: "t", state: .settled, repeatability: kind,
                    businessKey: [1], isBusinessKeyDeclared: false, startedAt: .at(1), updatedAt: .at(2))
            }
            try expect(await store.append(batch), .applied, "recorded")
            let found = try await store.effects(matching: EffectFilter(), limit: 9, scope: fixture.scope)
            try expect(found, batch.ledger.reversed(), "as written")
        },
    ]

    static let approvalCases: [Case] = [
        Case(on: "an approval's row follows its decision") { store in
            var fixture = RunFixture()
            try await fixture.create(in: store)
            var batch = fixture.batch()
            batch.approvals = [fixture.approval(1)]
            try expect(await store.append(batch), .applied, "requested")
            let id = fixture.approval(1).id
            try expect(await store.approval(id, scope: fixture.scope), fixture.approval(1), "pending")
            var decided = fixture.approval(1, .approved)
            decided.decidedBy = Principal("reviewer:ben")
            decided.decidedAt = .at(4500)
            var next = fixture.batch()
            next.approvals = [decided]
            try expect(await store.append(next), .applied, "decided")
            try expect(await store.approval(id, scope: fixture.scope), decided, "with who and when")
            let pending = try await store.approvals(status: .pending, limit: 9, scope: fixture.scope)
            try expect(pending, [], "nothing waits")
        },
        Case(on: "approvals are listed pending first, then newest first") { store in
            var fixture = RunFixture()
            try await fixture.create(in: store)
            var batch = fixture.batch()
            batch.approvals = [
                fixture.approval(1, .pending, requestedAt: 1), fixture.approval(2, .used, requestedAt: 5),
                fixture.approval(3, .rejected, requestedAt: 9), fixture.approval(4, .pending, requestedAt: 3),
            ]
            try expect(await store.append(batch), .applied, "recorded")
            func ordinals(_ status: ApprovalStatus?, _ limit: Int = 9) async throws -> [UInt32] {
                try await store.approvals(status: status, limit: limit, scope: fixture.scope).map(\.id.ordinal)
            }
            try expect(await ordinals(nil), [4, 1, 3, 2], "all")
            try expect(await ordinals(nil, 3), [4, 1, 3], "three")
            try expect(await ordinals(.pending), [4, 1], "pending")
            try expect(await ordinals(.used), [2], "used")
            for limit in 1...4 {
                var (paged, place): ([UInt32], ApprovalPlace?) = ([], nil)
                while true {
                    let page = try await store.approvals(
                        status: nil, limit: limit, after: place, scope: fixture.scope)
                    guard let last = page.last else { break }
                    paged += page.map(\.id.ordinal)
                    place = ApprovalPlace(last)
                }
                try expect(paged, [4, 1, 3, 2], "all, in pages of \(limit)")
            }
            let fourth = ApprovalPlace(fixture.approval(4, .pending, requestedAt: 3))
            let pending = try await store.approvals(status: .pending, limit: 9, after: fourth, scope: fixture.scope)
            try expect(pending.map(\.id.ordinal), [1], "pending, after the first")
            let third = ApprovalPlace(fixture.approval(3, .rejected, requestedAt: 9))
            let used = try await store.approvals(status: .used, limit: 9, after: third, scope: fixture.scope)
            try expect(used.map(\.id.ordinal), [2], "used, after a rejected one")
        },
        Case(on: "an approval keeps a sealed review and a missing group as they were") { store in
            var fixture = RunFixture()
            try await fixture.create(in: store)
            let record = ApprovalRecord(
                id: ApprovalID(run: fixture.run, ordinal: 1), action: ActionID(run: fixture.run, ordinal: 7),
                gate: .confirm, status: .void, tool: "mail", agent: "a", principal: Principal("p"), group: nil,
                requestedAt: .at(1), expiresAt: .at(2), review: .inline(SealedBytes(keyID: 3, bytes: [1, 2, 3])),
                binding: .sha256([4]), decidedBy: .ballast, decidedAt: .at(3))
            var batch = fixture.batch()
            batch.approvals = [record]
            try expect(await store.append(batch), .applied, "recorded")
            try expect(await store.approval(record.id, scope: fixture.scope), record, "as written")
        },
    ]
}
