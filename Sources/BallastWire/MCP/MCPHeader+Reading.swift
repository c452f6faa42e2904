extension MCPHeader {
    private static let start = "=?base64?"
    private static let end = "?="

    /// The text that a value of a header stands for; nil for one that claims to be Base64 of a text and is not.
    package static func text(of value: String) -> String? {
        guard value.hasPrefix(start), value.hasSuffix(end), value.utf8.count >= start.utf8.count + end.utf8.count else {
            return value
        }
        let body = value.dropFirst(start.count).dropLast(end.count)
        return Base64.decode(body, .standard).flatMap { String(validating: $0, as: UTF8.self) }
    }
}
