package import BallastCore

/// What a call says and asks while it is under way.
package struct ToolRelay: Sendable {
    package let progress: @Sendable (ToolProgress) -> Void
    /// Asks the person behind the call; nil when nobody can be asked, and the tool is then not told otherwise. The time
    /// that it takes is not counted as the tool's: who answers it bounds it.
    package let ask: (@Sendable (ToolQuestion) async -> ToolReply)?
    /// The person can also be asked to open an address.
    package let mayOpenAddresses: Bool

    package init(
        progress: @escaping @Sendable (ToolProgress) -> Void, ask: (@Sendable (ToolQuestion) async -> ToolReply)? = nil,
        mayOpenAddresses: Bool = true
    ) {
        self.progress = progress
        self.ask = ask
        self.mayOpenAddresses = mayOpenAddresses
    }
}

/// How far a call is, as the tool says it.
package struct ToolProgress: Sendable, Hashable {
    /// A number that rises.
    package let progress: JSONValue
    package let total: JSONValue?
    package let message: String?

    package init(progress: JSONValue, total: JSONValue? = nil, message: String? = nil) {
        self.progress = progress
        self.total = total
        self.message = message
    }
}

/// What a tool wants to know from a person before it goes on: the parameters of MCP's `elicitation/create`.
package struct ToolQuestion: Sendable, Hashable {
    package let parameters: JSONObject
    package init(parameters: JSONObject) { self.parameters = parameters }
}

/// The person's reply.
package enum ToolReply: Sendable, Hashable {
    case accept(JSONObject)
    case decline
    case cancel
}
