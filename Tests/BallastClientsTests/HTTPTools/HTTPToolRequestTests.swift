import BallastClients
import BallastCore
import BallastRuntime
import Testing

@Suite("An HTTP tool sends exactly what was judged")
struct HTTPToolRequestTests {
    private typealias Fixture = HTTPToolFixture

    /// Calls the tool once and returns what arrived.
    private func sent(
        _ arguments: String, _ tool: (String) -> HTTPToolDeclaration
    ) async throws -> (outcome: ToolOutcome, requests: [ScriptedServer.Request]) {
        var result: (ToolOutcome, [ScriptedServer.Request])?
        try await Fixture.run(tool) { _, connection in
            try await connection.answer()
        } body: { client, definition, server in
            let outcome = await client.call(Fixture.invocation(definition, arguments))
            result = (outcome, server.requests)
        }
        return try #require(result)
    }

    @Test("in path and query, escaped")
    func pathAndQuery() async throws {
        let (outcome, requests) = try await sent(#"{"id":"A 7?é%2e","n":1.50,"q":"a&b=c+d","tags":["x","y/z"]}"#) {
            Fixture.tool(.get, $0 + "/orders/{id}/lines?v=2", query: [.init("search", argument: "q")])
        }
        #expect(outcome == .result(ToolResult(content: "{}", structured: [:])))
        let request = try #require(requests.first)
        #expect(request.method == "GET")
        #expect(
            request.path
                == "/orders/A%207%3F%C3%A9%252e/lines?v=2&search=a%26b%3Dc%2Bd&n=1.50&tags=x&tags=y%2Fz")
        #expect(request.body.isEmpty)
        #expect(request.header("idempotency-key").isEmpty)
    }

    @Test("in a JSON body, with the idempotency key and the declared headers, and nothing of our own")
    func body() async throws {
        let (_, requests) = try await sent(#"{"id":"7","n":1.0,"note":"é\u0001"}"#) {
            Fixture.tool(.post, $0 + "/orders/{id}/notes", headers: [OutboundHeader("authorization", "Bearer t")])
        }
        let request = try #require(requests.first)
        #expect(request.method == "POST")
        #expect(request.path == "/orders/7/notes")
        #expect(request.text == #"{"n":1.0,"note":"é\u0001"}"#)
        #expect(request.header("content-type") == ["application/json"])
        #expect(request.header("idempotency-key") == [Fixture.effect.description])
        #expect(request.header("authorization") == ["Bearer t"])
        #expect(request.header("x-ballast-send-gate").isEmpty)
    }

    @Test("byte for byte when no argument has another place")
    func wholeBody() async throws {
        let arguments = #"{"id":"1","n":12345678901234567890,"tags":[1e0,{"a":null}]}"#
        let (_, requests) = try await sent(arguments) { Fixture.tool(.put, $0 + "/orders") }
        #expect(requests.first?.text == arguments)
    }

    @Test("with the same key on every attempt, under the header's declared name, or none")
    func idempotencyKey() async throws {
        try await Fixture.run({ Fixture.tool(.delete, $0 + "/o/{id}", idempotencyHeader: "X-Once") }) { _, connection in
            try await connection.answer(204, [], "")
        } body: { client, definition, server in
            for attempt in 1...2 {
                _ = await client.call(Fixture.invocation(definition, #"{"id":"1"}"#, attempt: attempt))
            }
            #expect(
                server.requests.map { $0.header("x-once") } == Array(repeating: [Fixture.effect.description], count: 2))
            #expect(server.requests.allSatisfy { $0.method == "DELETE" && $0.body.isEmpty })
        }
        let (_, requests) = try await sent("{}") { Fixture.tool(.post, $0 + "/o", idempotencyHeader: nil) }
        #expect(requests.first?.header("idempotency-key") == [])
        #expect(requests.first?.text == "{}")
    }

    @Test("and optional query arguments only when they are there")
    func absentQuery() async throws {
        let (_, requests) = try await sent(#"{"q":null}"#) {
            Fixture.tool(.get, $0 + "/o", query: [.init("q"), .init("id")])
        }
        #expect(requests.first?.path == "/o")
    }

    @Test(
        "or nothing: no value can change the path or the host",
        arguments: [
            #"{"id":".."}"#, #"{"id":"."}"#, #"{"id":"../admin"}"#, #"{"id":"a/b"}"#, #"{"id":"a\\b"}"#, #"{"id":""}"#,
            #"{"id":null}"#, "{}", #"{"id":{"a":1}}"#, #"{"id":["a"]}"#, #"{"id":"a\u0000"}"#,
            #"{"id":"a\r\nHost: x"}"#,
            "[]", "nonsense",
        ])
    func unfitPath(arguments: String) async throws {
        let probe = PermitProbe()
        try await Fixture.run({ Fixture.tool(.delete, $0 + "/orders/{id}") }) { _, connection in
            try await connection.answer()
        } body: { client, definition, server in
            let outcome = await client.call(Fixture.invocation(definition, arguments, permit: probe.permit))
            guard case .neverSent(let failure, let isRetryable) = outcome else {
                Issue.record("was sent: \(outcome)")
                return
            }
            #expect(failure.code == .refused)
            #expect(!isRetryable)
            #expect(server.bytes == 0)
            #expect(probe.claims == 0)
        }
    }

    @Test("or nothing: two harmless values cannot meet as dots")
    func joinedDots() async throws {
        let (outcome, requests) = try await sent(#"{"id":".","q":"."}"#) { Fixture.tool(.get, $0 + "/o/{id}{q}/x") }
        guard case .neverSent = outcome else {
            Issue.record("was sent")
            return
        }
        #expect(requests.isEmpty)
    }

    @Test(
        "as data, whatever it looks like",
        arguments: [
            ("evil.example.com", "/o/evil.example.com"), ("@evil", "/o/%40evil"), ("%2e%2e", "/o/%252e%252e"),
            ("..a", "/o/..a"), ("?x=1#y", "/o/%3Fx%3D1%23y"), (":80", "/o/%3A80"), ("日本", "/o/%E6%97%A5%E6%9C%AC"),
        ])
    func escapedPath(value: String, path: String) async throws {
        let (_, requests) = try await sent(#"{"id":"\#(value)"}"#) { Fixture.tool(.get, $0 + "/o/{id}") }
        #expect(requests.map(\.path) == [path])
    }

    @Test("or nothing: an argument without a place is not dropped silently")
    func noPlace() async throws {
        let (outcome, requests) = try await sent(#"{"id":"1","note":"x"}"#) {
            Fixture.tool(.post, $0 + "/o/{id}", rest: .refused)
        }
        guard case .neverSent(let failure, isRetryable: false) = outcome else {
            Issue.record("was sent")
            return
        }
        #expect(failure.message.contains("note"))
        #expect(requests.isEmpty)
    }

    @Test("or nothing: a tool whose declaration is not the one that was judged is not called")
    func changedDefinition() async throws {
        try await Fixture.run({ Fixture.tool(.post, $0 + "/o") }) { _, connection in
            try await connection.answer()
        } body: { client, definition, server in
            let other = ToolDefinition(
                name: definition.name, remoteName: definition.remoteName, provider: definition.provider,
                description: "Something else.", inputSchema: definition.inputSchema)
            guard case .neverSent(_, isRetryable: false) = await client.call(Fixture.invocation(other, "{}")) else {
                Issue.record("was sent")
                return
            }
            #expect(server.bytes == 0)
        }
    }
}

@Suite("An HTTP tool's declaration is checked before anything is called")
struct HTTPToolDeclarationTests {
    private typealias Fixture = HTTPToolFixture

    @Test(
        "with a reason",
        arguments: [
            ("ftp://host/x", "http"), ("https://{id}.example.com/x", "host"), ("https://host:{n}/x", "host"),
            ("https://user:pw@host/x", "host"), ("https://host/a b", "percent"), ("https://host/{id", "}"),
            ("https://host/{}", "name"), ("https://host/x#y", "fragment"), ("https://host/../x", "segment"),
            ("https://host/%2E%2e/x", "segment"), ("https://host/{unknown}", "unknown"), ("{id}", "http"),
        ])
    func badTemplate(template: String, word: String) {
        do {
            _ = try HTTPToolClient(provider: "p", tools: [Fixture.tool(.post, template)], clock: SystemClock())
            Issue.record("accepted")
        } catch {
            #expect(error.message.contains(word), "\(error)")
            #expect(error.tool == "act")
        }
    }

    @Test("for bodies on GET, headers and double names")
    func otherMistakes() {
        let url = "https://host/x"
        for tools in [
            [Fixture.tool(.get, url, rest: .jsonBody)],
            [Fixture.tool(.post, url, headers: [OutboundHeader("a b", "c")])],
            [Fixture.tool(.post, url, query: [.init("x", argument: "missing")])],
            [Fixture.tool(.post, url, idempotencyHeader: "")], [Fixture.tool(.get, url), Fixture.tool(.post, url)],
        ] {
            #expect(throws: HTTPToolDeclarationError.self) {
                try HTTPToolClient(provider: "p", tools: tools, clock: SystemClock())
            }
        }
    }

    @Test("and gives the tool its name, with or without the provider's")
    func names() async throws {
        for (prefix, name) in [(true, "shop__act"), (false, "act")] {
            let client = try HTTPToolClient(
                provider: "shop", tools: [Fixture.tool(.get, "https://host/x", outputSchema: ["type": "object"])],
                prefix: prefix, clock: SystemClock())
            let definition = try #require(try await client.definitions().first)
            #expect(definition.name == name)
            #expect(definition.remoteName == "act")
            #expect(definition.outputSchema == ["type": "object"])
            await client.shutdown()
        }
    }
}
