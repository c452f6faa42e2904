package import BallastWire
package import HTTPTypes

/// One request to the endpoint, as any transport gives it.
package struct MCPHTTPRequest: Sendable {
    let method: HTTPRequest.Method
    let path: String
    /// The `Host` that was asked for.
    let authority: String?
    let headers: HTTPFields
    var body: [UInt8]

    package init(
        method: HTTPRequest.Method, path: String, authority: String?, headers: HTTPFields, body: [UInt8] = []
    ) {
        self.method = method
        self.path = path
        self.authority = authority
        self.headers = headers
        self.body = body
    }
}

/// What the endpoint answers: one whole body, or messages as they come.
package struct MCPHTTPAnswer: Sendable {
    package enum Content: Sendable {
        case none
        case json([UInt8])
        case stream(MCPStream)
    }

    package let status: Int
    package var headers: HTTPFields
    package let content: Content

    init(_ status: Int, _ content: Content = .none, headers: HTTPFields = [:]) {
        self.status = status
        self.content = content
        self.headers = headers
    }

    init(_ rejection: MCPFaceRejection) { self.init(rejection.status, .json(rejection.body)) }
    init(_ status: Int, _ message: JSONRPCMessage, headers: HTTPFields = [:]) {
        self.init(status, .json(message.text), headers: headers)
    }
}

/// What becomes of one request, step by step.
package protocol MCPExchange: Sendable {
    /// The next thing to send; nil when there is nothing more.
    func next() async -> MCPOutput?
    /// The client is gone.
    func abandon()
    /// The server stops: what waits for people or for change waits no longer.
    func stop()
}

package enum MCPOutput: Sendable {
    case message(JSONRPCMessage)
    /// Nothing to say, and the client should know that somebody is there.
    case comment
    /// The answer itself, with the status that it has when nothing was sent before.
    case last(Int, JSONRPCMessage)
}

/// The messages of one request as events.
package struct MCPStream: Sendable {
    private let first: MCPOutput?
    package let exchange: any MCPExchange

    init(_ exchange: any MCPExchange, first: MCPOutput? = nil) {
        self.exchange = exchange
        self.first = first
    }

    /// Writes everything until the end. A write that fails means that the client is gone.
    package func write(_ write: ([UInt8]) async throws -> Void) async throws {
        do {
            var output = first
            if output == nil { output = await exchange.next() }
            while let current = output {
                switch current {
                case .comment: try await write(ServerSentEvent.comment("still here"))
                case .message(let message): try await write(message.event)
                case .last(_, let message):
                    try await write(message.event)
                    return
                }
                output = await exchange.next()
            }
        } catch {
            exchange.abandon()
            throw error
        }
    }

    /// Waits for the first thing to send: an answer that nothing goes before is sent whole, with its own status.
    static func answer(_ exchange: any MCPExchange, from connection: ClientConnection?) async -> MCPHTTPAnswer {
        let number = connection?.follow(exchange)
        defer { if let number { connection?.forget(number) } }
        return switch await exchange.next() {
        case nil: MCPHTTPAnswer(202)
        case .last(let status, let message): MCPHTTPAnswer(status, message)
        case let first?: MCPHTTPAnswer(200, .stream(MCPStream(exchange, first: first)))
        }
    }
}

extension MCPFaceHead {
    init(_ headers: HTTPFields) {
        func values(_ name: String) -> [String] { HTTPField.Name(name).map { headers[values: $0] } ?? [] }
        self.init(
            protocolVersions: values("mcp-protocol-version"), methods: values("mcp-method"),
            names: values("mcp-name"), session: values("mcp-session-id").first, accept: headers[.accept],
            contentType: headers[.contentType])
    }
}
