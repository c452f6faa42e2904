package import BallastCore

/// The server's side over stdio, without the stdio: lines in, actions out. It offers tools and nothing else.
///
/// Each request is served by the rules of the era that it speaks, so that one client may use both on one connection:
/// some clients send `initialize` after a successful `server/discover`.
package struct MCPServerSession: Sendable {
    package enum Action: Sendable, Hashable {
        /// Write this line.
        case send([UInt8])
        /// Run a tool and write `line(for:result:)`.
        case call(Call)
        /// The client no longer waits for this call; it expects no answer.
        case cancel(JSONRPCID)
    }

    /// One call of a listed tool; the arguments are an object and nothing else was checked.
    package struct Call: Sendable, Hashable {
        package let id: JSONRPCID
        package let tool: String
        package let arguments: JSONObject
        package let era: MCPEra
        package let idempotencyKey: String?
    }

    private let server: MCPImplementation
    private let tools: [MCPTool]
    private let pageSize: Int

    /// `pageSize` is the number of tools on one page of the list, at least one.
    package init(server: MCPImplementation, tools: [MCPTool], pageSize: Int = 100) {
        self.server = server
        self.tools = tools
        self.pageSize = max(1, pageSize)
    }

    package func receive(_ line: LineFramer.Line) -> [Action] {
        switch line {
        case .oversized(let bytes, let id):
            return [.send(.error(id, JSONRPCError(.invalidRequest, "a message of \(bytes) bytes is too long")))]
        case .complete(let bytes):
            do {
                return receive(try JSONRPCMessage(parsing: bytes))
            } catch {
                return [.send(.error(error.id, error.error))]
            }
        }
    }

    private func receive(_ message: JSONRPCMessage) -> [Action] {
        switch message {
        case .request(let id, let method, let parameters):
            do throws(JSONRPCError) {
                return [try serve(id, method, parameters)]
            } catch {
                return [.send(.error(id, error))]
            }
        case .notification(MCPMethod.cancelled, let parameters):
            return parameters["requestId"].flatMap(JSONRPCID.init).map { [.cancel($0)] } ?? []
        case .notification, .result, .error: return []
        }
    }

    /// The answer to a call.
    package func line(for call: Call, result: MCPCallResult) -> [UInt8] {
        JSONRPCMessage.result(call.id, finish(result.json, era: call.era)).line
    }

    private func serve(_ id: JSONRPCID, _ method: String, _ parameters: JSONObject) throws(JSONRPCError) -> Action {
        let era = try Self.era(method, parameters)
        switch (method, era) {
        case (MCPMethod.discover, .modern): return reply(id, discovery, era)
        case (MCPMethod.initialize, .legacy): return reply(id, initialization(parameters), era)
        case (MCPMethod.ping, .legacy): return reply(id, [:], era)
        case (MCPMethod.listTools, _): return reply(id, try page(parameters, era), era)
        case (MCPMethod.callTool, _): return .call(try call(id, parameters, era))
        default: throw JSONRPCError(.methodNotFound, "there is no method \(method)")
        }
    }

    /// Modern requests name their version; `server/discover` exists only there.
    private static func era(_ method: String, _ parameters: JSONObject) throws(JSONRPCError) -> MCPEra {
        let meta = parameters["_meta"]
        guard let version = meta?[MCPMetaKey.protocolVersion] else {
            guard method != MCPMethod.discover else {
                throw JSONRPCError(.invalidParameters, "_meta lacks \(MCPMetaKey.protocolVersion)")
            }
            return .legacy
        }
        guard version.string == MCPVersion.modern else {
            throw JSONRPCError(
                .unsupportedProtocolVersion, "use version \(MCPVersion.modern), or initialize with an older one",
                data: ["supported": .array([JSONValue(MCPVersion.modern)]), "requested": version])
        }
        guard meta?[MCPMetaKey.clientCapabilities]?.object != nil else {
            throw JSONRPCError(.invalidParameters, "_meta lacks \(MCPMetaKey.clientCapabilities)")
        }
        return .modern
    }

    private func call(_ id: JSONRPCID, _ parameters: JSONObject, _ era: MCPEra) throws(JSONRPCError) -> Call {
        guard let name = parameters["name"]?.string, tools.contains(where: { $0.name == name }) else {
            throw JSONRPCError(.invalidParameters, "unknown tool \(parameters["name"]?.string ?? "")")
        }
        guard let arguments = (parameters["arguments"] ?? [:]).object else {
            throw JSONRPCError(.invalidParameters, "the arguments must be an object")
        }
        let key = parameters["_meta"]?[MCPMetaKey.idempotencyKey]?.string
        return Call(id: id, tool: name, arguments: arguments, era: era, idempotencyKey: key)
    }
}

// MARK: Answers

extension MCPServerSession {
    private func reply(_ id: JSONRPCID, _ result: JSONObject, _ era: MCPEra) -> Action {
        .send(.result(id, finish(result, era: era)))
    }

    /// Adds what every modern result carries.
    private func finish(_ result: JSONObject, era: MCPEra) -> JSONValue {
        guard era == .modern else { return .object(result) }
        let envelope = [
            JSONMember("resultType", "complete"),
            JSONMember("_meta", .object(JSONObject([JSONMember(MCPMetaKey.serverInfo, server.json)]))),
        ]
        return .object(JSONObject(envelope + result.members))
    }

    private var discovery: JSONObject {
        [
            "supportedVersions": .array(([MCPVersion.modern] + MCPVersion.legacy).map { JSONValue($0) }),
            "capabilities": ["tools": [:]], "ttlMs": 3_600_000, "cacheScope": "public",
        ]
    }

    /// Echoes a version that is spoken here; otherwise offers the newest and leaves it to the client to go.
    private func initialization(_ parameters: JSONObject) -> JSONObject {
        let asked = parameters["protocolVersion"]?.string ?? ""
        let version = MCPVersion.legacy.contains(asked) ? asked : MCPVersion.newestLegacy
        return ["protocolVersion": JSONValue(version), "capabilities": ["tools": [:]], "serverInfo": server.json]
    }

    /// The cursor is the number of tools on the pages before.
    private func page(_ parameters: JSONObject, _ era: MCPEra) throws(JSONRPCError) -> JSONObject {
        var start = 0
        if let cursor = parameters["cursor"], !cursor.isNull {
            guard let place = cursor.string.flatMap(Int.init), tools.indices.contains(place) else {
                throw JSONRPCError(.invalidParameters, "there is no page at this cursor")
            }
            start = place
        }
        let entries = tools[start...].prefix(pageSize)
        var result: JSONObject = ["tools": .array(entries.map(\.json))]
        if entries.endIndex < tools.endIndex { result["nextCursor"] = JSONValue(String(entries.endIndex)) }
        if era == .modern {
            result["ttlMs"] = 3_600_000
            result["cacheScope"] = "public"
        }
        return result
    }
}

extension MCPServerSession.Action {
    fileprivate static func send(_ message: JSONRPCMessage) -> Self { .send(message.line) }
}
