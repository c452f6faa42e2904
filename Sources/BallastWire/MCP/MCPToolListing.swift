package import BallastCore

/// The pages of one `tools/list`, put together within bounds.
package struct MCPToolListing: MCPPages, Hashable {
    package static let maxPages = MCPPageWalk.maxPages
    package static let maxTools = 2_000
    /// Bytes of one tool's entry.
    package static let maxToolBytes = 256 << 10

    package typealias Step = MCPPageStep

    package private(set) var tools: [MCPTool] = []
    /// Why entries of the list are left out, for the operator.
    package private(set) var rejections: [String] = []
    private var walk = MCPPageWalk()
    private var names: Set<String> = []

    package init() {}

    package var timeToLive: Int64? { walk.timeToLive }

    /// Takes the result of one page.
    package mutating func add(_ page: JSONValue) throws(MCPProtocolError) -> Step {
        let entries = try walk.entries(of: page, .tools)
        guard tools.count + entries.count <= Self.maxTools else {
            throw MCPProtocolError("the server lists more than \(Self.maxTools) tools")
        }
        for entry in entries { add(entry: entry) }
        return try walk.step(after: page, .tools)
    }

    private mutating func add(entry: JSONValue) {
        do throws(MCPProtocolError) {
            let tool = try MCPTool(entry)
            let size = JSONWriter.compact(entry).count
            guard size <= Self.maxToolBytes else {
                throw MCPProtocolError(
                    "the tool \(tool.name) is described in \(size) bytes, more than \(Self.maxToolBytes)")
            }
            guard names.insert(tool.name).inserted else {
                throw MCPProtocolError("the tool \(tool.name) is listed twice; only the first is offered")
            }
            tools.append(tool)
        } catch {
            rejections.append(error.message)
        }
    }
}
