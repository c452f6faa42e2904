import BallastClients
import BallastCore
import BallastRuntime
import Foundation
import Testing

@Suite("A client copes with the servers that exist", .timeLimit(.minutes(2)))
struct MCPServerKindsTests {
    private let answers = Fixture.answer("tools/call", #"{"content":[{"type":"text","text":"done"}]}"#)

    private func expectDone(_ script: String, limits: MCPStdioLimits = MCPStdioLimits()) async throws {
        try await Fixture.with(Fixture.scripted(script, limits: limits)) { client in
            let outcome = try await Caller(client).call("act", [:])
            #expect(outcome.text == "done")
        }
    }

    @Test("one that knows only initialize and says so")
    func legacy() async throws {
        try await expectDone(Fixture.refusesDiscovery + Fixture.initializes + Fixture.lists + answers)
    }

    @Test("one that knows only initialize and keeps silent about anything else")
    func silent() async throws {
        try await expectDone(
            Fixture.initializes + Fixture.lists + answers, limits: MCPStdioLimits(discoverTimeout: 50))
    }

    @Test("one that dies when the first thing it hears is not initialize")
    func dies() async throws {
        let script = "/server.discover/q1;" + Fixture.initializes + Fixture.lists + answers
        try await expectDone(script)
        // Several who wait for the same start are all served by the second one.
        try await Fixture.with(Fixture.scripted(script)) { client in
            async let first = client.definitions()
            async let second = client.definitions()
            let counts = try await [first.count, second.count]
            #expect(counts == [1, 1])
        }
    }

    @Test("one that writes other things than messages to its output")
    func noisy() async throws {
        let noise = #"/"method":"tools.call"/{h;s/.*/Calling the tool... {"id":0}/p;g};"#
        try await expectDone(Fixture.refusesDiscovery + Fixture.initializes + Fixture.lists + noise + answers)
    }

    @Test("one that announces a change of its tools is asked for them again")
    func changes() async throws {
        let opens = Fixture.answer(
            "initialize",
            #"{"protocolVersion":"2025-11-25","capabilities":{"tools":{"listChanged":true}},"serverInfo":{"name":"s"}}"#
        )
        // The list counts how often it was asked for, in the hold space, as the length of the tool's name.
        let lists =
            #"/"method":"tools.list"/{x;s/^/t/;x;G;s#^.*"id":([0-9]+),"method".*\n(.*)$#{"jsonrpc":"2.0","id":\1,"result":{"tools":[{"name":"act","description":"\2","inputSchema":{"type":"object"}}]}}#p};"#
        let changes =
            #"/"method":"tools.call"/{i\{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"# + "\n};"
        try await Fixture.with(Fixture.scripted(Fixture.refusesDiscovery + opens + lists + changes + answers)) {
            client in
            #expect(try await client.definitions().first?.description == "t")
            #expect(try await client.definitions().first?.description == "t")
            let outcome = try await Caller(client).call("act", [:])
            #expect(outcome.text == "done")
            #expect(try await client.definitions().first?.description.hasPrefix("t") == true)
            #expect(try await client.definitions().first?.description != "t")
        }
    }

    @Test("one that ends in the middle of a call: the call is unknown, and its last words are told")
    func endsInCall() async throws {
        let dies = #"/"method":"tools.call"/{s/.*/no such luck/w /dev/stderr"# + "\nq3\n};"
        try await Fixture.with(
            Fixture.scripted(Fixture.refusesDiscovery + Fixture.initializes + Fixture.lists + dies)
        ) { client in
            guard case .unknown(let failure) = try await Caller(client).call("act", [:]) else {
                Issue.record("no failure")
                return
            }
            #expect(failure.code == .connectionLost)
            #expect(failure.message.contains("exit status 3"))
            #expect(failure.message.contains("no such luck"))
        }
    }

    @Test(
        "one whose answer cannot be used: the call may have happened",
        arguments: [
            (#"{"content":[],"content":[]}"#, ToolFailure.Code.protocolError),
            (#"{"resultType":"later"}"#, .protocolError), (#"{"content":"text"}"#, .protocolError),
            (#"{"content":[{"type":"text","text":"\#(String(repeating: "long", count: 300))"}]}"#, .resultTooLarge),
        ])
    func unusable(result: String, code: ToolFailure.Code) async throws {
        let script =
            Fixture.refusesDiscovery + Fixture.initializes + Fixture.lists + Fixture.answer("tools/call", result)
        try await Fixture.with(Fixture.scripted(script, limits: MCPStdioLimits(maxLineBytes: 1_000))) { client in
            guard case .unknown(let failure) = try await Caller(client).call("act", [:]) else {
                Issue.record("no failure")
                return
            }
            #expect(failure.code == code)
        }
    }

    @Test("one that refuses the call in the protocol's words: the model can read why")
    func refusal() async throws {
        let refuses =
            #"s#^.*"id":([0-9]+),"method":"tools/call".*$#{"jsonrpc":"2.0","id":\1,"error":{"code":-32602,"message":"bad"}}#p;"#
        let script = Fixture.refusesDiscovery + Fixture.initializes + Fixture.lists + refuses
        try await Fixture.with(Fixture.scripted(script)) { client in
            guard case .result(let result) = try await Caller(client).call("act", [:]) else {
                Issue.record("no result")
                return
            }
            #expect(result.isError)
            #expect(result.content.contains("bad (JSON-RPC -32602)"))
        }
    }

    @Test(
        "that are none: the error says what is wrong",
        arguments: [
            (["/nonexistent/server"], "could not be started"), (["no-such-program-here"], "could not be started"),
            ([], "could not be started"), (["sed", "--no-such-option"], "exit status"), (["true"], "exit status 0"),
        ])
    func none(command: [String], words: String) async throws {
        try await Fixture.with(Fixture.client(command)) { client in
            let failure = await #expect(throws: ToolFailure.self) { try await client.definitions() }
            #expect(failure?.code == .unreachable)
            #expect(failure?.message.contains(words) == true, "\(failure?.message ?? "")")
        }
    }

    @Test("one that never says anything is given up")
    func mute() async throws {
        let limits = MCPStdioLimits(discoverTimeout: 20, startTimeout: 100, stopGrace: 20)
        try await Fixture.with(Fixture.client(["sleep", "600"], limits: limits)) { client in
            let failure = await #expect(throws: ToolFailure.self) { try await client.definitions() }
            #expect(failure?.code == .unreachable)
            #expect(failure?.message.contains("did not open the conversation in time") == true)
        }
    }

    @Test("and starts one that only dies later and later")
    func backsOff() async throws {
        try await Fixture.with(Fixture.client(["false"])) { client in
            var failures: [ToolFailure?] = []
            for _ in 1...12 {
                failures.append(await #expect(throws: ToolFailure.self) { try await client.definitions() })
            }
            #expect(failures.last??.retryAfter != nil)
            #expect(failures.last??.message.contains("exit status 1") == true)
        }
    }

    @Test("and gives one the variables that are named and none of its own secrets")
    func environment() async throws {
        setenv("BALLAST_TEST_SECRET", "hunter2", 1)
        // Prints its own variables as its last words.
        let client = Fixture.client(
            ["sed", "-n", "w /dev/stderr", "/proc/self/environ"], environment: ["DESK_TOKEN": "t-1", "TZ": "UTC"])
        try await Fixture.with(client) { client in
            let failure = await #expect(throws: ToolFailure.self) { try await client.definitions() }
            let message = failure?.message ?? ""
            #expect(message.contains("DESK_TOKEN=t-1"))
            #expect(message.contains("TZ=UTC"))
            #expect(message.contains("PATH="))
            #expect(!message.contains("BALLAST_TEST_SECRET"))
        }
    }
}
