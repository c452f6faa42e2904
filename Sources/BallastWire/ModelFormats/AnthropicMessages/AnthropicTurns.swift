import BallastCore

/// Turns messages into what the Messages API accepts: user and assistant in turn, no empty block, all results of a
/// turn together at the start of the user's next one.
struct AnthropicTurns {
    private var turns: [Turn] = []
    private var ids = ToolCallIDs()
    private let names: ToolNames

    private struct Turn {
        var isAssistant: Bool
        var results: [JSONValue] = []
        var blocks: [JSONValue] = []
    }

    static func of(_ messages: [Message], names: ToolNames) -> [JSONValue] {
        var turns = AnthropicTurns(names: names)
        for message in messages where message.role != .system { turns.add(message) }
        return turns.turns.map { turn in
            [
                "role": turn.isAssistant ? "assistant" : "user",
                "content": .array(turn.results + turn.blocks),
            ]
        }
    }

    private init(names: ToolNames) { self.names = names }

    private mutating func add(_ message: Message) {
        let results = message.results.map(block)
        let texts: [JSONValue] = message.texts.map { ["type": "text", "text": JSONValue($0)] }
        let isAssistant = message.role == .assistant
        if isAssistant, !results.isEmpty { append(results: results, blocks: [], isAssistant: false) }
        append(
            results: isAssistant ? [] : results, blocks: texts + message.calls.map { block($0) },
            isAssistant: isAssistant)
    }

    private mutating func append(results: [JSONValue], blocks: [JSONValue], isAssistant: Bool) {
        guard !results.isEmpty || !blocks.isEmpty else { return }
        if turns.last?.isAssistant != isAssistant { turns.append(Turn(isAssistant: isAssistant)) }
        turns[turns.count - 1].results += results
        turns[turns.count - 1].blocks += blocks
    }

    private mutating func block(_ call: Message.Call) -> JSONValue {
        [
            "type": "tool_use", "id": JSONValue(ids.wire(call: call.id)), "name": JSONValue(names.wire(call.name)),
            "input": Self.input(call.arguments),
        ]
    }

    /// The API takes an object only; rubbish that a model once wrote is shown as an empty one.
    private static func input(_ arguments: String) -> JSONValue {
        guard let value = try? JSONReader.read(arguments), value.object != nil else { return [:] }
        return value
    }

    private func block(_ result: Message.Result) -> JSONValue {
        var object: JSONObject = [
            "type": "tool_result", "tool_use_id": JSONValue(ids.wire(result: result.callID)),
            "content": JSONValue(result.content),
        ]
        if result.isError { object["is_error"] = true }
        return .object(object)
    }
}
