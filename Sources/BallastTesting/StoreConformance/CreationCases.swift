import BallastCore
import BallastRuntime

extension RunStoreConformance {
    static let creationCases: [Case] = [
        Case(on: "creating the same run twice is applied once, other content under its id is refused") { store in
            var fixture = RunFixture()
            var other = fixture
            let batch = fixture.batch(entries: 2)
            try expect(await store.append(batch), .applied, "first time")
            try expect(await store.append(batch), .alreadyApplied, "second time")
            try expect(await store.append(other.batch(text: "other")), .refused(.runExists), "other content")
        },
        Case(on: "a conversation has one active run; when it ends, the next may start") { store in
            var (first, second, elsewhere) = (
                RunFixture(1, conversation: 5), RunFixture(2, conversation: 5), RunFixture(3, conversation: 6)
            )
            try await first.create(in: store)
            let start = second.batch()
            try expect(await store.append(start), .refused(.conversationBusy(first.run)), "the second must wait")
            try await elsewhere.create(in: store)
            let (conversation, scope) = (first.header.conversation, first.scope)
            try expect(await store.activeRun(of: conversation, scope: scope), first.run, "the active run")
            try expect(await store.append(first.batch(status: .succeeded)), .applied, "the first ends")
            try expect(await store.activeRun(of: conversation, scope: scope), nil, "nobody is active")
            try expect(await store.append(start), .applied, "now the second starts")
            try expect(await store.activeRun(of: conversation, scope: scope), second.run, "and is the active one")
        },
        Case(on: "a run and its sub-run are created together or not at all") { store in
            var (parent, child) = (RunFixture(1), RunFixture(2))
            try await parent.create(in: store)
            let first = child.batch(entries: 2)
            var batch = parent.batch(status: .running)
            batch.children = [
                NewRun(run: child.run, entries: first.entries, bodies: [child.body("task")], header: first.header)
            ]
            var refused = batch
            refused.limits = [LimitChange(key: LimitKey(name: "full"), kind: .reserve(amount: 1, cap: 0))]
            let full = AppendRefusal.limit(LimitKey(name: "full"), available: 0)
            try expect(await store.append(refused), .refused(full), "no room")
            try expect(await store.header(of: child.run, scope: child.scope), nil, "no child without its parent's wait")
            try expect(await store.append(batch), .applied, "both")
            try expect(await store.append(batch), .alreadyApplied, "once")
            let entries = try await store.entries(of: child.run, after: 0, limit: 9, scope: child.scope)
            try expect(entries, first.entries, "the child's entries")
            let names = [child.body("task").name]
            try expect(await store.bodies(names, scope: child.scope).count, 1, "the child's bodies")
            try expect(await store.runnable(now: .at(9000), limit: 9), [parent.run, child.run], "both can move")
        },
    ]
}
