package import BallastCore

/// Goes from page to page of a list, within bounds.
struct MCPPageWalk: Sendable, Hashable {
    static let maxPages = 100
    /// Bytes of all entries together.
    static let maxBytes = 16 << 20

    /// Milliseconds that the server allows the list to be kept; nil from a legacy server.
    private(set) var timeToLive: Int64?
    private var cursors: Set<JSONString> = []
    private var bytes = 0

    /// The entries of a page.
    mutating func entries(of page: JSONValue, _ list: MCPList) throws(MCPProtocolError) -> [JSONValue] {
        guard let entries = page[list.member]?.array else {
            throw MCPProtocolError("the answer to \(list.method) has no array \"\(list.member)\"")
        }
        for entry in entries { bytes += JSONWriter.compact(entry).count }
        guard bytes <= Self.maxBytes else {
            throw MCPProtocolError("the answers to \(list.method) have more than \(Self.maxBytes) bytes together")
        }
        timeToLive = page["ttlMs"]?.integer.map { max(0, min($0, timeToLive ?? .max)) }
        return entries
    }

    /// Where the next page is; the empty string is a cursor like any other.
    mutating func step(after page: JSONValue, _ list: MCPList) throws(MCPProtocolError) -> MCPPageStep {
        guard let cursor = page["nextCursor"]?.string else { return .finished }
        guard cursors.count < Self.maxPages - 1, cursors.insert(JSONString(cursor)).inserted else {
            throw MCPProtocolError(
                "the list of \(list.member) does not end: page \(cursors.count + 1) points on or back")
        }
        return .page(cursor: cursor)
    }
}

/// What comes after a page of a list.
package enum MCPPageStep: Sendable, Hashable {
    case finished
    /// Ask for the page at this cursor; the empty string is a cursor like any other.
    case page(cursor: String)
}

/// Takes the pages of one list.
package protocol MCPPages: Sendable {
    /// Milliseconds that the server allows the list to be kept; nil from a legacy server.
    var timeToLive: Int64? { get }
    /// Takes the result of one page.
    mutating func add(_ page: JSONValue) throws(MCPProtocolError) -> MCPPageStep
}

/// The entries of a list of resources or prompts as the server states them.
package struct MCPEntries: MCPPages, Hashable {
    package static let maxEntries = 10_000

    package let list: MCPList
    package private(set) var entries: [JSONValue] = []
    private var walk = MCPPageWalk()

    package init(_ list: MCPList) { self.list = list }

    package var timeToLive: Int64? { walk.timeToLive }

    package mutating func add(_ page: JSONValue) throws(MCPProtocolError) -> MCPPageStep {
        entries += try walk.entries(of: page, list).filter { $0.object != nil }
        guard entries.count <= Self.maxEntries else {
            throw MCPProtocolError("the server lists more than \(Self.maxEntries) \(list.member)")
        }
        return try walk.step(after: page, list)
    }
}
