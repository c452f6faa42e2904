import BallastCore
import BallastRuntime

extension RunStoreConformance {
    static let leaseCases: [Case] = [
        Case(on: "a claimed run belongs to one owner until the lease ends") { store in
            var fixture = RunFixture()
            try await fixture.create(in: store)
            let claim = try await fixture.claim(in: store, now: 2000)
            try expect(claim.previousLeaseUntil, nil, "nobody had it before")
            try expect(claim.header.claimAttempts, 1, "the attempt is counted")
            let early = try await store.claim(fixture.run, owner: "node-b", now: .at(11_999), leaseUntil: .at(22_000))
            try expect(early, nil, "not before the end")
            let late = try await store.claim(fixture.run, owner: "node-b", now: .at(12_000), leaseUntil: .at(22_000))
            try expect(late?.previousLeaseUntil, .at(12_000), "the end of the lease that was taken over")
            try expect(late?.header.claimAttempts, 2, "the second attempt is counted")
            try expect((late?.lease.fence ?? 0) > claim.lease.fence, "the fence rises")
        },
        Case(on: "the fence of a lost lease changes nothing any more") { store in
            var fixture = RunFixture()
            try await fixture.create(in: store)
            _ = try await fixture.claim(in: store)
            var paused = fixture
            try expect(await store.append(fixture.batch()), .applied, "the owner writes")
            _ = try await fixture.claim(in: store, owner: "node-b", now: 50_000)
            paused.header.lastSequence = 2
            let late = paused.batch(text: "late")
            try expect(await store.append(late), .refused(.fence(current: fixture.fence)), "the old owner does not")
            try expect(await store.append(fixture.batch()), .applied, "the new owner does")
            try await store.release(Lease(run: fixture.run, fence: paused.fence))
            let stolen = try await store.claim(fixture.run, owner: "node-c", now: .at(50_001), leaseUntil: .at(60_000))
            try expect(stolen, nil, "a release under the old fence frees nothing")
        },
        Case(on: "an append that was applied before the lease was lost is answered so") { store in
            var fixture = RunFixture()
            try await fixture.create(in: store)
            _ = try await fixture.claim(in: store)
            let batch = fixture.batch()
            try expect(await store.append(batch), .applied, "applied")
            _ = try await fixture.claim(in: store, owner: "node-b", now: 50_000)
            try expect(await store.append(batch), .alreadyApplied, "its answer was lost, not its content")
        },
        Case(on: "renewal keeps this owner's leases and names the lost ones") { store in
            var (kept, lost) = (RunFixture(1), RunFixture(2))
            try await kept.create(in: store)
            try await lost.create(in: store)
            let leases = [try await kept.claim(in: store).lease, try await lost.claim(in: store).lease]
            _ = try await lost.claim(in: store, owner: "node-b", now: 20_000)
            let answer = try await store.renew(leases, owner: "node-a", now: .at(20_000), leaseUntil: .at(90_000))
            try expect(answer, [lost.run], "the lost one")
            let other = try await store.claim(kept.run, owner: "node-b", now: .at(89_999), leaseUntil: .at(99_000))
            try expect(other, nil, "the kept one is held until the new end")
        },
        Case(on: "a released run is free at once, a finished run is claimed by nobody") { store in
            var fixture = RunFixture()
            try await fixture.create(in: store)
            try await store.release(try await fixture.claim(in: store).lease)
            let again = try await fixture.claim(in: store, owner: "node-b", now: 2001)
            try expect(again.previousLeaseUntil, nil, "a lease given back was not taken over")
            var last = fixture.batch(status: .succeeded)
            last.releasesLease = true
            try expect(await store.append(last), .applied, "the run ends")
            let claim = try await store.claim(fixture.run, owner: "node-a", now: .at(99_000), leaseUntil: .at(100_000))
            try expect(claim, nil, "finished")
            let unknown = try await store.claim(RunFixture(9).run, owner: "a", now: .at(1), leaseUntil: .at(2))
            try expect(unknown, nil, "unknown")
        },
        Case(on: "the header of an append decides the count of claims") { store in
            var fixture = RunFixture()
            try await fixture.create(in: store)
            _ = try await fixture.claim(in: store)
            _ = try await fixture.claim(in: store)
            let stuck = try await store.header(of: fixture.run, scope: fixture.scope)
            try expect(stuck?.claimAttempts, 2, "it did not move between two claims")
            try expect(await store.append(fixture.batch()), .applied, "it moves")
            let moved = try await store.header(of: fixture.run, scope: fixture.scope)
            try expect(moved?.claimAttempts, 0, "the count starts anew")
        },
    ]

    static let readinessCases: [Case] = [
        Case(on: "a run is runnable while it can move by itself and nobody holds it") { store in
            var fixture = RunFixture(1, status: .queued)
            try await fixture.create(in: store)
            try expect(await store.runnable(now: .at(1000), limit: 9), [fixture.run], "queued")
            _ = try await fixture.claim(in: store, now: 2000)
            try expect(await store.runnable(now: .at(11_999), limit: 9), [], "leased")
            try expect(await store.runnable(now: .at(12_000), limit: 9), [fixture.run], "the lease ended")
            for status in [RunStatus.waitingInput, .waitingApproval, .waitingConfirm, .halted, .escalated] {
                var batch = fixture.batch(status: status)
                batch.releasesLease = true
                try expect(await store.append(batch), .applied, "moves to \(status.name)")
                try expect(await store.runnable(now: .at(99_000), limit: 9), [], "waits in \(status.name)")
            }
            try expect(await store.append(fixture.batch(status: .cancelling)), .applied, "is cancelled")
            try expect(await store.runnable(now: .at(99_000), limit: 9), [fixture.run], "settles its effects")
            try expect(await store.append(fixture.batch(status: .cancelled)), .applied, "has ended")
            try expect(await store.runnable(now: .at(99_000), limit: 9), [], "finished")
        },
        Case(on: "the run that could move first comes first, and a limit is kept") { store in
            var fixtures = [3, 1, 2].map { RunFixture($0, status: .queued) }
            for index in fixtures.indices {
                let batch = fixtures[index].batch(at: .at(1000 + Int64(index)))
                try expect(await store.append(batch), .applied, "created")
            }
            let runs = fixtures.map(\.run)
            try expect(await store.runnable(now: .at(5000), limit: 9), runs, "in the order they became ready")
            try expect(await store.runnable(now: .at(5000), limit: 2), Array(runs.prefix(2)), "at most two")
            try expect(await store.runnable(now: .at(1001), limit: 9), Array(runs.prefix(2)), "not before their time")
        },
    ]
}
