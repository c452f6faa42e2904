import BallastCore
import BallastRuntime
import BallastWire
import Synchronization

/// What an agent is offered, worked out once for each state of the configuration and the tools.
final class MCPOffers: Sendable {
    struct Offer: Sendable {
        let revision: Int
        /// As they are shown, by name; without those that stand for resources and prompts.
        let tools: [ToolDefinition]
        let readers: [ToolCatalog.Entry]
        let prompters: [ToolCatalog.Entry]
        /// Another value when something else is offered.
        let mark: Digest

        init(_ entries: [ToolCatalog.Entry], revision: Int) {
            self.revision = revision
            tools = entries.filter { $0.definition.facility == nil }.map(\.shown)
            readers = entries.filter { $0.definition.facility == .readResource }
            prompters = entries.filter { $0.definition.facility == .getPrompt }
            mark = .lengthPrefixed(
                domain: "ballast.gateway-offer.v1",
                entries.flatMap { [Array($0.definition.name.utf8), $0.hash.bytes] })
        }

        func list(_ era: MCPEra) -> MCPFaceList {
            MCPFaceList("tools", tools.map { ($0.name, MCPFaceTool.entry($0, era)) })
        }

        var summary: MCPFaceAnswers.Offer { .init(resources: !readers.isEmpty, prompts: !prompters.isEmpty) }
    }

    private let runtime: AgentRuntime
    private let offers = Mutex<[String: Offer]>([:])

    init(runtime: AgentRuntime) { self.runtime = runtime }

    func offer(to agent: String) -> Offer {
        let revision = runtime.deployment.revision
        if let known = offers.withLock({ $0[agent] }), known.revision == revision { return known }
        let offer = Offer(runtime.offeredTools(to: agent), revision: revision)
        offers.withLock { $0[agent] = offer }
        return offer
    }

    /// A tool of this name exists. One that this agent may not call is proposed all the same: the guard refuses it with
    /// its reason, and it is on record that it was tried.
    func knows(_ tool: String) -> Bool {
        guard let entry = runtime.deployment.now.catalog[tool] else { return false }
        return entry.agent == nil && entry.definition.facility == nil
    }
}
