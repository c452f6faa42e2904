import BallastCore
import Testing

@Suite("A violation tells a model what to change")
struct JSONSchemaViolationTests {
    static let cases: [(String, String, [String])] = [
        (
            #"{"properties":{"order_id":{"type":"string"}}}"#, #"{"order_id":12}"#,
            ["order_id: expected string, got number 12"]
        ),
        (#"{"type":"object"}"#, "[1]", ["value: expected object, got array of 1 item"]),
        (#"{"type":["string","null"]}"#, "true", ["value: expected string or null, got boolean true"]),
        (
            #"{"properties":{"lines":{"items":{"properties":{"price":{"minimum":0}}}}}}"#,
            #"{"lines":[{},{"price":-5}]}"#, ["lines[1].price: must be at least 0, got number -5"]
        ),
        (#"{"required":["a","b"]}"#, "{}", ["a: required, but missing", "b: required, but missing"]),
        (
            #"{"properties":{"to":{"required":["zip"]}}}"#, #"{"to":{}}"#, ["to.zip: required, but missing"]
        ),
        (
            #"{"properties":{"a":true,"b":true},"additionalProperties":false}"#, #"{"c":1}"#,
            ["c: unknown member; leave it out or use one of a, b"]
        ),
        (#"{"enum":["low","high"]}"#, "\"mid\"", [#"value: expected one of "low", "high", got string "mid""#]),
        (#"{"const":5}"#, "6", ["value: expected 5, got number 6"]),
        (#"{"multipleOf":0.01}"#, "1.005", ["value: must be a multiple of 0.01, got number 1.005"]),
        (#"{"exclusiveMaximum":10}"#, "10", ["value: must be below 10, got number 10"]),
        (#"{"minLength":3}"#, "\"ab\"", ["value: must have at least 3 characters, got 2"]),
        (#"{"maxItems":1}"#, "[1,2]", ["value: must have at most 1 item, got 2"]),
        (#"{"uniqueItems":true}"#, "[1,2,1.0]", ["value: items 0 and 2 are equal; each must be different"]),
        (#"{"pattern":"^A-"}"#, "\"B-1\"", [#"value: must match the pattern "^A-", got string "B-1""#]),
        (
            #"{"format":"date"}"#, "\"31.1.2026\"",
            [#"value: must be a date such as 2026-01-31, got string "31.1.2026""#]
        ),
        (
            #"{"dependentRequired":{"card":["zip"]}}"#, #"{"card":1}"#,
            [#"zip: required when "card" is given, but missing"#]
        ),
        (
            #"{"propertyNames":{"maxLength":1}}"#, #"{"ab":1}"#,
            [#"(name "ab"): must have at most 1 character, got 2"#]
        ),
        (#"{"items":false}"#, "[1]", ["[0]: no item is allowed here, got number 1; leave it out"]),
        (
            #"{"contains":{"const":1}}"#, "[2]",
            ["value: must contain at least 1 item of the kind that contains asks for, found 0"]
        ),
        (
            #"{"oneOf":[{"type":"string"},{"minLength":1}]}"#, "\"a\"",
            ["value: fits alternatives 1 and 2 of 2; it must fit one only"]
        ),
        (
            #"{"anyOf":[{"type":"string"},{"type":"null"}]}"#, "1",
            ["value: fits none of 2 alternatives (string, null), got number 1"]
        ),
        (
            #"{"anyOf":[{"type":"string","maxLength":2},{"type":"null"}]}"#, "\"abc\"",
            ["value: must have at most 2 characters, got 3"]
        ),
        (
            #"{"oneOf":[{"properties":{"kind":{"const":"a"},"n":{"type":"integer"}}},{"properties":{"kind":{"const":"b"},"s":{"type":"string"}}}]}"#,
            #"{"kind":"b","s":5}"#, ["s: expected string, got number 5"]
        ),
        (
            #"{"not":{"type":"string"}}"#, "\"a\"",
            [#"value: has a form that is excluded, got string "a"; send a different value"#]
        ),
        (
            #"{"properties":{"a b":{"type":"string"}}}"#, #"{"a b":1}"#, [#""a b": expected string, got number 1"#]
        ),
    ]

    @Test("in words", arguments: cases)
    func wording(_ schema: String, _ value: String, _ messages: [String]) throws {
        #expect(try violations(of: value, against: schema).map(\.message) == messages)
    }

    @Test("with the JSON Pointer and the keyword")
    func pointers() throws {
        let schema = #"{"properties":{"a/b":{"items":{"type":"integer"}},"c":{"required":["d"]}}}"#
        let found = try violations(of: #"{"a/b":[1,"x"],"c":{}}"#, against: schema)
        #expect(found.map(\.pointer) == ["/a~1b/1", "/c"])
        #expect(found.map(\.keyword) == ["type", "required"])
    }

    @Test("without repeating a long value whole")
    func cutsLongValues() throws {
        let long = String(repeating: "x", count: 100_000)
        let found = try violations(
            of: "{\"\(long)\":\"\(long)\"}", against: #"{"additionalProperties":{"maxLength":5}}"#)
        #expect(found.count == 1)
        #expect(found.allSatisfy { $0.message.utf8.count < 300 })
        let digits = String(repeating: "9", count: 100_000)
        #expect(try violations(of: digits, against: #"{"type":"string"}"#).allSatisfy { $0.message.utf8.count < 300 })
    }

    @Test("and only so many at once")
    func bounded() throws {
        let items = Array(repeating: "\"x\"", count: 1_000).joined(separator: ",")
        #expect(try violations(of: "[\(items)]", against: #"{"items":{"type":"integer"}}"#).count == 16)
        let limits = JSONSchemaLimits(maxViolations: 3)
        #expect(try violations(of: "[\(items)]", against: #"{"items":{"type":"integer"}}"#, limits: limits).count == 3)
    }
}
