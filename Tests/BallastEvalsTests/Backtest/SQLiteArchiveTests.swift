import BallastCore
import BallastEvals
import BallastPolicy
import BallastRuntime
import BallastStore
import BallastTesting
import Foundation
import Logging
import Testing

@Suite("A store's recorded actions are read beside the server that writes them")
struct SQLiteArchiveTests {
    private static let key = [UInt8](repeating: 4, count: 32)

    /// A desk with one safe tool, on a real file.
    private func runtime(_ store: SQLiteRunStore) throws -> AgentRuntime {
        var workshop = Workshop()
        workshop.tool("look", .safe) { _ in .result(ToolResult(content: "{\"ok\":true}")) }
        let long = String(repeating: "a", count: 300)
        workshop.model { request in
            request.messages.contains { $0.role == .tool }
                ? .says("done") : .calls([("look", "{\"n\":1}"), ("look", "{\"text\":\"\(long)\"}")])
        }
        return AgentRuntime(
            store: store, clock: SimulatedClock(), random: SeededRandom(seed: 3),
            deployment: CurrentDeployment(try workshop.deployment()), masterKey: SQLiteArchiveTests.key, owner: "test",
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func files(_ path: String) -> [String: Data] {
        Dictionary(["", "-wal", ".lock"].map { ($0, FileManager.default.contents(atPath: path + $0) ?? Data()) }) {
            first, _ in first
        }
    }

    private func run(_ runtime: AgentRuntime) async throws {
        let (run, _) = try await runtime.start(
            StartRun(agent: "worker", text: "look", principal: Principal("customer:ana")))
        await runtime.rest(of: run)
    }

    private func backtest(_ path: String, _ policy: Policy, since: Timestamp? = nil) async throws -> BacktestReport {
        var options = Backtest.Options()
        options.shards = 2
        options.page = 2
        options.since = since ?? options.since
        let archive = try SQLiteArchive.open(path: path, readers: 3)
        return try await Backtest(
            archive: archive, masterKey: SQLiteArchiveTests.key, candidate: Candidate(policies: ["worker": policy]),
            options: options
        ).run()
    }

    @Test("what is committed by then is decided again, and not a byte of the store changes")
    func besideServer() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "archive-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "store.db").path
        let store = try await SQLiteRunStore.open(path: path)
        let runtime = try runtime(store)
        for _ in 0..<3 { try await run(runtime) }
        let before = files(path)
        let same = try await backtest(path, Policy(classes: ["look": .safe]))
        #expect(same.decisions == 6)
        #expect(same.decidedAgain == 6)
        #expect(same.flipped == 0)
        let stricter = try await backtest(path, Policy(classes: ["look": .dangerous]))
        #expect(stricter.flips.map(\.count) == [6])
        #expect(stricter.looser == 0)
        #expect(stricter.load.map(\.after) == [6])
        #expect(files(path) == before)
        // The server goes on as if nobody had looked.
        try await run(runtime)
        #expect(try await backtest(path, Policy(classes: ["look": .safe])).decisions == 8)
        await store.close()
        #expect(try await backtest(path, Policy(classes: ["look": .safe])).decisions == 8)
    }

    @Test("a file that is no store is refused and named")
    func foreign() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "no-store-\(UUID().uuidString)").path
        #expect(FileManager.default.createFile(atPath: path, contents: Data("hello".utf8)))
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: StoreError.self) { try SQLiteArchive.open(path: path, readers: 1) }
        #expect(throws: StoreError.self) { try SQLiteArchive.open(path: path + "-gone", readers: 1) }
    }
}
