import BallastCore
import Testing

@Suite("A schema refers to its own parts only")
struct JSONSchemaReferenceTests {
    static let cases: [SchemaCase] = [
        SchemaCase(
            ##"{"$defs":{"id":{"type":"string"}},"properties":{"a":{"$ref":"#/$defs/id"}}}"##,
            valid: [#"{"a":"x"}"#], invalid: [#"{"a":1}"#]),
        SchemaCase(
            ##"{"properties":{"next":{"$ref":"#"},"v":{"type":"integer"}},"additionalProperties":false}"##,
            valid: [#"{"v":1,"next":{"v":2,"next":{}}}"#], invalid: [#"{"next":{"next":{"w":1}}}"#]),
        SchemaCase(
            ##"{"$ref":"#/$defs/a","maximum":5,"$defs":{"a":{"minimum":1}}}"##, valid: ["3"], invalid: ["0", "6"]),
        SchemaCase(
            ##"{"$ref":"#node","$defs":{"x":{"$anchor":"node","type":"integer"}}}"##, valid: ["1"], invalid: ["\"a\""]),
        SchemaCase(
            ##"{"properties":{"a":{"$anchor":"here","type":"integer"},"b":{"$ref":"#here"}}}"##,
            valid: [#"{"b":1}"#], invalid: [#"{"b":"x"}"#]),
        SchemaCase(
            ##"{"$defs":{"a/b":{"type":"null"},"c~d":{"type":"string"},"e%f g":{"type":"array"}},"prefixItems":[{"$ref":"#/$defs/a~1b"},{"$ref":"#/$defs/c~0d"},{"$ref":"#/$defs/e%25f%20g"}]}"##,
            valid: ["[null,\"x\",[]]"], invalid: ["[1]", "[null,1]", "[null,\"x\",1]"]),
        SchemaCase(
            ##"{"prefixItems":[{"type":"integer"},{"$ref":"#/prefixItems/0"}]}"##, valid: ["[1,2]"],
            invalid: ["[1,\"a\"]"]),
        SchemaCase(
            ##"{"components":{"x":{"type":"integer"}},"properties":{"a":{"$ref":"#/components/x"}}}"##,
            valid: [#"{"a":1}"#], invalid: [#"{"a":"x"}"#]),
        SchemaCase(
            ##"{"$id":"https://example.com/order","$ref":"https://example.com/order#/$defs/a","$defs":{"a":{"type":"integer"}}}"##,
            valid: ["1"], invalid: ["\"x\""]),
        SchemaCase(
            ##"{"properties":{"$ref":{"type":"string"},"$id":{"type":"integer"}}}"##, valid: [#"{"$ref":"a","$id":1}"#],
            invalid: [#"{"$ref":1}"#]),
        SchemaCase(
            ##"{"$defs":{"tree":{"type":"object","properties":{"kids":{"type":"array","items":{"$ref":"#/$defs/tree"}}}}},"$ref":"#/$defs/tree"}"##,
            valid: [#"{"kids":[{"kids":[]},{}]}"#], invalid: [#"{"kids":[{"kids":[1]}]}"#]),
        SchemaCase(
            #"{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"integer"}"#, valid: ["1"],
            invalid: ["null"]),
    ]

    @Test("by pointer, by anchor and by its own id", arguments: cases)
    func resolves(_ test: SchemaCase) throws { try test.check() }

    static let refused: [(String, JSONSchemaError.Code, String)] = [
        (##"{"$ref":"https://example.com/other"}"##, .remoteReference, "/$ref"),
        (##"{"$ref":"other.json#/a"}"##, .remoteReference, "/$ref"),
        (##"{"$id":"https://a.example/x","$ref":"https://a.example/xy#/a"}"##, .remoteReference, "/$ref"),
        (##"{"$ref":"#/$defs/missing"}"##, .unresolvedReference, "/$ref"),
        (##"{"$ref":"#missing"}"##, .unresolvedReference, "/$ref"),
        (##"{"$ref":"#/%zz"}"##, .unresolvedReference, "/$ref"),
        (##"{"$ref":"#/allOf/01","allOf":[true]}"##, .unresolvedReference, "/$ref"),
        (##"{"$ref":"#/title","title":"x"}"##, .notASchema, "/title"),
        (##"{"$ref":1}"##, .invalidKeyword, "/$ref"),
        (##"{"$ref":"#"}"##, .endlessReference, ""),
        (
            ##"{"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"allOf":[{"$ref":"#/$defs/a"}]}}}"##, .endlessReference,
            "/$defs/a"
        ),
        (##"{"$dynamicRef":"#a"}"##, .unsupportedKeyword, "/$dynamicRef"),
        (##"{"properties":{"a":{"$id":"https://a.example"}}}"##, .unsupportedKeyword, "/properties/a/$id"),
        (##"{"$defs":{"a":{"$anchor":"x"},"b":{"$anchor":"x"}}}"##, .invalidKeyword, "/$defs/b/$anchor"),
        (#"{"$schema":"http://json-schema.org/draft-04/schema#"}"#, .unknownDialect, "/$schema"),
        (#"{"$schema":"https://example.com/mine"}"#, .unknownDialect, "/$schema"),
        (#"{"$schema":7}"#, .invalidKeyword, "/$schema"),
    ]

    @Test("and anything else is an error with its place, never a fetch", arguments: refused)
    func refuses(_ schema: String, _ code: JSONSchemaError.Code, _ pointer: String) throws {
        let error = try compileError(schema)
        #expect(error?.code == code)
        #expect(error?.pointer == pointer)
    }
}
