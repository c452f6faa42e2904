package import BallastCore

/// Carries what happens between a tool and the one who called it while the call is under way.
package struct ToolRelay: Sendable {
    /// Told how far the tool is; each number is higher than the one before, and none comes after the answer.
    package let progress: @Sendable (ToolProgress) -> Void
    /// Asks a person on the tool's behalf; nil when nobody can be asked, and the tool is then not told otherwise. The
    /// time that it takes is not counted as the tool's. Whoever answers it bounds that time.
    package let ask: (@Sendable (ToolQuestion) async -> ToolReply)?
    /// The person can also be asked to open an address.
    package let mayOpenAddresses: Bool

    package init(
        progress: @escaping @Sendable (ToolProgress) -> Void,
        ask: (@Sendable (ToolQuestion) async -> ToolReply)? = nil, mayOpenAddresses: Bool = true
    ) {
        self.progress = progress
        self.ask = ask
        self.mayOpenAddresses = mayOpenAddresses
    }
}

/// How far a tool is.
package struct ToolProgress: Sendable, Hashable {
    package let progress: JSONNumber
    package let total: JSONNumber?
    package let message: String?

    package init(progress: JSONNumber, total: JSONNumber? = nil, message: String? = nil) {
        self.progress = progress
        self.total = total
        self.message = message
    }
}

/// What a tool asks a person; its words are the tool's.
package struct ToolQuestion: Sendable, Hashable {
    /// Parameters of MCP's `elicitation/create`: `message`, `requestedSchema`, `mode`, `url` and others.
    package let parameters: JSONObject

    package init(parameters: JSONObject) { self.parameters = parameters }
}

/// What the person did with the question.
package enum ToolReply: Sendable, Hashable {
    case accept(JSONObject)
    case decline
    case cancel
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
