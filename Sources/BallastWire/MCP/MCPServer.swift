package import BallastCore

/// What a server said of itself when the conversation opened; every word of it is the server's claim.
package struct MCPServer: Sendable, Hashable {
    package let era: MCPEra
    package let version: String
    package let implementation: MCPImplementation?
    package let capabilities: JSONObject

    /// The server announces changes of its list of tools.
    package var announcesToolChanges: Bool { announcesChanges(of: .tools) }

    package func announcesChanges(of list: MCPList) -> Bool {
        capabilities[list.capability]?["listChanged"]?.bool == true
    }

    /// The server says that it has such things. One that says nothing at all is taken to have tools.
    package func offers(_ list: MCPList) -> Bool {
        if capabilities[list.capability]?.object != nil { return true }
        return list == .tools && !offers(.resources) && !offers(.prompts)
    }

    /// The answer to `server/discover`.
    package init(discovery result: JSONValue) throws(MCPProtocolError) {
        guard let versions = result["supportedVersions"]?.array else {
            throw MCPProtocolError("the answer to server/discover names no supportedVersions")
        }
        guard versions.contains(JSONValue(MCPVersion.modern)) else {
            let named = versions.compactMap(\.string).prefix(8).joined(separator: ", ")
            throw MCPProtocolError("it speaks \(named.isEmpty ? "no version" : named), not \(MCPVersion.modern)")
        }
        era = .modern
        version = MCPVersion.modern
        implementation = MCPImplementation(result["_meta"]?[MCPMetaKey.serverInfo])
        capabilities = result["capabilities"]?.object ?? [:]
    }

    /// The answer to `initialize`.
    package init(initialization result: JSONValue) throws(MCPProtocolError) {
        guard let version = result["protocolVersion"]?.string else {
            throw MCPProtocolError("the answer to initialize names no protocolVersion")
        }
        guard MCPVersion.legacy.contains(version) else {
            throw MCPProtocolError(
                "it answered initialize with version \(version), which is none of "
                    + MCPVersion.legacy.joined(separator: ", "))
        }
        era = .legacy
        self.version = version
        implementation = MCPImplementation(result["serverInfo"])
        capabilities = result["capabilities"]?.object ?? [:]
    }
}
