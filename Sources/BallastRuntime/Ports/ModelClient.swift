package import BallastCore

/// One call to a model, independent of the provider's format.
package struct ModelRequest: Sendable, Hashable {
    /// The model's name as the provider knows it.
    package var model: String
    /// In order; a system message, if any, is the first.
    package var messages: [Message]
    package var tools: [ToolDefinition]
    package var toolChoice: ToolChoice
    /// Upper bound of output tokens.
    package var maxOutputTokens: Int
    /// 0 makes runs repeatable as far as the provider allows; nil where the API no longer takes the argument.
    package var temperature: Double?
    /// A JSON Schema the answer's text must satisfy, where the API can constrain it.
    package var outputSchema: JSONValue?
    /// Milliseconds for the whole call.
    package var timeout: Int64

    package enum ToolChoice: Sendable, Hashable { case auto, none, required }

    package init(
        model: String, messages: [Message], tools: [ToolDefinition] = [], toolChoice: ToolChoice = .auto,
        maxOutputTokens: Int = 1024, temperature: Double? = 0, outputSchema: JSONValue? = nil, timeout: Int64 = 120_000
    ) {
        self.model = model
        self.messages = messages
        self.tools = tools
        self.toolChoice = toolChoice
        self.maxOutputTokens = maxOutputTokens
        self.temperature = temperature
        self.outputSchema = outputSchema
        self.timeout = timeout
    }
}

/// Why a model call gave no reply.
package struct ModelFailure: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: UInt8, Sendable, Hashable {
        case unreachable = 0
        case timeout = 1
        case rateLimited = 2
        case overloaded = 3
        case serverError = 4
        case authentication = 5
        case badRequest = 6
        case contextTooLong = 7
        case malformedResponse = 8
        case cancelled = 9
        case quotaExhausted = 10
        /// Its breaker is open: nothing was sent.
        case resting = 11

        package var name: String {
            [
                "unreachable", "timeout", "rate_limited", "overloaded", "server_error", "authentication", "bad_request",
                "context_too_long", "malformed_response", "cancelled", "quota_exhausted", "breaker_open",
            ][Int(rawValue)]
        }
    }

    package var code: Code
    /// What happened and what to do, for the operator; never contains a secret.
    package var message: String
    /// True when the same call may succeed later.
    package var isRetryable: Bool
    /// Milliseconds the provider asked to wait.
    package var retryAfter: Int64?

    package init(code: Code, message: String, isRetryable: Bool, retryAfter: Int64? = nil) {
        self.code = code
        self.message = message
        self.isRetryable = isRetryable
        self.retryAfter = retryAfter
    }

    package var description: String { "\(code.name): \(message)" }
}

/// A connection to one provider. It never retries: the loop above it does, and journals every attempt.
package protocol ModelClient: Sendable {
    /// Makes the call; `onText` receives pieces of the answer as they come (provisional until the reply is journaled).
    /// Cancelling the task ends the request on the wire.
    func complete(
        _ request: ModelRequest, onText: @escaping @Sendable (String) -> Void
    ) async throws(ModelFailure) -> ModelReply
}
