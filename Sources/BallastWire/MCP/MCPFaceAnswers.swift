package import BallastCore

/// Writes what a gateway answers, for either era.
package struct MCPFaceAnswers: Sendable {
    private let server: MCPImplementation
    private let instructions: String?
    /// Milliseconds for which a modern client may keep a list: it can differ soon after, and only for this caller.
    private static let timeToLive: JSONValue = 0

    package init(server: MCPImplementation, instructions: String? = nil) {
        self.server = server
        self.instructions = instructions
    }

    /// What is offered at all; an empty kind is not announced.
    package struct Offer: Sendable, Hashable {
        package var resources: Bool
        package var prompts: Bool
        package init(resources: Bool, prompts: Bool) {
            self.resources = resources
            self.prompts = prompts
        }
    }

    // MARK: Messages

    package func result(_ result: JSONObject, to request: MCPFaceRequest) -> JSONRPCMessage {
        .result(request.id, .object(finish(result, request.era)))
    }

    /// Adds what every modern result carries.
    private func finish(_ result: JSONObject, _ era: MCPEra) -> JSONObject {
        guard era == .modern else { return result }
        var finished: JSONObject = [:]
        finished["resultType"] = result["resultType"] ?? "complete"
        for member in result.members where member.key != "resultType" && member.key != "_meta" {
            finished[member.key] = member.value
        }
        var meta = result["_meta"]?.object ?? [:]
        meta[MCPMetaKey.serverInfo] = server.json
        finished["_meta"] = .object(meta)
        return finished
    }

    // MARK: Opening

    package func discovery(_ offer: Offer) -> JSONObject {
        var result: JSONObject = [
            "supportedVersions": .array(MCPVersion.spoken.map { JSONValue($0) }), "capabilities": capabilities(offer),
        ]
        result["instructions"] = instructions.map { JSONValue($0) }
        result["ttlMs"] = Self.timeToLive
        result["cacheScope"] = "private"
        return result
    }

    /// Echoes a version that is spoken here; otherwise offers the newest of its era and leaves it to the client to go.
    package func initialization(_ request: MCPFaceRequest, _ offer: Offer) -> JSONObject {
        var result: JSONObject = [
            "protocolVersion": JSONValue(Self.agreedVersion(request)), "capabilities": capabilities(offer),
            "serverInfo": server.json,
        ]
        result["instructions"] = instructions.map { JSONValue($0) }
        return result
    }

    package static func agreedVersion(_ request: MCPFaceRequest) -> String {
        let asked = request.parameters["protocolVersion"]?.string ?? ""
        return MCPVersion.legacy.contains(asked) ? asked : MCPVersion.newestLegacy
    }

    private func capabilities(_ offer: Offer) -> JSONValue {
        var capabilities: JSONObject = ["tools": ["listChanged": true]]
        if offer.resources { capabilities["resources"] = [:] }
        if offer.prompts { capabilities["prompts"] = [:] }
        return .object(capabilities)
    }

    // MARK: Lists

    /// Adds to a list or to a resource what a modern client needs to keep it.
    package func cacheable(_ result: JSONObject, _ era: MCPEra) -> JSONObject {
        guard era == .modern else { return result }
        var result = result
        result["ttlMs"] = result["ttlMs"] ?? Self.timeToLive
        result["cacheScope"] = "private"
        return result
    }

    // MARK: Calls

    /// The result of a call.
    package func call(
        content: [JSONValue], structured: JSONValue?, isError: Bool, meta: JSONObject = [:], era: MCPEra
    ) -> JSONObject {
        var content = content
        if content.isEmpty, let structured {
            content = [Self.text(String(decoding: JSONWriter.compact(structured), as: UTF8.self))]
        }
        var result: JSONObject = ["content": .array(content)]
        // Before 2026-07-28 a structured result is an object.
        if let structured, era == .modern || structured.object != nil { result["structuredContent"] = structured }
        result["isError"] = .bool(isError)
        if !meta.isEmpty { result["_meta"] = .object(meta) }
        return result
    }

    package static func text(_ text: String) -> JSONValue { ["type": "text", "text": JSONValue(text)] }

    // MARK: Notifications

    package static func progress(
        _ token: JSONRPCID, _ progress: JSONNumber, total: JSONNumber?, message: String?
    ) -> JSONRPCMessage {
        var parameters: JSONObject = ["progressToken": token.json, "progress": .number(progress)]
        parameters["total"] = total.map { .number($0) }
        parameters["message"] = message.map { JSONValue($0) }
        return .notification(method: MCPMethod.progress, parameters: parameters)
    }

    package static func cancelled(_ id: JSONRPCID, reason: String) -> JSONRPCMessage {
        .notification(method: MCPMethod.cancelled, parameters: ["requestId": id.json, "reason": JSONValue(reason)])
    }

    /// The list of tools is not what it was; with the identifier of the request that listens, where one does.
    package static func toolsChanged(listener: JSONRPCID? = nil) -> JSONRPCMessage {
        .notification(method: MCPMethod.toolsChanged, parameters: subscription(listener))
    }

    /// The first message to a request that listens: which of the asked-for changes it will hear of.
    package static func acknowledgement(_ request: MCPFaceRequest) -> JSONRPCMessage {
        var parameters = subscription(request.id)
        let asked = request.parameters["notifications"]?["toolsListChanged"]?.bool == true
        parameters["notifications"] = asked ? ["toolsListChanged": true] : [:]
        return .notification(method: MCPMethod.subscriptionAcknowledged, parameters: parameters)
    }

    /// The last message to a request that listens.
    package static func endOfSubscription(_ request: MCPFaceRequest) -> JSONObject { subscription(request.id) }

    private static func subscription(_ id: JSONRPCID?) -> JSONObject {
        guard let id else { return [:] }
        return ["_meta": .object(JSONObject([JSONMember(MCPMetaKey.subscriptionID, id.json)]))]
    }

    // MARK: Questions

    /// A question to a legacy client, on the stream of the request that it belongs to.
    package static func elicitation(_ id: JSONRPCID, _ parameters: JSONObject, version: String) -> JSONRPCMessage {
        var parameters = parameters
        // Clients before 2025-11-25 know one kind of question and no name for it.
        if version < MCPVersion.newestLegacy, parameters["mode"] == "form" { parameters["mode"] = nil }
        return .request(id, method: MCPMethod.elicit, parameters: parameters)
    }

    /// A question to a modern client: the result that asks for another request.
    package static func inputRequired(_ name: String, _ parameters: JSONObject, state: String) -> JSONObject {
        let question: JSONValue = ["method": JSONValue(MCPMethod.elicit), "params": .object(parameters)]
        return [
            "resultType": "input_required",
            "inputRequests": .object(JSONObject([JSONMember(JSONString(name), question)])),
            "requestState": JSONValue(state),
        ]
    }
}

extension JSONRPCMessage {
    /// The message as an event of a stream.
    package var event: [UInt8] { ServerSentEvent(name: "message", data: text).encoded }
}
