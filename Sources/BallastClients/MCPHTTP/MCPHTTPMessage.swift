import BallastCore
import BallastWire

/// A message that is posted to a server.
struct MCPHTTPMessage: Sendable {
    /// Of a request, whose answer is waited for.
    let id: JSONRPCID?
    let body: [UInt8]
    var headers: [(name: String, value: String)]
    /// What comes back is a stream of which the answer is the end, if there is one.
    var listens = false
}

/// What came of it.
struct MCPHTTPReply: Sendable {
    enum Kind: Sendable {
        /// An answer by JSON-RPC. `isAddressed` when it names the request.
        case answer(MCPClientSession.Answer, isAddressed: Bool)
        /// Nothing, as is right for what is no request.
        case nothing
        /// Something that is no answer, in words for the operator.
        case other(String)
        /// The exchange broke. `state` tells whether the message had left.
        case failed(HTTPExchangeFailure, SendGate.State)
    }

    /// 0 when no answer began.
    var status = 0
    var session: String?
    /// Milliseconds that the server asks to wait.
    var retryAfter: Int64?
    var kind: Kind
}

/// An open conversation with a server, as each message needs it.
struct MCPHTTPTalk: Sendable {
    /// Tells this opening from others.
    let number: Int
    let server: MCPServer
    /// Of a legacy server that keeps one.
    let session: String?

    /// The headers of a message in this conversation.
    func headers(
        method: String, name: String? = nil, parameters: [(name: String, value: String)] = []
    ) -> [(name: String, value: String)] {
        var headers = [(name: MCPHeader.protocolVersion, value: server.version)]
        switch server.era {
        case .modern:
            headers.append((MCPHeader.method, method))
            if let name { headers.append((MCPHeader.name, MCPHeaderValue.encode(name))) }
            headers += parameters
        case .legacy:
            if let session { headers.append((MCPHeader.session, session)) }
        }
        return headers
    }
}
