import BallastCore
import Testing

@Suite("A draft-07 schema, which older tool servers send, means what draft-07 says")
struct JSONSchemaDialectTests {
    private static func draft7(_ members: String) -> String {
        "{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\(members)}"
    }

    static let cases: [SchemaCase] = [
        SchemaCase(
            draft7(#""items":[{"type":"string"}],"additionalItems":{"type":"integer"}"#), valid: ["[\"a\",1]"],
            invalid: ["[1]", "[\"a\",\"b\"]"]),
        SchemaCase(draft7(#""items":{"type":"string"},"additionalItems":false"#), valid: ["[\"a\"]"], invalid: ["[1]"]),
        SchemaCase(
            draft7(#""dependencies":{"a":["b"],"c":{"required":["d"]}}"#),
            valid: [#"{"a":1,"b":1}"#, #"{"c":1,"d":1}"#],
            invalid: [#"{"a":1}"#, #"{"c":1}"#]),
        SchemaCase(
            draft7(
                ##""properties":{"x":{"$ref":"#/definitions/i","maximum":1}},"definitions":{"i":{"type":"integer"}}"##),
            valid: [#"{"x":5}"#], invalid: [#"{"x":"a"}"#]),
        SchemaCase(
            draft7(##""$ref":"#/definitions/Args","definitions":{"Args":{"type":"object","required":["a"]}}"##),
            valid: [#"{"a":1}"#], invalid: ["{}"]),
        SchemaCase(
            draft7(##""properties":{"x":{"$ref":"#i"}},"definitions":{"i":{"$id":"#i","type":"integer"}}"##),
            valid: [#"{"x":5}"#], invalid: [#"{"x":"a"}"#]),
        SchemaCase(draft7(#""unevaluatedProperties":false,"dependentRequired":{"a":["b"]}"#), valid: [#"{"a":1}"#]),
        SchemaCase(draft7(#""contains":{"const":1},"minContains":2"#), valid: ["[1]"], invalid: ["[2]"]),
    ]

    @Test("in the keywords that differ", arguments: cases)
    func means(_ test: SchemaCase) throws { try test.check() }
}
