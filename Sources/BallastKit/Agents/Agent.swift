/// An agent declared in Swift: what a file under `agents/` says, with the policy and the playbooks that belong to it.
///
/// It goes through the same checks as files do; `AgentHost.open` throws all that is wrong with it.
public struct Agent: Sendable, Hashable {
    /// Letters, digits, `-` and `_`.
    public var name: String
    public var description = ""
    /// What the model is told.
    public var instructions = ""
    /// Names of models, tried in order; empty for an agent that only carries out playbooks.
    public var models: [String] = []
    /// The manifest: names of the tools it may call, native ones and others. Anything else is refused.
    public var tools: [String] = []
    /// The policy in the language of `policies/NAME.yaml` (YAML text): classes, rules, limits, entitlements. A tool that
    /// it does not classify never runs.
    public var policy = ""
    /// Known requests, tried in order before any model is asked.
    public var playbooks: [Playbook] = []
    /// Who takes over when it cannot go on, in order. An agent with a dangerous tool needs one.
    public var escalation: [Escalation] = []
    /// Bounds of each of its runs.
    public var budget = Budget()
    /// Whether the model may ask the principal.
    public var mayAskUser = true

    public init(_ name: String) { self.name = name }

    /// A known request and what is done about it, in the language of `playbooks/NAME.yaml`.
    public struct Playbook: Sendable, Hashable {
        /// Letters, digits, `-` and `_`; one playbook of a name in a configuration.
        public var name: String
        /// YAML text.
        public var text: String

        public init(_ name: String, _ text: String) {
            self.name = name
            self.text = text
        }
    }

    /// A group or person who takes over, and how long they have before the next is told.
    public struct Escalation: Sendable, Hashable {
        /// A group or a principal of the configuration.
        public var to: String
        /// At least a millisecond.
        public var within: Duration

        public init(to: String, within: Duration) {
            self.to = to
            self.within = within
        }
    }

    /// Bounds of one run; nil leaves the standard one.
    public struct Budget: Sendable, Hashable {
        /// Steps, 1 to 100,000.
        public var steps: Int?
        /// Active time; waiting for people does not count.
        public var time: Duration?
        /// Tokens of all model calls together.
        public var tokens: Int64?
        /// Millionths of a US dollar for all model calls together.
        public var microdollars: Int64?

        public init(steps: Int? = nil, time: Duration? = nil, tokens: Int64? = nil, microdollars: Int64? = nil) {
            self.steps = steps
            self.time = time
            self.tokens = tokens
            self.microdollars = microdollars
        }
    }
}

/// A model that agents may name.
public struct Model: Sendable, Hashable {
    /// The format that its address speaks.
    public enum API: String, Sendable, Hashable, CaseIterable {
        /// OpenAI-compatible Chat Completions.
        case openai
        /// Anthropic Messages.
        case anthropic
    }

    /// The name in the configuration.
    public var name: String
    public var api: API
    /// The name that the provider knows.
    public var model: String
    /// `https://HOST/PATH`; nil for the provider's own address. A key goes over `http` to this machine only.
    public var baseURL: String?
    /// Sent to the provider, shown nowhere.
    public var key: String?
    /// US dollars per million tokens; without a price its calls count as free, and no budget of money stops them.
    public var price: Price?

    public init(
        _ name: String, api: API, model: String, baseURL: String? = nil, key: String? = nil, price: Price? = nil
    ) {
        self.name = name
        self.api = api
        self.model = model
        self.baseURL = baseURL
        self.key = key
        self.price = price
    }

    /// US dollars per million tokens, as decimal text such as `0.25`.
    public struct Price: Sendable, Hashable {
        /// For what the model reads; not negative.
        public var input: String
        /// For what the model writes; not negative.
        public var output: String

        public init(input: String, output: String) {
            self.input = input
            self.output = output
        }
    }
}
