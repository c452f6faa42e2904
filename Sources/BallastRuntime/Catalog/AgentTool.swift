import BallastCore

/// How an agent appears to another one: as a tool that takes a task and gives the answer.
package enum AgentTool {
    private static let prefix = "agent_"

    package static func name(of agent: String) -> String { prefix + agent }

    static func definition(of agent: AgentDefinition) -> ToolDefinition {
        if agent.answers != nil { return reader(agent) }
        let about = agent.description.isEmpty ? "" : " \(agent.description)"
        return ToolDefinition(
            name: name(of: agent.name), provider: "ballast",
            description: "Give a task to the agent \"\(agent.name)\".\(about) The result is its answer.",
            inputSchema: [
                "type": "object",
                "properties": [
                    "task": [
                        "type": "string", "minLength": 1, "maxLength": 20_000,
                        "description": "What is to be done, with everything the agent needs to know.",
                    ]
                ],
                "required": ["task"], "additionalProperties": false,
            ])
    }

    private static func reader(_ agent: AgentDefinition) -> ToolDefinition {
        let about = agent.description.isEmpty ? "" : " \(agent.description)"
        return ToolDefinition(
            name: name(of: agent.name), provider: "ballast",
            description:
                "Have the answer of an earlier call read for you by \"\(agent.name)\".\(about) The result is the "
                + "values that it found in it; they are the text's, and nobody vouches for them.",
            inputSchema: [
                "type": "object",
                "properties": [
                    "of": [
                        "type": "string", "minLength": 1, "maxLength": 128,
                        "description": "The id of the call whose answer is to be read.",
                    ]
                ],
                "required": ["of"], "additionalProperties": false,
            ])
    }

    /// The call whose answer a reader is to read.
    static func source(in arguments: [UInt8]) -> String? { (try? JSONReader.read(arguments))?["of"]?.string }

    /// The task of a call, from its arguments.
    static func task(in arguments: [UInt8]) -> String? { (try? JSONReader.read(arguments))?["task"]?.string }
}

extension AgentDefinition {
    /// Every name that its model may call: its tools, and the agents it may give tasks to.
    package var manifest: [String] { tools + agents.map { AgentTool.name(of: $0) } }
    package func mayCall(_ name: String) -> Bool {
        callsEveryTool || tools.contains(name) || agents.contains { AgentTool.name(of: $0) == name }
    }
}
