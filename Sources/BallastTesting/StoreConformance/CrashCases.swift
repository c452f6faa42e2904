import BallastCore
import BallastRuntime

extension RunStoreConformance {
    static let crashCases: [Case] = [
        Case("a crash loses nothing that was acknowledged") { subject in
            let store = try await subject.make()
            var fixture = RunFixture(1, status: .waitingInput)
            let scope = fixture.scope
            var entries = try await fixture.create(in: store, entries: 3)
            let lease = try await fixture.claim(in: store).lease
            var batch = fixture.batch(entries: 4)
            batch.ledger = [fixture.effect(1, .sent)]
            batch.approvals = [fixture.approval(1)]
            batch.bodies = [fixture.body("words")]
            batch.timers = [.set(kind: "expiry", due: .at(7000))]
            batch.limits = [LimitChange(key: LimitKey(name: "n"), kind: .reserve(amount: 5, cap: 9))]
            try expect(await store.append(batch), .applied, "acknowledged")
            entries += batch.entries
            let item = fixture.item(1, key: "answer")
            try expect(await store.deliver(item, scope: scope), .accepted, "acknowledged")
            let halt = HaltRecord(
                id: HaltID(high: 1, low: 1), scope: .everything, reason: "r", by: .ballast, at: .at(1))
            try await store.recordHalt(halt)

            let after = try await subject.reopenAfterCrash(store)
            let run = fixture.run
            try expect(await after.entries(of: run, after: 0, limit: 99, scope: scope), entries, "the journal")
            try expect(await after.header(of: run, scope: scope), batch.header, "the header")
            try expect(await after.bodies([batch.bodies[0].name], scope: scope).count, 1, "the bodies")
            try expect(
                await after.effects(matching: EffectFilter(), limit: 9, scope: scope), batch.ledger, "the ledger")
            try expect(await after.approvals(status: nil, limit: 9, scope: scope), batch.approvals, "the approvals")
            try expect(await after.inbox(of: run, limit: 9, scope: scope), [item], "the inbox")
            try expect(await after.nextTimer(), .at(7000), "the timers")
            let balance = try await after.balance(of: LimitKey(name: "n"), scope: scope)
            try expect(balance, LimitBalance(used: 0, reserved: 5), "the reservations")
            try expect(await after.haltsInForce(), [halt], "the halts")
            try expect(await after.epochs(), [.everything: 1], "the epochs")
            try expect(await after.append(batch), .alreadyApplied, "what stands is recognised")
            let renewed = try await after.renew([lease], owner: "node-a", now: .at(3000), leaseUntil: .at(20_000))
            try expect(renewed, subject.leasesOutliveProcess ? [] : [run], "the lease")
            try expect(await after.append(fixture.batch()), .applied, "the fence still holds, and the run goes on")
            await after.close()
        },
        Case("a run that was held when its owner died is taken over at the end of the lease, at the latest") {
            subject in
            let store = try await subject.make()
            var fixture = RunFixture()
            try await fixture.create(in: store)
            _ = try await fixture.claim(in: store, now: 2000)
            let fence = fixture.fence
            let after = try await subject.reopenAfterCrash(store)
            let held = subject.leasesOutliveProcess
            try expect(await after.runnable(now: .at(11_999), limit: 9), held ? [] : [fixture.run], "not before")
            try expect(await after.runnable(now: .at(12_000), limit: 9), [fixture.run], "then")
            let claim = try await fixture.claim(in: after, owner: "node-b", now: held ? 12_000 : 3000)
            try expect(claim.previousLeaseUntil, held ? .at(12_000) : nil, "when the dead owner's leave ended")
            try expect(claim.header.claimAttempts, 2, "the attempts are counted across the crash")
            try expect(claim.lease.fence > fence, "the fence rises")
            await after.close()
        },
        Case("a crash makes no run runnable that waits or has ended") { subject in
            let store = try await subject.make()
            let states: [RunStatus] = [.waitingInput, .waitingApproval, .succeeded]
            for (number, status) in zip(UInt64(1)..., states) {
                var fixture = RunFixture(number)
                try await fixture.create(in: store)
                _ = try await fixture.claim(in: store)
                var batch = fixture.batch(status: status)
                if status == .waitingApproval { batch.timers = [.set(kind: "expiry", due: .at(50_000))] }
                try expect(await store.append(batch), .applied, "moves to \(status.name), still held")
            }
            let timed = RunFixture(2).run
            let after = try await subject.reopenAfterCrash(store)
            try expect(await after.runnable(now: .at(49_999), limit: 9), [], "nothing to do")
            try expect(await after.runnable(now: .at(50_000), limit: 9), [timed], "but the one whose timer is due")
            await after.close()
        },
        Case("a closed store answers every call so") { subject in
            let store = try await subject.make()
            var fixture = RunFixture()
            try await fixture.create(in: store)
            await store.close()
            let (late, run, scope) = (fixture.batch(), fixture.run, fixture.scope)
            try await expectError(.closed, "append") { _ = try await store.append(late) }
            try await expectError(.closed, "read") { _ = try await store.header(of: run, scope: scope) }
            try await expectError(.closed, "check") { try await store.check() }
            await store.close()
        },
        Case(on: "an open store says that it is sound") { store in try await store.check() },
    ]
}
