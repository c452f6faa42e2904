import BallastCore
import BallastRuntime
import BallastStore
import Foundation
import GRDB
import Testing

@Suite("The SQLite file")
struct SQLiteFileTests {
    @Test("is opened with write-ahead logging and an fsync at each commit")
    func durability() async throws {
        try await TemporaryFolder.with { folder in
            let store = try await SQLiteRunStore.open(path: folder.file("s"))
            let settings = try await store.settings()
            #expect(settings.synchronous == 2)
            #expect(settings.journalMode == "wal")
            #expect(settings.pageSize == 8192)
            #expect(settings.schemaVersion == 4)
            await store.close()
        }
    }

    @Test("belongs to its user alone")
    func mode() async throws {
        try await TemporaryFolder.with { folder in
            let store = try await SQLiteRunStore.open(path: folder.file("s"))
            try await store.check()
            for name in ["s", "s-wal", "s.lock"] {
                let attributes = try FileManager.default.attributesOfItem(atPath: folder.file(name))
                #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
            }
            await store.close()
        }
    }

    @Test("stands for itself after a clean end: a copy of the one file is the whole store")
    func cleanEnd() async throws {
        try await TemporaryFolder.with { folder in
            let store = try await SQLiteRunStore.open(path: folder.file("s"))
            try await store.saveAPIKey(
                APIKeyRecord(
                    id: KeyID(high: 1, low: 2), secretHash: .sha256([1]), name: "first", tenant: .default,
                    principal: Principal("operator:olga"), scopes: ["run"], createdAt: Timestamp(milliseconds: 1)))
            await store.close()
            try FileManager.default.copyItem(atPath: folder.file("s"), toPath: folder.file("copy"))
            let copy = try await SQLiteRunStore.open(path: folder.file("copy"))
            #expect(try await copy.apiKeys().map(\.name) == ["first"])
            await copy.close()
        }
    }

    @Test("serves one server at a time, and says which one has it")
    func twoOpeners() async throws {
        try await TemporaryFolder.with { folder in
            let path = folder.file("s")
            let first = try await SQLiteRunStore.open(path: path)
            let error = await #expect(throws: StoreError.self) { try await SQLiteRunStore.open(path: path) }
            #expect(error?.code == .inUse)
            #expect(error?.message.contains("pid \(getpid()), started 2") == true)
            #expect(error?.advice.contains("--store sqlite:PATH") == true)
            try await first.check()
            await first.close()
            let second = try await SQLiteRunStore.open(path: path)
            await second.close()
        }
    }

    #if os(Linux)
        @Test("is free once it is closed, also while a child that is being started has its lock's descriptor")
        func inheritedLock() async throws {
            try await TemporaryFolder.with { folder in
                let path = folder.file("s")
                let first = try await SQLiteRunStore.open(path: path)
                let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
                let lock = descriptors.first {
                    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)"))?
                        .hasSuffix("\(URL(filePath: folder.path).lastPathComponent)/s.lock") == true
                }
                // What fork does to it.
                let inherited = dup(try #require(lock.flatMap { Int32($0) }))
                defer { close(inherited) }
                await first.close()
                let second = try await SQLiteRunStore.open(path: path)
                await second.close()
            }
        }
    #endif

    @Test("of an earlier version is brought to this one, and keeps what it holds")
    func migration() async throws {
        try await TemporaryFolder.with { folder in
            let (path, scope) = (folder.file("s"), TenantScope(.default))
            let older = try await SQLiteRunStore.open(path: path)
            let pin = ToolPin(
                tool: "t", hash: .sha256([1]), acceptedBy: Principal("op"), acceptedAt: Timestamp(milliseconds: 1))
            try await older.setPin(pin, scope: scope)
            await older.close()
            let queue = try DatabaseQueue(path: path)
            try await queue.writeWithoutTransaction { db in
                try db.execute(
                    sql: "ALTER TABLE pins DROP COLUMN definition; DROP TABLE written_marks; DROP TABLE trust;"
                        + "PRAGMA user_version = 1")
            }
            try queue.close()
            let store = try await SQLiteRunStore.open(path: path)
            #expect(try await store.settings().schemaVersion == 4)
            #expect(try await store.pins(scope: scope) == ["t": pin])
            await store.close()
        }
    }

    @Test("is read to the end for a task that was cancelled, which is no fault of the store")
    func cancelledReader() async throws {
        try await TemporaryFolder.with { folder in
            let store = try await SQLiteRunStore.open(path: folder.file("s"))
            let reader = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await store.pins(scope: TenantScope(.default))
            }
            #expect(try await reader.value.isEmpty)
            await store.close()
        }
    }

    @Test("may be there already, empty")
    func emptyFile() async throws {
        try await TemporaryFolder.with { folder in
            try Data().write(to: URL(filePath: folder.file("s")))
            let store = try await SQLiteRunStore.open(path: folder.file("s"))
            #expect(try await store.settings().schemaVersion == 4)
            await store.close()
        }
    }

    @Test("of a newer Ballast is left alone")
    func newerSchema() async throws {
        try await TemporaryFolder.with { folder in
            try await SQLiteRunStore.open(path: folder.file("s")).close()
            try write(folder.file("s"), "PRAGMA user_version = 99")
            let error = await opening(folder.file("s"))
            #expect(error?.code == .tooNew)
            #expect(error?.message.contains("schema version 99; this Ballast knows versions up to 4") == true)
        }
    }

    @Test("of another program is left alone")
    func foreignFile() async throws {
        try await TemporaryFolder.with { folder in
            try write(folder.file("s"), "CREATE TABLE letters (text)")
            let error = await opening(folder.file("s"))
            #expect(error?.code == .corrupt)
            #expect(error?.message.contains("database of another program") == true)
        }
    }

    @Test("that is no database gives a clear error")
    func noDatabase() async throws {
        try await TemporaryFolder.with { folder in
            let text = String(repeating: "this is not a database ", count: 1000)
            try text.write(toFile: folder.file("s"), atomically: true, encoding: .utf8)
            let error = await opening(folder.file("s"))
            #expect(error?.code == .corrupt)
            #expect(error?.message.contains("is damaged or is not a Ballast store") == true)
        }
    }

    @Test("in a folder that does not exist gives a clear error")
    func noFolder() async throws {
        let error = await opening("/nonexistent/folder/s")
        #expect(error?.code == .io)
        #expect(error?.description.contains("Check that the folder exists") == true)
    }

    @Test("with a damaged page answers with an error and stops nothing else", arguments: 1...12)
    func damagedPage(page: Int) async throws {
        try await TemporaryFolder.with { folder in
            let store = try await SQLiteRunStore.open(path: folder.file("s"))
            var runs: [SampleRun] = []
            for number in UInt64(1)...20 {
                var run = SampleRun(number)
                _ = try await store.append(run.next(entries: 20))
                runs.append(run)
            }
            await store.close()
            try overwrite(folder.file("s"), page: page)
            guard let damaged = try? await SQLiteRunStore.open(path: folder.file("s")) else { return }
            for run in runs {
                _ = try? await damaged.header(of: run.id, scope: run.scope)
                _ = try? await damaged.entries(of: run.id, after: 0, limit: 99, scope: run.scope)
                var run = run
                _ = try? await damaged.append(run.next(entries: 1))
            }
            await damaged.close()
        }
    }

    private func opening(_ path: String) async -> StoreError? {
        await #expect(throws: StoreError.self) { try await SQLiteRunStore.open(path: path) }
    }

    private func write(_ path: String, _ sql: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: sql) }
        try queue.close()
    }

    private func overwrite(_ path: String, page: Int) throws {
        let file = try FileHandle(forUpdating: URL(filePath: path))
        defer { try? file.close() }
        guard try file.seekToEnd() >= UInt64((page + 1) * 8192) else { return }
        try file.seek(toOffset: UInt64(page * 8192))
        try file.write(contentsOf: Data((0..<8192).map { UInt8(truncatingIfNeeded: $0 &* 197 >> 2) }))
    }
}
