package import BallastPolicy
package import BallastRuntime

/// A model that agents may name.
package struct ModelSettings: Sendable, Hashable {
    package enum API: String, Sendable, Hashable, CaseIterable {
        case openai
        case anthropic

        /// Where the provider itself answers.
        var baseURL: String { self == .openai ? "https://api.openai.com/v1" : "https://api.anthropic.com" }
    }

    /// The name in the configuration.
    package var name: String
    package var api: API
    /// Without a slash at its end.
    package var baseURL: String
    /// The name that the provider knows.
    package var model: String
    package var key: Secret?
    package var price: ModelPrice
    /// Output tokens of one call that the model can give; nil for what the agent asks.
    package var maxOutput: Int?
    /// Milliseconds of one call.
    package var timeout: Int64
    package var retry: RetryRule?

    package init(
        name: String, api: API, baseURL: String, model: String, key: Secret? = nil, price: ModelPrice = .free,
        maxOutput: Int? = nil, timeout: Int64 = 120_000
    ) {
        self.name = name
        self.api = api
        self.baseURL = baseURL
        self.model = model
        self.key = key
        self.price = price
        self.maxOutput = maxOutput
        self.timeout = timeout
    }
}
