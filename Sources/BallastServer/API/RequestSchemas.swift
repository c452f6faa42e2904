import BallastCore

/// The compiled schemas of bodies and query parameters: what OpenAPI says of a request is what is checked.
struct RequestSchemas: Sendable {
    private let bodies: [String: JSONSchema]
    private let parameters: [String: [String: JSONSchema]]
    private let components: JSONObject

    /// Compiles what the operations name, from the document's components.
    init(operations: [APIOperation], components: JSONObject) throws(JSONSchemaError) {
        var bodies: [String: JSONSchema] = [:]
        var parameters: [String: [String: JSONSchema]] = [:]
        for operation in operations {
            if let name = operation.body {
                bodies[name] = try RequestSchemas.compile(name, components)
            }
            for parameter in operation.query {
                parameters[operation.id, default: [:]][parameter.name] = try JSONSchema(compiling: parameter.schema)
            }
        }
        self.bodies = bodies
        self.parameters = parameters
        self.components = components
    }

    /// A schema of the components with everything that it may refer to.
    static func compile(_ name: String, _ components: JSONObject) throws(JSONSchemaError) -> JSONSchema {
        try JSONSchema(
            compiling: [
                "$ref": JSONValue("#/components/schemas/\(name)"), "components": ["schemas": .object(components)],
            ])
    }

    func body(_ bytes: [UInt8], against name: String) throws(Problem) -> JSONObject {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONReader.read(bytes, limits: JSONLimits(maxDepth: 64, maxBytes: APIResponder.bodyLimit))
        } catch {
            throw .invalid("", error.description)
        }
        let violations = bodies[name]?.validate(value) ?? []
        guard violations.isEmpty, let object = value.object else {
            let properties = components[JSONString(name)]?["properties"]
            throw .invalid(
                violations.prefix(10).map { violation in
                    let member = JSONString(String(violation.pointer.dropFirst()))
                    return Problem.Fault(
                        pointer: violation.pointer, detail: words(violation.message, of: properties?[member]))
                })
        }
        return object
    }

    /// The parameters of a query string; unknown and repeated ones are refused rather than ignored.
    func query(of text: String?, for operation: APIOperation) throws(Problem) -> [String: String] {
        var values: [String: String] = [:]
        for pair in (text ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentText.decode(parts[0], plusIsSpace: true),
                let value = PercentText.decode(parts.count > 1 ? parts[1] : "", plusIsSpace: true)
            else { throw .invalid("query", "a percent-escape in the query is broken") }
            guard let schema = parameters[operation.id]?[name] else {
                let known = operation.query.map(\.name).joined(separator: ", ")
                throw .invalid(
                    String(name.prefix(60)),
                    known.isEmpty ? "no query parameter is taken here" : "the query parameters here are \(known)")
            }
            guard values[name] == nil else { throw .invalid(name, "\(name) is given twice") }
            if let violation = schema.validate(RequestSchemas.typed(value, by: schema)).first {
                throw .invalid(name, words(violation.message, of: schema.source))
            }
            values[name] = value
        }
        return values
    }

    /// What is wrong, for people: a text that does not match a pattern is told by what the schema says in words.
    private func words(_ message: String, of schema: JSONValue?) -> String {
        guard message.contains("must match the pattern"), let expected = schema?["description"]?.string else {
            return message
        }
        return "not what is taken here; expected: \(expected)"
    }

    /// A parameter's text as the JSON value that its schema speaks of.
    private static func typed(_ text: String, by schema: JSONSchema) -> JSONValue {
        switch schema.source["type"]?.string {
        case "integer": Int64(text).map { JSONValue($0) } ?? JSONValue(text)
        case "boolean": text == "true" ? true : text == "false" ? false : JSONValue(text)
        default: JSONValue(text)
        }
    }
}
