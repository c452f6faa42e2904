import BallastCore
import BallastRuntime
import BallastWire

/// How one request to a server ended.
enum MCPSettlement: Sendable {
    case answered(MCPClientSession.Answer)
    /// The permit was not given; no byte was written.
    case refused(SendPermit.Refusal)
    /// The server can no longer answer. `wasHandedOver` when bytes of the request had been written.
    case lost(reason: String, wasHandedOver: Bool)
    /// The caller stopped waiting. `wasHandedOver` as above.
    case abandoned(ToolFailure.Code, wasHandedOver: Bool)
    /// It was under way, and what the server then asked may not be answered any more.
    case stopped(SendPermit.Refusal)
    /// What carried it knows how it ended.
    case decided(ToolOutcome)
}

extension ToolOutcome {
    /// What a settlement means for the effect behind it.
    init(_ settlement: MCPSettlement, of target: MCPCallRequest.Target = .tool(""), provider: String) {
        switch settlement {
        case .answered(let answer): self.init(answer, target, provider: provider)
        case .decided(let outcome): self = outcome
        case .stopped(let refusal):
            let message = "the MCP server \(provider) asked a question, and the answer may not be sent: \(refusal)"
            self = .unknown(ToolFailure(code: .permitRefused, message: message))
        case .refused(let refusal):
            self = .neverSent(
                ToolFailure(code: .permitRefused, message: "the leave to send was refused: \(refusal)"),
                isRetryable: false)
        case .lost(let reason, let wasHandedOver):
            let failure = ToolFailure(code: .connectionLost, message: reason)
            self = wasHandedOver ? .unknown(failure) : .neverSent(failure, isRetryable: true)
        case .abandoned(let code, let wasHandedOver):
            let why = code == .timeout ? "gave no answer in time" : "was no longer waited for"
            let failure = ToolFailure(code: code, message: "the MCP server \(provider) \(why)")
            self = wasHandedOver ? .unknown(failure) : .neverSent(failure, isRetryable: code == .timeout)
        }
    }

    private init(_ answer: MCPClientSession.Answer, _ target: MCPCallRequest.Target, provider: String) {
        switch answer {
        case .result(let value):
            do {
                self = .result(ToolResult(try MCPCallResult(value, of: target)))
            } catch {
                self = .unreadable("the MCP server \(provider) sent a result that breaks the protocol: \(error)")
            }
        case .error(let error):
            // The server answered; that it used the protocol's error rather than the tool's changes nothing.
            self = .result(
                ToolResult(
                    content: "The tool's server refused the call: \(error)", isError: true,
                    protocolError: ToolProtocolError(
                        code: error.code.number, message: error.message, data: error.data)))
        case .unreadable(let reason):
            self = .unreadable("the answer of the MCP server \(provider) cannot be read: \(reason)")
        case .oversized(let bytes):
            let message = "the MCP server \(provider) sent a result of \(bytes) bytes, which is over the limit"
            self = .unknown(ToolFailure(code: .resultTooLarge, message: message))
        }
    }

    private static func unreadable(_ message: String) -> ToolOutcome {
        .unknown(ToolFailure(code: .protocolError, message: message))
    }
}

extension ToolResult {
    fileprivate init(_ result: MCPCallResult) {
        self.init(
            content: result.text, structured: result.structured, isError: result.isError, blocks: result.blocks,
            meta: result.meta)
    }
}

extension MCPCallRequest {
    /// The request of one attempt: exactly the arguments that were judged.
    init(_ invocation: ToolInvocation, relay: CallRelay?) throws(MCPProtocolError) {
        let target: Target =
            switch invocation.tool.facility {
            case .readResource: .resource
            case .getPrompt: .prompt
            case nil: .tool(invocation.tool.remoteName)
            }
        try self.init(
            target, arguments: invocation.arguments, idempotencyKey: invocation.idempotencyKey,
            wantsProgress: relay != nil, elicitation: relay?.elicitation ?? .none)
    }
}
