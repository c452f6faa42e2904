import BallastCore
import Testing

/// One schema with values that keep it and values that break it, all as JSON text.
struct SchemaCase: Sendable, CustomTestStringConvertible {
    let schema: String
    let valid: [String]
    let invalid: [String]

    init(_ schema: String, valid: [String] = [], invalid: [String] = []) {
        self.schema = schema
        self.valid = valid
        self.invalid = invalid
    }

    var testDescription: String { schema }

    func check() throws {
        let compiled = try JSONSchema(compiling: JSONReader.read(schema))
        for text in valid {
            let violations = compiled.validate(try JSONReader.read(text))
            #expect(violations.isEmpty, "\(text) must be valid")
        }
        for text in invalid {
            let violations = compiled.validate(try JSONReader.read(text))
            #expect(!violations.isEmpty, "\(text) must be invalid")
            #expect(!violations.contains { $0.keyword == "limit" }, "\(text) must be checked to the end")
        }
    }
}

/// The violations of one value, for tests of their wording.
func violations(
    of value: String, against schema: String, limits: JSONSchemaLimits = .standard
) throws -> [JSONSchemaViolation] {
    try JSONSchema(compiling: JSONReader.read(schema), limits: limits).validate(JSONReader.read(value))
}

/// The error of a schema that must not compile.
func compileError(_ schema: String, limits: JSONSchemaLimits = .standard) throws -> JSONSchemaError? {
    let source = try JSONReader.read(schema, limits: JSONLimits(maxDepth: 512))
    return #expect(throws: JSONSchemaError.self) { try JSONSchema(compiling: source, limits: limits) }
}
