import BallastRuntime

/// How an attempt of a native tool ended.
public enum ToolAnswer: Sendable, Hashable {
    /// It was done. The model reads this value; at most 1 MiB of its text is kept.
    case result(JSONValue)
    /// It was not done, and why, in words for the model, such as "order O-17 was delivered, so it cannot be cancelled".
    case failed(String)
    /// Nobody knows whether it was done, and why nobody does. A tool that must not be repeated is then in doubt: it is
    /// verified as the policy says, or a person is asked. When in doubt, say this.
    case unknown(String)

    /// It was done, with a result of your own type.
    ///
    /// - Throws: `EncodingError` when JSON cannot spell the value. The body that lets it through has an unknown outcome.
    public static func result(encoding value: some Encodable) throws -> ToolAnswer {
        .result(try JSONValue(encoding: value))
    }

    var outcome: ToolOutcome {
        switch self {
        case .result(let value):
            .result(ToolResult(content: value.string ?? value.text, structured: value))
        case .failed(let words): .result(ToolResult(content: words, isError: true))
        case .unknown(let words): .unknown(ToolFailure(code: .connectionLost, message: words))
        }
    }
}
