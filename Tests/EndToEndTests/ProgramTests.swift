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
    }

    @Test("ends quietly when nobody reads on, as in `ballast runs | head`")
    func closedPipe() async throws {
        try await serving { _, program in
            let reader = Pipe()
            try reader.fileHandleForReading.close()
            let process = Process()
            process.executableURL = Installation.programs.appending(path: "ballast")
            process.arguments = ["tools"]
            process.environment = program.environment
            (process.standardOutput, process.standardError) = (reader, Pipe())
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationReason == .exit)
            #expect(process.terminationStatus == 0)
        }
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
    func initialise() async throws {
        let installation = try Installation(port: 19_000 + Int.random(in: 0..<900))
        try installation.clear()
        let program = Program(
            folder: installation.folder.appending(path: "home"), url: "http://127.0.0.1:\(installation.port)")
        let made = try program("init", installation.folder.path)
        #expect(made.status == 0)
        #expect(made.output.contains("Next:  ballast serve"))
        let again = try program("init", installation.folder.path)
        #expect(again.status == 2)
        #expect(again.complaints.contains("nothing was written"))
        try installation.start()
        defer { installation.stop() }
        try #require(await installation.ready(), "\(installation.log)")
        let key = try #require(installation.key)
        #expect(installation.log.contains("ballast run assistant"), "what to try next")
        for (command, words) in [
            ("runs", "No runs yet"), ("approvals", "Nothing waits"), ("effects", "No effects yet"),
            ("halts", "Nothing is halted"), ("tools", "No tools"),
        ] {
            let end = try program(command, "--key", key)
            #expect(end.status == 0 && end.output.contains(words), "\(command): \(end.output)\(end.complaints)")
        }
        let run = try program("run", "assistant", "call me back", "--key", key)
        #expect(run.status == 0)
        #expect(run.output.contains("Waiting: ballast answer"))
        let doctor = try program("doctor", "--config", installation.folder.path, "--key", key)
        #expect(doctor.status == 0, "\(doctor.output)")
    }

    @Test("shows what changed in a tool, and accepts exactly what was shown")
    func changedTool() async throws {
        let installation = try Installation(port: 19_000 + Int.random(in: 0..<900))
        let file = installation.folder.appending(path: "ballast.yaml")
        func offer(_ description: String) throws {
            let text = """
                store: sqlite:data/ballast.db
                tools:
                  shop:
                    http:
                      base_url: http://127.0.0.1:1
                      tools:
                        lookup_order:
                          description: \(description)
                          method: GET
                          path: /orders/{order_id}
                          arguments: { type: object, properties: { order_id: { type: string } }, required: [order_id] }
                      prefix: none

                """
            try Data(text.utf8).write(to: file)
        }
        try offer("Look up one order.")
        try installation.start()
        try #require(await installation.ready(), "\(installation.log)")
        installation.stop()
        try offer("Look up one order, and pay for it.")
        try installation.start()
        defer { installation.stop() }
        try #require(await installation.ready(), "\(installation.log)")
        let program = Program(
            folder: installation.folder.appending(path: "home"), url: "http://127.0.0.1:\(installation.port)",
            key: installation.key)
        #expect(try program("tools").output.contains("changed: accept it first"))
        let shown = try program("tools", "--accept", "lookup_order")
        #expect(shown.status == 1)
        #expect(shown.output.contains("-   \"description\": \"Look up one order.\""), "\(shown.output)")
        #expect(shown.output.contains("+   \"description\": \"Look up one order, and pay for it.\""))
        let other = try program(
            "tools", "--accept", "lookup_order", "--definition", String(repeating: "0", count: 64))
        #expect(other.status == 3)
        #expect(other.complaints.contains("nothing was accepted"))
        let hash = try #require(shown.complaints.split(separator: " ").last).trimmingCharacters(
            in: .whitespacesAndNewlines)
        #expect(try program("tools", "--accept", "lookup_order", "--definition", hash).status == 0)
        #expect(!(try program("tools").output.contains("changed")))
    }

    @Test("tries another policy on what was recorded, beside the server, and says why")
    func backtest() async throws {
        try await serving { installation, program in
            let config = installation.folder.path
            #expect(try program("run", "refunder", "refund 20.00 USD for order O-1001", "--detach").status == 0)
            for _ in 0..<100 where !(try program("approvals", "--json").output.contains("apr_")) {
                try await Task.sleep(for: .milliseconds(100))
            }
            let own = installation.folder.appending(path: "policies/refunder.yaml")
            let other = installation.folder.appending(path: "home/refunder.yaml")
            let rule = "  - { id: too-much, deny: issue_refund, when: { amount: { above: 10.00 USD } } }\n"
            try Data((try String(contentsOf: own, encoding: .utf8) + rule).utf8).write(to: other)
            let tried = try program("policy", "backtest", other.path, "--config", config, "--fail-on", "any", "--json")
            #expect(tried.status == 1, "\(tried.complaints)")
            let report = try JSONReader.read(Array(tried.output.utf8))
            #expect(report["flipped"] == 1)
            #expect(report["looser"] == 0)
            #expect(report["flips"]?[0]?["before"]?["asks"] == "finance")
            #expect(report["flips"]?[0]?["after"]?["rule"] == "too-much")
            #expect(report["money"]?[0]?["after"]?["refused"] == 2000)
            #expect(try program("policy", "backtest", own.path, "--config", config, "--fail-on", "any").status == 0)
            let action = try #require(report["flips"]?[0]?["examples"]?[0]?.string)
            let why = try program("policy", "explain", action, "--config", config)
            #expect(why.status == 0, "\(why.complaints)")
            #expect(why.output.contains("The policy is the one of then."), "\(why.output)")
            #expect(why.output.contains("matches: refunds-by-finance"))
            let untested = try program("policy", "test", config)
            #expect(untested.status == 1 && untested.output.contains("policies/NAME.test.yaml"))
        }
    }

    @Test("reloads its configuration when it is told, by a signal, and by itself; a broken file changes nothing")
    func reload() async throws {
        try await serving { installation, program in
            func inForce() async -> JSONValue {
                await installation.request("GET", "/api/v1/configuration")?.body ?? .null
            }
            func becomes(_ hash: JSONValue?) async throws -> Bool {
                for _ in 0..<400 {
                    if await inForce()["hash"] != hash { return true }
                    try await Task.sleep(for: .milliseconds(50))
                }
                return false
            }
            let policy = try String(
                contentsOf: installation.folder.appending(path: "policies/refunder.yaml"), encoding: .utf8)
            try installation.write("policies/refunder.yaml", policy + "  - { id: x, denyy: issue_refund }\n")
            let refused = try program("reload")
            #expect(refused.status == 2)
            #expect(refused.complaints.contains("policies/refunder.yaml:"), "\(refused.complaints)")
            let ready = await installation.request("GET", "/readyz")
            #expect(ready?.status == 200)
            #expect(ready?.body["configuration"]?["state"]?.string == "stale")
            let doctor = try program("doctor", "--config", installation.folder.path)
            #expect(doctor.status == 1 && doctor.output.contains("newer files were refused"), "\(doctor.output)")
            let before = await inForce()["hash"]
            try installation.write("policies/refunder.yaml", policy + "  - { id: x, deny: issue_refund }\n")
            let loaded = try program("reload")
            #expect(loaded.status == 0, "\(loaded.output)\(loaded.complaints)")
            let after = await inForce()
            #expect(after["state"]?.string == "current" && after["hash"] != before)
            let run = try program("run", "refunder", "refund 1.00 USD for order O-1001")
            #expect(run.output.contains("deny (policy.denied, rule x)"), "\(run.output)")
            try installation.write("policies/refunder.yaml", policy)
            try #require(await becomes(after["hash"]), "by itself: \(installation.log)")
            let again = await inForce()["hash"]
            let more = "principals: { operator:first-key: {}, lead:tomas: {} }"
            try installation.write(
                "people.yaml", more + "\ngroups: { finance: [operator:first-key, lead:tomas] }\n")
            installation.hangUp()
            try #require(await becomes(again), "by a signal: \(installation.log)")
        }
    }

    @Test("says what is missing beside a store, and keeps a server from starting on it")
    func masterKey() async throws {
        try await serving { installation, program in
            installation.stop()
            let key = installation.data.appending(path: "ballast.db.key")
            let kept = try Data(contentsOf: key)
            func serve() throws -> Program.End {
                try program("serve", "--config", installation.folder.path, "--listen", "127.0.0.1:0")
            }
            try FileManager.default.removeItem(at: key)
            let missing = try serve()
            #expect(missing.status == 1)
            #expect(missing.complaints.contains("is missing") && missing.complaints.contains("BALLAST_MASTER_KEY"))
            #expect(!FileManager.default.fileExists(atPath: key.path), "no other key is made")
            try Data(String(repeating: "00", count: 32).utf8).write(to: key)
            let other = try serve()
            #expect(other.status == 1)
            #expect(other.complaints.contains("cannot be opened with this master key"))
            try Data("not a key".utf8).write(to: key)
            let broken = try serve()
            #expect(broken.status == 1)
            #expect(broken.complaints.contains("does not hold a key"), "\(broken.complaints)")
            try kept.write(to: key)
            try installation.start()
            #expect(await installation.ready())
        }
    }

    @Test("says what happened, why, and what to do")
    func helpfulErrors() async throws {
        try await serving { installation, program in
            let url = "http://127.0.0.1:\(installation.port)"
            let cases: [(arguments: [String], status: Int32, words: [String])] = [
                (["show", "run_01m7aaaaaaaaaaaaaaaaaaaaaa"], 1, ["There is no run", "ballast runs"]),
                (["show", "run_nope"], 2, ["not complete"]),
                (["run", "nobody", "hi"], 1, ["There is no agent", "Agents here: refunder"]),
                (["runs", "--status", "foo"], 2, ["status", "waiting_approval"]),
                (["runs", "--key", "blst_live_x"], 2, ["did not accept the key", "first-key"]),
                (["runs", "--url", "nonsense"], 2, ["not the address of a server"]),
                (["runs", "--url", "http://127.0.0.1:1"], 4, ["connection refused", "ballast serve"]),
                (["halt", "foo", "--reason", "x"], 2, ["agent:NAME"]),
                (["tools", "--definition", "00"], 2, ["--accept"]),
                (["serve", "--store", "postgres://x", "--config", installation.folder.path], 2, ["no PostgreSQL"]),
                (["serve", "--store", "sqlite:/", "--config", installation.folder.path], 2, ["is a folder"]),
            ]
            for (arguments, status, words) in cases {
                let end = try program.run(arguments)
                #expect(end.status == status, "\(arguments): \(end.complaints)")
                for word in words { #expect(end.complaints.contains(word), "\(arguments): \(end.complaints)") }
                let lines = end.complaints.split(separator: "\n")
                #expect(Set(lines).count == lines.count, "nothing is said twice: \(end.complaints)")
            }
            let typo = try program("halt", "agent:refundr", "--reason", "x")
            #expect(typo.output.contains("There is no agent \"refundr\" here"))
            let keyless = try Program(folder: installation.folder.appending(path: "away"), url: url)("runs")
            #expect(keyless.status == 2)
            #expect(keyless.complaints.contains("No API key for \(url)"))
        }
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
