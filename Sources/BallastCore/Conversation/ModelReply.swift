/// A model's whole answer, in one shape for every provider.
package struct ModelReply: Sendable, Hashable {
    /// Text for the reader; empty when there is none.
    package var text: String
    package var toolCalls: [ModelToolCall]
    package var finish: FinishReason
    package var usage: ModelUsage
    /// The model that really answered, as the provider names it.
    package var servedModel: String

    package init(
        text: String, toolCalls: [ModelToolCall] = [], finish: FinishReason, usage: ModelUsage, servedModel: String
    ) {
        self.text = text
        self.toolCalls = toolCalls
        self.finish = finish
        self.usage = usage
        self.servedModel = servedModel
    }
}

/// A tool call as the model wrote it; `arguments` is its text, not yet parsed and possibly malformed.
package struct ModelToolCall: Sendable, Hashable {
    package var id: String
    package var name: String
    package var arguments: String

    package init(id: String, name: String, arguments: String) {
        self.id = id
        self.name = name
        self.arguments = arguments
    }
}

/// Why a model stopped.
package enum FinishReason: UInt8, Sendable, Hashable {
    case stop = 0
    case toolCalls = 1
    /// Cut by the output limit.
    case length = 2
    case refusal = 3
    case contentFilter = 4
    case other = 5

    package var name: String { ["stop", "tool_calls", "length", "refusal", "content_filter", "other"][Int(rawValue)] }
}

/// Tokens of one call; counts that the provider did not report are zero with `isReported` false.
package struct ModelUsage: Sendable, Hashable {
    /// Input tokens without the cached ones.
    package var input: Int64
    package var output: Int64
    package var cacheRead: Int64
    package var cacheWrite: Int64
    package var isReported: Bool

    package init(input: Int64, output: Int64, cacheRead: Int64 = 0, cacheWrite: Int64 = 0, isReported: Bool = true) {
        self.input = input
        self.output = output
        self.cacheRead = cacheRead
        self.cacheWrite = cacheWrite
        self.isReported = isReported
    }

    package static let unreported = ModelUsage(input: 0, output: 0, isReported: false)
    package var total: Int64 {
        [input, output, cacheRead, cacheWrite].reduce(0) {
            $0.addingReportingOverflow(max(0, $1)).overflow ? .max : $0 + max(0, $1)
        }
    }
}
