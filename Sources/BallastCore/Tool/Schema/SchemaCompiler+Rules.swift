/// The keywords of the validation and applicator vocabularies, by the kind of value they speak about.
extension SchemaCompiler {
    // MARK: Any value, numbers and strings

    mutating func valueRules(of source: SchemaSource) throws(JSONSchemaError) -> [SchemaRule] {
        var rules: [SchemaRule] = []
        if let types = try types(of: source) { rules.append(.type(types)) }
        if let values = try allowedValues(of: source) { rules.append(.values(values)) }
        if let value = source["const"] { rules.append(.values(Self.values([value], keyword: "const"))) }
        if let range = try range(of: source) { rules.append(.range(range)) }
        if let counts = try counts("minLength", "maxLength", of: source) { rules.append(.length(counts)) }
        if let pattern = try pattern(of: source) { rules.append(.pattern(pattern)) }
        if let format = try format(of: source) { rules.append(.format(format)) }
        return rules
    }

    private mutating func types(of source: SchemaSource) throws(JSONSchemaError) -> SchemaTypes? {
        guard let value = source["type"] else { return nil }
        var types: SchemaTypes = []
        for name in value.array ?? [value] {
            guard let type = SchemaTypes.named.first(where: { $0.name == name.string })?.type else {
                let known = SchemaTypes.named.map(\.name).joined(separator: ", ")
                throw invalid("type", of: source, "must be one or a list of \(known)")
            }
            types.insert(type)
        }
        return types
    }

    private mutating func allowedValues(of source: SchemaSource) throws(JSONSchemaError) -> SchemaValues? {
        guard let value = source["enum"] else { return nil }
        guard let values = value.array else { throw invalid("enum", of: source, "must be a list") }
        return Self.values(values, keyword: "enum")
    }

    private static func values(_ values: [JSONValue], keyword: String) -> SchemaValues {
        SchemaValues(keyword: keyword, shown: values, normalized: Set(values.map(\.withNormalizedNumbers)))
    }

    private mutating func range(of source: SchemaSource) throws(JSONSchemaError) -> SchemaRange? {
        var range = SchemaRange()
        range.minimum = try bound("minimum", of: source)
        range.exclusiveMinimum = try bound("exclusiveMinimum", of: source)
        range.maximum = try bound("maximum", of: source)
        range.exclusiveMaximum = try bound("exclusiveMaximum", of: source)
        range.multipleOf = try divisor(of: source)
        let bounds = [
            range.minimum, range.exclusiveMinimum, range.maximum, range.exclusiveMaximum, range.multipleOf,
        ]
        return bounds.contains { $0 != nil } ? range : nil
    }

    private mutating func divisor(of source: SchemaSource) throws(JSONSchemaError) -> SchemaRange.Bound? {
        guard let bound = try bound("multipleOf", of: source) else { return nil }
        guard !bound.limit.isNegative, !bound.limit.isZero else {
            throw invalid("multipleOf", of: source, "must be above zero")
        }
        guard bound.limit.digits.count <= JSONDecimal.maxDivisorDigits else {
            throw invalid("multipleOf", of: source, "must have at most \(JSONDecimal.maxDivisorDigits) digits")
        }
        return bound
    }

    private mutating func pattern(of source: SchemaSource) throws(JSONSchemaError) -> SchemaPattern? {
        guard let value = source["pattern"] else { return nil }
        guard let text = value.string else { throw invalid("pattern", of: source, "must be a string") }
        return try pattern(text, at: place(source.place, "pattern"))
    }

    private mutating func format(of source: SchemaSource) throws(JSONSchemaError) -> SchemaFormat? {
        guard let value = source["format"] else { return nil }
        guard let name = value.string else { throw invalid("format", of: source, "must be a string") }
        return SchemaFormat(rawValue: name)
    }

    // MARK: Arrays

    mutating func arrayRules(of source: SchemaSource) throws(JSONSchemaError) -> [SchemaRule] {
        var rules: [SchemaRule] = []
        if let counts = try counts("minItems", "maxItems", of: source) { rules.append(.itemCount(counts)) }
        if try flag("uniqueItems", of: source) { rules.append(.uniqueItems) }
        if let items = try itemsRule(of: source) { rules.append(items) }
        if let schema = try schema("contains", of: source) {
            let counts = dialect == .draft2020 ? try counts("minContains", "maxContains", of: source) : nil
            rules.append(
                .contains(
                    schema,
                    SchemaCounts(
                        least: counts?.least ?? 1, most: counts?.most,
                        leastKeyword: counts?.least == nil ? "contains" : "minContains", mostKeyword: "maxContains")))
        }
        return rules
    }

    private mutating func itemsRule(of source: SchemaSource) throws(JSONSchemaError) -> SchemaRule? {
        let isList = source["items"]?.array != nil
        if dialect == .draft7 {
            let prefix = isList ? try schemas("items", of: source) ?? [] : []
            let rest = try schema(isList ? "additionalItems" : "items", of: source)
            return prefix.isEmpty && rest == nil ? nil : .items(prefix: prefix, rest: rest)
        }
        if isList { throw invalid("items", of: source, "must be one schema; a list of them belongs in prefixItems") }
        let prefix = try schemas("prefixItems", of: source) ?? []
        let rest = try schema("items", of: source)
        return prefix.isEmpty && rest == nil ? nil : .items(prefix: prefix, rest: rest)
    }

    // MARK: Objects

    mutating func objectRules(of source: SchemaSource) throws(JSONSchemaError) -> [SchemaRule] {
        var rules: [SchemaRule] = []
        if let names = try names("required", of: source) { rules.append(.required(names)) }
        if let members = try membersRule(of: source) { rules.append(.members(members)) }
        if let counts = try counts("minProperties", "maxProperties", of: source) { rules.append(.memberCount(counts)) }
        if let schema = try schema("propertyNames", of: source) { rules.append(.memberNames(schema)) }
        return rules + (dialect == .draft7 ? try dependencies(of: source) : try dependents(of: source))
    }

    private mutating func membersRule(of source: SchemaSource) throws(JSONSchemaError) -> SchemaMembers? {
        let named = try namedSchemas("properties", of: source)
        let byPattern = try namedSchemas("patternProperties", of: source)
        let additional = try schema("additionalProperties", of: source)
        guard named != nil || byPattern != nil || additional != nil else { return nil }
        var patterns: [(pattern: SchemaPattern, schema: Int)] = []
        for (expression, schema) in byPattern ?? [] {
            let place = place(source.place, "patternProperties", expression)
            patterns.append((try pattern(expression.text, at: place), schema))
        }
        return SchemaMembers(
            named: Dictionary((named ?? []).map { ($0.name, $0.schema) }) { _, last in last },
            order: (named ?? []).map(\.name), patterns: patterns, additional: additional)
    }

    private mutating func dependents(of source: SchemaSource) throws(JSONSchemaError) -> [SchemaRule] {
        var rules: [SchemaRule] = []
        if let value = source["dependentRequired"] {
            var dependencies: [SchemaDependency<[JSONString]>] = []
            for member in value.object?.members ?? [] {
                guard let names = Self.strings(member.value) else { break }
                dependencies.append(SchemaDependency(member: member.key, consequence: names))
            }
            guard dependencies.count == value.object?.count else {
                throw invalid("dependentRequired", of: source, "must be an object of lists of strings")
            }
            rules.append(.dependentRequired(dependencies))
        }
        if let schemas = try namedSchemas("dependentSchemas", of: source) {
            rules.append(.dependentSchemas(schemas.map { SchemaDependency(member: $0.name, consequence: $0.schema) }))
        }
        return rules
    }

    /// Draft-07 has both kinds of consequence in one keyword.
    private mutating func dependencies(of source: SchemaSource) throws(JSONSchemaError) -> [SchemaRule] {
        guard let value = source["dependencies"] else { return [] }
        guard let object = value.object else { throw invalid("dependencies", of: source, "must be an object") }
        var required: [SchemaDependency<[JSONString]>] = []
        var schemas: [SchemaDependency<Int>] = []
        for member in object.members {
            if let names = Self.strings(member.value) {
                required.append(SchemaDependency(member: member.key, consequence: names))
            } else {
                let place = place(source.place, "dependencies", member.key)
                let schema = try node(for: member.value, at: place, depth: source.depth + 1)
                schemas.append(SchemaDependency(member: member.key, consequence: schema))
            }
        }
        return [.dependentRequired(required), .dependentSchemas(schemas)]
    }

    // MARK: Combinations

    mutating func combinationRules(of source: SchemaSource) throws(JSONSchemaError) -> [SchemaRule] {
        var rules: [SchemaRule] = []
        if let schemas = try schemas("allOf", of: source) { rules.append(.all(schemas)) }
        if let schemas = try schemas("anyOf", of: source) { rules.append(.any(schemas)) }
        if let schemas = try schemas("oneOf", of: source) { rules.append(.one(schemas)) }
        if let schema = try schema("not", of: source) { rules.append(.not(schema)) }
        let then = try schema("then", of: source)
        let otherwise = try schema("else", of: source)
        if let condition = try schema("if", of: source) {
            rules.append(
                .conditional(SchemaConditional(condition: condition, then: then, otherwise: otherwise)))
        }
        return rules
    }

    mutating func unevaluatedRules(of source: SchemaSource) throws(JSONSchemaError) -> [SchemaRule] {
        guard dialect == .draft2020 else { return [] }
        var rules: [SchemaRule] = []
        if let schema = try schema("unevaluatedItems", of: source) { rules.append(.unevaluatedItems(schema)) }
        if let schema = try schema("unevaluatedProperties", of: source) { rules.append(.unevaluatedMembers(schema)) }
        return rules
    }
}

extension JSONValue {
    /// The value with one spelling for each number, so that `==` compares numbers by mathematical value.
    ///
    /// A number whose exponent is beyond `JSONDecimal` keeps its spelling.
    var withNormalizedNumbers: JSONValue {
        switch self {
        case .number(let number):
            .number(number.decimal.map { JSONNumber(validated: $0.normalized) } ?? number)
        case .array(let elements): .array(elements.map(\.withNormalizedNumbers))
        case .object(let object):
            .object(JSONObject(unique: object.members.map { JSONMember($0.key, $0.value.withNormalizedNumbers) }))
        default: self
        }
    }
}
