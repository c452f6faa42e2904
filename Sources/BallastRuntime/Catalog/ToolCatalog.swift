package import BallastCore

/// The tools that may be called: who offers them, what they say of themselves, and what a person accepted of it.
package struct ToolCatalog: Sendable {
    /// One tool with its compiled schemas.
    package struct Entry: Sendable {
        private let offer: ToolOffer
        package var definition: ToolDefinition { offer.definition }
        /// The definition as models, people and clients are shown it.
        package var shown: ToolDefinition { offer.shown }
        package var hash: Digest { offer.hash }
        package var client: any ToolClient { offer.client }
        package var inputSchema: JSONSchema { offer.inputSchema }
        package var outputSchema: JSONSchema? { offer.outputSchema }
        /// The definition a person accepted; a different hash is not run.
        package var pin: Digest?
        /// The agent that a call gives a task to, in a run of its own; nil for a tool.
        package var agent: String?
        /// It came after its provider's first listing, and nobody has accepted it yet.
        package var isNew = false

        fileprivate init(_ offer: ToolOffer, pin: Digest?, isNew: Bool) {
            self.offer = offer
            self.pin = pin
            self.isNew = isNew
        }

        package var isPinned: Bool { !isNew && (pin == nil || pin == hash) }
    }

    package private(set) var entries: [String: Entry] = [:]

    package init() {}

    /// Takes a provider's definition; throws when its schema cannot be compiled, and the tool is then not offered.
    package mutating func add(
        _ definition: ToolDefinition, client: any ToolClient, pin: Digest? = nil, isNew: Bool = false
    ) throws(JSONSchemaError) {
        let offer = ToolOffer(
            definition, client: client, inputSchema: try JSONSchema(compiling: definition.inputSchema),
            outputSchema: try compile(definition.outputSchema))
        entries[definition.name] = Entry(offer, pin: pin, isNew: isNew)
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

/// What a provider says of a tool, with its schemas compiled; shared by all who hold the entry.
private final class ToolOffer: Sendable {
    let definition: ToolDefinition
    let shown: ToolDefinition
    let hash: Digest
    let client: any ToolClient
    let inputSchema: JSONSchema
    let outputSchema: JSONSchema?

    init(_ definition: ToolDefinition, client: any ToolClient, inputSchema: JSONSchema, outputSchema: JSONSchema?) {
        self.definition = definition
        shown = definition.shown
        hash = definition.hash
        self.client = client
        self.inputSchema = inputSchema
        self.outputSchema = outputSchema
    }
}
