import BallastClients
import BallastCore
import BallastRuntime
import BallastWire
import Testing

@Suite("A model is called over HTTP")
struct ModelClientTests {
    @Test("and its answer is shown piece by piece and given back whole")
    func streams() async throws {
        try await ModelClientFixture.run { _, connection in
            try await connection.beginChunks()
            for chunk in ModelClientFixture.openAIChunks { try await connection.chunk("data: \(chunk)\n\n") }
            try await connection.endChunks()
        } body: { fixture, server in
            let outcome = try await fixture.openAI("\(server.origin)/v1/")
            #expect(outcome.reply == ModelClientFixture.openAIReply)
            #expect(outcome.pieces == ["Hel", "lo"])
            let request = try #require(server.requests.first)
            #expect(request.path == "/v1/chat/completions")
            #expect(request.header("authorization") == ["Bearer \(ModelClientFixture.key)"])
            #expect(request.header("content-type") == ["application/json"])
            #expect(
                request.text
                    == #"{"model":"m-1","messages":[{"role":"user","content":"Hi"}],"max_tokens":32,"stream":true,"#
                    + #""stream_options":{"include_usage":true}}"#)
        }
    }

    @Test("in Anthropic's form too")
    func anthropic() async throws {
        let events = [
            #"{"type":"message_start","message":{"model":"c-1","usage":{"input_tokens":3,"output_tokens":1}}}"#,
            #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}"#,
            #"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}"#,
            #"{"type":"message_stop"}"#,
        ]
        try await ModelClientFixture.run { _, connection in
            try await connection.beginChunks()
            for event in events { try await connection.chunk("event: x\ndata: \(event)\n\n") }
            try await connection.endChunks()
        } body: { fixture, server in
            let outcome = try await fixture.anthropic(server.origin)
            #expect(
                outcome.reply
                    == ModelReply(
                        text: "Hello", finish: .stop, usage: ModelUsage(input: 3, output: 2), servedModel: "c-1"))
            let request = try #require(server.requests.first)
            #expect(request.path == "/v1/messages")
            #expect(request.header("x-api-key") == [ModelClientFixture.key])
            #expect(request.header("anthropic-version") == ["2023-06-01"])
        }
    }

    @Test(
        "and a server that does not stream, or streams unasked, is read all the same", arguments: [true, false],
        ["application/json", "text/plain", "text/event-stream"])
    func eitherForm(asks: Bool, type: String) async throws {
        let isStream = type == "text/event-stream"
        let body =
            isStream
            ? ModelClientFixture.openAIChunks.map { "data: \($0)\n\n" }.joined() : ModelClientFixture.openAIDocument
        try await ModelClientFixture.run(ModelClientFixture(streams: asks)) { _, connection in
            try await connection.answer(200, ["content-type: \(type)"], body)
        } body: { fixture, server in
            let outcome = try await fixture.openAI(server.origin)
            #expect(outcome.reply == ModelClientFixture.openAIReply)
            #expect(outcome.pieces.joined() == "Hello")
            #expect(server.requests.first?.text.contains("\"stream\":true") == asks)
        }
    }

    @Test("with further headers, which may replace the format's own")
    func headers() async throws {
        var fixture = ModelClientFixture()
        fixture.headers = [OutboundHeader("x-team", "blue"), OutboundHeader("Authorization", "Basic abc")]
        try await ModelClientFixture.run(fixture) { _, connection in
            try await connection.answer(200, [], ModelClientFixture.openAIDocument)
        } body: { fixture, server in
            _ = try await fixture.openAI(server.origin)
            let request = try #require(server.requests.first)
            #expect(request.header("x-team") == ["blue"])
            #expect(request.header("authorization") == ["Basic abc"])
        }
    }

    @Test("over one connection as long as it lasts")
    func keepAlive() async throws {
        try await ModelClientFixture.run { _, connection in
            try await connection.beginChunks()
            for chunk in ModelClientFixture.openAIChunks { try await connection.chunk("data: \(chunk)\n\n") }
            try await connection.endChunks()
        } body: { fixture, server in
            for _ in 0..<3 {
                let outcome = try await fixture.openAI(server.origin)
                #expect(outcome.reply != nil)
            }
            #expect(server.requests.map(\.connection) == [1, 1, 1])
        }
    }

    @Test(
        "only at addresses that are plain",
        arguments: [
            "", "api.example.com", "ftp://host", "https://", "https://user:secret@host/v1",
            "https://host/v1?key=secret",
            "https://host#x", "https://:443/", "http://ho st/",
        ])
    func badAddress(base: String) {
        do {
            _ = try ModelEndpoint(baseURL: base)
            Issue.record("accepted")
        } catch {
            #expect(!"\(error)".contains("secret"))
        }
    }

    @Test("and its key shows in no description of its parts")
    func hiddenKey() throws {
        let endpoint = try ModelEndpoint(
            baseURL: "https://host/v1", key: ModelClientFixture.key,
            headers: [OutboundHeader("x", ModelClientFixture.key)])
        var dumped = ""
        dump(endpoint, to: &dumped)
        #expect(!(dumped + "\(endpoint)" + String(reflecting: endpoint)).contains("0123456789"))
    }
}
