extension MCPClientSession {
    /// A request that is ready to be written.
    package struct Request: Sendable, Hashable {
        package let id: JSONRPCID
        package let line: [UInt8]
    }

    /// The next page of the list of tools; nil until the conversation is open.
    package mutating func listTools(cursor: String?) -> Request? { page(of: .tools, cursor: cursor) }

    /// The next page of a list; nil until the conversation is open.
    package mutating func page(of list: MCPList, cursor: String?) -> Request? {
        guard let server else { return nil }
        let id = nextID()
        open.insert(id)
        return Request(id: id, line: writer.page(of: list, cursor: cursor, era: server.era, id))
    }

    /// A call that carries exactly the bytes of its arguments; nil until the conversation is open.
    package mutating func call(_ request: MCPCallRequest) -> Request? {
        guard let server else { return nil }
        let id = nextID()
        open.insert(id)
        return Request(id: id, line: writer.call(request, era: server.era, id))
    }

    /// Stops waiting for an answer and gives the line that tells the server so; nil when nothing was open.
    package mutating func cancel(_ id: JSONRPCID, reason: String) -> [UInt8]? {
        guard forget(id) else { return nil }
        return writer.cancellation(of: id, reason: reason)
    }

    /// Stops waiting for an answer to a request that the server never saw.
    @discardableResult
    package mutating func forget(_ id: JSONRPCID) -> Bool { open.remove(id) != nil }
}
