import BallastClients
import BallastCore
import BallastRuntime
import BallastWire
import Testing

@Suite("A model call that fails says how, and is made once")
struct ModelClientFailureTests {
    @Test(
        "by the provider's answer",
        arguments: [
            (
                401, [String](), #"{"error":{"message":"no","type":"invalid_request_error"}}"#,
                ModelFailure.Code.authentication, false, nil as Int64?
            ),
            (429, ["retry-after: 3"], #"{"error":{"message":"slow"}}"#, .rateLimited, true, 3000),
            (429, ["retry-after-ms: 40", "x-should-retry: false"], "{}", .rateLimited, false, 40),
            (529, [], #"{"type":"error","error":{"type":"overloaded_error","message":"x"}}"#, .overloaded, true, nil),
            (
                500, [], #"{"error":{"code":500,"message":"Failed to parse","type":"server_error"}}"#, .serverError,
                true, nil
            ),
            (400, [], #"{"error":{"message":"long","code":"context_length_exceeded"}}"#, .contextTooLong, false, nil),
            (402, [], "", .quotaExhausted, false, nil),
            (307, ["location: /elsewhere"], "", .badRequest, false, nil),
            (200, [], #"{"error":{"message":"x","type":"overloaded_error"}}"#, .overloaded, true, nil),
            (200, [], "<html>", .malformedResponse, true, nil), (200, [], "", .malformedResponse, true, nil),
            (204, [], "", .malformedResponse, true, nil),
        ])
    func statuses(
        status: Int, headers: [String], body: String, code: ModelFailure.Code, isRetryable: Bool, wait: Int64?
    ) async throws {
        try await ModelClientFixture.run { _, connection in
            try await connection.answer(status, headers + ["content-type: application/json"], status == 204 ? "" : body)
        } body: { fixture, server in
            let failure = try #require(try await fixture.openAI(server.origin).failure)
            #expect(failure.code == code)
            #expect(failure.isRetryable == isRetryable)
            #expect(failure.retryAfter == wait)
            #expect(failure.message.hasPrefix("127.0.0.1:\(server.port): "))
            #expect(server.requests.count == 1)
        }
    }

    @Test("without the key, even when the server quotes it")
    func redacted() async throws {
        try await ModelClientFixture.run { request, connection in
            let quoted = request.header("authorization").first ?? ""
            try await connection.answer(401, [], #"{"error":{"message":"bad key \#(quoted)!"}}"#)
        } body: { fixture, server in
            let failure = try #require(try await fixture.openAI(server.origin).failure)
            #expect(!failure.message.contains("0123456789"))
            #expect(failure.message.contains("bad key Bearer •••!"))
        }
    }

    @Test("without the key, even when the key cannot be sent")
    func unfitKey() async throws {
        let transport = HTTPTransport()
        let endpoint = try ModelEndpoint(baseURL: "http://127.0.0.1:1", key: "secret\nsecret")
        let client = OpenAIChatClient(endpoint, format: OpenAIChatFormat(), transport: transport, clock: SystemClock())
        do {
            _ = try await client.complete(ModelClientFixture.request) { _ in }
            Issue.record("a header with a line break was sent")
        } catch {
            #expect(error.code == .badRequest)
            #expect(!error.isRetryable)
            #expect(!error.message.contains("secret"))
        }
        await transport.shutdown()
    }

    @Test("as a lost connection when the stream is cut", arguments: ["chunked", "until close"])
    func cut(form: String) async throws {
        let fixture = ModelClientFixture()
        try await ModelClientFixture.run(fixture) { _, connection in
            let event = "data: \(ModelClientFixture.openAIChunks[0])\n\n"
            if form == "chunked" {
                try await connection.beginChunks()
                try await connection.chunk(event)
            } else {
                try await connection.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n" + event)
            }
            await fixture.shown.wait()
            try await connection.close()
        } body: { fixture, server in
            let outcome = try await fixture.openAI(server.origin)
            #expect(outcome.failure?.code == .unreachable)
            #expect(outcome.failure?.isRetryable == true)
            #expect(outcome.pieces == ["Hel"])
            #expect(server.requests.count == 1)
        }
    }

    @Test("not at all when only the end of a complete stream is missing")
    func missingEnd() async throws {
        let fixture = ModelClientFixture()
        try await ModelClientFixture.run(fixture) { _, connection in
            try await connection.beginChunks()
            try await connection.chunk(ModelClientFixture.openAIChunks.dropLast().map { "data: \($0)\n\n" }.joined())
            await fixture.shown.wait()
            try await connection.close()
        } body: { fixture, server in
            let outcome = try await fixture.openAI(server.origin)
            #expect(outcome.reply == ModelClientFixture.openAIReply)
        }
    }

    @Test("when a kept connection is closed under it: the request is not sent again")
    func staleConnection() async throws {
        try await ModelClientFixture.run { request, connection in
            // The first answer keeps the connection; the second request on it is read and met with a close.
            if request.connection == 1, request.path == "/a/chat/completions" {
                try await connection.answer(200, [], ModelClientFixture.openAIDocument)
            } else {
                try await connection.close()
            }
        } body: { fixture, server in
            let first = try await fixture.openAI("\(server.origin)/a")
            #expect(first.reply != nil)
            let failure = try #require(try await fixture.openAI("\(server.origin)/b").failure)
            #expect(failure.code == .unreachable)
            #expect(server.requests.map(\.connection) == [1, 1])
        }
    }

    @Test("as unreachable when nobody listens, or nobody there speaks TLS")
    func unreachable() async throws {
        try await ModelClientFixture.run { _, _ in
        } body: { fixture, server in
            let plain = try #require(try await fixture.openAI("https://127.0.0.1:\(server.port)").failure)
            #expect(plain.code == .unreachable)
            #expect(plain.isRetryable)
            #expect(server.connections == 1)
            let nobody = try #require(try await fixture.openAI("http://127.0.0.1:1").failure)
            #expect(nobody.code == .unreachable)
            #expect(server.requests.isEmpty)
        }
    }

    @Test("when the answer is larger than allowed", arguments: ["application/json", "text/event-stream"])
    func tooLarge(type: String) async throws {
        try await ModelClientFixture.run(ModelClientFixture(maxResponseBytes: 10_000)) { _, connection in
            try await connection.beginChunks(type)
            let filler = String(repeating: "x", count: 1000)
            for _ in 0..<100 { try await connection.chunk(type == "application/json" ? filler : ": \(filler)\n\n") }
        } body: { fixture, server in
            let failure = try #require(try await fixture.openAI(server.origin).failure)
            #expect(failure.code == .malformedResponse)
            #expect(!failure.isRetryable)
        }
    }
}
