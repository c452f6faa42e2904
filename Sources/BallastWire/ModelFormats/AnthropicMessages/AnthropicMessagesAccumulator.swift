package import BallastCore

/// Puts the events of a message together; a whole message is read by the same rules.
package struct AnthropicMessagesAccumulator: ReplyAccumulator {
    /// Blocks of one reply; more can only be a broken or hostile server.
    private static let maxBlocks = 1024

    private let context: ReplyContext
    private var blocks: [Block] = []
    private var stopReason: String?
    private var counts = Counts()
    private var servedModel: String?
    package private(set) var isComplete = false

    private struct Block: Sendable {
        enum Kind: Sendable {
            case text
            case call(id: String, name: String)
            /// Thinking, and whatever comes to exist later.
            case other
        }

        var index: Int64
        var kind: Kind
        /// The arguments of a call that came in one piece.
        var input: JSONValue?
        /// Text, or the arguments of a call, as streamed.
        var pieces = ""
    }

    /// Each event that has a count replaces the earlier one: the counts of a stream are cumulative.
    private struct Counts: Sendable {
        var (input, output, cacheRead, cacheWrite) = (nil as Int64?, nil as Int64?, nil as Int64?, nil as Int64?)

        mutating func take(_ usage: JSONValue?) {
            input = usage?["input_tokens"]?.tokens ?? input
            output = usage?["output_tokens"]?.tokens ?? output
            cacheRead = usage?["cache_read_input_tokens"]?.tokens ?? cacheRead
            cacheWrite = usage?["cache_creation_input_tokens"]?.tokens ?? cacheWrite
        }
    }

    init(context: ReplyContext) { self.context = context }

    package mutating func receive(_ event: ServerSentEvent) throws(ModelError) -> String {
        guard !isComplete, !event.data.isEmpty, !event.data.elementsEqual("[DONE]".utf8) else { return "" }
        let data = try ReplyDocument.read(event.data)
        if let error = ModelError.reported(in: data) { throw error }
        switch data["type"]?.string ?? event.name {
        case "message_start": start(data["message"] ?? .null)
        case "content_block_start": return try startBlock(data)
        case "content_block_delta": return takeDelta(data)
        case "message_delta":
            stopReason = data["delta"]?["stop_reason"]?.string ?? stopReason
            counts.take(data["usage"])
        case "message_stop": isComplete = true
        default: break
        }
        return ""
    }

    /// Takes a reply that came as one document.
    mutating func receive(message: JSONValue) throws(ModelError) {
        if let error = ModelError.reported(in: message) { throw error }
        guard let content = message["content"]?.array else { throw .malformed("The provider's answer has no content") }
        start(message)
        stopReason = message["stop_reason"]?.string
        for (index, block) in content.enumerated() {
            _ = try startBlock(["index": JSONValue(index), "content_block": block])
        }
        isComplete = true
    }

    // MARK: Events

    private mutating func start(_ message: JSONValue) {
        if let model = message["model"]?.string, !model.isEmpty { servedModel = model }
        counts.take(message["usage"])
    }

    private mutating func startBlock(_ data: JSONValue) throws(ModelError) -> String {
        guard blocks.count < Self.maxBlocks else { throw .malformed("The provider's answer has too many blocks") }
        let content = data["content_block"]
        var block = Block(index: data["index"]?.integer ?? Int64(blocks.count), kind: .other)
        switch content?["type"]?.string {
        case "text":
            block.kind = .text
            block.pieces = content?["text"]?.string ?? ""
        case "tool_use":
            block.kind = .call(id: content?["id"]?.string ?? "", name: content?["name"]?.string ?? "")
            block.input = content?["input"]
        default: break
        }
        blocks.append(block)
        return block.pieces
    }

    /// Returns text for the reader: that of text blocks, and of the tool that stands for the answer.
    private mutating func takeDelta(_ data: JSONValue) -> String {
        let (delta, index) = (data["delta"], data["index"]?.integer)
        let place = index.map { index in blocks.lastIndex { $0.index == index } } ?? blocks.indices.last
        guard let place else { return "" }
        switch (blocks[place].kind, delta?["type"]?.string) {
        case (.text, "text_delta"):
            let piece = delta?["text"]?.string ?? ""
            blocks[place].pieces += piece
            return piece
        case (.call(_, let name), "input_json_delta"):
            let piece = delta?["partial_json"]?.string ?? ""
            blocks[place].pieces += piece
            return name == context.answerTool ? piece : ""
        default:
            return ""
        }
    }
}

// MARK: The reply

extension AnthropicMessagesAccumulator {
    package func reply() throws(ModelError) -> ModelReply {
        guard isComplete || stopReason != nil else { throw .interrupted }
        var (text, calls) = ("", [ModelToolCall]())
        for block in blocks {
            switch block.kind {
            case .text: text += block.pieces
            case .call(_, let name) where name == context.answerTool: text += arguments(of: block)
            case .call(let id, let name):
                calls.append(
                    ModelToolCall(
                        id: id.isEmpty ? "call_\(calls.count)" : id, name: context.names.original(name),
                        arguments: arguments(of: block)))
            case .other: break
            }
        }
        return ModelReply(
            text: text, toolCalls: calls, finish: reason(hasCalls: !calls.isEmpty), usage: usage,
            servedModel: servedModel ?? context.model)
    }

    /// What was streamed wins over the placeholder that opened the block.
    private func arguments(of block: Block) -> String {
        guard block.pieces.isEmpty else { return block.pieces }
        return String(decoding: JSONWriter.compact(block.input ?? [:]), as: UTF8.self)
    }

    private func reason(hasCalls: Bool) -> FinishReason {
        switch stopReason {
        case "max_tokens", "model_context_window_exceeded": .length
        case "refusal": .refusal
        case _ where hasCalls: .toolCalls
        case "end_turn", "stop_sequence", "tool_use": .stop
        default: .other
        }
    }

    private var usage: ModelUsage {
        guard counts.input != nil || counts.output != nil else { return .unreported }
        return ModelUsage(
            input: counts.input ?? 0, output: counts.output ?? 0, cacheRead: counts.cacheRead ?? 0,
            cacheWrite: counts.cacheWrite ?? 0)
    }
}
