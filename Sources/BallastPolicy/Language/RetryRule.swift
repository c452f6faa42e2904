package import BallastCore

/// How often a call of a tool or a model is tried, and how long is waited in between.
package struct RetryRule: Sendable, Hashable {
    /// The first included; nil for the runtime's default.
    package var attempts: Int?
    /// Milliseconds: the bound of the first wait, which doubles; nil for the runtime's default.
    package var backoff: Int64?

    package init(attempts: Int? = nil, backoff: Int64? = nil) {
        self.attempts = attempts
        self.backoff = backoff
    }
}

/// A tool that does the same as another one, as the operator states. It takes the other's place where that one certainly
/// did nothing and was not there to be asked; it is judged as an action of its own.
package struct Fallback: Sendable, Hashable {
    package let tool: String
    /// What it is called with; nil for the arguments as they are.
    package let with: [BoundArgument]?

    package init(tool: String, with: [BoundArgument]? = nil) {
        self.tool = tool
        self.with = with
    }

    /// nil when an argument that it needs is absent.
    package func arguments(from arguments: JSONValue) -> JSONValue? {
        guard let with else { return arguments }
        return with.object(arguments: arguments)
    }
}
