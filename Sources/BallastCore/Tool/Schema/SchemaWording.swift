/// How schemas and values are named in messages.
enum SchemaWording {
    /// Characters of outside text that a message quotes.
    private static let maxQuoted = 60
    /// Alternatives that a message lists.
    private static let maxListed = 12

    /// `text` as a JSON string, cut when it is long.
    static func quoted(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let isLong = scalars.index(scalars.startIndex, offsetBy: maxQuoted, limitedBy: scalars.endIndex)
            .map { $0 != scalars.endIndex }
        let shown = isLong == true ? String(scalars.prefix(maxQuoted)) + "…" : text
        return JSONWriter.canonicalString(.string(JSONString(shown)))
    }

    /// The value in a few words: `number 12`, `string "abc"`, `array of 3 items`.
    static func found(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let value): "boolean \(value)"
        case .number(let number): "number \(cut(number.source))"
        case .string(let string): "string \(quoted(string.text))"
        case .array(let elements): elements.count == 1 ? "array of 1 item" : "array of \(elements.count) items"
        case .object(let object): object.count == 1 ? "object with 1 member" : "object with \(object.count) members"
        }
    }

    /// The kind of a value with its article.
    static func kind(of value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .array, .object: "an \(value.kindName)"
        default: "a \(value.kindName)"
        }
    }

    /// A value as JSON, cut when it is long.
    static func literal(_ value: JSONValue) -> String {
        switch value {
        case .string(let string): quoted(string.text)
        case .array(let elements) where elements.count > 4: found(value)
        case .object(let object) where object.count > 4: found(value)
        default: cut(JSONWriter.canonicalString(value))
        }
    }

    /// `a, b, c`, cut when there are many.
    static func list(_ words: [String]) -> String {
        let listed = words.prefix(maxListed).joined(separator: ", ")
        return words.count > maxListed ? "\(listed) and \(words.count - maxListed) more" : listed
    }

    /// `1 item`, `2 items`.
    static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    private static func cut(_ text: String) -> String {
        text.utf8.count > maxQuoted ? String(text.unicodeScalars.prefix(maxQuoted)) + "…" : text
    }
}
