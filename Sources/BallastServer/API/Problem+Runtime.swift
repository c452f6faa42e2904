import BallastCore
import BallastRuntime

extension Problem {
    init(_ error: RuntimeError) {
        switch error.code {
        case .notFound: self = Problem(404, "not_found", "Not found", error.message, advice: error.advice)
        case .conflict: self = .conflict("conflict", error.message, advice: error.advice)
        case .finished: self = .conflict("finished", error.message, advice: error.advice)
        case .halted: self = .conflict("halted", error.message, advice: error.advice)
        case .forbidden: self = .forbidden("forbidden", error.message, advice: error.advice)
        case .invalid:
            self = Problem(400, "invalid_request", "The request is not valid", error.message, advice: error.advice)
        case .unavailable: self = .unavailable(error.message, advice: error.advice)
        }
    }

    init(_ error: StoreError) { self = .unavailable(error.message, advice: error.advice) }

    /// A fault of the store as somebody else than its operator reads it.
    static let recordsUnavailable = Problem.unavailable(
        "The server cannot use its records at the moment, so this was not acknowledged.",
        advice: "Try again in a while; whoever runs the server is shown the cause.")
}
