package import BallastCore

/// Anthropic's Messages.
package struct AnthropicMessagesFormat: ModelFormat {
    /// How an output schema is imposed.
    package enum OutputSchemaMeans: Sendable, Hashable {
        /// `output_config`, where the model supports it.
        case outputConfig
        /// A tool whose arguments are the answer; works with every model and compatible server.
        case forcedTool
    }

    package enum KeyHeader: Sendable, Hashable { case apiKey, bearer }

    package var outputSchemaMeans: OutputSchemaMeans
    package var keyHeader: KeyHeader
    /// Lets the provider keep the prompt for the next call; reading it back costs a tenth, writing a quarter more.
    package var cachesPrompt: Bool
    package var version: String
    /// Further members of the request; none replaces one that is set here.
    package var extraMembers: JSONObject

    package init(
        outputSchemaMeans: OutputSchemaMeans = .outputConfig, keyHeader: KeyHeader = .apiKey,
        cachesPrompt: Bool = false, version: String = "2023-06-01", extraMembers: JSONObject = [:]
    ) {
        self.outputSchemaMeans = outputSchemaMeans
        self.keyHeader = keyHeader
        self.cachesPrompt = cachesPrompt
        self.version = version
        self.extraMembers = extraMembers
    }

    /// Takes the base with and without `/v1`, as both are written in practice.
    package func path(below base: String) -> String { base + (base.hasSuffix("/v1") ? "/messages" : "/v1/messages") }

    package func headers(key: String?) -> [(name: String, value: String)] {
        let version = [("anthropic-version", version)]
        guard let key else { return version }
        return version + (keyHeader == .apiKey ? [("x-api-key", key)] : [("authorization", "Bearer \(key)")])
    }

    package func accumulator(context: ReplyContext) -> AnthropicMessagesAccumulator {
        AnthropicMessagesAccumulator(context: context)
    }

    package func reply(from body: [UInt8], context: ReplyContext) throws(ModelError) -> ModelReply {
        var accumulator = AnthropicMessagesAccumulator(context: context)
        try accumulator.receive(message: ReplyDocument.read(body))
        return try accumulator.reply()
    }
}

// MARK: Calls

extension AnthropicMessagesFormat {
    package func encode(_ call: ModelCall, streams: Bool) -> EncodedModelCall {
        let names = call.toolNames
        var context = ReplyContext(model: call.model, names: names)
        var object: JSONObject = ["model": JSONValue(call.model), "max_tokens": JSONValue(call.maxOutputTokens)]
        let system = call.messages.filter { $0.role == .system }.compactMap(\.joinedText)
        if !system.isEmpty { object["system"] = JSONValue(system.joined(separator: "\n\n")) }
        object["messages"] = .array(AnthropicTurns.of(call.messages, names: names))
        addTools(of: call, names: names, to: &object)
        addOutputSchema(of: call, to: &object, context: &context)
        object["temperature"] = call.temperatureNumber
        if cachesPrompt { object["cache_control"] = ["type": "ephemeral"] }
        if streams { object["stream"] = true }
        for member in extraMembers.members where object[member.key] == nil { object[member.key] = member.value }
        return EncodedModelCall(body: JSONWriter.compact(.object(object)), context: context)
    }

    private func addTools(of call: ModelCall, names: ToolNames, to object: inout JSONObject) {
        if !call.tools.isEmpty {
            object["tools"] = .array(call.tools.map { Self.tool($0, names: names) })
            object["tool_choice"] = Self.choice(call.toolChoice)
        } else if !call.calledTools.isEmpty {
            // A history with calls is refused unless their tools are declared; none of them is offered any more.
            object["tools"] = .array(
                call.calledTools.map { ["name": JSONValue(names.wire($0)), "input_schema": ["type": "object"]] })
            object["tool_choice"] = ["type": "none"]
        }
    }

    private static func tool(_ tool: ToolDefinition, names: ToolNames) -> JSONValue {
        var object: JSONObject = ["name": JSONValue(names.wire(tool.name))]
        if !tool.description.isEmpty { object["description"] = JSONValue(tool.description) }
        var schema = tool.inputSchema.object ?? [:]
        if schema["type"] == nil { schema["type"] = "object" }
        object["input_schema"] = .object(schema)
        return .object(object)
    }

    private static func choice(_ choice: ModelCall.ToolChoice) -> JSONValue? {
        switch choice {
        case .auto: nil
        case .none: ["type": "none"]
        case .required: ["type": "any"]
        }
    }

    private func addOutputSchema(of call: ModelCall, to object: inout JSONObject, context: inout ReplyContext) {
        guard let schema = call.outputSchema else { return }
        switch outputSchemaMeans {
        case .outputConfig:
            object["output_config"] = ["format": ["type": "json_schema", "schema": schema]]
        case .forcedTool:
            let name = Self.answerToolName(besides: object["tools"]?.array ?? [])
            let answer: JSONValue = [
                "name": JSONValue(name), "description": "Gives the final answer.", "input_schema": schema,
            ]
            let isOnlyChoice = call.tools.isEmpty || call.toolChoice == .none
            object["tools"] = .array((object["tools"]?.array ?? []) + [answer])
            object["tool_choice"] = isOnlyChoice ? ["type": "tool", "name": JSONValue(name)] : ["type": "any"]
            context.answerTool = name
        }
    }

    private static func answerToolName(besides tools: [JSONValue]) -> String {
        let taken = tools.compactMap { $0["name"]?.string }
        var name = "final_answer"
        while taken.contains(name) { name += "_" }
        return name
    }
}
