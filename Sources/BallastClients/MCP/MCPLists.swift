import BallastCore
import BallastWire

/// What is known of the lists of one server.
final class MCPLists: Sendable {
    let tools: Cached<ToolCatalogue>
    private let resources: Cached<[JSONValue]>
    private let resourceTemplates: Cached<[JSONValue]>
    private let prompts: Cached<[JSONValue]>

    init(provider: String) {
        tools = Cached("the tools of the MCP server \(provider)")
        resources = Cached("the resources of the MCP server \(provider)")
        resourceTemplates = Cached("the resource templates of the MCP server \(provider)")
        prompts = Cached("the prompts of the MCP server \(provider)")
    }

    /// A list other than that of the tools.
    subscript(list: MCPList) -> Cached<[JSONValue]>? {
        switch list {
        case .tools: nil
        case .resources: resources
        case .resourceTemplates: resourceTemplates
        case .prompts: prompts
        }
    }

    func forget(_ list: MCPList) {
        if list == .tools { tools.forget() } else { self[list]?.forget() }
    }
}
