/// Words of others as models and people are shown them: nothing invisible, nothing that reorders, and not without end.
///
/// It is for showing only. What is pinned, compared and sent stays as it came.
package enum ShownText {
    /// Bytes of a tool's own description.
    package static let longestDescription = 8_192
    /// Bytes of a text inside a schema.
    package static let longestNote = 1_024
    private static let cut = " … [cut]"

    package static func text(_ text: String, longest: Int = longestDescription) -> String {
        let isPlain = text.utf8.count <= longest && text.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x0A }
        guard !isPlain else { return text }
        var shown = String.UnicodeScalarView()
        var bytes = 0
        for scalar in text.unicodeScalars where !isHidden(scalar) {
            bytes += UTF8.width(scalar)
            guard bytes <= longest else { return String(shown) + cut }
            shown.append(scalar)
        }
        return String(shown)
    }

    /// By category, so that characters which do not exist yet are covered: controls, formats (bidirectional and zero
    /// width among them), separators of lines and paragraphs, private use, and blanks that look like nothing. Line feeds
    /// and tabs are seen.
    package static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        if scalar == "\n" || scalar == "\t" { return false }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: return true
        default: return scalar.properties.isDefaultIgnorableCodePoint || blanks.contains(scalar.value)
        }
    }
    private static let blanks: Set<UInt32> = [0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0]

    // MARK: Schemas

    /// Keywords whose values say what is allowed: changing them would change what the tool takes.
    private static let binding: Set<JSONString> = [
        "enum", "const", "default", "required", "pattern", "format", "type", "dependentRequired", "$ref", "$id",
        "$anchor", "$dynamicRef", "$dynamicAnchor", "$schema", "$vocabulary", "contentEncoding", "contentMediaType",
    ]
    /// Keywords whose members are named by the author.
    private static let named: Set<JSONString> = [
        "properties", "patternProperties", "$defs", "definitions", "dependentSchemas",
    ]
    /// Says where a value goes besides the arguments, which is between two neighbours only.
    private static let header: JSONString = "x-mcp-header"

    /// The schema with its texts as they are shown. What it allows is the same.
    package static func schema(_ schema: JSONValue) -> JSONValue {
        switch schema {
        case .null, .bool, .number: return schema
        case .string(let string): return JSONValue(text(string.text, longest: longestNote))
        case .array(let elements): return .array(elements.map(self.schema))
        case .object(let object):
            return .object(
                JSONObject(
                    unique: object.members.compactMap { member in
                        if member.key == header { return nil }
                        if binding.contains(member.key) { return member }
                        if named.contains(member.key), let entries = member.value.object {
                            return JSONMember(member.key, .object(shown(entries)))
                        }
                        return JSONMember(member.key, self.schema(member.value))
                    }))
        }
    }

    private static func shown(_ entries: JSONObject) -> JSONObject {
        JSONObject(unique: entries.members.map { JSONMember($0.key, schema($0.value)) })
    }

    /// An entry of a list of resources or prompts. Names and addresses are what it is asked for by, so they stay.
    package static func entry(_ entry: JSONValue) -> JSONValue {
        switch entry {
        case .null, .bool, .number, .string: return entry
        case .array(let elements): return .array(elements.map(self.entry))
        case .object(let object):
            return .object(
                JSONObject(
                    unique: object.members.map { member in
                        if let text = member.value.string, ["description", "title"].contains(member.key) {
                            return JSONMember(member.key, JSONValue(self.text(text)))
                        }
                        return JSONMember(member.key, self.entry(member.value))
                    }))
        }
    }
}

extension ToolDefinition {
    /// The definition as models, people and clients are shown it.
    package var shown: ToolDefinition {
        ToolDefinition(
            name: name, remoteName: remoteName, provider: provider, description: ShownText.text(description),
            inputSchema: ShownText.schema(inputSchema), outputSchema: outputSchema.map(ShownText.schema),
            annotations: annotations.map(ShownText.entry))
    }
}
