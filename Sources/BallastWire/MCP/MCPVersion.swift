package import BallastCore

/// The two families of MCP revisions, which differ in how a conversation opens and what each message carries.
package enum MCPEra: String, Sendable, Hashable {
    /// 2026-07-28 and newer: no handshake, every request states its version and capabilities.
    case modern
    /// 2025-11-25 and older: `initialize` agrees on a version once.
    case legacy
}

/// Revisions of the protocol that are spoken here.
package enum MCPVersion {
    package static let modern = "2026-07-28"
    /// Newest first.
    package static let legacy = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]
    package static let newestLegacy = "2025-11-25"
}

/// Names of members of `_meta`.
package enum MCPMetaKey {
    package static let protocolVersion: JSONString = "io.modelcontextprotocol/protocolVersion"
    package static let clientCapabilities: JSONString = "io.modelcontextprotocol/clientCapabilities"
    package static let clientInfo: JSONString = "io.modelcontextprotocol/clientInfo"
    package static let serverInfo: JSONString = "io.modelcontextprotocol/serverInfo"
    package static let subscriptionID: JSONString = "io.modelcontextprotocol/subscriptionId"
    /// Constant over all attempts of one effect: a server that knows it does the work once per key.
    package static let idempotencyKey: JSONString = "io.ballast/idempotencyKey"

    /// Keys that speak of one hop: whoever passes a message on leaves them out and writes its own. The protocol keeps
    /// every prefix for itself whose second label is `modelcontextprotocol` or `mcp`.
    package static func isReserved(_ key: JSONString) -> Bool {
        if ["progressToken", "traceparent", "tracestate", "baggage"].contains(key) { return true }
        guard let slash = key.text.firstIndex(of: "/") else { return false }
        let labels = key.text[..<slash].split(separator: ".", omittingEmptySubsequences: false)
        return labels.count > 1 && ["modelcontextprotocol", "mcp"].contains(labels[1].lowercased())
    }
}

package enum MCPMethod {
    package static let discover = "server/discover"
    package static let initialize = "initialize"
    package static let ping = "ping"
    static let listTools = "tools/list"
    static let callTool = "tools/call"
    package static let listen = "subscriptions/listen"
    package static let initialized = "notifications/initialized"
    package static let cancelled = "notifications/cancelled"
    static let readResource = "resources/read"
    static let getPrompt = "prompts/get"
    package static let elicit = "elicitation/create"
    package static let progress = "notifications/progress"
    static let toolsChanged = "notifications/tools/list_changed"
    static let resourcesChanged = "notifications/resources/list_changed"
    static let promptsChanged = "notifications/prompts/list_changed"
    static let subscriptionAcknowledged = "notifications/subscriptions/acknowledged"
}

/// A program that speaks MCP, as it names itself; unverified, for logs only.
package struct MCPImplementation: Sendable, Hashable, CustomStringConvertible {
    package let name: String
    package let version: String

    package init(name: String, version: String) {
        self.name = name
        self.version = version
    }

    init?(_ value: JSONValue?) {
        guard let name = value?["name"]?.string else { return nil }
        self.init(name: name, version: value?["version"]?.string ?? "")
    }

    var json: JSONValue { ["name": JSONValue(name), "version": JSONValue(version)] }
    package var description: String { version.isEmpty ? name : "\(name) \(version)" }
}

/// What a message says is not what MCP allows it to say.
package struct MCPProtocolError: Error, Sendable, Hashable, CustomStringConvertible {
    package let message: String
    package init(_ message: String) { self.message = message }
    package var description: String { message }
}
