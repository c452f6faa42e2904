import BallastCore
import BallastRuntime
import BallastWire
import Synchronization

/// Resources and prompts of the tools' servers: what there is, and which tool of the catalog fetches it.
final class MCPShelf: Sendable {
    enum Kind: String, Sendable {
        case resources
        case resourceTemplates
        case prompts
    }

    /// A call that fetches something.
    struct Fetch: Sendable {
        let tool: String
        let arguments: [UInt8]
    }

    private struct Place: Hashable {
        let provider: String
        let kind: Kind
    }
    private struct Kept {
        let entries: [JSONValue]
        let until: Int64
    }

    private let clock: any RuntimeClock
    private let kept = Mutex<[Place: Kept]>([:])
    /// Milliseconds for which a list is believed.
    private static let belief: Int64 = 5_000

    init(clock: any RuntimeClock) { self.clock = clock }

    // MARK: Lists

    /// The lists of all servers together. One that does not answer has nothing at the moment.
    func list(_ kind: Kind, _ offer: MCPOffers.Offer) async -> MCPFaceList {
        var all: [(name: String, value: JSONValue)] = []
        var names: Set<String> = []
        for tool in kind == .prompts ? offer.prompters : offer.readers {
            for entry in await entries(kind, tool) {
                guard let named = Self.named(entry, kind, tool), names.insert(named.name).inserted else { continue }
                all.append(named)
            }
        }
        return MCPFaceList(kind.rawValue, all)
    }

    private func entries(_ kind: Kind, _ tool: ToolCatalog.Entry) async -> [JSONValue] {
        let place = Place(provider: tool.definition.provider, kind: kind)
        let now = clock.monotonic
        if let known = kept.withLock({ $0[place] }), known.until > now { return known.entries }
        let entries: [JSONValue]
        do throws(ToolFailure) {
            switch kind {
            case .resources: entries = try await tool.client.resources()
            case .resourceTemplates: entries = try await tool.client.resourceTemplates()
            case .prompts: entries = try await tool.client.prompts()
            }
        } catch {
            return []
        }
        kept.withLock { $0[place] = Kept(entries: entries, until: now + MCPShelf.belief) }
        return entries
    }

    /// Prompts are prefixed as the tools of their server are; resources keep their addresses.
    private static func named(
        _ entry: JSONValue, _ kind: Kind, _ tool: ToolCatalog.Entry
    ) -> (name: String, value: JSONValue)? {
        guard case .object(var object) = ShownText.entry(entry) else { return nil }
        switch kind {
        case .resources: return object["uri"]?.string.map { ($0, .object(object)) }
        case .resourceTemplates: return object["uriTemplate"]?.string.map { ($0, .object(object)) }
        case .prompts:
            guard let bare = object["name"]?.string else { return nil }
            let name = prefix(of: tool) + bare
            object["name"] = JSONValue(name)
            return (name, .object(object))
        }
    }

    /// What stands before the names of this server's tools.
    private static func prefix(of tool: ToolCatalog.Entry) -> String {
        let bare = tool.definition.facility?.bareName ?? ""
        return tool.definition.name.hasSuffix(bare) ? String(tool.definition.name.dropLast(bare.count)) : ""
    }

    // MARK: Fetching

    /// The call that reads a resource: of the server that lists it, or else of the one whose template fits best.
    func reading(_ uri: String, _ offer: MCPOffers.Offer) async -> Fetch? {
        var best: (tool: ToolCatalog.Entry, length: Int)?
        for tool in offer.readers {
            if offer.readers.count == 1 {
                best = (tool, 0)
                break
            }
            if await entries(.resources, tool).contains(where: { $0["uri"]?.string == uri }) {
                best = (tool, .max)
                break
            }
            for template in await entries(.resourceTemplates, tool) {
                let start = template["uriTemplate"]?.string?.prefix { $0 != "{" } ?? ""
                if !start.isEmpty, uri.hasPrefix(start), start.count > best?.length ?? 0 { best = (tool, start.count) }
            }
        }
        return best.map { found in
            Fetch(tool: found.tool.definition.name, arguments: JSONWriter.compact(["uri": JSONValue(uri)]))
        }
    }

    /// The call that gets a prompt; its arguments go on as the bytes that they are.
    func getting(_ name: String, _ arguments: [UInt8]?, _ offer: MCPOffers.Offer) async -> Fetch? {
        for tool in offer.prompters {
            let prefix = MCPShelf.prefix(of: tool)
            guard name.hasPrefix(prefix) else { continue }
            let bare = String(name.dropFirst(prefix.count))
            let isListed = await entries(.prompts, tool).contains { $0["name"]?.string == bare }
            guard isListed || offer.prompters.count == 1 else { continue }
            var bytes = Array(#"{"name":"#.utf8)
            JSONWriter.append(string: bare, to: &bytes)
            if let arguments { bytes += Array(#","arguments":"#.utf8) + arguments }
            return Fetch(tool: tool.definition.name, arguments: bytes + Array("}".utf8))
        }
        return nil
    }
}
