import BallastCore
import BallastWire
import Testing

/// A conversation with two parallel calls, both answered, one of them with a failure.
enum CallFixture {
    static let lookup = ToolDefinition(
        name: "lookup_order", provider: "desk", description: "Finds an order.",
        inputSchema: [
            "type": "object", "properties": ["order_id": ["type": "string"]], "required": ["order_id"],
        ])

    static func message(_ role: MessageRole, _ parts: MessagePart...) -> Message {
        Message(role: role, parts: parts, label: Label([.principal]))
    }

    static let conversation = [
        message(.system, .text("Be brief.")),
        message(.user, .text("Where are 1 and 2?")),
        message(
            .assistant, .text("I look."),
            .toolCall(id: "call_a", name: "lookup_order", arguments: #"{"order_id":"1"}"#),
            .toolCall(id: "call_b", name: "lookup_order", arguments: #"{"order_id":"2"}"#)),
        message(.tool, .toolResult(callID: "call_a", content: "shipped", isError: false)),
        message(.tool, .toolResult(callID: "call_b", content: "no such order", isError: true)),
        message(.user, .text("Thanks.")),
    ]

    static func call(
        _ messages: [Message] = conversation, tools: [ToolDefinition] = [lookup],
        toolChoice: ModelCall.ToolChoice = .auto, temperature: Double? = nil, outputSchema: JSONValue? = nil
    ) -> ModelCall {
        ModelCall(
            model: "m-1", messages: messages, tools: tools, toolChoice: toolChoice, maxOutputTokens: 64,
            temperature: temperature, outputSchema: outputSchema)
    }

    static func body(_ format: some ModelFormat, _ call: ModelCall, streams: Bool = false) throws -> JSONValue {
        try JSONReader.read(format.encode(call, streams: streams).body)
    }

    /// Reads `stream` in two chunks split at `place`, through the parser and the format's accumulator.
    static func reply(
        _ format: some ModelFormat, to stream: String, splitAt place: Int, context: ReplyContext
    ) throws -> (reply: ModelReply, text: String) {
        let bytes = Array(stream.utf8)
        var parser = ServerSentEventParser()
        var accumulator = format.accumulator(context: context)
        var text = ""
        for chunk in [bytes[..<place], bytes[place...]] {
            for event in try parser.receive(Array(chunk)) { text += try accumulator.receive(event) }
        }
        return (try accumulator.reply(), text)
    }
}
