import BallastClients
import BallastCore
import BallastRuntime
import Synchronization
import Testing

@Suite("A client opens a conversation over HTTP", .timeLimit(.minutes(1)))
struct MCPHTTPOpeningTests {
    @Test("in the modern way, with the headers that repeat the message")
    func modern() async throws {
        try await MCPStage(headers: [OutboundHeader("Authorization", "Bearer token-of-ours")]).run { message in
            try await message.say("done")
        } body: { (client, server) async throws in
            #expect(try await client.call().text == "done")
            let requests = server.requests
            #expect(requests.map { $0.header("mcp-method") } == [["server/discover"], ["tools/list"], ["tools/call"]])
            #expect(requests.map { $0.header("mcp-protocol-version") } == Array(repeating: ["2026-07-28"], count: 3))
            #expect(requests.last?.header("mcp-name") == ["act"])
            #expect(requests.last?.header("authorization") == ["Bearer token-of-ours"])
            #expect(requests.last?.header("accept") == ["application/json, text/event-stream"])
            #expect(requests.allSatisfy { $0.header("mcp-session-id") == [] })
            #expect(requests.allSatisfy { $0.header("x-ballast-send-gate") == [] })
            #expect(requests.allSatisfy { $0.method == "POST" && $0.path == "/mcp" })
        }
    }

    @Test("in the older way where the modern one is refused, and keeps the session")
    func legacy() async throws {
        try await MCPStage(era: .legacy).run { message in
            try await message.say("done")
        } body: { (client, server) async throws in
            #expect(try await client.call().text == "done")
            let methods = server.requests.map { (try? JSONReader.read($0.body))?["method"]?.string ?? "" }
            #expect(
                methods == ["server/discover", "initialize", "notifications/initialized", "tools/list", "tools/call"])
            let later = server.requests.dropFirst(2)
            #expect(later.allSatisfy { $0.header("mcp-session-id") == ["session-2"] })
            #expect(later.allSatisfy { $0.header("mcp-protocol-version") == ["2025-11-25"] })
            #expect(later.allSatisfy { $0.header("mcp-method") == [] })
        }
    }

    @Test(
        "and falls back whatever the probe is answered with",
        arguments: [
            (404, "gone"), (400, "{}"), (500, "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32603}}"), (405, ""),
        ])
    func fallback(status: Int, body: String) async throws {
        try await ScriptedServer.run { request, connection in
            let json = (try? JSONReader.read(request.body)) ?? .null
            let message = PostedMessage(request: request, connection: connection, json: json)
            switch message.method {
            case "server/discover": try await connection.answer(status, ["content-type: text/plain"], body)
            case "initialize":
                try await message.result(#"{"protocolVersion":"2025-06-18","capabilities":{"tools":{}}}"#)
            case "tools/list": try await message.result(#"{"tools":[]}"#)
            default: try await connection.answer(202, [], "")
            }
        } body: { (server) async throws in
            let client = MCPStage().client(server.origin)
            #expect(try await client.definitions() == [])
            await client.shutdown()
        }
    }

    @Test("and gives up on a server whose versions are all unknown, without asking it anything else")
    func disjoint() async throws {
        try await ScriptedServer.run { request, connection in
            let json = (try? JSONReader.read(request.body)) ?? .null
            let message = PostedMessage(request: request, connection: connection, json: json)
            try await message.error(-32_022, data: #"{"supported":["2031-01-01"]}"#, status: 400)
        } body: { (server) async throws in
            let client = MCPStage().client(server.origin)
            await #expect(throws: ToolFailure.self) { try await client.definitions() }
            #expect(server.requests.count == 1)
            await client.shutdown()
        }
    }

    @Test("and says that its credentials are refused, and nothing of what they are")
    func unauthorized() async throws {
        try await ScriptedServer.run { _, connection in
            try await connection.answer(401, [], "bad token secret-token-1")
        } body: { (server) async throws in
            let client = MCPStage(headers: [OutboundHeader("Authorization", "Bearer secret-token-1")])
                .client(server.origin)
            let failure = try #require(await failure(of: client))
            #expect(failure.code == .refused)
            #expect(failure.message.contains("HTTP 401") && !failure.message.contains("secret-token-1"))
            await client.shutdown()
        }
    }

    @Test("again after the session has ended; the call that found out was not done")
    func expiry() async throws {
        let calls = Mutex(0)
        try await MCPStage(era: .legacy).run { message in
            let isFirst = calls.withLock { calls in
                calls += 1
                return calls == 1
            }
            if isFirst {
                try await message.connection.answer(
                    404, ["content-type: application/json"],
                    #"{"jsonrpc":"2.0","id":"server-error","error":{"code":-32600,"message":"Session not found"}}"#)
            } else {
                try await message.say("done")
            }
        } body: { (client, server) async throws in
            let first = try await client.call()
            #expect(first.unsent?.failure.code == .connectionLost)
            #expect(first.unsent?.isRetryable == true)
            #expect(try await client.call().text == "done")
            #expect(server.requests.last?.header("mcp-session-id") != ["session-2"])
        }
    }

    @Test("in the other way when the version is not spoken any more")
    func outgrown() async throws {
        let isOld = Mutex(false)
        try await ScriptedServer.run { request, connection in
            let json = (try? JSONReader.read(request.body)) ?? .null
            let message = PostedMessage(request: request, connection: connection, json: json)
            switch message.method {
            case "server/discover" where !isOld.withLock({ $0 }):
                try await message.result(#"{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}}}"#)
            case "initialize":
                try await message.result(#"{"protocolVersion":"2025-11-25","capabilities":{"tools":{}}}"#)
            case "notifications/initialized": try await connection.answer(202, [], "")
            case "tools/list":
                try await message.result(#"{"tools":[{"name":"act","inputSchema":{"type":"object"}}]}"#)
            default:
                if message.header("mcp-method") != nil {
                    isOld.withLock { $0 = true }
                    try await message.error(-32_022, data: #"{"supported":["2025-11-25"]}"#, status: 400)
                } else {
                    try await message.say("done")
                }
            }
        } body: { (server) async throws in
            let client = MCPStage().client(server.origin)
            let first = try await client.call()
            #expect(first.unsent?.isRetryable == true)
            #expect(try await client.call().text == "done")
            await client.shutdown()
        }
    }

    @Test("once somebody is there: a server that refuses connections and comes back is spoken to again")
    func comesBack() async throws {
        let script: ScriptedServer.Script = { request, connection in
            let json = (try? JSONReader.read(request.body)) ?? .null
            let message = PostedMessage(request: request, connection: connection, json: json)
            if message.method == "server/discover" {
                try await message.result(#"{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}}}"#)
            } else {
                try await message.result(#"{"tools":[]}"#)
            }
        }
        var port = 0
        try await ScriptedServer.run(script) { port = $0.port }
        let client = MCPStage().client("http://127.0.0.1:\(port)/mcp")
        #expect(await failure(of: client)?.code == .unreachable)
        try await ScriptedServer.run(port: port, script) { (_) async throws in
            #expect(try await client.definitions() == [])
        }
        await client.shutdown()
    }
}
