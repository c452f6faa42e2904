package import BallastCore

/// The tools that may be called: who offers them, what they say of themselves, and what a person accepted of it.
package struct ToolCatalog: Sendable {
    /// One tool with its compiled schemas.
    package struct Entry: Sendable {
        package let definition: ToolDefinition
        /// The definition as models, people and clients are shown it.
        package let shown: ToolDefinition
        package let hash: Digest
        package let client: any ToolClient
        package let inputSchema: JSONSchema
        package let outputSchema: JSONSchema?
        /// The definition a person accepted; a different hash is not run.
        package var pin: Digest?
        /// The agent that a call gives a task to, in a run of its own; nil for a tool.
        package var agent: String?
        /// It came after its provider's first listing, and nobody has accepted it yet.
        package var isNew = false

        package var isPinned: Bool { !isNew && (pin == nil || pin == hash) }
    }

    package private(set) var entries: [String: Entry] = [:]

    package init() {}

    /// Takes a provider's definition; throws when its schema cannot be compiled, and the tool is then not offered.
    package mutating func add(
        _ definition: ToolDefinition, client: any ToolClient, pin: Digest? = nil, isNew: Bool = false
    ) throws(JSONSchemaError) {
        entries[definition.name] = Entry(
            definition: definition, shown: definition.shown, hash: definition.hash, client: client,
            inputSchema: try JSONSchema(compiling: definition.inputSchema),
            outputSchema: try compile(definition.outputSchema), pin: pin, isNew: isNew)
    }

    /// Takes an agent that others may give tasks to.
    package mutating func add(_ agent: AgentDefinition) {
        let definition = AgentTool.definition(of: agent)
        try? add(definition, client: NativeTools([]))
        entries[definition.name]?.agent = agent.name
    }

    private func compile(_ schema: JSONValue?) throws(JSONSchemaError) -> JSONSchema? {
        guard let schema else { return nil }
        return try JSONSchema(compiling: schema)
    }

    /// The tools that providers offer, without those that agents are to each other.
    var withoutAgents: ToolCatalog {
        var catalog = self
        catalog.entries = entries.filter { $0.value.agent == nil }
        return catalog
    }

    package mutating func setPin(_ hash: Digest?, of tool: String) {
        entries[tool]?.pin = hash
        entries[tool]?.isNew = false
    }
    package subscript(tool: String) -> Entry? { entries[tool] }
    package var definitions: [ToolDefinition] { entries.values.map(\.definition).sorted { $0.name < $1.name } }
}
