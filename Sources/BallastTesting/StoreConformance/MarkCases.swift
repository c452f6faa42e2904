import BallastCore
import BallastRuntime

extension RunStoreConformance {
    private static func key(_ number: UInt8, _ first: UInt8 = 1) -> [UInt8] {
        [first, number, 3, 4] + Array(repeating: number, count: 12)
    }

    static let markCases: [Case] = [
        Case("what a run wrote is known to every run of its tenant, after a crash too, and to no other tenant") {
            subject in
            let store = try await subject.make()
            var run = RunFixture()
            var batch = run.batch()
            batch.marks = [WrittenMark(key: key(1), marks: .value), WrittenMark(key: key(2), marks: .record)]
            try expect(await store.append(batch), .applied, "with its marks")
            var other = RunFixture(2)
            var more = other.batch()
            more.marks = [WrittenMark(key: key(2), marks: .unread)]
            try expect(await store.append(more), .applied, "another run adds to them")
            let found: [[UInt8]: WrittenMark.Marks] = [key(1): .value, key(2): [.record, .unread]]
            let asked: Set<[UInt8]> = [key(1), key(2), key(3)]
            try expect(await store.marks(of: asked, scope: run.scope), found, "all that is known")
            let rival = TenantScope(TenantID("rival"))
            try expect(await store.marks(of: asked, scope: rival), [:], "not theirs")
            try expect(await store.marks(of: [], scope: run.scope), [:], "nothing was asked")
            await store.close()
        },
        Case(on: "a refused append marks nothing") { store in
            var run = RunFixture()
            try await run.create(in: store)
            var batch = run.batch()
            batch.fence = 77
            batch.marks = [WrittenMark(key: key(1), marks: .value)]
            if case .refused = try await store.append(batch) {
                try expect(await store.marks(of: [key(1)], scope: run.scope), [:], "nothing")
            } else {
                throw ConformanceFailure("a wrong fence is refused")
            }
        },
        Case(on: "no mark is ever forgotten: beyond the bound old ones are kept coarsely, and others look like them") {
            store in
            var run = RunFixture()
            let numbers = Array(UInt8(0)..<200)
            var batch = run.batch()
            batch.marksKept = 16
            batch.marks = numbers.map { WrittenMark(key: key($0), marks: .value) }
            try expect(await store.append(batch), .applied, "many")
            let found = try await store.marks(of: Set(numbers.map { key($0) }), scope: run.scope)
            try expect(found.count, 200, "all of them")
            let alike: [UInt8] = Array(key(0).prefix(2)) + Array(repeating: 99, count: 14)
            let other = Array(repeating: UInt8(77), count: 16)
            let seen = try await store.marks(of: [alike, other], scope: run.scope)
            try expect(seen, [alike: .value], "what begins like an old one counts as written; what does not, does not")
        },
    ]
}
