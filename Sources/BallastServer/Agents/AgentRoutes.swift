import BallastCore
import BallastPolicy
import BallastRuntime
import HTTPTypes

/// The agents that are configured here.
enum AgentRoutes {
    static var operations: [APIOperation] { [list] }

    private static let list = APIOperation(
        method: .get, path: "/api/v1/agents", id: "listAgents", tag: "agents", summary: "Agents, by name.",
        query: OpenAPISchemas.paging, answers: [.json(200, "AgentPage", "A page of agents.")]
    ) { call in
        let deployment = call.runtime.deployment.now
        let agents = deployment.agents.values.sorted { $0.definition.name < $1.definition.name }
        return try OffsetPage.answer(agents, call, list: "agents") {
            document($0, deployment, now: call.runtime.clock.now)
        }
    }

    private static func document(_ agent: DeployedAgent, _ deployment: Deployment, now: Timestamp) -> JSONValue {
        let definition = agent.definition
        return [
            "name": JSONValue(definition.name), "version": JSONValue(Hex.encode(agent.reference.version)),
            "description": JSONValue(definition.description), "models": strings(definition.models),
            "tools": .array(
                definition.tools.sorted().map { tool in
                    [
                        "name": JSONValue(tool), "class": JSONValue(agent.policy.toolClass(of: tool)?.name),
                        "offered": .bool(deployment.catalog[tool]?.isPinned ?? false),
                    ]
                }),
            "playbooks": strings(agent.playbooks.map(\.name)), "policy": JSONValue(Hex.encode(agent.policy.hash)),
            "shadow": agent.shadow.map {
                ["name": JSONValue($0.name), "policy": JSONValue(Hex.encode($0.policy.hash))]
            } ?? .null,
            "budget": definition.budget.document, "may_ask_user": .bool(definition.mayAskUser),
            "escalation": .array(
                definition.escalation.map { ["to": JSONValue($0.to), "within_ms": JSONValue($0.within)] }),
            "deviations": .array(agent.policy.deviations(at: now).map { deviation($0) }),
        ]
    }

    private static func deviation(_ rule: PolicyRule) -> JSONValue {
        [
            "rule": JSONValue(rule.id), "owner": JSONValue(rule.owner), "reason": JSONValue(rule.reason),
            "expires": JSONValue(rule.expires?.rfc3339),
        ]
    }

    private static func strings(_ values: [String]) -> JSONValue { .array(values.map { JSONValue($0) }) }
}
