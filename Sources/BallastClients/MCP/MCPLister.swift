import BallastCore
import BallastRuntime
import BallastWire

/// Reads the lists of a server page by page, whatever carries the questions.
struct MCPLister: Sendable {
    /// Milliseconds that a list is kept at least; some servers allow none, and each call looks at the list.
    static let shortestLife: Int64 = 10_000

    let provider: String
    /// Asks for one page.
    let ask: @Sendable (MCPList, _ cursor: String?) async -> MCPSettlement

    /// The server's tools, and what else it offers made tools.
    func tools(of server: MCPServer, isPrefixed: Bool) async -> Result<(ToolCatalogue, timeToLive: Int64?), ToolFailure>
    {
        let listing = server.offers(.tools) ? await pages(MCPToolListing(), .tools) : .success(MCPToolListing())
        var facilities: [ToolFacility] = []
        if server.offers(.resources) { facilities.append(.readResource) }
        if server.offers(.prompts) { facilities.append(.getPrompt) }
        return listing.map {
            (
                ToolCatalogue($0, provider: provider, isPrefixed: isPrefixed, facilities: facilities),
                $0.timeToLive
            )
        }
    }

    /// The entries of another list, their texts as they may be shown; a server may have one without the other.
    func entries(of list: MCPList) async -> Result<(value: [JSONValue], life: Duration?), ToolFailure> {
        await pages(MCPEntries(list), list).map { pages in
            let life = max(pages.timeToLive ?? 0, Self.shortestLife)
            return (pages.entries.map(ShownText.entry), .milliseconds(min(life, 86_400_000)))
        }
    }

    private func pages<Pages: MCPPages>(_ empty: Pages, _ list: MCPList) async -> Result<Pages, ToolFailure> {
        var pages = empty
        var cursor: String?
        while true {
            let settlement = await ask(list, cursor)
            if list != .tools, case .answered(.error(let error)) = settlement, error.code == .methodNotFound {
                return .success(pages)
            }
            guard case .answered(.result(let page)) = settlement else { return .failure(failure(settlement, list)) }
            do {
                switch try pages.add(page) {
                case .finished: return .success(pages)
                case .page(let next): cursor = next
                }
            } catch {
                return .failure(failure(.protocolError, list, "that breaks the protocol: \(error)"))
            }
        }
    }

    private func failure(_ settlement: MCPSettlement, _ list: MCPList) -> ToolFailure {
        switch ToolOutcome(settlement, provider: provider) {
        case .neverSent(let failure, _), .unknown(let failure): failure
        case .result(let result): failure(.serverError, list, "but this: \(result.content.prefix(1_000))")
        }
    }

    private func failure(_ code: ToolFailure.Code, _ list: MCPList, _ what: String) -> ToolFailure {
        ToolFailure(code: code, message: "the MCP server \(provider) gave no list of \(list.member), \(what)")
    }
}
