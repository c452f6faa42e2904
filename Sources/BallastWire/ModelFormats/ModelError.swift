import BallastCore

/// Why a provider gave no usable reply.
package struct ModelError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case rateLimited = "rate_limited"
        case overloaded
        case serverError = "server_error"
        case timeout
        /// The key is missing, wrong or may not use this model.
        case authentication
        /// Money or a quota is used up; waiting does not help.
        case quotaExhausted = "quota_exhausted"
        case contextTooLong = "context_too_long"
        case badRequest = "bad_request"
        /// The answer is not what the format promises.
        case malformed
        /// The stream ended before the reply did.
        case interrupted
    }

    package var kind: Kind
    /// What the provider said and what to do, for the operator.
    package var message: String
    /// The same call may succeed later.
    package var isRetryable: Bool
    /// Milliseconds the provider asked to wait.
    package var retryAfter: Int64?

    package init(_ kind: Kind, _ message: String, isRetryable: Bool? = nil, retryAfter: Int64? = nil) {
        self.kind = kind
        self.message = message
        self.isRetryable = isRetryable ?? kind.isRetryable
        self.retryAfter = retryAfter
    }

    package var description: String { "\(kind.rawValue): \(message)" }

    static func malformed(_ what: String) -> ModelError { ModelError(.malformed, what + ".") }
    static let interrupted = ModelError(.interrupted, "The stream ended before the reply was complete.")
}

extension ModelError.Kind {
    /// Whether the same call may succeed later when the provider says nothing about it.
    package var isRetryable: Bool {
        switch self {
        case .rateLimited, .overloaded, .serverError, .timeout, .malformed, .interrupted: true
        case .authentication, .quotaExhausted, .contextTooLong, .badRequest: false
        }
    }

    /// What the operator can do; empty where waiting is all.
    var advice: String {
        switch self {
        case .authentication: " Check the key and what it may use."
        case .quotaExhausted: " Raise the limit or top up the account at the provider."
        case .contextTooLong: " Shorten the conversation or use a model with a longer context."
        default: ""
        }
    }
}

extension ModelError {
    /// Makes sense of an answer with an error status.
    package static func status(_ status: Int, body: [UInt8], advice: RetryAdvice = RetryAdvice()) -> ModelError {
        let said = ProviderErrorBody(body)
        let kind = said.exactKind ?? Kind(status: status)
        return ModelError(
            kind, said.sentence("The provider answered HTTP \(status)") + kind.advice,
            isRetryable: advice.shouldRetry ?? kind.isRetryable, retryAfter: advice.retryAfter)
    }

    /// The error that a document with a good status, or an event of a stream, holds instead of a reply.
    static func reported(in document: JSONValue) -> ModelError? {
        guard let error = document["error"], !error.isNull else { return nil }
        let said = ProviderErrorBody(document)
        let kind = said.exactKind ?? said.broadKind ?? said.code.flatMap(Int.init).map(Kind.init(status:))
        return ModelError(
            kind ?? .serverError, said.sentence("The provider broke off with an error") + (kind?.advice ?? ""))
    }
}

extension ModelError.Kind {
    /// What a status means when the body does not say more. `Kind` is never nil: unknown statuses are bad requests
    /// below 500 and server errors from there on.
    init(status: Int) {
        self =
            switch status {
            case 401, 403, 407: .authentication
            case 402: .quotaExhausted
            case 408, 504: .timeout
            case 409: .serverError
            case 413: .contextTooLong
            case 429: .rateLimited
            case 503, 529: .overloaded
            case ..<500: .badRequest
            default: .serverError
            }
    }
}
