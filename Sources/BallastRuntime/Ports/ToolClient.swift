package import BallastCore

/// One attempt of one effect, ready to be sent.
package struct ToolInvocation: Sendable {
    /// Constant over all attempts of the effect; goes to the tool as its idempotency key.
    package let effect: EffectID
    package let tool: ToolDefinition
    /// Canonical JSON of an object: exactly these bytes were judged and are sent.
    package let arguments: [UInt8]
    /// From 1 on.
    package let attempt: Int
    package let tenant: TenantID
    package let principal: Principal
    /// Milliseconds for the whole attempt.
    package let timeout: Int64
    /// Must be claimed in the same non-suspending step that hands the bytes to the operating system.
    package let permit: SendPermit
    /// Takes what the call says and asks while it is under way; nil when nobody listens.
    package let relay: ToolRelay?

    package init(
        effect: EffectID, tool: ToolDefinition, arguments: [UInt8], attempt: Int, tenant: TenantID,
        principal: Principal, timeout: Int64, permit: SendPermit, relay: ToolRelay? = nil
    ) {
        self.effect = effect
        self.tool = tool
        self.arguments = arguments
        self.attempt = attempt
        self.tenant = tenant
        self.principal = principal
        self.timeout = timeout
        self.permit = permit
        self.relay = relay
    }

    package var idempotencyKey: String { effect.description }
}

/// Leave to write the bytes of one attempt: refused after a halt, too close to the end of the lease, or when the action
/// must be judged again first.
///
/// The client calls `claim` immediately before it writes, without suspending in between, and `release` once the
/// write call has returned. A refused claim means that nothing was sent.
package struct SendPermit: Sendable {
    package enum Refusal: UInt8, Sendable, Hashable { case halted, leaseEnding, cancelled, outdated }

    private let onClaim: @Sendable () -> Refusal?
    private let onRelease: @Sendable () -> Void

    package init(claim: @escaping @Sendable () -> Refusal?, release: @escaping @Sendable () -> Void) {
        self.onClaim = claim
        self.onRelease = release
    }

    /// nil when the bytes may be written now.
    package func claim() -> Refusal? { onClaim() }
    package func release() { onRelease() }

    /// A permit that never refuses, for calls that no effect stands behind (listing tools) and for tests.
    package static let always = SendPermit(claim: { nil }, release: {})
}

/// What a tool answered.
package struct ToolResult: Sendable, Hashable {
    /// What the model reads: text, or the JSON of a structured result.
    package var content: String
    /// The structured result, when there is one; validated against the output schema.
    package var structured: JSONValue?
    /// The tool itself says that it failed.
    package var isError: Bool
    /// The content as an MCP server stated it, block by block; empty from others.
    package var blocks: [JSONValue]
    /// Set when the server answered by an error of the protocol; `isError` is then true as well.
    package var protocolError: ToolProtocolError?
    /// What the server added for programs.
    package var meta: JSONObject
    /// It did not take the credential that it was called with, whatever it was asked.
    package var refusesCredential = false

    package init(
        content: String, structured: JSONValue? = nil, isError: Bool = false, blocks: [JSONValue] = [],
        protocolError: ToolProtocolError? = nil, meta: JSONObject = [:]
    ) {
        self.content = content
        self.structured = structured
        self.isError = isError
        self.blocks = blocks
        self.protocolError = protocolError
        self.meta = meta
    }
}

/// The error by which a tool's server answered a call, to be handed on as it is.
package struct ToolProtocolError: Sendable, Hashable {
    package let code: Int64
    package let message: String
    package let data: JSONValue?

    package init(code: Int64, message: String, data: JSONValue? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }
}

/// Why an attempt gave no answer.
package struct ToolFailure: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: UInt8, Sendable, Hashable {
        case unreachable = 0
        case timeout = 1
        case connectionLost = 2
        case refused = 3
        case rateLimited = 4
        case protocolError = 5
        case cancelled = 6
        case permitRefused = 7
        case resultTooLarge = 8
        case serverError = 9
        /// Its breaker is open: nothing was sent.
        case resting = 10

        package var name: String {
            [
                "unreachable", "timeout", "connection_lost", "refused", "rate_limited", "protocol_error", "cancelled",
                "permit_refused", "result_too_large", "server_error", "breaker_open",
            ][Int(rawValue)]
        }
    }

    package var code: Code
    package var message: String
    /// Milliseconds the tool asked to wait.
    package var retryAfter: Int64?

    package init(code: Code, message: String, retryAfter: Int64? = nil) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
    }

    package var description: String { "\(code.name): \(message)" }
}

/// How an attempt ended. The difference between the last two decides whether a `never` tool may be tried again.
package enum ToolOutcome: Sendable, Hashable {
    /// The tool answered (also when it answered that it failed).
    case result(ToolResult)
    /// No byte of the call left this process: it certainly did not happen. `isRetryable` when a later try may work.
    case neverSent(ToolFailure, isRetryable: Bool)
    /// Bytes were sent and no answer came: it may or may not have happened.
    case unknown(ToolFailure)

    /// Milliseconds that the tool asked to wait.
    package var retryAfter: Int64? {
        switch self {
        case .result: nil
        case .neverSent(let failure, _), .unknown(let failure): failure.retryAfter
        }
    }
}

/// Tools of one provider: an MCP server, HTTP tools of the configuration, native tools. It never retries.
package protocol ToolClient: Sendable {
    /// The provider's key in the configuration.
    var provider: String { get }
    /// The operator states these tools himself; new ones need nobody's acceptance.
    var isStatedByOperator: Bool { get }
    /// The definitions as the provider states them now.
    func definitions() async throws(ToolFailure) -> [ToolDefinition]
    /// What can be read by the tool of `ToolFacility.readResource`, as the provider lists it.
    func resources() async throws(ToolFailure) -> [JSONValue]
    func resourceTemplates() async throws(ToolFailure) -> [JSONValue]
    /// What can be got by the tool of `ToolFacility.getPrompt`, as the provider lists it.
    func prompts() async throws(ToolFailure) -> [JSONValue]
    /// Makes one attempt. Cancelling the task cancels the call where the protocol can.
    func call(_ invocation: ToolInvocation) async -> ToolOutcome
    /// Ends child processes and connections; calls in flight end as unknown.
    func shutdown() async
}

extension ToolClient {
    package var isStatedByOperator: Bool { false }
    package func resources() async throws(ToolFailure) -> [JSONValue] { [] }
    package func resourceTemplates() async throws(ToolFailure) -> [JSONValue] { [] }
    package func prompts() async throws(ToolFailure) -> [JSONValue] { [] }
}
