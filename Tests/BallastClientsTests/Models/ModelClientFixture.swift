import BallastClients
import BallastCore
import BallastRuntime
import BallastWire
import Synchronization
import Testing

/// Calls a scripted provider and notes what came of it.
struct ModelClientFixture: Sendable {
    static let key = "sk-test-0123456789abcdef"

    var transport = HTTPTransport()
    var clock: any RuntimeClock = SystemClock()
    var streams = true
    var maxResponseBytes = 1 << 20
    var headers: [OutboundHeader] = []
    /// Milliseconds of the whole call.
    var timeout: Int64 = 90_000
    var idleTimeout: Int64 = 60_000
    /// Fires when the first piece of an answer is shown.
    let shown = Signal()

    static let request = ModelRequest(
        model: "m-1",
        messages: [Message(role: .user, parts: [.text("Hi")], label: Label([.principal]))], maxOutputTokens: 32,
        temperature: nil)

    struct Outcome: Sendable {
        var result: Result<ModelReply, ModelFailure>
        /// Pieces of the answer as they were shown.
        var pieces: [String]

        var reply: ModelReply? { try? result.get() }
        var failure: ModelFailure? {
            if case .failure(let failure) = result { failure } else { nil }
        }
    }

    func endpoint(_ base: String) throws -> ModelEndpoint {
        try ModelEndpoint(
            baseURL: base, key: Self.key, headers: headers, streams: streams, idleTimeout: idleTimeout,
            maxResponseBytes: maxResponseBytes)
    }

    func openAI(_ base: String) async throws -> Outcome {
        await call(OpenAIChatClient(try endpoint(base), format: OpenAIChatFormat(), transport: transport, clock: clock))
    }

    func anthropic(_ base: String) async throws -> Outcome {
        await call(
            AnthropicMessagesClient(
                try endpoint(base), format: AnthropicMessagesFormat(), transport: transport, clock: clock))
    }

    private func call(_ client: some ModelClient) async -> Outcome {
        var request = Self.request
        request.timeout = timeout
        let pieces = Mutex<[String]>([])
        let result: Result<ModelReply, ModelFailure>
        do {
            result = .success(
                try await client.complete(request) { piece in
                    pieces.withLock { $0.append(piece) }
                    shown.fire()
                })
        } catch {
            result = .failure(error)
        }
        return Outcome(result: result, pieces: pieces.withLock(\.self))
    }

    /// Runs `body` against a provider that does what `script` says.
    static func run(
        _ fixture: ModelClientFixture = ModelClientFixture(), _ script: @escaping ScriptedServer.Script,
        body: (ModelClientFixture, ScriptedServer) async throws -> Void
    ) async throws {
        do {
            try await ScriptedServer.run(script) { try await body(fixture, $0) }
        } catch {
            await fixture.transport.shutdown()
            throw error
        }
        await fixture.transport.shutdown()
    }

    static let openAIChunks = [
        #"{"model":"m-2","choices":[{"index":0,"delta":{"role":"assistant","content":"Hel"}}]}"#,
        #"{"choices":[{"index":0,"delta":{"content":"lo"}}]}"#,
        #"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
        #"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}"#, "[DONE]",
    ]

    static let openAIReply = ModelReply(
        text: "Hello", finish: .stop, usage: ModelUsage(input: 3, output: 2), servedModel: "m-2")

    static let openAIDocument = """
        {"model":"m-2","choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}],\
        "usage":{"prompt_tokens":3,"completion_tokens":2}}
        """
}
