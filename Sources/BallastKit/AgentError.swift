import BallastConfiguration
import BallastInstallation
import BallastRuntime

/// Why something was not done: a code for programs, and for people what happened and what to do.
///
/// Every function of this library that fails throws this. What a *run* cannot do is no error: it stands in its journal
/// and in its outcome.
public struct AgentError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of thing went wrong.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// There is no such run, approval or agent in this tenant.
        case notFound = "not_found"
        /// Somebody or something else came first; nothing was changed.
        case conflict
        /// This person may not do that.
        case forbidden
        /// A text, an identifier or a JSON value that cannot be taken.
        case invalid
        /// The run is over.
        case finished
        /// A halt holds the agent, the tenant or everything.
        case halted
        /// The configuration, a tool or a setting is wrong; the message names each fault.
        case configuration
        /// The store, a file or a port is not there or not free.
        case unavailable
        /// The host was closed.
        case closed
        /// The task was cancelled while it waited; what was asked for before is unchanged.
        case cancelled
    }

    /// For programs; codes are never renamed.
    public let code: Code
    /// What happened and why, in a sentence or more.
    public let message: String
    /// What to do; may be empty.
    public let advice: String

    init(_ code: Code, _ message: String, advice: String) {
        self.code = code
        self.message = message
        self.advice = advice
    }

    /// Message and advice.
    public var description: String { advice.isEmpty ? message : "\(message) \(advice)" }
}

extension AgentError {
    /// Brings every error of the layers below into this one.
    init(_ error: any Error) {
        switch error {
        case let error as AgentError: self = error
        case let error as RuntimeError: self.init(error)
        case let error as StoreError: self.init(.unavailable, error.message, advice: error.advice)
        case let error as InstallationError:
            self.init(error.code == .wrongUse ? .configuration : .unavailable, error.message, advice: error.advice)
        case let error as ConfigurationError: self.init(.configuration, error.description, advice: "")
        case let error as IDParsingError: self.init(.invalid, error.description + ".", advice: "")
        case is CancellationError: self.init(.cancelled, "The task was cancelled.", advice: "")
        default: self.init(.unavailable, "\(error)", advice: "See the log.")
        }
    }

    private init(_ error: RuntimeError) {
        let code: Code =
            switch error.code {
            case .notFound: .notFound
            case .conflict: .conflict
            case .forbidden: .forbidden
            case .invalid: .invalid
            case .finished: .finished
            case .unavailable: .unavailable
            case .halted: .halted
            }
        self.init(code, error.message, advice: error.advice)
    }

    static let closed = AgentError(.closed, "The host was closed.", advice: "Open it again; nothing is lost.")

    /// Does `body`, with every error of it as one of these.
    static func wrapping<Value>(_ body: () async throws -> Value) async throws(AgentError) -> Value {
        do {
            return try await body()
        } catch {
            throw AgentError(error)
        }
    }
}
