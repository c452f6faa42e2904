package import BallastCore
package import BallastPolicy

/// Everything that configuration gives to the runtime, as one value: replaced as a whole on reload.
package struct Deployment: Sendable {
    package var agents: [String: DeployedAgent]
    package var models: [String: DeployedModel]
    package var catalog: ToolCatalog
    package var environment: String
    /// Attributes of a principal, such as `customer_id`, for entitlement.
    package var attributes: @Sendable (Principal) -> [String: String]
    /// Groups that a principal belongs to.
    package var groups: @Sendable (Principal) -> [String]
    /// Whether a person belongs to a group that may decide.
    package var isMember: @Sendable (Principal, _ group: String) -> Bool
    /// Milliseconds that a tenant's zone is ahead of UTC at a moment; its days and months begin there.
    package var zoneOffset: @Sendable (TenantID, Timestamp) -> Int64
    /// Reviewer, principal and starter may be one person; a declared deviation.
    package var allowsSelfReview: Bool

    package init(
        agents: [String: DeployedAgent] = [:], models: [String: DeployedModel] = [:],
        catalog: ToolCatalog = ToolCatalog(), environment: String = "development",
        attributes: @escaping @Sendable (Principal) -> [String: String] = { _ in [:] },
        groups: @escaping @Sendable (Principal) -> [String] = { _ in [] },
        isMember: @escaping @Sendable (Principal, String) -> Bool = { _, _ in true },
        zoneOffset: @escaping @Sendable (TenantID, Timestamp) -> Int64 = { _, _ in 0 }, allowsSelfReview: Bool = false
    ) {
        self.agents = agents
        var catalog = catalog
        for agent in agents.values { catalog.add(agent.definition) }
        self.models = models
        self.catalog = catalog
        self.environment = environment
        self.attributes = attributes
        self.groups = groups
        self.isMember = isMember
        self.zoneOffset = zoneOffset
        self.allowsSelfReview = allowsSelfReview
    }

    /// The same agents over the tools that are offered now: a reload does not ask providers again.
    package func offering(_ tools: ToolCatalog) -> Deployment {
        var deployment = self
        deployment.catalog = tools.withoutAgents
        for agent in agents.values { deployment.catalog.add(agent.definition) }
        return deployment
    }
}

/// An agent with the policy that judges it and the playbooks that go before its model.
package struct DeployedAgent: Sendable {
    package var definition: AgentDefinition
    package var reference: AgentReference
    package var policy: Policy
    /// What is tried beside it; it decides nothing.
    package var shadow: ShadowPolicy?
    package var playbooks: [Playbook]

    package init(
        definition: AgentDefinition, reference: AgentReference, policy: Policy, shadow: ShadowPolicy? = nil,
        playbooks: [Playbook] = []
    ) {
        self.definition = definition
        self.reference = reference
        // To give a task away does nothing by itself: what the other agent does is judged under its own policy.
        let others = definition.agents.map { AgentTool.name(of: $0) }
        self.policy = policy.classifying(others, as: .safe)
        self.shadow = shadow.map {
            ShadowPolicy(name: $0.name, policy: $0.policy.classifying(others, as: .safe))
        }
        self.playbooks = playbooks
    }
}

/// A policy that every action is also decided under, so that people see what it would change before it is in force.
package struct ShadowPolicy: Sendable {
    /// As the agent's file names it.
    package let name: String
    package let policy: Policy

    package init(name: String, policy: Policy) {
        self.name = name
        self.policy = policy
    }
}

/// A model that may be called, and what it costs.
package struct DeployedModel: Sendable {
    package var client: any ModelClient
    /// The name the provider knows.
    package var model: String
    package var price: ModelPrice
    package var timeout: Int64
    package var retry: RetryRule?

    package init(
        client: any ModelClient, model: String, price: ModelPrice = .free, timeout: Int64 = 120_000,
        retry: RetryRule? = nil
    ) {
        self.client = client
        self.model = model
        self.price = price
        self.timeout = timeout
        self.retry = retry
    }
}

/// Price in millionths of a US dollar per million tokens.
package struct ModelPrice: Sendable, Hashable {
    package var input: Int64
    package var output: Int64
    package var cacheRead: Int64
    package var cacheWrite: Int64

    package init(input: Int64, output: Int64, cacheRead: Int64? = nil, cacheWrite: Int64? = nil) {
        self.input = input
        self.output = output
        self.cacheRead = cacheRead ?? input
        self.cacheWrite = cacheWrite ?? input
    }

    package static let free = ModelPrice(input: 0, output: 0)

    /// Cost of one call in microdollars, rounded up; saturates.
    package func cost(of usage: ModelUsage) -> Int64 {
        [(usage.input, input), (usage.output, output), (usage.cacheRead, cacheRead), (usage.cacheWrite, cacheWrite)]
            .reduce(into: Int64(0)) { total, part in
                let (product, overflow) = max(0, part.0).multipliedReportingOverflow(by: part.1)
                let cost =
                    overflow ? Int64.max : (product > Int64.max - 999_999 ? .max : (product + 999_999) / 1_000_000)
                total = total.addingReportingOverflow(cost).overflow ? .max : total + cost
            }
    }
}
