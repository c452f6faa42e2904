import BallastCore

/// Writes the messages of a client, each as one line with its line feed.
package struct MCPRequestWriter: Sendable, Hashable {
    package let client: MCPImplementation

    package init(client: MCPImplementation) { self.client = client }

    /// What every modern request carries in `_meta`.
    func envelope(_ elicitation: MCPElicitation = .none) -> JSONObject {
        [
            MCPMetaKey.protocolVersion: JSONValue(MCPVersion.modern),
            MCPMetaKey.clientCapabilities: .object(elicitation.capabilities), MCPMetaKey.clientInfo: client.json,
        ]
    }

    package func discovery(_ id: JSONRPCID) -> [UInt8] {
        JSONRPCMessage.request(id, method: MCPMethod.discover, parameters: ["_meta": .object(envelope())]).line
    }

    /// A legacy client says once what it can do, before it is known whether anybody can be asked in a given call: a
    /// question in a call where nobody can is declined.
    package func initialization(_ id: JSONRPCID) -> [UInt8] {
        let parameters: JSONObject = [
            "protocolVersion": JSONValue(MCPVersion.newestLegacy),
            "capabilities": .object(MCPElicitation.formsAndAddresses.capabilities), "clientInfo": client.json,
        ]
        return JSONRPCMessage.request(id, method: MCPMethod.initialize, parameters: parameters).line
    }

    package var initialized: [UInt8] {
        JSONRPCMessage.notification(method: MCPMethod.initialized, parameters: [:]).line
    }

    package func page(of list: MCPList, cursor: String?, era: MCPEra, _ id: JSONRPCID) -> [UInt8] {
        var parameters: JSONObject = [:]
        parameters["cursor"] = cursor.map { JSONValue($0) }
        if era == .modern { parameters["_meta"] = .object(envelope()) }
        return JSONRPCMessage.request(id, method: list.method, parameters: parameters).line
    }

    /// A request to be told of changes, of the lists that the server announces changes of.
    package func subscription(to server: MCPServer, _ id: JSONRPCID) -> [UInt8] {
        var wanted: JSONObject = [:]
        for list in MCPList.allCases where server.announcesChanges(of: list) { wanted[list.subscription] = true }
        let parameters: JSONObject = ["notifications": .object(wanted), "_meta": .object(envelope())]
        return JSONRPCMessage.request(id, method: MCPMethod.listen, parameters: parameters).line
    }

    package func call(_ request: MCPCallRequest, era: MCPEra, _ id: JSONRPCID) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(request.arguments.count + 512)
        line += #"{"jsonrpc":"2.0","id":"#.utf8
        line += JSONWriter.compact(id.json)
        line += #","method":""#.utf8
        line += request.method.utf8
        line += #"","params":{"#.utf8
        if case .tool(let name) = request.target {
            line += #""name":"#.utf8
            JSONWriter.append(string: name, to: &line)
            line += #","arguments":"#.utf8
            line += request.arguments
        } else {
            line += request.arguments.dropFirst().dropLast()
        }
        if let answers = request.answers {
            line += #","inputResponses":"#.utf8
            line += JSONWriter.compact(.object(answers.responses))
            if let state = answers.state {
                line += #","requestState":"#.utf8
                line += JSONWriter.compact(state)
            }
        }
        line += #","_meta":"#.utf8
        line += JSONWriter.compact(.object(meta(of: request, era, id)))
        line += "}}\n".utf8
        return line
    }

    private func meta(of request: MCPCallRequest, _ era: MCPEra, _ id: JSONRPCID) -> JSONObject {
        var meta: JSONObject = era == .modern ? envelope(request.elicitation) : [:]
        if request.wantsProgress { meta["progressToken"] = id.json }
        meta[MCPMetaKey.idempotencyKey] = request.idempotencyKey.map { JSONValue($0) }
        return meta
    }

    package func cancellation(of id: JSONRPCID, reason: String) -> [UInt8] {
        let parameters: JSONObject = ["requestId": id.json, "reason": JSONValue(reason)]
        return JSONRPCMessage.notification(method: MCPMethod.cancelled, parameters: parameters).line
    }

    package func reply(_ reply: MCPReply, to question: JSONRPCID) -> [UInt8] {
        JSONRPCMessage.result(question, reply.json).line
    }

    /// The answer to a request of a legacy server that is no question to a person.
    package func answer(to id: JSONRPCID, method: String) -> [UInt8] {
        let answer: JSONRPCMessage =
            method == MCPMethod.ping
            ? .result(id, [:])
            : .error(id, JSONRPCError(.methodNotFound, "this client does not offer \(method.prefix(100))"))
        return answer.line
    }
}

extension MCPList {
    /// The member that asks to be told of changes of this list.
    fileprivate var subscription: JSONString {
        switch self {
        case .tools: "toolsListChanged"
        case .resources, .resourceTemplates: "resourcesListChanged"
        case .prompts: "promptsListChanged"
        }
    }
}
