import BallastCore

/// What a tool's JSON Schema says of one field.
enum SchemaField: Sendable, Hashable {
    /// The field is declared; `types` are the JSON Schema types that its value, or an element of its list, may have.
    /// Empty when the schema does not say.
    case declared(types: Set<String>)
    /// The schema lists its properties and this is none of them.
    case absent(known: [String])
    /// The schema leaves it open.
    case open

    static func look(up path: FieldPath, in schema: JSONValue) -> SchemaField {
        SchemaWalk(root: schema).look(path.segments[...], in: schema, depth: 0)
    }

    /// The names that the top level of the schema declares.
    static func names(in schema: JSONValue) -> [String] { schema["properties"]?.object?.keys.map(\.text) ?? [] }

    /// The names that a call must give.
    static func required(in schema: JSONValue) -> [String] { schema["required"]?.array?.compactMap(\.string) ?? [] }
}

/// A walk through one schema. Depth is bounded, as schemas come from tool servers and may refer to themselves.
private struct SchemaWalk {
    let root: JSONValue
    static let maxDepth = 24

    func look(_ path: ArraySlice<JSONString>, in schema: JSONValue, depth: Int) -> SchemaField {
        guard depth < SchemaWalk.maxDepth, case .object = schema else { return .open }
        if let target = reference(in: schema) { return look(path, in: target, depth: depth + 1) }
        let branches = ["allOf", "anyOf", "oneOf"].compactMap { schema[JSONString($0)]?.array }.flatMap(\.self)
        if !branches.isEmpty { return combined(path, branches, schema: schema, depth: depth) }
        if let items = schema["items"] { return look(path, in: items, depth: depth + 1) }
        return path.isEmpty ? .declared(types: types(of: schema)) : descend(path, in: schema, depth: depth)
    }

    private func descend(_ path: ArraySlice<JSONString>, in schema: JSONValue, depth: Int) -> SchemaField {
        guard let name = path.first, let properties = schema["properties"]?.object else { return .open }
        if let property = properties[name] { return look(path.dropFirst(), in: property, depth: depth + 1) }
        let extra = schema["additionalProperties"]
        let isOpen = schema["patternProperties"] != nil || extra == true || extra?.object != nil
        return isOpen ? .open : .absent(known: properties.keys.map(\.text))
    }

    /// Any branch that declares the field is enough; otherwise such a schema is too clever to be sure.
    private func combined(
        _ path: ArraySlice<JSONString>, _ branches: [JSONValue], schema: JSONValue, depth: Int
    ) -> SchemaField {
        var types: Set<String>?
        for branch in branches {
            if case .declared(let found) = look(path, in: branch, depth: depth + 1) {
                types = (types ?? []).union(found)
            }
        }
        if let types { return .declared(types: types.subtracting(["null"])) }
        guard !path.isEmpty, case .declared(let own) = descend(path, in: schema, depth: depth) else { return .open }
        return .declared(types: own)
    }

    private func reference(in schema: JSONValue) -> JSONValue? {
        guard let text = schema["$ref"]?.string, text.hasPrefix("#/") else { return nil }
        var place: JSONValue? = root
        for part in text.dropFirst(2).split(separator: "/") { place = place?[JSONString(String(part))] }
        return place
    }

    private func types(of schema: JSONValue) -> Set<String> {
        if let type = schema["type"]?.string { return [type] }
        return Set(schema["type"]?.array?.compactMap(\.string) ?? []).subtracting(["null"])
    }
}
