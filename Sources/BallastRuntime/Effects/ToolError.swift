import BallastCore

/// Why a call came to nothing, as a value that the model and an agent outside can reason about.
struct ToolError: Sendable, Hashable {
    /// A code of the registry.
    var kind: String
    /// What happened, in a sentence.
    var message: String
    /// Whether it may have taken effect all the same.
    var mayHaveHappened = false
    /// Milliseconds after which another call may come to something.
    var retryAfter: Int64?
    /// Attempts that were made.
    var tried: Int
    /// What may be tried now.
    var next: [NextMove]

    /// Words of the registry.
    enum NextMove: String, Sendable, Hashable {
        case later = "retry_later"
        case anotherTool = "another_tool"
        case tellUser = "tell_user"
        case handOver = "hand_over"
        case wait = "wait"
    }

    var document: JSONValue {
        var error: JSONObject = [
            "kind": JSONValue(kind), "message": JSONValue(message), "may_have_happened": .bool(mayHaveHappened),
            "tried": JSONValue(tried), "what_may_be_tried": .array(next.map { JSONValue($0.rawValue) }),
        ]
        if let retryAfter { error["retry_after_ms"] = JSONValue(retryAfter) }
        return ["error": .object(error)]
    }
}
