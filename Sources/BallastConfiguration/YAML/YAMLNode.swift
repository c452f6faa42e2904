import BallastCore

/// One value of a YAML file, with its place.
struct YAMLNode: Sendable {
    enum Content: Sendable {
        /// The text, and whether it stands without quotes.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        case mapping([YAMLEntry])
    }

    let content: Content
    let position: SourcePosition

    /// The word for this kind of value in messages.
    var kindName: String {
        switch content {
        case .scalar(let text, _): text.isEmpty ? "nothing" : "a single value"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }

    var text: String? { if case .scalar(let text, _) = content { text } else { nil } }
    var elements: [YAMLNode]? { if case .sequence(let elements) = content { elements } else { nil } }
    var entries: [YAMLEntry]? { if case .mapping(let entries) = content { entries } else { nil } }

    /// True for a key without a value.
    var isEmpty: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return text.isEmpty || text == "~" || text == "null"
    }

    subscript(key: String) -> YAMLNode? { entries?.first { $0.key == key }?.value }

    /// The value as JSON: plain `true`, `false`, `null` and numbers in JSON's spelling are what they look like,
    /// everything else is text (`yes`, `0x1F`, `1_000` and dates are text).
    var json: JSONValue {
        switch content {
        case .sequence(let elements): .array(elements.map(\.json))
        case .mapping(let entries):
            .object(JSONObject(entries.map { JSONMember(JSONString($0.key), $0.value.json) }))
        case .scalar(let text, let isPlain): isPlain ? YAMLNode.plain(text) : JSONValue(text)
        }
    }

    private static func plain(_ text: String) -> JSONValue {
        switch text {
        case "", "~", "null": return .null
        case "true": return true
        case "false": return false
        default:
            let isNumber = text.utf8.first.map { $0 == UInt8(ascii: "-") || (48...57).contains($0) } ?? false
            guard isNumber, let number = try? JSONReader.read(text) else { return JSONValue(text) }
            return number
        }
    }
}

/// One key of a mapping.
struct YAMLEntry: Sendable {
    let key: String
    let position: SourcePosition
    let value: YAMLNode
}
