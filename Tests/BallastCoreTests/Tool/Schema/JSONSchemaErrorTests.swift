import BallastCore
import Testing

@Suite("A schema that cannot be used is refused when it is compiled")
struct JSONSchemaErrorTests {
    static let malformed: [(String, String)] = [
        (#"{"type":"text"}"#, "/type"), (#"{"type":["string",1]}"#, "/type"), (#"{"enum":1}"#, "/enum"),
        (#"{"minimum":"1"}"#, "/minimum"), (#"{"exclusiveMinimum":true}"#, "/exclusiveMinimum"),
        (#"{"multipleOf":0}"#, "/multipleOf"), (#"{"multipleOf":-1}"#, "/multipleOf"),
        (#"{"multipleOf":1.234567890123456789}"#, "/multipleOf"), (#"{"minLength":-1}"#, "/minLength"),
        (#"{"maxLength":1.5}"#, "/maxLength"), (#"{"maxItems":"1"}"#, "/maxItems"), (#"{"pattern":1}"#, "/pattern"),
        (#"{"format":1}"#, "/format"), (#"{"required":"a"}"#, "/required"), (#"{"required":[1]}"#, "/required"),
        (#"{"properties":[]}"#, "/properties"), (#"{"items":[true]}"#, "/items"), (#"{"allOf":[]}"#, "/allOf"),
        (#"{"anyOf":{}}"#, "/anyOf"), (#"{"prefixItems":[]}"#, "/prefixItems"),
        (#"{"uniqueItems":1}"#, "/uniqueItems"), (#"{"dependentRequired":{"a":1}}"#, "/dependentRequired"),
        (#"{"dependentRequired":1}"#, "/dependentRequired"), (#"{"$anchor":1}"#, "/$anchor"),
        (#"{"items":{"properties":{"a/b":{"minLength":"x"}}}}"#, "/items/properties/a~1b/minLength"),
    ]

    @Test("with the place of the malformed keyword", arguments: malformed)
    func malformedKeyword(_ schema: String, _ pointer: String) throws {
        let error = try compileError(schema)
        #expect(error?.code == .invalidKeyword)
        #expect(error?.pointer == pointer)
    }

    @Test(
        "when something else stands where a schema must",
        arguments: [
            ("1", ""), ("\"x\"", ""), ("[]", ""), (#"{"not":1}"#, "/not"),
            (#"{"properties":{"a":null}}"#, "/properties/a"),
            (#"{"allOf":[true,2]}"#, "/allOf/1"),
        ])
    func notASchema(_ schema: String, _ pointer: String) throws {
        let error = try compileError(schema)
        #expect(error?.code == .notASchema)
        #expect(error?.pointer == pointer)
    }

    @Test("with advice that can be followed")
    func wording() throws {
        #expect(
            try compileError(#"{"items":[true]}"#)?.message
                == "items must be one schema; a list of them belongs in prefixItems")
        #expect(
            try compileError(#"{"properties":{"a":{"type":"text"}}}"#)?.description
                == "unusable JSON Schema at \"/properties/a/type\": type must be one or a list of string, integer, number, "
                + "boolean, array, object, null")
        #expect(
            try compileError(##"{"$ref":"https://a.example/b"}"##)?.message
                == "the reference \"https://a.example/b\" leaves this schema, and nothing is ever fetched; copy the "
                + "schema into $defs")
        #expect(
            try compileError(#"{"$schema":"urn:x"}"#)?.message
                == "the dialect \"urn:x\" is not supported; use https://json-schema.org/draft/2020-12/schema, or "
                + "http://json-schema.org/draft-07/schema#")
        #expect(
            try compileError(#"{"pattern":"(?=a)"}"#)?.message
                == "the pattern is refused: lookahead is not supported, because it cannot be matched in linear time; "
                + "write it without (at character 0)")
    }
}
