/// Headers by which MCP 2026-07-28 repeats parts of a message for those who route it.
package enum MCPHeader {
    package static let protocolVersion = "mcp-protocol-version"
    package static let method = "mcp-method"
    package static let name = "mcp-name"
    package static let session = "mcp-session-id"
    package static let parameterPrefix = "mcp-param-"

    private static let marker = "=?base64?"

    /// A text as the value of a header: in the clear where it is plain, as marked base64 otherwise.
    package static func value(_ text: String) -> String {
        let bytes = Array(text.utf8)
        let isPlain = bytes.allSatisfy { (0x20...0x7E).contains($0) }
        let hasEdges = bytes.first == 0x20 || bytes.last == 0x20
        guard isPlain, !hasEdges, !bytes.isEmpty, !text.lowercased().hasPrefix(marker) else {
            return marker + Base64.encode(bytes) + "?="
        }
        return text
    }

    /// A session's identifier is visible ASCII; anything else could not be sent back.
    package static func isSession(_ text: String) -> Bool {
        (1...1_024).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}
