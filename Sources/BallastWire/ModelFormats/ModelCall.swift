package import BallastCore

/// One call to a model before it takes a provider's form.
package struct ModelCall: Sendable, Hashable {
    /// The model's name as the provider knows it.
    package var model: String
    /// In order; parts without any text and messages without any part are left out on the wire.
    package var messages: [Message]
    package var tools: [ToolDefinition]
    package var toolChoice: ToolChoice
    /// Upper bound of output tokens, at least 1.
    package var maxOutputTokens: Int
    /// Sent only when given: the newest models refuse the argument.
    package var temperature: Double?
    /// A JSON Schema that the answer's text must satisfy.
    package var outputSchema: JSONValue?

    package enum ToolChoice: Sendable, Hashable { case auto, none, required }

    package init(
        model: String, messages: [Message], tools: [ToolDefinition] = [], toolChoice: ToolChoice = .auto,
        maxOutputTokens: Int, temperature: Double? = nil, outputSchema: JSONValue? = nil
    ) {
        self.model = model
        self.messages = messages
        self.tools = tools
        self.toolChoice = toolChoice
        self.maxOutputTokens = max(1, maxOutputTokens)
        self.temperature = temperature
        self.outputSchema = outputSchema
    }
}

/// A call as the provider reads it, with what is needed to make sense of the answer.
package struct EncodedModelCall: Sendable {
    package let body: [UInt8]
    package let context: ReplyContext
}

/// What a reply must be read against, because its names are those of the wire.
package struct ReplyContext: Sendable {
    /// Stands in when the reply does not say which model answered.
    package var model: String
    package var names: ToolNames
    /// The tool whose arguments are the answer, where a schema is imposed by a forced tool.
    package var answerTool: String?

    package init(model: String, names: ToolNames = ToolNames([]), answerTool: String? = nil) {
        self.model = model
        self.names = names
        self.answerTool = answerTool
    }
}
