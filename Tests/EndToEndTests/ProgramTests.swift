import AsyncHTTPClient
import BallastCore
import Foundation
import NIOCore
import NIOHTTP1
import Testing

@Suite("The program", .serialized)
struct ProgramTests {
    private func temporary() -> URL {
        FileManager.default.temporaryDirectory.appending(path: "ballast-\(UUID().uuidString)")
    }

    private func serving(_ body: (Installation, Program) async throws -> Void) async throws {
        let installation = try Installation(port: 19_000 + Int.random(in: 0..<900))
        try installation.start()
        defer { installation.stop() }
        try #require(await installation.ready(), "\(installation.log)")
        let program = Program(
            folder: installation.folder.appending(path: "home"), url: "http://127.0.0.1:\(installation.port)",
            key: installation.key)
        try await body(installation, program)
    }

    @Test("says what is wrong with its use, and exits 2")
    func wrongUsage() throws {
        let folder = temporary()
        defer { try? FileManager.default.removeItem(at: folder) }
        let program = Program(folder: folder)
        for end in [try program("nonsense"), try program("run"), try program("runs", "--limit", "many")] {
            #expect(end.status == 2)
            #expect(end.complaints.contains("Usage:"))
        }
        #expect(try program("runs").status == 2, "no key")
    }

    @Test("says that nobody answers, and exits 4")
    func unreachable() throws {
        let folder = temporary()
        defer { try? FileManager.default.removeItem(at: folder) }
        let end = try Program(folder: folder, url: "http://127.0.0.1:1", key: "x")("runs")
        #expect(end.status == 4)
        #expect(end.complaints.contains("ballast serve"))
    }

    @Test("makes a configuration that serves at once, and never writes over one")
    func initialise() throws {
        let folder = temporary()
        defer { try? FileManager.default.removeItem(at: folder) }
        let program = Program(folder: folder)
        let target = folder.appending(path: "made").path
        #expect(try program("init", target).status == 0)
        let again = try program("init", target)
        #expect(again.status == 2)
        #expect(again.complaints.contains("nothing was written"))
    }

    @Test("names file, line and remedy of a wrong configuration, and exits 2")
    func wrongConfiguration() throws {
        let folder = temporary()
        defer { try? FileManager.default.removeItem(at: folder) }
        let program = Program(folder: folder)
        let target = folder.appending(path: "made")
        _ = try program("init", target.path)
        try Data("listen: 127.0.0.1:7340\n store: x\n".utf8).write(to: target.appending(path: "ballast.yaml"))
        let end = try program("serve", "--config", target.path)
        #expect(end.status == 2)
        #expect(end.complaints.contains("ballast.yaml:2:"))
    }

    @Test("tells a second server who has the store, and exits 1")
    func secondServer() async throws {
        try await serving { installation, program in
            let end = try program("serve", "--config", installation.folder.path, "--listen", "127.0.0.1:0")
            #expect(end.status == 1)
            #expect(end.complaints.contains("in use by another Ballast server"))
        }
    }

    @Test("plays a run to its approval, explains every step, and ends it")
    func wholeRun() async throws {
        try await serving { _, program in
            let run = try program("run", "refunder", "refund 5.00 USD for order O-1001", "--as", "customer:ana")
            #expect(run.status == 0)
            #expect(run.output.contains("waits for approval by finance"))
            let list = try JSONReader.read(try program("approvals", "--json").output)
            #expect(try program("approvals").output.contains("amount is 5.00 USD"))
            let approval = try #require(list[0]?["approval_id"]?.string)

            let own = try program("approve", approval)
            #expect(own.status == 3, "who started it may not approve it")
            let why = try program("reject", approval, "--reason", "")
            #expect(why.status == 2)

            let id = try #require(list[0]?["run_id"]?.string)
            let shown = try program("show", id)
            #expect(shown.output.contains("next: ballast approve \(approval)"))
            let sequence = try #require(
                try JSONReader.read(try program("show", id, "--json").output)["events"]?.array?.last?["sequence"]?.int)
            let story = try program("show", id, "--why", String(sequence))
            #expect(story.output.contains("proposed by"))
            #expect(story.output.contains("refunds-by-finance"))
            #expect(try program("cancel", id).status == 0)
        }
    }

    @Test("ends open streams when it is told to stop, and exits 0")
    func cleanStop() async throws {
        try await serving { installation, program in
            _ = try program("run", "refunder", "refund 5.00 USD for order O-1001", "--as", "customer:ana", "--detach")
            let run = try JSONReader.read(try program("runs", "--json").output)[0]?["run_id"]?.string ?? ""
            var request = HTTPClientRequest(url: "http://127.0.0.1:\(installation.port)/api/v1/runs/\(run)/events")
            request.headers.add(name: "authorization", value: "Bearer \(installation.key ?? "")")
            request.headers.add(name: "accept", value: "text/event-stream")
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
            var (text, isStopped) = ("", false)
            for try await chunk in response.body {
                text += String(decoding: chunk.readableBytesView, as: UTF8.self)
                guard !isStopped, text.contains("event: approval_requested") else { continue }
                isStopped = true
                installation.stop()
            }
            #expect(text.contains("event: run_created"))
            #expect(text.hasSuffix(": the server is stopping\n\n"))
            #expect(installation.log.contains("nothing acknowledged is lost"))
        }
    }
}
