package import BallastCore

/// Puts chunks of a chat completion together; a whole reply is read as a single chunk.
///
/// Liberal: `message` counts as `delta`, content may be a list of parts, calls may come without index or id, usage
/// may stand in any chunk, `[DONE]` may be missing after a finish reason.
package struct OpenAIChatAccumulator: ReplyAccumulator {
    /// Calls of one reply; more can only be a broken or hostile server.
    private static let maxCalls = 256

    private let context: ReplyContext
    private var text = ""
    private var refusal = ""
    private var calls: [Call] = []
    private var finish: String?
    private var usage: ModelUsage?
    private var servedModel: String?
    private(set) var hasChoice = false
    package private(set) var isComplete = false

    private struct Call: Sendable {
        var index: Int64
        var id: String
        var name: String
        var arguments: String
    }

    init(context: ReplyContext) { self.context = context }

    package mutating func receive(_ event: ServerSentEvent) throws(ModelError) -> String {
        if event.data.elementsEqual("[DONE]".utf8) {
            isComplete = true
            return ""
        }
        guard !isComplete, !event.data.isEmpty else { return "" }
        return try receive(ReplyDocument.read(event.data))
    }

    mutating func receive(_ chunk: JSONValue) throws(ModelError) -> String {
        if let error = ModelError.reported(in: chunk) { throw error }
        if let model = chunk["model"]?.string, !model.isEmpty { servedModel = model }
        if let counted = Self.usage(chunk["usage"]) { usage = counted }
        // Only the first choice was asked for.
        guard let choice = chunk["choices"]?.array?.first(where: { ($0["index"]?.integer ?? 0) == 0 }) else {
            return ""
        }
        hasChoice = true
        if let reason = choice["finish_reason"]?.string { finish = reason }
        return try take(choice["delta"] ?? choice["message"] ?? .null)
    }

    mutating func end() { isComplete = true }

    private mutating func take(_ delta: JSONValue) throws(ModelError) -> String {
        let piece = Self.text(delta["content"])
        text += piece
        refusal += Self.text(delta["refusal"])
        for (place, call) in (delta["tool_calls"]?.array ?? []).enumerated() { try take(call, place: Int64(place)) }
        // The form of tool calls before tools; it can hold only one.
        if let function = delta["function_call"], function.object != nil {
            try take(["index": 0, "function": function], place: 0)
        }
        return piece
    }

    private mutating func take(_ piece: JSONValue, place: Int64) throws(ModelError) {
        let id = piece["id"]?.string ?? ""
        let slot = try slot(index: piece["index"]?.integer ?? place, id: id)
        let function = piece["function"]
        if calls[slot].name.isEmpty { calls[slot].name = function?["name"]?.string ?? "" }
        switch function?["arguments"] {
        case .string(let text): calls[slot].arguments += text.text
        // Some servers send the object itself instead of its text.
        case .object(let object):
            calls[slot].arguments += String(decoding: JSONWriter.compact(.object(object)), as: UTF8.self)
        default: break
        }
    }

    /// The call that a piece belongs to. A new id at a used index is a new call: some servers number all calls 0.
    private mutating func slot(index: Int64, id: String) throws(ModelError) -> Int {
        if let slot = calls.lastIndex(where: { $0.index == index }),
            id.isEmpty || calls[slot].id.isEmpty || calls[slot].id == id
        {
            if calls[slot].id.isEmpty { calls[slot].id = id }
            return slot
        }
        guard calls.count < Self.maxCalls else { throw .malformed("The provider's answer has too many tool calls") }
        calls.append(Call(index: index, id: id, name: "", arguments: ""))
        return calls.count - 1
    }

    /// Text of a string, or of the text parts of a list.
    private static func text(_ content: JSONValue?) -> String {
        content?.string ?? content?.array?.compactMap { $0["text"]?.string }.joined() ?? ""
    }
}

// MARK: The reply

extension OpenAIChatAccumulator {
    package func reply() throws(ModelError) -> ModelReply {
        guard isComplete || finish != nil else { throw .interrupted }
        let toolCalls = calls.enumerated().map { place, call in
            ModelToolCall(
                id: call.id.isEmpty ? "call_\(place)" : call.id, name: context.names.original(call.name),
                arguments: call.arguments)
        }
        return ModelReply(
            text: text.isEmpty ? refusal : text, toolCalls: toolCalls, finish: reason, usage: usage ?? .unreported,
            servedModel: servedModel ?? context.model)
    }

    private var reason: FinishReason {
        switch finish {
        case "length": .length
        case "content_filter": .contentFilter
        case _ where !refusal.isEmpty && text.isEmpty: .refusal
        // Some servers say "stop" although there are calls to make.
        case _ where !calls.isEmpty: .toolCalls
        case "stop", nil: .stop
        default: .other
        }
    }

    /// The prompt's count includes what was read from or written to the cache; the reply's input does not.
    private static func usage(_ value: JSONValue?) -> ModelUsage? {
        guard let value, let prompt = value["prompt_tokens"]?.tokens else { return nil }
        let details = value["prompt_tokens_details"]
        let read = min(details?["cached_tokens"]?.tokens ?? 0, prompt)
        let write = min(details?["cache_write_tokens"]?.tokens ?? 0, prompt - read)
        return ModelUsage(
            input: prompt - read - write, output: value["completion_tokens"]?.tokens ?? 0, cacheRead: read,
            cacheWrite: write)
    }
}
