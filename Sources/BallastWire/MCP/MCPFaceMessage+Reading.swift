import BallastCore

extension MCPFaceMessage {
    /// Reads one POST: its media, its JSON, its message, then its era and what that era asks of it.
    ///
    /// A request is modern when it states a version in `_meta`, or when its header names one that is not of the older
    /// era; `initialize` is the older era's own. One connection may use both.
    package init(_ body: [UInt8], _ head: MCPFaceHead) throws(MCPFaceRejection) {
        try head.checkMedia()
        let parts = try MCPFaceBody(body)
        let message: JSONRPCMessage
        do throws(JSONRPCRejection) {
            message = try JSONRPCMessage(parts.message)
        } catch {
            throw MCPFaceRejection(status: 400, id: error.id, error: error.error)
        }
        switch message {
        case .request(let id, let method, let parameters):
            let era = Self.era(of: method, parameters, head)
            let reading = MCPFaceReading(id: id, method: method, parameters: parameters, head: head)
            let version = era == .modern ? try reading.modernVersion() : try reading.legacyVersion()
            self = .request(
                MCPFaceRequest(
                    id: id, era: era, version: version, method: method,
                    operation: MCPFaceRequest.Operation(method, era), parameters: parameters,
                    arguments: parts.arguments))
        case .notification(let method, let parameters):
            let era = Self.era(of: method, parameters, head)
            if era == .legacy {
                let reading = MCPFaceReading(id: nil, method: method, parameters: parameters, head: head)
                _ = try reading.legacyVersion()
            }
            self = .notification(method: method, parameters: parameters, era)
        case .result(let id, let result): self = .answer(id, .result(try Self.legacyOnly(result, id, head)))
        case .error(let id?, let error): self = .answer(id, .error(try Self.legacyOnly(error, id, head)))
        case .error(nil, _): throw .init(400, .invalidRequest, "an answer names the request that it answers")
        }
    }

    private static func era(of method: String, _ parameters: JSONObject, _ head: MCPFaceHead) -> MCPEra {
        if parameters["_meta"]?[MCPMetaKey.protocolVersion] != nil { return .modern }
        if method == MCPMethod.initialize || method == MCPMethod.initialized { return .legacy }
        guard let stated = head.protocolVersions.first, !MCPVersion.legacy.contains(stated) else {
            return method == MCPMethod.discover ? .modern : .legacy
        }
        // With a session the conversation is of the older era, and a version that it does not have is a mistake there.
        return head.session != nil && stated != MCPVersion.modern ? .legacy : .modern
    }

    private static func legacyOnly<Value>(
        _ value: Value, _ id: JSONRPCID, _ head: MCPFaceHead
    ) throws(MCPFaceRejection) -> Value {
        guard head.protocolVersions.contains(where: { !MCPVersion.legacy.contains($0) }) else { return value }
        throw .init(400, .invalidRequest, "a client of this version posts requests and notifications only", id: id)
    }
}

/// The checks of one request against its headers, in the order of MCP 2026-07-28.
private struct MCPFaceReading {
    let id: JSONRPCID?
    let method: String
    let parameters: JSONObject
    let head: MCPFaceHead

    private func reject(_ code: JSONRPCError.Code, _ message: String) -> MCPFaceRejection {
        .init(400, code, message, id: id)
    }

    func legacyVersion() throws(MCPFaceRejection) -> String {
        guard head.protocolVersions.count <= 1 else {
            throw reject(.invalidRequest, "MCP-Protocol-Version is sent more than once")
        }
        // `initialize` is where a version is agreed on; what its header names does not matter yet.
        guard let version = head.protocolVersions.first, method != MCPMethod.initialize else {
            return MCPVersion.assumedLegacy
        }
        if version == MCPVersion.modern, method == MCPMethod.initialized { return MCPVersion.newestLegacy }
        guard MCPVersion.legacy.contains(version) else {
            throw reject(
                .invalidRequest,
                "MCP-Protocol-Version \(version.prefix(40)) is not spoken here; use one of "
                    + MCPVersion.spoken.joined(separator: ", "))
        }
        return version
    }

    func modernVersion() throws(MCPFaceRejection) -> String {
        for (name, values) in [
            ("MCP-Protocol-Version", head.protocolVersions), ("Mcp-Method", head.methods), ("Mcp-Name", head.names),
        ] where values.count > 1 {
            throw reject(.headerMismatch, "\(name) is sent more than once")
        }
        let version = try statedVersion()
        try check("MCP-Protocol-Version", head.protocolVersions.first, equals: version)
        try check("Mcp-Method", head.methods.first, equals: method)
        if let member = MCPFaceRequest.Operation(method, .modern)?.nameMember { try checkName(member) }
        guard version == MCPVersion.modern else {
            throw MCPFaceRejection(
                status: 400, id: id,
                error: JSONRPCError(
                    .unsupportedProtocolVersion,
                    "use version \(MCPVersion.modern), or send initialize with an older one",
                    data: [
                        "supported": .array(MCPVersion.spoken.map { JSONValue($0) }), "requested": JSONValue(version),
                    ]))
        }
        return version
    }

    private func statedVersion() throws(MCPFaceRejection) -> String {
        let meta = parameters["_meta"]
        guard let version = meta?[MCPMetaKey.protocolVersion]?.string else {
            throw reject(
                .invalidParameters,
                "params._meta lacks \(MCPMetaKey.protocolVersion); this server speaks "
                    + MCPVersion.spoken.joined(separator: ", "))
        }
        guard meta?[MCPMetaKey.clientCapabilities]?.object != nil else {
            throw reject(.invalidParameters, "params._meta lacks \(MCPMetaKey.clientCapabilities)")
        }
        return version
    }

    private func checkName(_ member: JSONString) throws(MCPFaceRejection) {
        guard let stated = parameters[member]?.string else {
            throw reject(.invalidParameters, "params.\(member) must be a text")
        }
        guard let header = head.names.first else { throw reject(.headerMismatch, "the header Mcp-Name is missing") }
        guard let name = MCPHeaderValue.decode(header) else {
            throw reject(.headerMismatch, "the header Mcp-Name is not Base64 of a text, as its mark says")
        }
        try check("Mcp-Name", name, equals: stated)
    }

    private func check(_ name: String, _ value: String?, equals stated: String) throws(MCPFaceRejection) {
        guard let value else { throw reject(.headerMismatch, "the header \(name) is missing") }
        guard value.utf8.elementsEqual(stated.utf8) else {
            throw reject(
                .headerMismatch,
                "the header \(name) says \(value.prefix(100)) and the body says \(stated.prefix(100))")
        }
    }
}

extension MCPVersion {
    /// What a legacy request without `MCP-Protocol-Version` is taken to speak.
    package static let assumedLegacy = "2025-03-26"
    /// Everything, newest first.
    package static let spoken = [modern] + legacy
}
