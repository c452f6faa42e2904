package import BallastCore
package import BallastPolicy
package import BallastRuntime

/// Builds deployments for tests: one agent, its tools with their classes, and what judges them.
package struct Workshop {
    package var agent: AgentDefinition
    /// Further agents, under the same policy.
    package var others: [AgentDefinition] = []
    package var tools: [NativeFunction] = []
    package var classes: [String: ToolClass] = [:]
    package var rules: [String: ToolRules] = [:]
    package var policyRules: [PolicyRule] = []
    package var records: [RecordKind] = []
    /// What is tried beside the policy of every agent.
    package var shadow: ShadowPolicy?
    package var limits: [ClassLimit] = []
    package var models: [String: DeployedModel] = [:]
    package var playbooks: [Playbook] = []
    package var attributes: [String: String] = [:]
    /// What the version of every agent and the hash of the policy are made of.
    package var version: UInt8 = 1
    package var policyHash: [UInt8] = Array(repeating: 7, count: 16)

    package init(agent: String = "worker", instructions: String = "You do what is asked.") {
        self.agent = AgentDefinition(
            name: agent, instructions: instructions,
            escalation: [AgentDefinition.EscalationStep(to: "operators", within: 3_600_000)])
    }

    /// Adds a tool that takes any object.
    package mutating func tool(
        _ name: String, _ toolClass: ToolClass, rules: ToolRules = ToolRules(), schema: JSONValue = ["type": "object"],
        body: @escaping @Sendable (ToolInvocation) async -> ToolOutcome
    ) {
        let definition = ToolDefinition(
            name: name, provider: "native", description: "The tool \(name).", inputSchema: schema)
        tools.append(NativeFunction(definition: definition, body: body))
        classes[name] = toolClass
        self.rules[name] = rules
        agent.tools.append(name)
    }

    /// Changes what a tool says of itself.
    package mutating func describe(_ name: String, as description: String) {
        for index in tools.indices where tools[index].definition.name == name {
            tools[index].definition = tools[index].definition.described(description)
        }
    }

    package mutating func model(
        _ name: String = "main", price: ModelPrice = .free,
        _ script: @escaping @Sendable (ModelRequest) async throws(ModelFailure) -> ModelReply
    ) {
        models[name] = DeployedModel(client: ScriptedModel(script), model: name, price: price)
        agent.models.append(name)
    }

    package func deployment() throws(JSONSchemaError) -> Deployment {
        var catalog = ToolCatalog()
        let client = NativeTools(tools)
        for tool in tools { try catalog.add(tool.definition, client: client) }
        let policy = Policy(
            classes: classes, tools: rules, rules: policyRules, records: records, limits: limits, hash: policyHash)
        func deployed(_ agent: AgentDefinition) -> DeployedAgent {
            DeployedAgent(
                definition: agent,
                reference: AgentReference(name: agent.name, version: Array(repeating: version, count: 16)),
                policy: policy, shadow: shadow, playbooks: agent.name == self.agent.name ? playbooks : [])
        }
        let agents = ([agent] + others).map { ($0.name, deployed($0)) }
        let attributes = attributes
        return Deployment(
            agents: Dictionary(agents) { first, _ in first }, models: models, catalog: catalog, environment: "test",
            attributes: { _ in attributes })
    }
}

extension ToolDefinition {
    /// The same tool with another description.
    package func described(_ description: String) -> ToolDefinition {
        ToolDefinition(name: name, provider: provider, description: description, inputSchema: inputSchema)
    }
}
