import BallastClients
import BallastCore
import BallastRuntime
import Testing

@Suite("An HTTP tool's answer becomes an outcome")
struct HTTPToolOutcomeTests {
    private typealias Fixture = HTTPToolFixture

    private func outcome(
        _ status: Int, _ headers: [String] = ["content-type: application/json"], _ body: String = "{}",
        attempt: Int = 1, tool: (String) -> HTTPToolDeclaration = { Fixture.tool(.post, $0 + "/o") }
    ) async throws -> ToolOutcome {
        var outcome: ToolOutcome?
        try await Fixture.run(tool) { _, connection in
            try await connection.answer(status, headers, body)
        } body: { client, definition, server in
            outcome = await client.call(Fixture.invocation(definition, "{}", attempt: attempt))
            #expect(server.requests.count == 1)
        }
        return try #require(outcome)
    }

    @Test("that holds the JSON as it was sent")
    func json() async throws {
        let body = #"{"total": 1.0, "é":[]}"#
        for type in ["application/json", "application/vnd.shop+json; charset=utf-8"] {
            #expect(
                try await outcome(200, ["content-type: \(type)"], body)
                    == .result(
                        ToolResult(
                            content: body, structured: ["total": .number(JSONNumber(validated: "1.0")), "é": []])))
        }
    }

    @Test("that is text when it is not JSON, or not good JSON")
    func text() async throws {
        #expect(try await outcome(201, ["content-type: text/plain"], "ok {}") == .result(ToolResult(content: "ok {}")))
        #expect(
            try await outcome(200, ["content-type: application/json"], #"{"a":1,"a":2}"#)
                == .result(ToolResult(content: #"{"a":1,"a":2}"#)))
        #expect(try await outcome(204, [], "") == .result(ToolResult(content: "(HTTP 204, no content)")))
    }

    @Test("that is cut, and says so, when it is too long")
    func cut() async throws {
        let long = #"{"a":"\#(String(repeating: "é", count: 200))"}"#
        let outcome = try await outcome(200, ["content-type: application/json"], long) {
            Fixture.tool(.post, $0 + "/o", maxResponseBytes: 100)
        }
        guard case .result(let result) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(result.structured == nil)
        #expect(result.content.contains("[cut: only the first 100 bytes"))
        #expect(result.content.utf8.count < 200)
    }

    @Test("that the model can read when the tool says no", arguments: [400, 401, 403, 404, 409, 410, 422, 301, 307])
    func refusals(status: Int) async throws {
        var said = ToolResult(content: #"HTTP \#(status): {"detail":"no such order"}"#, isError: true)
        said.refusesCredential = status == 401
        #expect(try await outcome(status, ["location: /x"], #"{"detail":"no such order"}"#) == .result(said))
    }

    @Test("without the credential, even when the tool quotes it")
    func redacted() async throws {
        let outcome = try await outcome(403, [], "token tok-0123456789 is not allowed") {
            Fixture.tool(.get, $0 + "/o", headers: [OutboundHeader("authorization", "Bearer tok-0123456789")])
        }
        let said = ToolResult(content: "HTTP 403: token ••• is not allowed", isError: true)
        #expect(outcome == .result(said))
    }

    @Test(
        "that may be tried again when a limiter turned the call away",
        arguments: [
            (429, ["retry-after: 2"], 2000 as Int64?), (429, [], nil), (503, ["retry-after: 1"], 1000),
        ])
    func notDone(status: Int, headers: [String], wait: Int64?) async throws {
        guard case .neverSent(let failure, isRetryable: true) = try await outcome(status, headers) else {
            Issue.record("not taken as undone")
            return
        }
        #expect(failure.retryAfter == wait)
        #expect(failure.message == "it answered HTTP \(status)")
    }

    @Test(
        "that is unknown when it broke on the way",
        arguments: [
            (500, 1), (502, 1), (503, 1), (504, 1), (408, 1), (409, 2),
        ])
    func unknown(status: Int, attempt: Int) async throws {
        guard case .unknown(let failure) = try await outcome(status, attempt: attempt) else {
            Issue.record("taken as known")
            return
        }
        #expect(failure.code == .serverError)
    }
}

@Suite("An HTTP tool knows whether its request was sent")
struct HTTPToolSendingTests {
    private typealias Fixture = HTTPToolFixture

    private func expectNeverSent(
        _ outcome: ToolOutcome, _ code: ToolFailure.Code, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        guard case .neverSent(let failure, isRetryable: true) = outcome else {
            Issue.record("\(outcome)", sourceLocation: sourceLocation)
            return
        }
        #expect(failure.code == code, "\(failure)", sourceLocation: sourceLocation)
    }

    @Test(
        "not without leave: a refused permit lets no byte out",
        arguments: [
            SendPermit.Refusal.halted, .leaseEnding, .cancelled,
        ], [HTTPToolDeclaration.Method.get, .post])
    func refusedPermit(refusal: SendPermit.Refusal, method: HTTPToolDeclaration.Method) async throws {
        let probe = PermitProbe(refusal: refusal)
        try await Fixture.run({ Fixture.tool(method, $0 + "/o") }) { _, connection in
            try await connection.answer()
        } body: { client, definition, server in
            let outcome = await client.call(Fixture.invocation(definition, #"{"note":"x"}"#, permit: probe.permit))
            expectNeverSent(outcome, .permitRefused)
            #expect(server.bytes == 0)
            #expect(probe.claims == 1)
            #expect(probe.releases == 0)
        }
    }

    @Test(
        "with leave that is taken once, and given back before the answer comes",
        arguments: [
            HTTPToolDeclaration.Method.get, .post,
        ])
    func permit(method: HTTPToolDeclaration.Method) async throws {
        let probe = PermitProbe()
        try await Fixture.run({ Fixture.tool(method, $0 + "/o") }) { _, connection in
            // Held up, the permit would keep a halt waiting for a slow tool.
            await probe.released.wait()
            try await connection.answer()
        } body: { client, definition, _ in
            let outcome = await client.call(Fixture.invocation(definition, "{}", permit: probe.permit))
            #expect(outcome == .result(ToolResult(content: "{}", structured: [:])))
            #expect(probe.claims == 1)
            #expect(probe.releases == 1)
        }
    }

    @Test("not when there is no connection: nobody listens, or no TLS", arguments: ["http://127.0.0.1:1", "TLS"])
    func noConnection(address: String) async throws {
        let probe = PermitProbe()
        try await Fixture.run({ origin in
            Fixture.tool(.post, (address == "TLS" ? origin.replacing("http:", with: "https:") : address) + "/o")
        }) { _, connection in
            try await connection.answer()
        } body: { client, definition, _ in
            let outcome = await client.call(Fixture.invocation(definition, "{}", permit: probe.permit))
            expectNeverSent(outcome, .unreachable)
            #expect(probe.claims == 0)
        }
    }

    @Test(
        "not while it waits for a connection, though time runs out or the call is cancelled",
        arguments: [
            ToolFailure.Code.timeout, .cancelled,
        ])
    func waiting(code: ToolFailure.Code) async throws {
        let (clock, arrived, probe) = (ManualClock(), Signal(), PermitProbe())
        try await Fixture.run(
            { Fixture.tool(.get, $0 + "/o/{id}") }, clock: clock,
            options: .init(connectTimeout: 600_000, connectionsPerHost: 1)
        ) { _, connection in
            arrived.fire()
            try await connection.waitForClose()
        } body: { client, definition, server in
            let first = Task {
                await client.call(Fixture.invocation(definition, #"{"id":"1"}"#, timeout: Fixture.never))
            }
            await arrived.wait()
            let second = Task {
                await client.call(Fixture.invocation(definition, #"{"id":"2"}"#, permit: probe.permit, timeout: 20_000))
            }
            if code == .cancelled { second.cancel() }
            let outcome = code == .cancelled ? await second.value : await clock.runOut(second)
            expectNeverSent(outcome, code)
            first.cancel()
            _ = await first.value
            #expect(probe.claims == 0)
            #expect(server.requests.map(\.path) == ["/o/1"])
        }
    }

    @Test(
        "so a connection that breaks without an answer leaves it unknown",
        arguments: [
            "", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{", "nonsense\r\n\r\n",
        ])
    func broken(answer: String) async throws {
        let probe = PermitProbe()
        try await Fixture.run({ Fixture.tool(.post, $0 + "/o") }) { _, connection in
            if !answer.isEmpty { try await connection.send(answer) }
            try await connection.close()
        } body: { client, definition, server in
            let outcome = await client.call(Fixture.invocation(definition, "{}", permit: probe.permit))
            guard case .unknown(let failure) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(failure.code == .connectionLost)
            #expect(server.requests.count == 1)
            #expect(probe.claims == 1)
            #expect(probe.releases == 1)
        }
    }

    @Test(
        "so time that runs out, or a cancelled call, leaves it unknown",
        arguments: [
            ToolFailure.Code.timeout, .cancelled,
        ])
    func given(code: ToolFailure.Code) async throws {
        let (clock, arrived, closed) = (ManualClock(), Signal(), Signal())
        try await Fixture.run({ Fixture.tool(.post, $0 + "/o") }, clock: clock) { _, connection in
            arrived.fire()
            try await connection.waitForClose()
            closed.fire()
        } body: { client, definition, _ in
            let call = Task { await client.call(Fixture.invocation(definition, "{}", timeout: 20_000)) }
            await arrived.wait()
            if code == .cancelled { call.cancel() }
            let outcome = code == .cancelled ? await call.value : await clock.runOut(call)
            guard case .unknown(let failure) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(failure.code == code)
            await closed.wait()
        }
    }

    @Test("and writes over a connection of its own, while reads share one")
    func connections() async throws {
        for (method, expected) in [(HTTPToolDeclaration.Method.post, [1, 2, 3]), (.get, [1, 1, 1])] {
            try await Fixture.run({ Fixture.tool(method, $0 + "/o") }) { _, connection in
                try await connection.answer()
            } body: { client, definition, server in
                for _ in 0..<3 { _ = await client.call(Fixture.invocation(definition, "{}")) }
                #expect(server.requests.map(\.connection) == expected)
            }
        }
    }

    @Test("also for many at once")
    func parallel() async throws {
        let probe = PermitProbe()
        try await Fixture.run({ Fixture.tool(.post, $0 + "/o/{id}") }) { request, connection in
            try await connection.answer(200, [], request.path)
        } body: { client, definition, server in
            let results = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        let call = Fixture.invocation(definition, #"{"id":"\#(number)"}"#, permit: probe.permit)
                        return await client.call(call) == .result(ToolResult(content: "/o/\(number)"))
                    }
                }
                return await group.reduce(into: [Bool]()) { $0.append($1) }
            }
            #expect(results.count == 50)
            #expect(results.allSatisfy { $0 })
            #expect(probe.claims == 50)
            #expect(probe.releases == 50)
            #expect(server.requests.count == 50)
        }
    }
}
