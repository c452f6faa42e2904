import BallastCore
import BallastRuntime
import BallastStore
import GRDB
import Synchronization
import Testing

@Suite("A commit to SQLite, on the writer's thread and on the caller's")
struct SQLiteCommitTests {
    /// Who commits: the writer's thread always, or a caller whenever nobody waits.
    enum Committer: UInt64, CaseIterable { case writer = 0, caller = 0xFFFF_FFFF_FFFF_FFFF }

    /// Faults for the next commits, in order; then the disk is well.
    private final class Disk: Sendable {
        private let faults: Mutex<[CommitFault?]>
        private let committer: Committer
        init(_ faults: [CommitFault?], _ committer: Committer) {
            self.faults = Mutex(faults)
            self.committer = committer
        }
        var options: SQLiteStoreOptions {
            var options = SQLiteStoreOptions(commitFault: {
                self.faults.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            })
            options.quickCommit = committer.rawValue
            return options
        }
    }

    @Test("whose answer was lost is read back and found applied", arguments: Committer.allCases)
    func lostAnswer(committer: Committer) async throws {
        try await TemporaryFolder.with { folder in
            let disk = Disk([nil, .answerLost], committer)
            let store = try await SQLiteRunStore.open(path: folder.file("s"), options: disk.options)
            var run = SampleRun(1)
            #expect(try await store.append(run.next()) == .applied)
            let batch = run.next(entries: 3)
            #expect(try await store.append(batch) == .applied)
            #expect(try await store.append(batch) == .alreadyApplied)
            #expect(try await store.append(run.next()) == .applied)
            #expect(try await store.entries(of: run.id, after: 0, limit: 9, scope: run.scope).count == 5)
            await store.close()
        }
    }

    @Test("that was not written is answered with an error, and the store goes on", arguments: Committer.allCases)
    func notWritten(committer: Committer) async throws {
        try await TemporaryFolder.with { folder in
            let disk = Disk([nil, .notWritten], committer)
            let store = try await SQLiteRunStore.open(path: folder.file("s"), options: disk.options)
            var run = SampleRun(1)
            #expect(try await store.append(run.next()) == .applied)
            let batch = run.next()
            let error = await #expect(throws: StoreError.self) { try await store.append(batch) }
            #expect(error?.code == .io)
            #expect(error?.message.contains("It was read back: it does not stand") == true)
            #expect(try await store.append(batch) == .applied)
            await store.close()
        }
    }

    @Test("that failed ends no lease of the process that goes on", arguments: Committer.allCases)
    func leases(committer: Committer) async throws {
        try await TemporaryFolder.with { folder in
            let disk = Disk([nil, nil, .answerLost], committer)
            let store = try await SQLiteRunStore.open(path: folder.file("s"), options: disk.options)
            var run = SampleRun(1)
            _ = try await store.append(run.next())
            let (now, end) = (Timestamp(milliseconds: 10), Timestamp(milliseconds: 99))
            let claim = try #require(try await store.claim(run.id, owner: "a", now: now, leaseUntil: end))
            var batch = run.next()
            batch.fence = claim.lease.fence
            #expect(try await store.append(batch) == .applied)
            #expect(try await store.claim(run.id, owner: "b", now: now, leaseUntil: end) == nil)
            await store.close()
        }
    }

    @Test("of something that cannot be read back is unknown", arguments: Committer.allCases)
    func unknown(committer: Committer) async throws {
        try await TemporaryFolder.with { folder in
            let disk = Disk([nil, .answerLost], committer)
            let store = try await SQLiteRunStore.open(path: folder.file("s"), options: disk.options)
            var run = SampleRun(1)
            #expect(try await store.append(run.next()) == .applied)
            let item = InboxItem(
                id: InboxID(high: 1, low: 1), run: run.id, uniqueKey: "k", kind: "input", payload: [1],
                receivedAt: Timestamp(milliseconds: 1))
            let scope = run.scope
            let error = await #expect(throws: StoreError.self) { try await store.deliver(item, scope: scope) }
            #expect(error?.code == .outcomeUnknown)
            #expect(try await store.deliver(item, scope: scope) == .duplicate(item))
            await store.close()
        }
    }

    @Test("of many callers that failed is settled for each of them, once", arguments: 1...5, Committer.allCases)
    func manyCallers(seed: Int, committer: Committer) async throws {
        try await TemporaryFolder.with { folder in
            let faults: [CommitFault?] = (0..<40).map { step in
                [nil, .answerLost, .notWritten, nil, .answerLost][(step * seed + seed) % 5]
            }
            let store = try await SQLiteRunStore.open(path: folder.file("s"), options: Disk(faults, committer).options)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in UInt64(1)...50 {
                    group.addTask {
                        var run = SampleRun(number)
                        for _ in 0..<10 { try await persist(run.next(entries: 2), in: store) }
                    }
                }
                try await group.waitForAll()
            }
            for number in UInt64(1)...50 {
                let run = SampleRun(number)
                let entries = try await store.entries(of: run.id, after: 0, limit: 99, scope: run.scope)
                #expect(entries.map(\.sequence) == Array(1...20))
            }
            await store.close()
        }
    }

    /// Appends until the batch stands, as a caller does that was told of an error.
    private func persist(_ batch: AppendBatch, in store: SQLiteRunStore) async throws {
        for _ in 0..<100 {
            if let answer = try? await store.append(batch) {
                return #expect(answer == .applied || answer == .alreadyApplied)
            }
        }
        Issue.record("the batch was never applied")
    }

    @Test("with a write at fault fails that write alone")
    func oneAtFault() async throws {
        try await TemporaryFolder.with { folder in
            var runs = (UInt64(1)...30).map { SampleRun($0) }
            let store = try await SQLiteRunStore.open(path: folder.file("s"))
            for index in runs.indices { #expect(try await store.append(runs[index].next()) == .applied) }
            await store.close()
            let stray = try DatabaseQueue(path: folder.file("s"))
            try await stray.write { try $0.execute(sql: "INSERT INTO journal VALUES (NULL, 7, 2, 1, NULL, x'00')") }
            try stray.close()

            let again = try await SQLiteRunStore.open(path: folder.file("s"))
            let answers = await withTaskGroup(of: (Int, Result<AppendResult, StoreError>).self) { group in
                for index in runs.indices {
                    let batch = runs[index].next()
                    group.addTask {
                        do throws(StoreError) {
                            return (index, .success(try await again.append(batch)))
                        } catch {
                            return (index, .failure(error))
                        }
                    }
                }
                return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            for (index, answer) in answers where index != 6 { #expect(answer == .success(.applied), "\(index)") }
            guard case .failure(let error) = answers[6] else { return #expect(Bool(false), "run 7 cannot be written") }
            #expect(error.code == .io)
            await again.close()
        }
    }

    @Test("answers everything that was queued when the store is closed")
    func closing() async throws {
        try await TemporaryFolder.with { folder in
            let store = try await SQLiteRunStore.open(path: folder.file("s"))
            await withTaskGroup(of: Void.self) { group in
                for number in UInt64(1)...200 {
                    group.addTask {
                        var run = SampleRun(number)
                        let answer = try? await store.append(run.next())
                        #expect(answer == .applied || answer == nil)
                    }
                }
                group.addTask { await store.close() }
            }
            let again = try await SQLiteRunStore.open(path: folder.file("s"))
            try await again.check()
            await again.close()
        }
    }

    @Test("of thousands of bodies leaves each of them readable, before and after a crash")
    func manyBodies() async throws {
        try await TemporaryFolder.with { folder in
            let store = try await SQLiteRunStore.open(path: folder.file("s"))
            var names: [Digest] = []
            for number in UInt64(1)...90 {
                var run = SampleRun(number)
                var batch = run.next()
                batch.bodies = (0..<100).map { SampleRun.body("body \(number) \($0 / 2)") }
                names += batch.bodies.map(\.name)
                #expect(try await store.append(batch) == .applied)
            }
            let scope = TenantScope(.default)
            #expect(try await store.bodies(names, scope: scope).count == 4500)
            try folder.copyStore("s", to: "t")
            let after = try await SQLiteRunStore.open(path: folder.file("t"))
            #expect(try await after.bodies(names, scope: scope).count == 4500)
            var again = SampleRun(1000)
            var batch = again.next()
            batch.bodies = [SampleRun.body("body 1 0"), SampleRun.body("body 90 49"), SampleRun.body("new")]
            #expect(try await after.append(batch) == .applied)
            var stranger = SampleRun(2000, tenant: "rival")
            #expect(try await after.append(stranger.next()) == .applied)
            let rival = try await after.bodies(names, scope: stranger.scope)
            await store.close()
            await after.close()
            #expect(rival == [:])
            let rows = try await DatabaseQueue(path: folder.file("t")).read {
                try Int.fetchOne($0, sql: "SELECT count(*) FROM bodies")
            }
            #expect(rows == 4501)
        }
    }
}
