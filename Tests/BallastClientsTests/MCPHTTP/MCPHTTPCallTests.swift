import BallastClients
import BallastCore
import BallastRuntime
import Synchronization
import Testing

@Suite("A call over MCP by HTTP", .timeLimit(.minutes(1)))
struct MCPHTTPCallTests {
    private static let region =
        #"[{"name":"act","inputSchema":{"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"},"at":{"type":"object","properties":{"n":{"type":"integer","x-mcp-header":"N"}}},"ok":{"type":"boolean","x-mcp-header":"Ok"}}}}]"#

    @Test("carries the very bytes that were judged, and the headers that its arguments ask for")
    func bytes() async throws {
        try await MCPStage(tools: Self.region).run { message in
            try await message.say("done")
        } body: { (client, server) async throws in
            let arguments: JSONValue = [
                "region": "Zürich", "at": ["n": 7], "amount": .number(JSONNumber(validated: "500.0")),
            ]
            #expect(try await client.call("act", arguments).text == "done")
            let sent = try #require(server.requests.last)
            #expect(sent.text.contains(#""arguments":{"amount":500.0,"at":{"n":7},"region":"Zürich"}"#))
            #expect(sent.header("mcp-param-region") == ["=?base64?WsO8cmljaA==?="])
            #expect(sent.header("mcp-param-n") == ["7"])
            #expect(sent.header("mcp-param-ok") == [])
            #expect(sent.text.contains(HTTPToolFixture.effect.description), "the key goes along")
            #expect(!sent.text.contains("progressToken") && sent.text.contains(#"clientCapabilities":{}"#))
        }
    }

    @Test("is not offered where its schema asks for headers that cannot be")
    func badHeaders() async throws {
        let tools =
            #"[{"name":"a","inputSchema":{"type":"object","properties":{"x":{"type":"array","items":{"type":"string","x-mcp-header":"X"}}}}},{"name":"b","inputSchema":{"type":"object","properties":{"x":{"type":"string","x-mcp-header":"a b"}}}},{"name":"c","inputSchema":{"type":"object"}}]"#
        try await MCPStage(tools: tools).run { _ in
        } body: { (client, _) async throws in
            #expect(try await client.definitions().map(\.name) == ["c"])
        }
    }

    @Test("may be answered by a stream, with progress that only rises")
    func stream() async throws {
        try await MCPStage().run { message in
            let token = message.json["params"]?["_meta"]?["progressToken"].map(JSONWriter.canonicalString) ?? "null"
            try await message.connection.beginChunks()
            for step in ["1", "2", "2", "1.5", "3"] {
                try await message.event(
                    #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":\#(token),"progress":\#(step),"total":3}}"#
                )
            }
            try await message.event(#"{"jsonrpc":"2.0","id":99,"result":{"content":[]}}"#)
            try await message.connection.chunk(": keep-alive\n\nid: 7\ndata:\n\n")
            try await message.event(
                #"{"jsonrpc":"2.0","id":\#(message.id),"result":{"content":[{"type":"text","text":"done"}],"structuredContent":[1]}}"#
            )
            try await message.connection.endChunks()
        } body: { (client, server) async throws in
            let probe = RelayProbe()
            let outcome = try await client.call(relay: probe.relay)
            #expect(outcome.text == "done")
            #expect(outcome.result?.structured == [1])
            #expect(outcome.result?.blocks == [["type": "text", "text": "done"]])
            #expect(probe.progress == ["1", "2", "3"])
            #expect(try await client.call().text == "done")
            #expect(server.connections == 1, "a stream that ended leaves its connection to the next call")
        }
    }

    @Test("of which the answer names another request is unknown")
    func wrongID() async throws {
        try await MCPStage().run { message in
            try await message.connection.answer(
                200, ["content-type: application/json"], #"{"jsonrpc":"2.0","id":4711,"result":{"content":[]}}"#)
        } body: { (client, server) async throws in
            #expect(try await client.call().unknownCode == .protocolError)
            #expect(server.requests.count { $0.header("mcp-method") == ["tools/call"] } == 1, "and is not made again")
        }
    }

    @Test("hands on the error that the server answered with, and every block of a result")
    func whole() async throws {
        try await MCPStage().run { message in
            if message.json["params"]?["arguments"]?["fail"] == true {
                try await message.error(-32_050, "as asked", data: #"{"why":"test"}"#, status: 400)
            } else {
                try await message.result(
                    #"{"content":[{"type":"image","data":"aGk=","mimeType":"image/png"},{"type":"resource_link","uri":"a:b","name":"n"},{"type":"hologram"}],"_meta":{"com.example/x":1,"io.modelcontextprotocol/serverInfo":{}}}"#
                )
            }
        } body: { (client, _) async throws in
            let failed = try #require(try await client.call("act", ["fail": true]).result)
            #expect(failed.isError)
            #expect(
                failed.protocolError == ToolProtocolError(code: -32_050, message: "as asked", data: ["why": "test"]))
            let whole = try #require(try await client.call().result)
            #expect(whole.blocks.map { $0["type"]?.string } == ["image", "resource_link", "text"])
            #expect(whole.blocks.first?["data"] == "aGk=")
            #expect(whole.meta == ["com.example/x": 1])
        }
    }

    @Test(
        "that HTTP itself answers is done, not done or unknown by its status",
        arguments: [
            (429, false, true), (403, false, false), (413, false, false), (307, false, false), (302, true, false),
            (500, true, false), (503, true, false), (204, true, false),
        ])
    func status(status: Int, isUnknown: Bool, isRetryable: Bool) async throws {
        try await MCPStage().run { message in
            try await message.connection.answer(status, ["location: http://127.0.0.1:9/else"], status == 204 ? "" : "x")
        } body: { (client, server) async throws in
            let outcome = try await client.call()
            #expect((outcome.unknownCode != nil) == isUnknown, "\(outcome)")
            #expect((outcome.unsent?.isRetryable ?? false) == isRetryable, "\(outcome)")
            #expect(server.requests.count == 3, "nothing is sent twice or elsewhere")
        }
    }

    @Test("without leave is not sent, and takes it at the moment of writing")
    func permit() async throws {
        try await MCPStage().run { message in
            try await message.say("done")
        } body: { (client, server) async throws in
            let refused = PermitProbe(refusal: .halted)
            let outcome = try await client.call(permit: refused.permit)
            #expect(outcome.unsent?.failure.code == .permitRefused)
            #expect(server.requests.count == 2)
            let given = PermitProbe()
            #expect(try await client.call(permit: given.permit).text == "done")
            #expect(given.claims == 1 && given.releases == 1)
        }
    }

    @Test("that breaks off is unknown, also in the middle of its answer")
    func cut() async throws {
        try await MCPStage().run { message in
            if message.json["params"]?["arguments"]?["late"] == true {
                try await message.connection.beginChunks()
                try await message.connection.chunk("data: {\"jsonrpc\":")
            }
            try await message.connection.close()
        } body: { (client, _) async throws in
            #expect(try await client.call().unknownCode == .connectionLost)
            #expect(try await client.call("act", ["late": true]).unknownCode == .connectionLost)
        }
    }

    @Test("that is never answered is unknown when its time is over, and a legacy server is told")
    func hang() async throws {
        let clock = ManualClock()
        let told = Signal()
        try await MCPStage(era: .legacy, clock: clock).run { _ in
        } body: { (client, server) async throws in
            _ = try await client.definitions()
            let task = Task { try? await client.call(timeout: 20_000) }
            let outcome = await clock.runOut(task)
            #expect(outcome?.unknownCode == .timeout)
            _ = told
            while !server.requests.contains(where: { $0.text.contains("notifications/cancelled") }) {
                await Task.yield()
            }
        }
    }

    @Test("that is cancelled closes the stream of a modern server")
    func cancelled() async throws {
        let (begun, closed) = (Signal(), Signal())
        try await MCPStage().run { message in
            try await message.connection.beginChunks()
            begun.fire()
            try await message.connection.waitForClose()
            closed.fire()
        } body: { (client, _) async throws in
            let task = Task { try? await client.call() }
            await begun.wait()
            task.cancel()
            #expect(await task.value?.unknownCode == .cancelled)
            await closed.wait()
        }
    }

    @Test("takes secrets out of what the server says", arguments: [true, false])
    func redaction(isResult: Bool) async throws {
        let secret = "secret-token-\(isResult)"
        try await MCPStage(headers: [OutboundHeader("Authorization", "Bearer \(secret)")]).run { message in
            if isResult {
                try await message.result(
                    #"{"content":[{"type":"text","text":"you sent \#(secret)"}],"structuredContent":{"k":"\#(secret)"}}"#
                )
            } else {
                try await message.connection.answer(403, ["content-type: text/plain"], "no \(secret)")
            }
        } body: { (client, _) async throws in
            let outcome = try await client.call()
            #expect(!"\(outcome)".contains(secret))
            #expect("\(outcome)".contains("•••"))
        }
    }
}

@Suite("A server over HTTP that changes its tools", .timeLimit(.minutes(1)))
struct MCPHTTPChangeTests {
    /// Lists what the test says, announces each change on the stream for it, and never keeps anybody waiting.
    private final class Changing: Sendable {
        let tools = Mutex(#"[{"name":"act","description":"Acts.","inputSchema":{"type":"object"}}]"#)
        let listening = Signal()
        let (changes, change) = AsyncStream<Void>.makeStream()

        func serve(_ message: PostedMessage) async throws {
            switch (message.method, message.request.method) {
            case ("tools/list", _): try await message.result(#"{"tools":\#(tools.withLock { $0 })}"#)
            case ("subscriptions/listen", _), ("", "GET"):
                try await message.connection.beginChunks()
                listening.fire()
                for await _ in changes {
                    try await message.event(#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#)
                }
            case ("initialize", _):
                try await message.result(
                    #"{"protocolVersion":"2025-11-25","capabilities":{"tools":{"listChanged":true}}}"#,
                    headers: ["mcp-session-id: s"])
            case ("notifications/initialized", _), ("", "DELETE"): try await message.connection.answer(202, [], "")
            default: try await message.say("done")
            }
        }
    }

    @Test("is asked for them again, and a call of what was judged before is not sent", arguments: [true, false])
    func changes(isModern: Bool) async throws {
        let server = Changing()
        try await ScriptedServer.run { request, connection in
            let json = (try? JSONReader.read(request.body)) ?? .null
            let message = PostedMessage(request: request, connection: connection, json: json)
            guard message.method == "server/discover" else { return try await server.serve(message) }
            guard isModern else { return try await message.error(-32_601, status: 404) }
            try await message.result(
                #"{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{"listChanged":true}}}"#)
        } body: { (scripted) async throws in
            let client = MCPStage(limits: MCPHTTPLimits(listLife: 80_000_000)).client(scripted.origin)
            let judged = try #require(try await client.definitions().first)
            await server.listening.wait()
            server.tools.withLock {
                $0 = #"[{"name":"act","description":"Acts, and sends.","inputSchema":{"type":"object"}}]"#
            }
            server.change.yield()
            while try await client.definitions().first == judged { await Task.yield() }
            let calls = scripted.requests.count
            let outcome = await client.call(
                ToolInvocation(
                    effect: HTTPToolFixture.effect, tool: judged, arguments: Array("{}".utf8), attempt: 1,
                    tenant: .default, principal: Principal("customer:ana"), timeout: 30_000, permit: .always))
            #expect(outcome.unsent?.failure.code == .refused)
            #expect(scripted.requests.count == calls)
            server.tools.withLock { $0 = #"[{"name":"deed","inputSchema":{"type":"object"}}]"# }
            server.change.yield()
            while try await client.definitions().first?.name != "deed" { await Task.yield() }
            await client.shutdown()
        }
    }
}

@Suite("A server over HTTP that floods", .timeLimit(.minutes(1)))
struct MCPHTTPFloodTests {
    private let limits = MCPHTTPLimits(maxAnswerBytes: 65_536, maxStreamBytes: 262_144, maxStreamMessages: 50)

    @Test("with one huge answer is cut off")
    func body() async throws {
        try await MCPStage(limits: limits).run { message in
            try await message.connection.beginChunks("application/json")
            while true { try await message.connection.chunk(String(repeating: "x", count: 8_192)) }
        } body: { (client, _) async throws in
            #expect(try await client.call().unknownCode == .resultTooLarge)
        }
    }

    @Test(
        "with a stream that does not end is cut off",
        arguments: [
            "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{}}\n\n",
            ": nothing but comments, again and again\n\n", "data: one endless event\n",
        ])
    func stream(piece: String) async throws {
        try await MCPStage(limits: limits).run { message in
            try await message.connection.beginChunks()
            while true { try await message.connection.chunk(piece) }
        } body: { (client, _) async throws in
            #expect(try await client.call().unknownCode == .resultTooLarge)
        }
    }

    @Test("with headers is cut off")
    func headers() async throws {
        try await MCPStage(limits: limits).run { message in
            try await message.connection.send("HTTP/1.1 200 OK\r\n")
            while true { try await message.connection.send("x-\(UInt8.random(in: 0...9)): y\r\n") }
        } body: { (client, _) async throws in
            #expect(try await client.call().unknownCode == .connectionLost)
        }
    }

    @Test("with pages of tools that never end gives no list")
    func pages() async throws {
        let number = Mutex(0)
        try await ScriptedServer.run { request, connection in
            let json = (try? JSONReader.read(request.body)) ?? .null
            let message = PostedMessage(request: request, connection: connection, json: json)
            if message.method == "server/discover" {
                try await message.result(#"{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}}}"#)
            } else {
                let next = number.withLock { number in
                    number += 1
                    return number
                }
                try await message.result(#"{"tools":[],"nextCursor":"\#(next)"}"#)
            }
        } body: { (server) async throws in
            let client = MCPStage().client(server.origin)
            await #expect(throws: ToolFailure.self) { try await client.definitions() }
            #expect(server.requests.count <= 101)
            await client.shutdown()
        }
    }
}
