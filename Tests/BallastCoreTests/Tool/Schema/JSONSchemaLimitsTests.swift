import BallastCore
import Testing

@Suite("Schemas from servers nobody vouches for stay within bounds")
struct JSONSchemaLimitsTests {
    @Test("nesting of schemas")
    func depth() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "{\"not\":", count: depth) + "true" + String(repeating: "}", count: depth)
        }
        _ = try JSONSchema(compiling: JSONReader.read(nested(63)))
        #expect(try compileError(nested(64))?.code == .tooDeep)
        #expect(try compileError(nested(500))?.code == .tooDeep)
    }

    @Test("number of schemas")
    func subschemas() throws {
        func wide(_ count: Int) -> String {
            "{\"properties\":{" + (0..<count).map { "\"p\($0)\":{}" }.joined(separator: ",") + "}}"
        }
        let limits = JSONSchemaLimits(maxSubschemas: 100)
        _ = try JSONSchema(compiling: JSONReader.read(wide(99)), limits: limits)
        #expect(try compileError(wide(100), limits: limits)?.code == .tooLarge)
    }

    @Test("size of all patterns together")
    func patterns() throws {
        let limits = JSONSchemaLimits(maxPatternInstructions: 300)
        let one = #"{"pattern":"^a{100}$"}"#
        _ = try JSONSchema(compiling: JSONReader.read("{\"allOf\":[\(one),\(one)]}"), limits: limits)
        let three = (0..<3).map { "{\"pattern\":\"^a{100}\($0)$\"}" }.joined(separator: ",")
        #expect(try compileError("{\"allOf\":[\(three)]}", limits: limits)?.code == .unsupportedPattern)
    }

    @Test("a chain of references costs no stack to compile")
    func referenceChain() throws {
        let definitions = (0..<4_000).map { "\"d\($0)\":{\"$ref\":\"#/$defs/d\($0 + 1)\"}" } + ["\"d4000\":true"]
        let schema = "{\"$ref\":\"#/$defs/d0\",\"$defs\":{\(definitions.joined(separator: ","))}}"
        let found = try violations(of: "1", against: schema)
        #expect(found.map(\.keyword) == ["limit"])
    }

    @Test("references that double at each level run out of work, not of time")
    func doubling() throws {
        let definitions = (0..<60).map { index in
            "\"d\(index)\":{\"anyOf\":[{\"$ref\":\"#/$defs/d\(index + 1)\"},{\"$ref\":\"#/$defs/d\(index + 1)\"}]}"
        }
        let schema = "{\"$ref\":\"#/$defs/d0\",\"$defs\":{\(definitions.joined(separator: ",")),\"d60\":false}}"
        let found = try violations(of: "1", against: schema)
        #expect(found.last?.keyword == "limit")
        #expect(
            found.last?.message == "value: too large to be checked against this schema; send less at once")
    }

    @Test(
        "giving up is never valid, not even under a negation or a condition",
        arguments: [
            #"{"not":{"items":{"type":"integer"}}}"#, #"{"if":{"items":{"type":"integer"}},"then":true,"else":true}"#,
            #"{"anyOf":[{"items":{"type":"integer"}},true]}"#, #"{"contains":{"type":"string"},"minContains":0}"#,
            #"{"oneOf":[{"items":{"type":"integer"}},{"items":{"type":"integer"}}]}"#,
        ])
    func givingUp(_ schema: String) throws {
        let limits = JSONSchemaLimits(maxWork: 50)
        let items = Array(repeating: "1", count: 100).joined(separator: ",")
        let found = try violations(of: "[\(items)]", against: schema, limits: limits)
        #expect(found.contains { $0.keyword == "limit" })
    }

    @Test("a value nested deeper than the check goes is refused")
    func recursion() throws {
        let value = String(repeating: "[", count: 120) + String(repeating: "]", count: 120)
        let schema = ##"{"items":{"$ref":"#"}}"##
        #expect(try violations(of: value, against: schema).isEmpty)
        let limits = JSONSchemaLimits(maxRecursion: 50)
        #expect(try violations(of: value, against: schema, limits: limits).map(\.keyword) == ["limit"])
    }

    @Test("a long text is paid for by every rule that reads it")
    func longTexts() throws {
        let rules = (0..<4_000).map { "{\"minLength\":\($0)}" }.joined(separator: ",")
        let text = String(repeating: "é", count: 500_000)
        let found = try violations(of: "\"\(text)\"", against: "{\"allOf\":[\(rules)]}")
        #expect(found.map(\.keyword) == ["limit"])
    }

    @Test("a pattern that would explode elsewhere is answered")
    func patternWork() throws {
        let text = String(repeating: "a", count: 5_000) + "!"
        #expect(try violations(of: "\"\(text)\"", against: #"{"pattern":"^(a+)+$"}"#).map(\.keyword) == ["pattern"])
        #expect(try violations(of: "\"\(text)\"", against: #"{"pattern":"^(a|a)*$"}"#).map(\.keyword) == ["pattern"])
        let limits = JSONSchemaLimits(maxWork: 1_000)
        #expect(
            try violations(of: "\"\(text)\"", against: #"{"pattern":"^(a+)+$"}"#, limits: limits).map(\.keyword)
                == ["limit"])
    }

    @Test("many unique items are compared in linear time")
    func uniqueItems() throws {
        let items = (0..<50_000).map(String.init).joined(separator: ",")
        #expect(try violations(of: "[\(items)]", against: #"{"uniqueItems":true}"#).isEmpty)
    }

    @Test("numbers with absurd exponents are refused rather than guessed at")
    func exponents() throws {
        #expect(try violations(of: "1e99999999999999999999", against: #"{"maximum":5}"#).map(\.keyword) == ["limit"])
        #expect(try violations(of: "1e99999999999999999999", against: #"{"type":"integer"}"#).count == 1)
        #expect(try violations(of: "1e999999999", against: #"{"maximum":5}"#).map(\.keyword) == ["maximum"])
    }
}
