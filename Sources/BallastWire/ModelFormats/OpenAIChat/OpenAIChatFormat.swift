package import BallastCore

/// OpenAI's Chat Completions, also spoken by llama.cpp, vLLM, Ollama and most gateways.
package struct OpenAIChatFormat: ModelFormat {
    /// How the bound on the output is called.
    package enum TokenLimitName: String, Sendable, Hashable {
        /// Understood by all compatible servers.
        case maxTokens = "max_tokens"
        /// Asked for by OpenAI's reasoning models, unknown to many other servers.
        case maxCompletionTokens = "max_completion_tokens"
    }

    package var tokenLimitName: TokenLimitName
    /// Asks OpenAI to enforce the output schema exactly; it then refuses schemas outside its subset.
    package var isOutputStrict: Bool
    /// Further members of the request, such as `reasoning_effort` or `seed`; none replaces one that is set here.
    package var extraMembers: JSONObject

    package init(
        tokenLimitName: TokenLimitName = .maxTokens, isOutputStrict: Bool = false, extraMembers: JSONObject = [:]
    ) {
        self.tokenLimitName = tokenLimitName
        self.isOutputStrict = isOutputStrict
        self.extraMembers = extraMembers
    }

    package func path(below base: String) -> String { base + "/chat/completions" }

    package func headers(key: String?) -> [(name: String, value: String)] {
        key.map { [("authorization", "Bearer \($0)")] } ?? []
    }

    package func accumulator(context: ReplyContext) -> OpenAIChatAccumulator { OpenAIChatAccumulator(context: context) }

    package func reply(from body: [UInt8], context: ReplyContext) throws(ModelError) -> ModelReply {
        var accumulator = OpenAIChatAccumulator(context: context)
        let document = try ReplyDocument.read(body)
        _ = try accumulator.receive(document)
        guard accumulator.hasChoice else { throw .malformed("The provider's answer has no choices") }
        accumulator.end()
        return try accumulator.reply()
    }
}

// MARK: Calls

extension OpenAIChatFormat {
    package func encode(_ call: ModelCall, streams: Bool) -> EncodedModelCall {
        let names = call.toolNames
        var object: JSONObject = [
            "model": JSONValue(call.model), "messages": .array(messages(of: call, names: names)),
        ]
        if !call.tools.isEmpty {
            object["tools"] = .array(call.tools.map { Self.tool($0, names: names) })
            object["tool_choice"] = Self.choice(call.toolChoice)
        }
        object["response_format"] = call.outputSchema.map(responseFormat)
        object["temperature"] = call.temperatureNumber
        object[JSONString(tokenLimitName.rawValue)] = JSONValue(call.maxOutputTokens)
        if streams {
            object["stream"] = true
            object["stream_options"] = ["include_usage": true]
        }
        for member in extraMembers.members where object[member.key] == nil { object[member.key] = member.value }
        return EncodedModelCall(
            body: JSONWriter.compact(.object(object)), context: ReplyContext(model: call.model, names: names))
    }

    private static func tool(_ tool: ToolDefinition, names: ToolNames) -> JSONValue {
        var function: JSONObject = ["name": JSONValue(names.wire(tool.name))]
        if !tool.description.isEmpty { function["description"] = JSONValue(tool.description) }
        function["parameters"] = tool.inputSchema
        return ["type": "function", "function": .object(function)]
    }

    /// `auto` is what servers do anyway.
    private static func choice(_ choice: ModelCall.ToolChoice) -> JSONValue? {
        switch choice {
        case .auto: nil
        case .none: "none"
        case .required: "required"
        }
    }

    private func responseFormat(_ schema: JSONValue) -> JSONValue {
        var description: JSONObject = ["name": "answer", "schema": schema]
        if isOutputStrict { description["strict"] = true }
        return ["type": "json_schema", "json_schema": .object(description)]
    }

    private func messages(of call: ModelCall, names: ToolNames) -> [JSONValue] {
        var ids = ToolCallIDs()
        return call.messages.flatMap { message in
            let results = message.results.map { Self.result($0, ids: ids) }
            let spoken =
                message.role == .assistant
                ? Self.assistant(message, names: names, ids: &ids)
                : message.joinedText.map { text in
                    ["role": message.role == .system ? "system" : "user", "content": JSONValue(text)]
                }
            return results + (spoken.map { [$0] } ?? [])
        }
    }

    private static func assistant(_ message: Message, names: ToolNames, ids: inout ToolCallIDs) -> JSONValue? {
        let text = message.joinedText
        var calls: [JSONValue] = []
        for call in message.calls {
            calls.append([
                "id": JSONValue(ids.wire(call: call.id)), "type": "function",
                "function": ["name": JSONValue(names.wire(call.name)), "arguments": JSONValue(call.arguments)],
            ])
        }
        guard text != nil || !calls.isEmpty else { return nil }
        var object: JSONObject = ["role": "assistant", "content": JSONValue(text)]
        if !calls.isEmpty { object["tool_calls"] = .array(calls) }
        return .object(object)
    }

    /// The format has no field for failure, so the text says it.
    private static func result(_ result: Message.Result, ids: ToolCallIDs) -> JSONValue {
        [
            "role": "tool", "tool_call_id": JSONValue(ids.wire(result: result.callID)),
            "content": JSONValue(result.isError ? "Error: \(result.content)" : result.content),
        ]
    }
}
