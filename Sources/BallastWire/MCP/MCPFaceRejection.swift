/// A request that is not served, as HTTP and JSON-RPC say it.
package struct MCPFaceRejection: Error, Sendable, Hashable {
    package let status: Int
    package let id: JSONRPCID?
    package let error: JSONRPCError

    package init(status: Int, id: JSONRPCID? = nil, error: JSONRPCError) {
        self.status = status
        self.id = id
        self.error = error
    }

    init(_ status: Int, _ code: JSONRPCError.Code, _ message: String, id: JSONRPCID? = nil) {
        self.init(status: status, id: id, error: JSONRPCError(code, message))
    }

    /// The body of the answer.
    package var body: [UInt8] { JSONRPCMessage.error(id, error).text }
}

extension MCPFaceRejection {
    /// A request without the session that every request after `initialize` names.
    package static func sessionMissing(_ id: JSONRPCID?) -> MCPFaceRejection {
        .init(400, .invalidRequest, "send Mcp-Session-Id as the answer to initialize gave it", id: id)
    }

    /// The client is to begin anew, whether the session ended or never was.
    package static func sessionUnknown(_ id: JSONRPCID?) -> MCPFaceRejection {
        .init(404, .invalidRequest, "there is no such session here: send initialize again", id: id)
    }
}

extension JSONRPCError.Code {
    /// MCP 2026-07-28: a header is missing, malformed, or says something else than the body.
    package static let headerMismatch = JSONRPCError.Code(-32_020)
    /// MCP up to 2025-11-25: there is no such resource; later `invalidParameters`.
    package static let resourceNotFound = JSONRPCError.Code(-32_002)
    /// MCP 2025-11-25: a person has to open an address first.
    package static let addressElicitationRequired = JSONRPCError.Code(-32_042)
}

extension JSONRPCMessage {
    /// The message as one JSON text without a line end.
    package var text: [UInt8] { Array(line.dropLast()) }
}

extension JSONRPCError {
    /// The status of an answer that holds this error and nothing else.
    package func status(_ era: MCPEra) -> Int {
        guard era == .modern else { return 200 }
        switch code {
        case .parseError, .invalidRequest, .invalidParameters, .headerMismatch, .missingClientCapability,
            .unsupportedProtocolVersion:
            return 400
        case .methodNotFound: return 404
        default: return 200
        }
    }

    /// A tool server's own error as it is handed on: some codes mean something only between that server and us, and
    /// some only in one era.
    package func handedOn(to era: MCPEra) -> JSONRPCError {
        var handed = self
        switch (code, era) {
        case (.headerMismatch, _), (.missingClientCapability, _), (.unsupportedProtocolVersion, _):
            handed.code = .internalError
        case (.resourceNotFound, .modern): handed.code = .invalidParameters
        case (.addressElicitationRequired, .modern): handed.code = .internalError
        default: break
        }
        return handed
    }
}
