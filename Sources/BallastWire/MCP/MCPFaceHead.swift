/// The headers of a request to the endpoint that say something to MCP.
package struct MCPFaceHead: Sendable, Hashable {
    /// `MCP-Protocol-Version`, once for each time that it was sent; so are the two below.
    package var protocolVersions: [String]
    package var methods: [String]
    package var names: [String]
    /// `Mcp-Session-Id`
    package var session: String?
    package var accept: String?
    package var contentType: String?

    package init(
        protocolVersions: [String] = [], methods: [String] = [], names: [String] = [], session: String? = nil,
        accept: String? = "application/json, text/event-stream", contentType: String? = "application/json"
    ) {
        self.protocolVersions = protocolVersions
        self.methods = methods
        self.names = names
        self.session = session
        self.accept = accept
        self.contentType = contentType
    }
}

// MARK: Media

extension MCPFaceHead {
    /// A body of the kind that is read here, from a client that takes both kinds of answer.
    func checkMedia() throws(MCPFaceRejection) {
        let type = contentType.map { MCPFaceHead.mediaType($0) } ?? ""
        guard type == "application/json" else {
            throw .init(415, .invalidRequest, "the body must be JSON: send Content-Type: application/json")
        }
        guard accepts("application/json"), accepts("text/event-stream") else {
            throw .init(
                406, .invalidRequest,
                "the answer is JSON or an event stream: send Accept: application/json, text/event-stream")
        }
    }

    /// A client that states nothing takes everything (RFC 9110 section 12.5.1).
    package func accepts(_ type: String) -> Bool {
        guard let accept else { return true }
        let group = type.split(separator: "/").first.map { $0 + "/*" } ?? ""
        return accept.split(separator: ",").contains { range in
            let name = MCPFaceHead.mediaType(range)
            guard name == type || name == group || name == "*/*" else { return false }
            return !range.split(separator: ";").dropFirst().contains { parameter in
                let text = parameter.lowercased().filter { $0 != " " && $0 != "\t" }
                return text.hasPrefix("q=0") && text.dropFirst(3).allSatisfy { $0 == "0" || $0 == "." }
            }
        }
    }

    private static func mediaType(_ value: some StringProtocol) -> String {
        let name = value.prefix { $0 != ";" }.lowercased()
        return name.filter { $0 != " " && $0 != "\t" }
    }
}
