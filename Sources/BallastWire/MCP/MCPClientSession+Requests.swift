import BallastCore

extension MCPClientSession {
    /// A request that is ready to be written.
    package struct Request: Sendable, Hashable {
        package let id: JSONRPCID
        package let line: [UInt8]
    }

    /// The next page of the list of tools; nil until the conversation is open.
    package mutating func listTools(cursor: String?) -> Request? {
        guard let server else { return nil }
        var parameters: JSONObject = [:]
        parameters["cursor"] = cursor.map { JSONValue($0) }
        if server.era == .modern { parameters["_meta"] = .object(envelope) }
        let id = nextID()
        open.insert(id)
        return Request(
            id: id, line: JSONRPCMessage.request(id, method: MCPMethod.listTools, parameters: parameters).line)
    }

    /// A call that carries exactly the bytes of `arguments`; nil until the conversation is open.
    ///
    /// `arguments` must be one JSON object without a raw line feed: these bytes were judged, so they are spliced in
    /// and not written anew.
    package mutating func callTool(
        _ name: String, arguments: [UInt8], idempotencyKey: String?
    ) throws(MCPProtocolError) -> Request? {
        guard let server else { return nil }
        try Self.check(arguments)
        var meta: JSONObject = server.era == .modern ? envelope : [:]
        meta[MCPMetaKey.idempotencyKey] = idempotencyKey.map { JSONValue($0) }
        let id = nextID()
        open.insert(id)
        var line = Array(#"{"jsonrpc":"2.0","id":"#.utf8)
        line += JSONWriter.compact(id.json)
        line += Array(#","method":"tools/call","params":{"name":"#.utf8)
        JSONWriter.append(string: name, to: &line)
        line += Array(#","arguments":"#.utf8)
        line += arguments
        line += Array(#","_meta":"#.utf8)
        line += JSONWriter.compact(.object(meta))
        line += Array("}}\n".utf8)
        return Request(id: id, line: line)
    }

    private static func check(_ arguments: [UInt8]) throws(MCPProtocolError) {
        let value: JSONValue
        do {
            value = try JSONReader.read(arguments)
        } catch {
            throw MCPProtocolError("the arguments are not JSON: \(error)")
        }
        guard case .object = value, !arguments.contains(UInt8(ascii: "\n")) else {
            throw MCPProtocolError("the arguments must be one JSON object on one line")
        }
    }

    /// Stops waiting for an answer and gives the line that tells the server so; nil when nothing was open.
    package mutating func cancel(_ id: JSONRPCID, reason: String) -> [UInt8]? {
        guard forget(id) else { return nil }
        let parameters: JSONObject = ["requestId": id.json, "reason": JSONValue(reason)]
        return JSONRPCMessage.notification(method: MCPMethod.cancelled, parameters: parameters).line
    }

    /// Stops waiting for an answer to a request that the server never saw.
    @discardableResult
    package mutating func forget(_ id: JSONRPCID) -> Bool { open.remove(id) != nil }
}
