import BallastCore
import BallastRuntime
import BallastWire

/// What a reply means for the request, and for the conversation.
///
/// | reply | outcome |
/// |---|---|
/// | an answer by JSON-RPC, whatever the status | the answer |
/// | 404 in a session, or a 400 that does not know the request | not done: the session has ended; may be tried again |
/// | the version is not spoken any more | not done; may be tried again, the conversation opens anew |
/// | 429; 503 with `Retry-After` | not done; may be tried again |
/// | 307, 308, other 4xx | not done |
/// | other 3xx, 408, other 5xx, 2xx without an answer | unknown |
/// | no connection | not done; may be tried again |
/// | the connection broke, or time ran out | unknown once the first byte had left, not done before |
struct MCPHTTPSettling: Sendable {
    enum Conversation: Sendable, Hashable {
        case goesOn
        /// The server does not know it any more.
        case ended
        /// The server does not speak this version any more.
        case outgrown
    }

    let settlement: MCPSettlement
    let conversation: Conversation

    init(_ reply: MCPHTTPReply, _ talk: MCPHTTPTalk, provider: String) {
        let words = Words(provider: provider, reply: reply)
        let isLegacy = talk.server.era == .legacy
        switch reply.kind {
        case .failed(let failure, let state):
            self.init(words.settlement(of: failure, state))
        case .answer(.error(let error), _) where !isLegacy && error.code == .unsupportedProtocolVersion:
            self.init(
                words.notDone(.protocolError, "does not speak MCP \(talk.server.version) any more", isRetryable: true),
                .outgrown)
        case .answer(.error(let error), let isAddressed)
        where isLegacy && Self.hasEnded(reply, error, isAddressed, talk):
            self.init(words.notDone(.connectionLost, "has ended the session", isRetryable: true), .ended)
        case .answer(.error, _) where reply.status == 401: self.init(words.unauthorized)
        case .answer(let answer, _): self.init(.answered(answer))
        case .nothing: self.init(words.unknown(.protocolError, "answered with HTTP \(reply.status) and nothing else"))
        case .other where isLegacy && talk.session != nil && reply.status == 404:
            self.init(words.notDone(.connectionLost, "has ended the session", isRetryable: true), .ended)
        case .other(let text): self.init(words.settlement(of: text))
        }
    }

    private init(_ settlement: MCPSettlement, _ conversation: Conversation = .goesOn) {
        self.settlement = settlement
        self.conversation = conversation
    }

    private static func hasEnded(
        _ reply: MCPHTTPReply, _ error: JSONRPCError, _ isAddressed: Bool, _ talk: MCPHTTPTalk
    ) -> Bool {
        if reply.status == 404, talk.session != nil { return error.code != .methodNotFound || !isAddressed }
        return reply.status == 400 && !isAddressed && error.code == .invalidRequest
    }
}

extension MCPHTTPSettling {
    /// Outcomes in words.
    struct Words {
        let provider: String
        let reply: MCPHTTPReply

        private func failure(_ code: ToolFailure.Code, _ what: String) -> ToolFailure {
            ToolFailure(code: code, message: "the MCP server \(provider) \(what)", retryAfter: reply.retryAfter)
        }

        func notDone(_ code: ToolFailure.Code, _ what: String, isRetryable: Bool) -> MCPSettlement {
            .decided(.neverSent(failure(code, what), isRetryable: isRetryable))
        }

        func unknown(_ code: ToolFailure.Code, _ what: String) -> MCPSettlement {
            .decided(.unknown(failure(code, what)))
        }

        var unauthorized: MCPSettlement {
            notDone(.refused, "refused the credentials that are configured for it (HTTP 401)", isRetryable: false)
        }

        /// An answer by HTTP alone.
        func settlement(of text: String) -> MCPSettlement {
            let said = text.isEmpty ? "" : ": \(text)"
            let what = "answered with HTTP \(reply.status)\(said)"
            switch reply.status {
            case 401: return unauthorized
            case 429: return notDone(.rateLimited, what, isRetryable: true)
            case 503 where reply.retryAfter != nil: return notDone(.serverError, what, isRetryable: true)
            case 307, 308:
                return notDone(
                    .refused, "wants to be spoken to elsewhere (HTTP \(reply.status)), and redirects are not followed",
                    isRetryable: false)
            case 408, 500...: return unknown(.serverError, what)
            case 400..<500: return notDone(.refused, what, isRetryable: false)
            case 300..<400:
                return unknown(
                    .protocolError, "answered with a redirect (HTTP \(reply.status)), and redirects are not followed")
            default: return unknown(.protocolError, "broke the protocol: \(text)")
            }
        }

        /// The exchange broke.
        func settlement(of failure: HTTPExchangeFailure, _ state: SendGate.State) -> MCPSettlement {
            switch state {
            case .refused(let refusal): return .refused(refusal)
            case .waiting, .sealed:
                let plain = ToolFailure(failure, isSent: false)
                let isRetryable = failure.kind != .unfit && failure.kind != .cancelled
                return notDone(plain.code, "was not reached: \(plain.message)", isRetryable: isRetryable)
            case .writing, .written:
                let plain = ToolFailure(failure, isSent: true)
                return unknown(plain.code, "gave no answer: \(plain.message)")
            }
        }
    }
}
