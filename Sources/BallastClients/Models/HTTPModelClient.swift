import AsyncHTTPClient
package import BallastCore
package import BallastRuntime
package import BallastWire
import NIOCore
import NIOHTTP1

/// Calls models that speak OpenAI's Chat Completions.
package typealias OpenAIChatClient = HTTPModelClient<OpenAIChatFormat>
/// Calls models that speak Anthropic's Messages.
package typealias AnthropicMessagesClient = HTTPModelClient<AnthropicMessagesFormat>

/// A model behind an HTTP address. It never repeats a call: the loop above does, and journals every attempt.
///
/// Every failure after the request may have been sent can still have cost money; the failure does not say whether.
package struct HTTPModelClient<Format: ModelFormat>: ModelClient {
    private let endpoint: ModelEndpoint
    private let format: Format
    private let transport: HTTPTransport
    private let clock: any RuntimeClock

    package init(_ endpoint: ModelEndpoint, format: Format, transport: HTTPTransport, clock: any RuntimeClock) {
        self.endpoint = endpoint
        self.format = format
        self.transport = transport
        self.clock = clock
    }

    package func complete(
        _ request: ModelRequest, onText: @escaping @Sendable (String) -> Void
    ) async throws(ModelFailure) -> ModelReply {
        let encoded = format.encode(ModelCall(request), streams: endpoint.streams)
        let exchange = HTTPExchange(
            transport: transport, clock: clock, timeout: request.timeout, idleTimeout: endpoint.idleTimeout)
        let (format, limit, now) = (format, endpoint.maxResponseBytes, clock.now)
        let result: Result<ModelReply, ModelError>
        do {
            result = try await exchange.run(httpRequest(encoded.body)) { (head, body) throws(HTTPExchangeFailure) in
                var reader = ModelReplyReader(format: format, context: encoded.context, limit: limit, onText: onText)
                return try await reader.read(head, &body, now: now)
            }
        } catch {
            throw ModelFailure(error, host: endpoint.host, redaction: endpoint.redaction)
        }
        do {
            return try result.get()
        } catch {
            throw ModelFailure(error, host: endpoint.host, redaction: endpoint.redaction)
        }
    }

    private func httpRequest(_ body: [UInt8]) -> OutgoingRequest {
        var request = OutgoingRequest(url: format.path(below: endpoint.baseURL))
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.headers.add(
            name: "accept", value: endpoint.streams ? "text/event-stream, application/json" : "application/json")
        request.headers.add(name: "user-agent", value: "ballast")
        for header in format.headers(key: endpoint.key?.reveal()) {
            request.headers.replaceOrAdd(name: header.name, value: header.value)
        }
        for header in endpoint.headers {
            request.headers.replaceOrAdd(name: header.name, value: header.value.reveal())
        }
        request.body = ByteBuffer(bytes: body)
        return request
    }
}

extension ModelCall {
    init(_ request: ModelRequest) {
        let choice: ToolChoice =
            switch request.toolChoice {
            case .auto: .auto
            case .none: .none
            case .required: .required
            }
        self.init(
            model: request.model, messages: request.messages.map(\.framed), tools: request.tools, toolChoice: choice,
            maxOutputTokens: request.maxOutputTokens, temperature: request.temperature,
            outputSchema: request.outputSchema)
    }
}
