package import BallastCore

/// One list as its pages: in the order of the entries' names, whatever connection asks and whatever it asked before.
package struct MCPFaceList: Sendable {
    /// The member of the result: `tools`, `resources` and so on.
    package let name: String
    private let entries: [(name: String, value: JSONValue)]
    private let pageSize: Int

    package init(_ name: String, _ entries: [(name: String, value: JSONValue)], pageSize: Int = 100) {
        self.name = name
        self.entries = entries.sorted { JSONString($0.name) < JSONString($1.name) }
        self.pageSize = max(1, pageSize)
    }

    /// The page that the parameters ask for. A cursor holds the last name of the page before, so that an entry that comes
    /// or goes in between moves no other. The empty cursor is the place before the first.
    package func page(_ parameters: JSONObject) throws(JSONRPCError) -> JSONObject {
        let last = try place(parameters["cursor"] ?? .null)
        let rest = entries.drop { entry in last.map { !(JSONString($0) < JSONString(entry.name)) } ?? false }
        let page = rest.prefix(pageSize)
        var result: JSONObject = [:]
        result[JSONString(name)] = .array(page.map(\.value))
        if page.count < rest.count, let end = page.last { result["nextCursor"] = JSONValue(cursor(after: end.name)) }
        return result
    }

    private var mark: String { "\(name)/" }
    private func cursor(after place: String) -> String { Base64.encode(Array((mark + place).utf8), .url) }

    private func place(_ cursor: JSONValue) throws(JSONRPCError) -> String? {
        if cursor.isNull || cursor == "" { return nil }
        guard let text = cursor.string, let bytes = Base64.decode(text, .url),
            let place = String(validating: bytes, as: UTF8.self), place.hasPrefix(mark)
        else {
            throw JSONRPCError(.invalidParameters, "the cursor is not one that this list gave; start without it")
        }
        return String(place.dropFirst(mark.count))
    }
}

/// A tool as clients of the gateway see it.
package enum MCPFaceTool {
    /// Of the definition as it is shown; `outputSchema` is left out where the era has no word for it.
    package static func entry(_ shown: ToolDefinition, _ era: MCPEra) -> JSONValue {
        var entry: JSONObject = [
            "name": JSONValue(shown.name), "description": JSONValue(shown.description),
            "inputSchema": shown.inputSchema,
        ]
        if let output = shown.outputSchema, era == .modern || output["type"] == "object" {
            entry["outputSchema"] = output
        }
        if let annotations = shown.annotations, annotations.object != nil { entry["annotations"] = annotations }
        return .object(entry)
    }
}
