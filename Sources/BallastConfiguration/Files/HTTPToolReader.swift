import BallastCore
import BallastPolicy

/// Reads the declaration of one HTTP tool.
struct HTTPToolReader {
    let list: DiagnosticList

    func read(_ entry: YAMLEntry) -> HTTPToolSettings? {
        guard let reader = MappingReader(entry.value, .httpTool, list) else { return nil }
        let description = list.text(reader.required("description", "Look up one order by its id"), "`description`")
        let method = list.word(
            reader.required("method", "GET"), "HTTP method", of: ["GET", "POST", "PUT", "PATCH", "DELETE"])
        let path = path(reader.required("path", "/orders/{order_id}"))
        let arguments = schema(reader.required("arguments", "{ type: object, properties: … }"))
        guard let description, let method, let path, let arguments else { return nil }
        let query = list.names(reader["query"], "`query`")
        let known = arguments["properties"]?.object?.keys.map(\.text) ?? []
        for (name, place) in query + path.names.map({ ($0, path.place) }) where !known.contains(name) {
            list.add(
                place, "`\(name)` is not among the tool's arguments",
                NearestWord.of(name, among: known).map { "did you mean `\($0)`?" }
                    ?? "declare it under `arguments: properties:`")
        }
        return HTTPToolSettings(
            name: entry.key, description: description, method: method, path: path.text, query: query.map(\.name),
            inputSchema: arguments, outputSchema: reader["result"].flatMap(schema),
            idempotencyHeader: list.text(reader["idempotency_header"], "`idempotency_header`"))
    }

    private func schema(_ node: YAMLNode?) -> JSONValue? {
        guard let node else { return nil }
        guard node.json["type"] == "object" else {
            list.add(
                node.position, "a schema of arguments or results describes an object",
                "write `{ type: object, properties: { order_id: { type: string } }, required: [order_id] }`")
            return nil
        }
        return node.json
    }

    /// The path with the names in its braces.
    private func path(_ node: YAMLNode?) -> (text: String, names: [String], place: SourcePosition)? {
        guard let node, let text = list.text(node, "`path`") else { return nil }
        let names = text.split(separator: "{", omittingEmptySubsequences: false).dropFirst().map { part in
            part.firstIndex(of: "}").map { String(part[..<$0]) }
        }
        guard text.hasPrefix("/"), names.allSatisfy({ $0.map(FieldPath.isName) ?? false }) else {
            list.add(node.position, "`\(text)` is no path", "write `/orders/{order_id}`")
            return nil
        }
        return (text, names.compactMap(\.self), node.position)
    }
}
