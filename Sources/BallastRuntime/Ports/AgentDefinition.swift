package import BallastCore

/// A versioned agent: what it is told, which model answers, which tools it may call, and its bounds.
package struct AgentDefinition: Sendable, Hashable {
    package var name: String
    package var description: String
    package var instructions: String
    /// Names of configured models, tried in order; empty for an agent that only runs playbooks.
    package var models: [String]
    /// The manifest: names of the tools it may call; anything else is refused.
    package var tools: [String]
    /// Names of playbooks, matched in order before any model is asked.
    package var playbooks: [String]
    package var budget: RunBudget
    package var bounds = ProgressBounds()
    /// Output tokens of one model call.
    package var maxOutputTokens: Int
    package var temperature: Double?
    /// Who takes over, in order; the loader refuses an agent with a dangerous tool and no escalation.
    package var escalation: [EscalationStep]
    /// Offer `ask_user` to the model.
    package var mayAskUser: Bool
    /// Agents that this one may call as tools.
    package var agents: [String]
    /// It is driven elsewhere and calls tools through the gateway.
    package var isGateway = false
    /// A reader: it has no tools, is given the answer of another agent's call to read, and answers with values of this
    /// JSON Schema and nothing else.
    package var answers: JSONValue?
    /// Tools whose answers its model is not shown where nobody vouches for them: it has a reader read them.
    package var withheld: [String] = []
    /// What every run of it may do at all; it has been read as a contract before.
    package var contract: JSONValue?
    /// The configured model that drafts the contract of each run from its principal's words.
    package var contractDraftedBy: String?
    /// Its manifest is whatever its policy classifies.
    package var callsEveryTool = false
    /// nil: no defaults but those of every agent.
    package var shape: AgentShape?

    package struct EscalationStep: Sendable, Hashable {
        /// A group or person of people.yaml.
        package var to: String
        /// Milliseconds until the next step of the chain is told.
        package var within: Int64
        package init(to: String, within: Int64) {
            self.to = to
            self.within = within
        }
    }

    package init(
        name: String, description: String = "", instructions: String = "", models: [String] = [], tools: [String] = [],
        playbooks: [String] = [], budget: RunBudget = RunBudget(), maxOutputTokens: Int = 1024,
        temperature: Double? = 0, escalation: [EscalationStep] = [], mayAskUser: Bool = true, agents: [String] = []
    ) {
        self.name = name
        self.description = description
        self.instructions = instructions
        self.models = models
        self.tools = tools
        self.playbooks = playbooks
        self.budget = budget
        self.maxOutputTokens = maxOutputTokens
        self.temperature = temperature
        self.escalation = escalation
        self.mayAskUser = mayAskUser
        self.agents = agents
    }
}
