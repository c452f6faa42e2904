/// Headers by which MCP 2026-07-28 repeats parts of a message for those who route it.
package enum MCPHeader {
    package static let protocolVersion = "mcp-protocol-version"
    package static let method = "mcp-method"
    package static let name = "mcp-name"
    package static let session = "mcp-session-id"
    package static let parameterPrefix = "mcp-param-"

    /// A session's identifier is visible ASCII; anything else could not be sent back.
    package static func isSession(_ text: String) -> Bool {
        (1...1_024).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}
