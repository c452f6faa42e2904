package import BallastCore

/// The pages of one `tools/list`, put together within bounds.
package struct MCPToolListing: Sendable, Hashable {
    package static let maxPages = 100
    package static let maxTools = 2_000

    package enum Step: Sendable, Hashable {
        case finished
        /// Ask for the page at this cursor; the empty string is a cursor like any other.
        case page(cursor: String)
    }

    package private(set) var tools: [MCPTool] = []
    /// Why entries of the list are left out, for the operator.
    package private(set) var rejections: [String] = []
    /// Milliseconds that the server allows the list to be kept; nil from a legacy server.
    package private(set) var timeToLive: Int64?
    private var cursors: Set<JSONString> = []
    private var names: Set<String> = []

    package init() {}

    /// Takes the result of one page.
    package mutating func add(_ page: JSONValue) throws(MCPProtocolError) -> Step {
        guard let entries = page["tools"]?.array else {
            throw MCPProtocolError("the answer to tools/list has no array \"tools\"")
        }
        guard tools.count + entries.count <= Self.maxTools else {
            throw MCPProtocolError("the server lists more than \(Self.maxTools) tools")
        }
        for entry in entries { add(entry: entry) }
        timeToLive = page["ttlMs"]?.integer.map { max(0, min($0, timeToLive ?? .max)) }
        guard let cursor = page["nextCursor"]?.string else { return .finished }
        guard cursors.count < Self.maxPages - 1, cursors.insert(JSONString(cursor)).inserted else {
            throw MCPProtocolError("the list of tools does not end: page \(cursors.count + 1) points on or back")
        }
        return .page(cursor: cursor)
    }

    private mutating func add(entry: JSONValue) {
        do throws(MCPProtocolError) {
            let tool = try MCPTool(entry)
            guard names.insert(tool.name).inserted else {
                throw MCPProtocolError("the tool \(tool.name) is listed twice; only the first is offered")
            }
            tools.append(tool)
        } catch {
            rejections.append(error.message)
        }
    }
}
