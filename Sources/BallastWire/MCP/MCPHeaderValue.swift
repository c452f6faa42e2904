/// A value of the body as a header carries it (MCP 2026-07-28): as it is where that is safe, otherwise in Base64.
package enum MCPHeaderValue {
    private static let start = "=?base64?"
    private static let end = "?="

    package static func encode(_ text: String) -> String {
        isSafe(text) ? text : start + Base64.encode(Array(text.utf8), .standard) + end
    }

    /// nil for a value that claims to be Base64 of a text and is not.
    package static func decode(_ value: String) -> String? {
        guard value.hasPrefix(start), value.hasSuffix(end), value.utf8.count >= start.utf8.count + end.utf8.count else {
            return value
        }
        let body = value.dropFirst(start.count).dropLast(end.count)
        return Base64.decode(body, .standard).flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// Visible ASCII with spaces inside, and nothing that looks like the mark of an encoded value.
    private static func isSafe(_ text: String) -> Bool {
        !text.hasPrefix(start) && text.first != " " && text.last != " "
            && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }
}
