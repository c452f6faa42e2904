import BallastCore

/// What every value of one argument has in common, by the tool's schema. What is not said here is not excluded.
struct FieldShape {
    /// False when a call without it does not fit the schema.
    var canBeAbsent = true
    /// The schema has no such argument.
    var isForbidden = false
    /// Some object on the way stands in a list, so that there is a list of values.
    var isInList = false
    /// JSON Schema types; nil for all.
    var types: Set<String>?
    /// The only values that there are.
    var values: [JSONValue]?
    var minimum: Int64?
    var maximum: Int64?
    /// The schema of the leaf, for examples.
    var schema: JSONValue = true
    /// Of a list: what its elements have in common.
    var items: JSONValue?
    var leastItems: Int64 = 0
    var mostItems: Int64 = .max

    init() {}

    init(of path: FieldPath, in schema: JSONValue) {
        self.init()
        walk(path.segments[...], schema, depth: 0)
    }

    /// What the elements of a list have in common.
    var element: FieldShape {
        var shape = FieldShape()
        if let items { shape.read(items) }
        return shape
    }

    func allows(_ type: String) -> Bool {
        guard let types else { return true }
        return types.contains(type) || (type == "integer" && types.contains("number"))
    }

    private mutating func walk(_ path: ArraySlice<JSONString>, _ schema: JSONValue, depth: Int) {
        guard let object = schema.object, object["$ref"] == nil, depth < 24 else { return }
        guard let name = path.first else { return read(schema) }
        if object["type"] == "array" || (object["properties"] == nil && object["items"] != nil) {
            isInList = true
            return walk(path, object["items"] ?? true, depth: depth + 1)
        }
        if let property = object["properties"]?[name] {
            let isNeeded = object["required"]?.array?.contains(.string(name)) ?? false
            let before = depth == 0 ? false : canBeAbsent
            canBeAbsent = before || !isNeeded || FieldShape.mayBeNull(property) || isInList
            walk(path.dropFirst(), property, depth: depth + 1)
        } else if object["additionalProperties"] == false, object["patternProperties"] == nil {
            isForbidden = true
            canBeAbsent = true
        } else {
            canBeAbsent = true
        }
    }

    private static func mayBeNull(_ schema: JSONValue) -> Bool {
        if let values = schema["enum"]?.array { return values.contains(.null) }
        if let value = schema["const"] { return value.isNull }
        guard let type = schema["type"] else { return true }
        return type.string == "null" || (type.array?.contains("null") ?? false)
    }

    private mutating func read(_ schema: JSONValue) {
        guard schema.object != nil, schema["$ref"] == nil else { return }
        self.schema = schema
        if let type = schema["type"]?.string { types = [type] }
        if let several = schema["type"]?.array { types = Set(several.compactMap(\.string)).subtracting(["null"]) }
        values = schema["const"].map { [$0] } ?? schema["enum"]?.array
        if let values, types == nil {
            types = Set(values.filter { !$0.isNull }.map { $0.integer == nil ? $0.kindName : "integer" })
        }
        minimum = FieldShape.bound(schema["minimum"]) ?? FieldShape.bound(schema["exclusiveMinimum"])
        maximum = FieldShape.bound(schema["maximum"]) ?? FieldShape.bound(schema["exclusiveMaximum"])
        items = schema["items"]
        leastItems = FieldShape.bound(schema["minItems"]) ?? 0
        mostItems = FieldShape.bound(schema["maxItems"]) ?? .max
    }

    private static func bound(_ value: JSONValue?) -> Int64? {
        guard case .number(let number)? = value else { return nil }
        return number.integer ?? number.decimal?.integer.map { Int64($0) }
    }
}

/// Values that fit a schema, for arguments that no rule looks at.
struct SchemaExample {
    /// A value for the schema; `hint` is used where it fits.
    static func value(for schema: JSONValue, named name: String = "", depth: Int = 0) -> JSONValue {
        if let value = schema["const"] ?? schema["enum"]?.array?.first { return value }
        if let value = schema["default"] ?? schema["examples"]?.array?.first ?? schema["example"] { return value }
        let several = schema["type"]?.array?.compactMap(\.string).first { $0 != "null" }
        switch schema["type"]?.string ?? several {
        case "integer", "number": return JSONValue(integer(schema))
        case "boolean": return false
        case "array":
            let count = min(max(0, schema["minItems"]?.integer ?? 0), 20)
            guard depth < 8 else { return [] }
            return .array((0..<count).map { _ in value(for: schema["items"] ?? true, depth: depth + 1) })
        case "object": return depth < 8 ? filled([:], schema, depth: depth + 1) : [:]
        case "string": return text(schema)
        default: return "something"
        }
    }

    /// The object with what the schema requires and it does not have.
    static func filled(_ object: JSONValue, _ schema: JSONValue, depth: Int = 0) -> JSONValue {
        guard var members = object.object else { return object }
        for needed in schema["required"]?.array?.compactMap(\.string) ?? [] {
            let name = JSONString(needed)
            let property = schema["properties"]?[name] ?? true
            if let present = members[name] {
                members[name] = depth < 8 ? filled(present, property, depth: depth + 1) : present
            } else {
                members[name] = value(for: property, named: needed, depth: depth + 1)
            }
        }
        return .object(members)
    }

    private static func integer(_ schema: JSONValue) -> Int64 {
        let low = schema["minimum"]?.integer ?? schema["exclusiveMinimum"]?.integer.map { $0 &+ 1 } ?? 1
        let high = schema["maximum"]?.integer ?? schema["exclusiveMaximum"]?.integer.map { $0 &- 1 } ?? .max
        let step = schema["multipleOf"]?.integer ?? 1
        let value = max(min(1, high), low)
        return step > 1 ? max(step, (value / step) * step) : value
    }

    /// Texts that fit the schema, the likeliest first.
    static func text(_ schema: JSONValue) -> JSONValue {
        if let shown = shown(in: schema) { return JSONValue(shown) }
        let plain: String? =
            switch schema["format"]?.string {
            case "email": "ana@elsewhere.example"
            case "date": "2030-01-01"
            case "date-time": "2030-01-01T00:00:00Z"
            case "uuid": "00000000-0000-4000-8000-000000000000"
            case "uri", "url": "https://elsewhere.example/"
            default: nil
            }
        if let plain { return JSONValue(plain) }
        let length = Int(max(0, min(schema["minLength"]?.integer ?? 0, 4096)))
        let longest = Int(max(0, min(schema["maxLength"]?.integer ?? 4096, 4096)))
        let base = "something"
        return JSONValue(
            String((base + String(repeating: "g", count: max(0, length - base.count))).prefix(max(longest, length))))
    }

    /// An example that the description shows: `an order such as O-1001`.
    static func shown(in schema: JSONValue) -> String? {
        guard let text = schema["description"]?.string, let place = text.firstRange(of: "such as ") else { return nil }
        let word = text[place.upperBound...].prefix { $0 != " " && $0 != "," && $0 != ")" && $0 != ";" }
        let trimmed = word.last == "." ? word.dropLast() : word
        return trimmed.isEmpty ? nil : String(trimmed)
    }
}
