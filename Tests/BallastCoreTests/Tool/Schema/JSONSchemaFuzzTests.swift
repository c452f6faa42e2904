import BallastCore
import Testing

@Suite("Any schema and any pattern end in an answer")
struct JSONSchemaFuzzTests {
    @Test(
        "schemas made of random keywords compile or are refused, and then check any value",
        arguments: 1...24 as ClosedRange<UInt64>)
    func schemas(_ seed: UInt64) throws {
        var source = SchemaSource(seed: seed)
        let limits = JSONSchemaLimits(maxWork: 20_000)
        for _ in 0..<150 {
            guard let schema = try? JSONSchema(compiling: source.schema(depth: 3), limits: limits) else { continue }
            for _ in 0..<4 {
                let value = source.value(depth: 3)
                let found = schema.validate(value)
                #expect(found == schema.validate(value))
                #expect(found.count <= limits.maxViolations)
            }
        }
    }

    @Test(
        "patterns made of random pieces compile or are refused, and then match any text",
        arguments: 1...24 as ClosedRange<UInt64>)
    func patterns(_ seed: UInt64) throws {
        var source = SchemaSource(seed: seed)
        for _ in 0..<400 {
            guard let pattern = try? SchemaPattern(source.pattern(), maxInstructions: 2_000) else { continue }
            var work = 20_000
            _ = pattern.matches(source.pattern(), work: &work)
        }
    }
}

/// Random schemas, values and patterns, the same ones for the same seed.
private struct SchemaSource {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    /// SplitMix64.
    private mutating func below(_ limit: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(limit))
    }

    private mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

    mutating func schema(depth: Int) -> JSONValue {
        if depth == 0 || below(10) == 0 { return pick([true, false, [:], ["type": "string"], 1]) }
        var object = JSONObject()
        for _ in 0..<(1 + below(4)) {
            let keyword = pick(Self.keywords)
            object[keyword] = argument(of: keyword, depth: depth)
        }
        return .object(object)
    }

    private mutating func argument(of keyword: JSONString, depth: Int) -> JSONValue {
        if below(25) == 0 { return value(depth: 1) }
        switch keyword {
        case "allOf", "anyOf", "oneOf", "prefixItems":
            return .array((0..<(1 + below(3))).map { _ in schema(depth: depth - 1) })
        case "properties", "patternProperties", "$defs", "dependentSchemas":
            return .object(
                JSONObject((0..<below(3)).map { _ in JSONMember(pick(Self.names), schema(depth: depth - 1)) }))
        case "type": return pick(["string", "integer", "object", "array", ["null", "number"]])
        case "required": return ["a", "b"]
        case "dependentRequired": return ["a": ["b"]]
        case "enum": return .array((0..<3).map { _ in value(depth: 1) })
        case "const": return value(depth: 2)
        case "pattern": return JSONValue(pattern())
        case "format": return pick(["date", "date-time", "email", "uri", "uuid", "ipv4", "ipv6"])
        case "uniqueItems": return true
        case "$ref": return pick(["#", "#/$defs/a", "#/$defs/b", "#x", "#/properties/a", "#/allOf/0"])
        case "$anchor": return "x"
        case "minimum", "maximum", "multipleOf", "minLength", "maxItems", "minProperties", "minContains":
            return pick([0, 1, 2, 3, .number(JSONNumber(validated: "0.5"))])
        default: return schema(depth: depth - 1)
        }
    }

    mutating func value(depth: Int) -> JSONValue {
        switch below(depth > 0 ? 8 : 5) {
        case 0: pick([.null, true, false])
        case 1: pick([0, 1, -3, .number(JSONNumber(validated: "1.50")), .number(JSONNumber(validated: "1e900"))])
        case 2, 3, 4: JSONValue(pick(["", "a", "ab", "2026-01-31", "a@b.example", "é\u{301}", "::1", pattern()]))
        case 5: .array((0..<below(4)).map { _ in value(depth: depth - 1) })
        default: .object(JSONObject((0..<below(4)).map { _ in JSONMember(pick(Self.names), value(depth: depth - 1)) }))
        }
    }

    mutating func pattern() -> String { (0..<(1 + below(8))).map { _ in pick(Self.pieces) }.joined() }

    private static let names: [JSONString] = ["a", "b", "c", "x-1", "^x", ""]
    private static let pieces = [
        "a", "b", "é", "(", ")", "(?:", "|", "*", "+", "?", "{2}", "{1,3}", "{0,}", "[", "]", "[^", "-", "^", "$", ".",
        "\\",
        "\\d", "\\w", "\\s", "\\b", "\\p{L}", "\\u0041", "\\u{1F600}", "[a-z]", "[^\\w]", "{", "}", "1", ",", "(a*)*",
    ]
    private static let keywords: [JSONString] = [
        "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "prefixItems", "items", "contains", "properties",
        "patternProperties", "additionalProperties", "propertyNames", "unevaluatedItems", "unevaluatedProperties",
        "type",
        "enum", "const", "pattern", "format", "minimum", "maximum", "multipleOf", "minLength", "maxItems",
        "uniqueItems",
        "minProperties", "required", "dependentRequired", "dependentSchemas", "$ref", "$anchor", "$defs", "minContains",
    ]
}
