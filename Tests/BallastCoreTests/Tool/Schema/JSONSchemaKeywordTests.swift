import BallastCore
import Testing

@Suite("A JSON Schema keyword allows what 2020-12 says")
struct JSONSchemaKeywordTests {
    static let anyValue: [SchemaCase] = [
        SchemaCase("true", valid: ["null", "1", "{}"]),
        SchemaCase("{}", valid: ["null", "1", "[{}]"]),
        SchemaCase("false", invalid: ["null", "1", "{}"]),
        SchemaCase(#"{"type":"null"}"#, valid: ["null"], invalid: ["0", "false", "\"\"", "[]", "{}"]),
        SchemaCase(#"{"type":"boolean"}"#, valid: ["true", "false"], invalid: ["0", "null", "\"true\""]),
        SchemaCase(
            #"{"type":"integer"}"#, valid: ["1", "-7", "1.0", "1e3", "10e-1", "123456789012345678901234567890"],
            invalid: ["1.5", "1e-1", "\"1\"", "true"]),
        SchemaCase(#"{"type":"number"}"#, valid: ["1", "1.5", "1e-1"], invalid: ["\"1\"", "null"]),
        SchemaCase(#"{"type":"string"}"#, valid: ["\"\"", "\"a\""], invalid: ["1", "[\"a\"]"]),
        SchemaCase(#"{"type":"array"}"#, valid: ["[]"], invalid: ["{}", "\"[]\""]),
        SchemaCase(#"{"type":"object"}"#, valid: ["{}"], invalid: ["[]", "null"]),
        SchemaCase(#"{"type":["string","null"]}"#, valid: ["\"a\"", "null"], invalid: ["1", "[]"]),
        SchemaCase(#"{"type":["integer","string"]}"#, valid: ["1", "\"a\""], invalid: ["1.5", "null"]),
        SchemaCase(
            #"{"enum":["a",1,null,[1,{"b":2}]]}"#,
            valid: ["\"a\"", "1", "1.0", "10e-1", "null", #"[1.0,{"b":2e0}]"#],
            invalid: ["\"b\"", "2", "false", #"[1,{"b":3}]"#, "\"1\""]),
        SchemaCase(#"{"enum":[]}"#, invalid: ["1"]),
        SchemaCase(#"{"const":0}"#, valid: ["0", "-0", "0.0", "0e9"], invalid: ["false", "\"\"", "1e-99"]),
        SchemaCase(#"{"const":9007199254740993}"#, valid: ["9007199254740993"], invalid: ["9007199254740992"]),
        SchemaCase(#"{"const":{"a":1,"b":2}}"#, valid: [#"{"b":2,"a":1}"#], invalid: [#"{"a":1}"#]),
        SchemaCase("{\"const\":\"\u{E9}\"}", valid: ["\"\u{E9}\"", "\"\\u00e9\""], invalid: ["\"e\u{301}\""]),
        SchemaCase(#"{"const":false}"#, valid: ["false"], invalid: ["0", "null", "[false]"]),
        SchemaCase(#"{"title":"t","description":"d","default":1,"examples":[1],"x-unknown":7}"#, valid: ["null"]),
    ]

    static let numbers: [SchemaCase] = [
        SchemaCase(
            #"{"minimum":1.1}"#, valid: ["1.1", "1.10", "2", "\"a\""], invalid: ["1.09999999999999999999", "0"]),
        SchemaCase(#"{"maximum":3}"#, valid: ["3", "3.0", "-1e9"], invalid: ["3.0000000000000000001", "1e400"]),
        SchemaCase(#"{"exclusiveMinimum":0}"#, valid: ["1e-400"], invalid: ["0", "-0.0", "-1"]),
        SchemaCase(#"{"exclusiveMaximum":10}"#, valid: ["9.99"], invalid: ["10", "1e1", "10.1"]),
        SchemaCase(#"{"minimum":-2,"maximum":-1}"#, valid: ["-1.5"], invalid: ["-2.5", "0"]),
        SchemaCase(#"{"multipleOf":0.01}"#, valid: ["1.1", "0.07", "42.10", "0"], invalid: ["1.005", "1e-3"]),
        SchemaCase(#"{"multipleOf":3}"#, valid: ["9", "-3.0", "3e300"], invalid: ["10", "1e300", "1.5"]),
        SchemaCase(#"{"type":"integer","multipleOf":0.123456789}"#, valid: ["123456789e300"], invalid: ["1e308"]),
    ]

    static let strings: [SchemaCase] = [
        SchemaCase(#"{"minLength":2}"#, valid: ["\"ab\"", "\"😀😀\"", "1"], invalid: ["\"a\"", "\"😀\"", "\"\""]),
        SchemaCase(
            #"{"maxLength":2.0}"#, valid: ["\"ab\"", "\"😀😀\"", "\"e\u{301}\""], invalid: ["\"abc\"", "\"e\u{301}x\""]),
        SchemaCase(#"{"pattern":"^a*$"}"#, valid: ["\"\"", "\"aaa\"", "7"], invalid: ["\"ab\""]),
        SchemaCase(#"{"pattern":"b+"}"#, valid: ["\"abc\""], invalid: ["\"ac\"", "\"\""]),
    ]

    static let arrays: [SchemaCase] = [
        SchemaCase(#"{"items":{"type":"integer"}}"#, valid: ["[]", "[1,2]", "{}"], invalid: ["[1,\"a\"]"]),
        SchemaCase(#"{"items":false}"#, valid: ["[]"], invalid: ["[1]"]),
        SchemaCase(
            #"{"prefixItems":[{"type":"string"},{"type":"integer"}]}"#,
            valid: ["[]", "[\"a\"]", "[\"a\",1,null]"], invalid: ["[1]", "[\"a\",\"b\"]"]),
        SchemaCase(
            #"{"prefixItems":[{"type":"string"}],"items":{"type":"integer"}}"#,
            valid: ["[\"a\",1,2]"], invalid: ["[\"a\",1,\"b\"]"]),
        SchemaCase(#"{"prefixItems":[true],"items":false}"#, valid: ["[1]"], invalid: ["[1,2]"]),
        SchemaCase(#"{"contains":{"const":5}}"#, valid: ["[1,5]", "[5,5]", "{}"], invalid: ["[]", "[1]"]),
        SchemaCase(#"{"contains":{"const":5},"minContains":2}"#, valid: ["[5,5]"], invalid: ["[5]", "[]"]),
        SchemaCase(#"{"contains":{"const":5},"minContains":0}"#, valid: ["[]", "[1]"]),
        SchemaCase(#"{"contains":{"const":5},"maxContains":1}"#, valid: ["[5,1]"], invalid: ["[5,5]", "[1]"]),
        SchemaCase(#"{"minContains":3}"#, valid: ["[]"]),
        SchemaCase(#"{"minItems":1,"maxItems":2}"#, valid: ["[1]", "[1,2]", "\"\""], invalid: ["[]", "[1,2,3]"]),
        SchemaCase(
            #"{"uniqueItems":true}"#, valid: ["[]", "[1,2]", "[1,true]", "[0,false]", "[[1],[2]]", "[\"a\",\"A\"]"],
            invalid: ["[1,1.0]", "[1,2,10e-1]", #"[{"a":1,"b":2},{"b":2.0,"a":1}]"#, "[[],[]]", "[null,null]"]),
        SchemaCase(
            "{\"uniqueItems\":true}", valid: ["[\"\u{E9}\",\"e\u{301}\"]"], invalid: ["[\"\u{E9}\",\"\\u00e9\"]"]),
        SchemaCase(#"{"uniqueItems":false}"#, valid: ["[1,1]"]),
    ]

    static let objects: [SchemaCase] = [
        SchemaCase(
            #"{"properties":{"a":{"type":"integer"},"b":false}}"#, valid: ["{}", #"{"a":1,"c":"x"}"#, "[]"],
            invalid: [#"{"a":"x"}"#, #"{"b":1}"#]),
        SchemaCase(#"{"required":["a","b"]}"#, valid: [#"{"a":null,"b":1}"#, "[]"], invalid: ["{}", #"{"a":1}"#]),
        SchemaCase(
            #"{"properties":{"a":true},"additionalProperties":false}"#, valid: ["{}", #"{"a":1}"#],
            invalid: [#"{"a":1,"b":2}"#, #"{"A":1}"#]),
        SchemaCase(
            #"{"properties":{"a":true},"additionalProperties":{"type":"string"}}"#,
            valid: [#"{"a":1,"b":"x"}"#], invalid: [#"{"b":1}"#]),
        SchemaCase(
            #"{"patternProperties":{"^x-":{"type":"string"},"n$":{"maxLength":2}},"additionalProperties":false}"#,
            valid: [#"{"x-a":"long","n":"ab","x-n":"a"}"#], invalid: [#"{"x-a":1}"#, #"{"x-n":"abc"}"#, #"{"b":1}"#]),
        SchemaCase(
            #"{"properties":{"x-a":{"minLength":1}},"patternProperties":{"^x-":{"type":"string"}}}"#,
            valid: [#"{"x-a":"s"}"#], invalid: [#"{"x-a":""}"#, #"{"x-a":1}"#]),
        SchemaCase(
            "{\"properties\":{\"\u{E9}\":false}}", valid: ["{\"e\u{301}\":1}"], invalid: ["{\"\\u00e9\":1}"]),
        SchemaCase(#"{"propertyNames":{"maxLength":2}}"#, valid: ["{}", #"{"ab":1}"#], invalid: [#"{"abc":1}"#]),
        SchemaCase(#"{"propertyNames":false}"#, valid: ["{}"], invalid: [#"{"a":1}"#]),
        SchemaCase(
            #"{"minProperties":1,"maxProperties":2}"#, valid: [#"{"a":1}"#, "[]"],
            invalid: ["{}", #"{"a":1,"b":2,"c":3}"#]),
        SchemaCase(
            #"{"dependentRequired":{"card":["name","zip"]}}"#,
            valid: ["{}", #"{"name":1}"#, #"{"card":1,"name":1,"zip":1}"#], invalid: [#"{"card":1,"name":1}"#]),
        SchemaCase(
            #"{"dependentSchemas":{"a":{"required":["b"]},"c":false}}"#, valid: ["{}", #"{"a":1,"b":2}"#],
            invalid: [#"{"a":1}"#, #"{"c":1}"#]),
    ]

    static let combinations: [SchemaCase] = [
        SchemaCase(#"{"allOf":[{"minimum":1},{"maximum":3}]}"#, valid: ["2"], invalid: ["0", "4"]),
        SchemaCase(#"{"anyOf":[{"type":"string"},{"minimum":5}]}"#, valid: ["\"a\"", "5", "null"], invalid: ["4"]),
        SchemaCase(#"{"oneOf":[{"multipleOf":3},{"multipleOf":5}]}"#, valid: ["9", "10"], invalid: ["15", "7"]),
        SchemaCase(#"{"not":{"type":"string"}}"#, valid: ["1"], invalid: ["\"a\""]),
        SchemaCase(#"{"not":{"not":{"type":"string"}}}"#, valid: ["\"a\""], invalid: ["1"]),
        SchemaCase(#"{"not":{}}"#, invalid: ["1"]),
        SchemaCase(
            #"{"if":{"properties":{"k":{"const":1}},"required":["k"]},"then":{"required":["a"]},"else":{"required":["b"]}}"#,
            valid: [#"{"k":1,"a":0}"#, #"{"k":2,"b":0}"#, #"{"b":0}"#], invalid: [#"{"k":1,"b":0}"#, "{}"]),
        SchemaCase(#"{"if":{"minimum":5},"then":{"multipleOf":5}}"#, valid: ["3", "10"], invalid: ["7"]),
        SchemaCase(#"{"then":false,"else":false}"#, valid: ["1"]),
        SchemaCase(#"{"if":false,"then":false}"#, valid: ["1"]),
    ]

    static let unevaluated: [SchemaCase] = [
        SchemaCase(
            #"{"allOf":[{"properties":{"a":true}}],"properties":{"b":true},"unevaluatedProperties":false}"#,
            valid: [#"{"a":1,"b":2}"#], invalid: [#"{"a":1,"c":2}"#]),
        SchemaCase(
            #"{"allOf":[{"properties":{"a":true}}],"properties":{"b":true},"additionalProperties":false}"#,
            invalid: [#"{"a":1,"b":2}"#]),
        SchemaCase(
            #"{"anyOf":[{"properties":{"a":{"const":1}},"required":["a"]},{"properties":{"b":true},"required":["b"]}],"unevaluatedProperties":false}"#,
            valid: [#"{"a":1}"#, #"{"a":1,"b":2}"#, #"{"b":1}"#], invalid: [#"{"a":2,"b":2}"#, #"{"a":1,"c":1}"#]),
        SchemaCase(
            ##"{"$ref":"#/$defs/base","properties":{"b":true},"unevaluatedProperties":false,"$defs":{"base":{"properties":{"a":true}}}}"##,
            valid: [#"{"a":1,"b":1}"#], invalid: [#"{"c":1}"#]),
        SchemaCase(
            #"{"if":{"properties":{"k":{"const":1}},"required":["k"]},"then":{"properties":{"a":true}},"else":{"properties":{"b":true}},"unevaluatedProperties":false}"#,
            valid: [#"{"k":1,"a":1}"#, #"{"b":1}"#], invalid: [#"{"k":1,"b":1}"#, #"{"k":2}"#, #"{"a":1}"#]),
        SchemaCase(
            #"{"not":{"not":{"properties":{"a":true}}},"unevaluatedProperties":false}"#, valid: ["{}"],
            invalid: [#"{"a":1}"#]),
        SchemaCase(
            #"{"allOf":[{"unevaluatedProperties":true}],"unevaluatedProperties":false}"#, valid: [#"{"a":1}"#]),
        SchemaCase(
            #"{"properties":{"a":true},"allOf":[{"unevaluatedProperties":false}]}"#, invalid: [#"{"a":1}"#]),
        SchemaCase(
            #"{"dependentSchemas":{"a":{"properties":{"b":true}}},"properties":{"a":true},"unevaluatedProperties":false}"#,
            valid: [#"{"a":1,"b":1}"#], invalid: [#"{"b":1}"#]),
        SchemaCase(
            #"{"patternProperties":{"^x":true},"unevaluatedProperties":{"type":"string"}}"#,
            valid: [#"{"x":1,"y":"s"}"#], invalid: [#"{"y":1}"#]),
        SchemaCase(
            #"{"allOf":[{"prefixItems":[true]}],"unevaluatedItems":false}"#, valid: ["[1]", "[]"], invalid: ["[1,2]"]),
        SchemaCase(
            #"{"prefixItems":[true],"contains":{"type":"string"},"unevaluatedItems":{"type":"null"}}"#,
            valid: ["[1,\"a\",null]"], invalid: ["[1,\"a\",2]"]),
        SchemaCase(#"{"allOf":[{"items":true}],"unevaluatedItems":false}"#, valid: ["[1,2,3]"]),
        SchemaCase(
            #"{"properties":{"in":{"properties":{"a":true},"unevaluatedProperties":false}}}"#,
            valid: [#"{"in":{"a":1},"out":1}"#], invalid: [#"{"in":{"b":1}}"#]),
    ]

    @Test("on any value", arguments: anyValue) func onAnyValue(_ test: SchemaCase) throws { try test.check() }
    @Test("on numbers", arguments: numbers) func onNumbers(_ test: SchemaCase) throws { try test.check() }
    @Test("on strings", arguments: strings) func onStrings(_ test: SchemaCase) throws { try test.check() }
    @Test("on arrays", arguments: arrays) func onArrays(_ test: SchemaCase) throws { try test.check() }
    @Test("on objects", arguments: objects) func onObjects(_ test: SchemaCase) throws { try test.check() }
    @Test("in combinations", arguments: combinations) func combined(_ test: SchemaCase) throws { try test.check() }
    @Test("on what is not evaluated", arguments: unevaluated) func rest(_ test: SchemaCase) throws { try test.check() }
}
