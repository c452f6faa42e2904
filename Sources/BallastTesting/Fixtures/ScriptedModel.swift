package import BallastCore
package import BallastRuntime

/// A model whose replies are computed from the request: the script sees what a model would see.
package struct ScriptedModel: ModelClient {
    private let script: @Sendable (ModelRequest) async throws(ModelFailure) -> ModelReply

    package init(_ script: @escaping @Sendable (ModelRequest) async throws(ModelFailure) -> ModelReply) {
        self.script = script
    }

    package func complete(
        _ request: ModelRequest, onText: @escaping @Sendable (String) -> Void
    ) async throws(ModelFailure) -> ModelReply {
        try await script(request)
    }
}

extension ModelReply {
    /// A reply that ends the run with these words.
    package static func says(_ text: String) -> ModelReply {
        ModelReply(text: text, finish: .stop, usage: ModelUsage(input: 10, output: 5), servedModel: "scripted")
    }

    /// A reply that calls tools: name and JSON arguments of each.
    package static func calls(_ calls: [(String, String)], text: String = "") -> ModelReply {
        ModelReply(
            text: text,
            toolCalls: calls.enumerated().map { index, call in
                ModelToolCall(id: "call_\(index)_\(call.0)", name: call.0, arguments: call.1)
            }, finish: .toolCalls, usage: ModelUsage(input: 10, output: 5), servedModel: "scripted")
    }
}
