import BallastCore

/// Short ways to write JSON Schemas.
enum Schema {
    static func ref(_ name: String) -> JSONValue { ["$ref": JSONValue("#/components/schemas/\(name)")] }
    static func list(_ items: JSONValue) -> JSONValue { ["type": "array", "items": items] }
    static func words(_ values: [String]) -> JSONValue {
        ["type": "string", "enum": .array(values.map { JSONValue($0) })]
    }

    static func text(_ longest: Int, _ description: String? = nil) -> JSONValue {
        var schema: JSONObject = ["type": "string", "minLength": 1, "maxLength": JSONValue(longest)]
        if let description { schema["description"] = JSONValue(description) }
        return .object(schema)
    }

    /// The schema, or null.
    static func optional(_ schema: JSONValue) -> JSONValue { ["anyOf": [schema, ["type": "null"]]] }

    /// An object of an answer: every property is there, and more may come with later versions.
    static func answer(_ properties: JSONObject, optional: JSONObject = [:]) -> JSONValue {
        var all = properties
        all.merge(optional)
        return [
            "type": "object", "properties": .object(all), "required": .array(properties.keys.map { .string($0) }),
        ]
    }

    /// An object of a request: nothing but these members is taken.
    static func request(_ properties: JSONObject, required: [String] = []) -> JSONValue {
        var schema: JSONObject = [
            "type": "object", "properties": .object(properties), "additionalProperties": false,
        ]
        if !required.isEmpty { schema["required"] = .array(required.map { JSONValue($0) }) }
        return .object(schema)
    }

    static let string: JSONValue = ["type": "string"]
    static let flag: JSONValue = ["type": "boolean"]
    static let count: JSONValue = ["type": "integer", "minimum": 0]
    static let moment: JSONValue = ["type": "string", "format": "date-time"]
    static let optionalString: JSONValue = ["type": ["string", "null"]]
    static let optionalMoment: JSONValue = ["type": ["string", "null"], "format": "date-time"]
    static let anything: JSONValue = [:]
}
