import BallastRuntime
import BallastWire

extension ModelFailure {
    /// What the provider said, under the codes of the loop.
    init(_ error: ModelError, host: String, redaction: Redaction) {
        self.init(
            code: Code(error.kind), message: redaction("\(host): \(error.message)"), isRetryable: error.isRetryable,
            retryAfter: error.retryAfter)
    }

    init(_ failure: HTTPExchangeFailure, host: String, redaction: Redaction) {
        let code: Code =
            switch failure.kind {
            case .unfit: .badRequest
            case .noAnswer, .cut: .unreachable
            case .timeout: .timeout
            case .tooLarge: .malformedResponse
            case .cancelled: .cancelled
            }
        let isRetryable = failure.kind != .unfit && failure.kind != .tooLarge
        self.init(code: code, message: redaction("\(host): \(Self.sentence(failure))"), isRetryable: isRetryable)
    }

    private static func sentence(_ failure: HTTPExchangeFailure) -> String {
        switch failure.kind {
        case .unfit: "The request cannot be sent: \(failure.detail). Check the base URL, key and headers."
        case .noAnswer: "The provider could not be reached: \(failure.detail)."
        case .cut: "The connection was lost after the answer had begun: \(failure.detail)."
        case .timeout: "The call was given up: \(failure.detail)."
        case .tooLarge: "The answer was refused: \(failure.detail)."
        case .cancelled: "The call was cancelled."
        }
    }
}

extension ModelFailure.Code {
    init(_ kind: ModelError.Kind) {
        self =
            switch kind {
            case .rateLimited: .rateLimited
            case .overloaded: .overloaded
            case .serverError: .serverError
            case .timeout: .timeout
            case .authentication: .authentication
            case .quotaExhausted: .quotaExhausted
            case .contextTooLong: .contextTooLong
            case .badRequest: .badRequest
            case .malformed: .malformedResponse
            // A connection that broke: the provider is not to blame for the form of the answer.
            case .interrupted: .unreachable
            }
    }
}
