/// One schema object of the source, with its place for messages.
struct SchemaSource {
    let object: JSONObject
    let place: SchemaPlaces.ID
    /// Schemas around this one, itself included.
    let depth: Int

    subscript(keyword: JSONString) -> JSONValue? { object[keyword] }
}

/// Reading the values of keywords, each with the error that says what it must be.
extension SchemaCompiler {
    mutating func schema(_ keyword: JSONString, of source: SchemaSource) throws(JSONSchemaError) -> Int? {
        guard let value = source[keyword] else { return nil }
        return try node(for: value, at: place(source.place, keyword), depth: source.depth + 1)
    }

    /// A list of schemas, which must not be empty.
    mutating func schemas(_ keyword: JSONString, of source: SchemaSource) throws(JSONSchemaError) -> [Int]? {
        guard let value = source[keyword] else { return nil }
        guard let elements = value.array, !elements.isEmpty else {
            throw invalid(keyword, of: source, "must be a list of at least one schema")
        }
        var nodes: [Int] = []
        for (index, element) in elements.enumerated() {
            let place = place(source.place, keyword, JSONString(String(index)))
            nodes.append(try node(for: element, at: place, depth: source.depth + 1))
        }
        return nodes
    }

    /// An object whose members are schemas, in the order of the source.
    mutating func namedSchemas(
        _ keyword: JSONString, of source: SchemaSource
    ) throws(JSONSchemaError) -> [(name: JSONString, schema: Int)]? {
        guard let value = source[keyword] else { return nil }
        guard let object = value.object else { throw invalid(keyword, of: source, "must be an object of schemas") }
        var nodes: [(name: JSONString, schema: Int)] = []
        for member in object.members {
            let place = place(source.place, keyword, member.key)
            nodes.append((member.key, try node(for: member.value, at: place, depth: source.depth + 1)))
        }
        return nodes
    }

    /// A count of zero or more; `2.0` is a count too.
    mutating func count(_ keyword: JSONString, of source: SchemaSource) throws(JSONSchemaError) -> Int? {
        guard let value = source[keyword] else { return nil }
        guard case .number(let number) = value, let decimal = number.decimal, decimal.isInteger, !decimal.isNegative
        else { throw invalid(keyword, of: source, "must be a whole number of zero or more") }
        // A bound past what a count can reach is as good as the largest.
        return decimal.integer ?? .max
    }

    /// Both ends of a count; nil when neither is set.
    mutating func counts(
        _ least: String, _ most: String, of source: SchemaSource
    ) throws(JSONSchemaError) -> SchemaCounts? {
        let lower = try count(JSONString(least), of: source)
        let upper = try count(JSONString(most), of: source)
        guard lower != nil || upper != nil else { return nil }
        return SchemaCounts(least: lower, most: upper, leastKeyword: least, mostKeyword: most)
    }

    mutating func bound(_ keyword: JSONString, of source: SchemaSource) throws(JSONSchemaError) -> SchemaRange.Bound? {
        guard let value = source[keyword] else { return nil }
        guard case .number(let number) = value, let limit = number.decimal else {
            throw invalid(keyword, of: source, "must be a number")
        }
        return SchemaRange.Bound(limit: limit, shown: SchemaWording.literal(value))
    }

    mutating func names(_ keyword: JSONString, of source: SchemaSource) throws(JSONSchemaError) -> [JSONString]? {
        guard let value = source[keyword] else { return nil }
        guard let names = Self.strings(value) else { throw invalid(keyword, of: source, "must be a list of strings") }
        return names
    }

    mutating func flag(_ keyword: JSONString, of source: SchemaSource) throws(JSONSchemaError) -> Bool {
        guard let value = source[keyword] else { return false }
        guard let flag = value.bool else { throw invalid(keyword, of: source, "must be true or false") }
        return flag
    }

    mutating func invalid(_ keyword: JSONString, of source: SchemaSource, _ rule: String) -> JSONSchemaError {
        .invalidKeyword(pointer(of: keyword, in: source), "\(keyword) \(rule)")
    }

    static func strings(_ value: JSONValue) -> [JSONString]? {
        guard let elements = value.array else { return nil }
        var strings: [JSONString] = []
        for element in elements {
            guard case .string(let string) = element else { return nil }
            strings.append(string)
        }
        return strings
    }
}
