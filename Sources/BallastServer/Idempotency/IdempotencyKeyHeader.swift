/// The `Idempotency-Key` header: a structured-field string in quotes (draft-ietf-httpapi-idempotency-key-header-07),
/// or the bare value as most clients send it.
enum IdempotencyKeyHeader {
    /// The key; nil when the value is neither form, empty, or longer than 255 bytes.
    static func key(in value: String) -> String? {
        let isQuoted = value.hasPrefix("\"")
        let key = isQuoted ? unquoted(value) : value
        guard let key, (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            return nil
        }
        return isQuoted || !key.contains(where: { $0 == "\"" || $0 == " " || $0 == "," }) ? key : nil
    }

    /// RFC 9651 section 4.2.5; parameters after the string are not expected.
    private static func unquoted(_ value: String) -> String? {
        var key = ""
        var rest = value.dropFirst()[...]
        while let character = rest.popFirst() {
            switch character {
            case "\"": return rest.isEmpty ? key : nil
            case "\\":
                guard let escaped = rest.popFirst(), escaped == "\"" || escaped == "\\" else { return nil }
                key.append(escaped)
            default: key.append(character)
            }
        }
        return nil
    }
}
