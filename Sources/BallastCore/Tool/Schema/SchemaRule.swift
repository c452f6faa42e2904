/// One compiled schema: the rules that a value must all keep, in the order in which they are checked.
struct SchemaNode: Sendable {
    var rules: [SchemaRule] = []

    /// Whether this is the schema `false`.
    var allowsNothing: Bool {
        if case .nothing = rules.first { return true }
        return false
    }
}

/// One assertion or applicator of a schema; other schemas are named by their index in the compiled list.
enum SchemaRule: Sendable {
    /// The schema `false`.
    case nothing
    case type(SchemaTypes)
    case values(SchemaValues)
    case range(SchemaRange)
    case length(SchemaCounts)
    case pattern(SchemaPattern)
    case format(SchemaFormat)
    case itemCount(SchemaCounts)
    case uniqueItems
    case items(prefix: [Int], rest: Int?)
    case contains(Int, SchemaCounts)
    case memberCount(SchemaCounts)
    case required([JSONString])
    case members(SchemaMembers)
    case memberNames(Int)
    case dependentRequired([SchemaDependency<[JSONString]>])
    case dependentSchemas([SchemaDependency<Int>])
    case reference(Int)
    case all([Int])
    case any([Int])
    case one([Int])
    case not(Int)
    case conditional(SchemaConditional)
    case unevaluatedItems(Int)
    case unevaluatedMembers(Int)
}

/// The kinds of value that `type` allows.
struct SchemaTypes: OptionSet, Sendable {
    let rawValue: UInt8

    static let null = SchemaTypes(rawValue: 1)
    static let boolean = SchemaTypes(rawValue: 2)
    static let integer = SchemaTypes(rawValue: 4)
    static let number = SchemaTypes(rawValue: 8)
    static let string = SchemaTypes(rawValue: 16)
    static let array = SchemaTypes(rawValue: 32)
    static let object = SchemaTypes(rawValue: 64)

    /// In the order in which messages list them.
    static let named: [(name: String, type: SchemaTypes)] = [
        ("string", .string), ("integer", .integer), ("number", .number), ("boolean", .boolean), ("array", .array),
        ("object", .object), ("null", .null),
    ]

    var names: [String] { Self.named.filter { contains($0.type) }.map(\.name) }
}

/// The values that `enum` or `const` allows.
struct SchemaValues: Sendable {
    let keyword: String
    /// As written, for messages.
    let shown: [JSONValue]
    /// With every number in its one spelling, so that equality is by mathematical value.
    let normalized: Set<JSONValue>
}

/// Bounds on a number's value.
struct SchemaRange: Sendable {
    struct Bound: Sendable {
        let limit: JSONDecimal
        /// As written, for messages.
        let shown: String
    }

    var minimum: Bound?
    var exclusiveMinimum: Bound?
    var maximum: Bound?
    var exclusiveMaximum: Bound?
    var multipleOf: Bound?
}

/// Bounds on a count of characters, items or members, with the keywords that set them.
struct SchemaCounts: Sendable {
    let least: Int?
    let most: Int?
    let leastKeyword: String
    let mostKeyword: String
}

/// The schemas of an object's members.
struct SchemaMembers: Sendable {
    var named: [JSONString: Int]
    /// Names of `named` in the order of the source, for messages.
    var order: [JSONString]
    var patterns: [(pattern: SchemaPattern, schema: Int)]
    /// For members that neither of the others takes.
    var additional: Int?
}

/// What follows from the presence of a member.
struct SchemaDependency<Consequence: Sendable>: Sendable {
    let member: JSONString
    let consequence: Consequence
}

struct SchemaConditional: Sendable {
    let condition: Int
    let then: Int?
    let otherwise: Int?
}
