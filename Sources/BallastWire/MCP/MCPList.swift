package import BallastCore

/// What a server lists page by page.
package enum MCPList: Sendable, Hashable, CaseIterable {
    case tools
    case resources
    case resourceTemplates
    case prompts

    package var method: String {
        switch self {
        case .tools: MCPMethod.listTools
        case .resources: "resources/list"
        case .resourceTemplates: "resources/templates/list"
        case .prompts: "prompts/list"
        }
    }

    /// The member of the result that holds the entries.
    package var member: JSONString {
        switch self {
        case .tools: "tools"
        case .resources: "resources"
        case .resourceTemplates: "resourceTemplates"
        case .prompts: "prompts"
        }
    }

    /// The capability of a server that has such a list.
    var capability: JSONString { self == .resourceTemplates ? "resources" : member }

    /// The lists that are no longer what they were, by a server's notification.
    package static func changed(by method: String) -> [MCPList] {
        switch method {
        case MCPMethod.toolsChanged: [.tools]
        case MCPMethod.resourcesChanged: [.resources, .resourceTemplates]
        case MCPMethod.promptsChanged: [.prompts]
        default: []
        }
    }
}
