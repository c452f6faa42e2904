import BallastCore
import BallastRuntime
import BallastWire
import Synchronization

/// What an agent is offered, worked out once for each state of the configuration and the tools.
final class MCPOffers: Sendable {
    struct Offer: Sendable {
        let revision: Int
        let tools: [ToolDefinition]
        /// Another value when the list is another.
        let mark: Digest

        func list(_ era: MCPEra) -> MCPFaceList {
            MCPFaceList("tools", tools.map { ($0.name, MCPFaceTool.entry($0, era)) })
        }
    }

    private let runtime: AgentRuntime
    private let offers = Mutex<[String: Offer]>([:])

    init(runtime: AgentRuntime) { self.runtime = runtime }

    func offer(to agent: String) -> Offer {
        let revision = runtime.deployment.revision
        if let known = offers.withLock({ $0[agent] }), known.revision == revision { return known }
        let entries = runtime.offeredTools(to: agent)
        let mark = Digest.lengthPrefixed(
            domain: "ballast.gateway-offer.v1", entries.flatMap { [Array($0.definition.name.utf8), $0.hash.bytes] })
        let offer = Offer(revision: revision, tools: entries.map(\.shown), mark: mark)
        offers.withLock { $0[agent] = offer }
        return offer
    }

    /// A tool of this name exists. One that this agent may not call is proposed all the same: the guard refuses it with
    /// its reason, and it is on record that it was tried.
    func knows(_ tool: String) -> Bool {
        guard let entry = runtime.deployment.now.catalog[tool] else { return false }
        return entry.agent == nil
    }
}
