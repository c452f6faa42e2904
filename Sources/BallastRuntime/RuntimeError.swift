import BallastCore

/// Why the runtime did not do what was asked: a code for programs, and for people what happened and what to do.
package struct RuntimeError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable, Hashable {
        case notFound = "not_found"
        case conflict = "conflict"
        case forbidden = "forbidden"
        case invalid = "invalid"
        /// The run is over.
        case finished = "finished"
        case unavailable = "unavailable"
        case halted = "halted"
    }
    package var code: Code
    package var message: String
    package var advice: String
    /// The store does not work; the words name its place, which is the operator's to know.
    package private(set) var concernsStore = false

    /// The caller's contract of its task was not taken.
    package private(set) var concernsContract = false

    package init(_ code: Code, _ message: String, advice: String) {
        self.code = code
        self.message = message
        self.advice = advice
    }

    package init(_ failure: StoreError) {
        self.init(.unavailable, failure.message, advice: failure.advice)
        concernsStore = failure.concernsStore
    }

    static func contract(_ code: Code, _ message: String, advice: String) -> RuntimeError {
        var error = RuntimeError(code, message, advice: advice)
        error.concernsContract = true
        return error
    }

    package var description: String { "\(message) \(advice)" }
}
