import BallastCore
import BallastWire

/// One tool: what it says of itself and what it does.
struct ToolEntry: Sendable {
    let tool: MCPTool
    private let body: @Sendable (Desk, ToolRequest) async throws -> JSONValue

    init(
        _ name: String, _ description: String, input: [Field], output: [Field], annotations: JSONValue,
        body: @escaping @Sendable (Desk, ToolRequest) async throws -> JSONValue
    ) {
        tool = MCPTool(
            name: name, description: description, inputSchema: Field.object(input),
            outputSchema: Field.object(output), annotations: annotations)
        self.body = body
    }

    func run(_ desk: Desk, _ request: ToolRequest) async throws -> JSONValue {
        try request.check(against: tool)
        return try await body(desk, request)
    }
}

/// A member of an object in a schema.
struct Field: Sendable {
    let name: JSONString
    let schema: JSONValue
    let isRequired: Bool

    static func text(_ name: JSONString, _ description: String, isRequired: Bool = true) -> Field {
        field(name, "string", description, isRequired)
    }

    static func integer(_ name: JSONString, _ description: String, isRequired: Bool = true) -> Field {
        field(name, "integer", description, isRequired)
    }

    static func flag(_ name: JSONString, _ description: String) -> Field { field(name, "boolean", description, true) }

    static func choice(_ name: JSONString, _ description: String, of values: [String], isRequired: Bool = true) -> Field
    {
        let schema: JSONValue = [
            "type": "string", "enum": .array(values.map { JSONValue($0) }), "description": JSONValue(description),
        ]
        return Field(name: name, schema: schema, isRequired: isRequired)
    }

    static func list(_ name: JSONString, of items: JSONValue) -> Field {
        Field(name: name, schema: ["type": "array", "items": items], isRequired: true)
    }

    /// An object with these members and no others.
    static func object(_ fields: [Field]) -> JSONValue {
        [
            "type": "object",
            "properties": .object(JSONObject(fields.map { JSONMember($0.name, $0.schema) })),
            "required": .array(fields.filter(\.isRequired).map { .string($0.name) }),
            "additionalProperties": false,
        ]
    }

    /// The same member with one more rule of JSON Schema.
    func with(_ rule: JSONString, _ value: JSONValue) -> Field {
        var schema = schema.object ?? [:]
        schema[rule] = value
        return Field(name: name, schema: .object(schema), isRequired: isRequired)
    }

    private static func field(_ name: JSONString, _ type: String, _ description: String, _ isRequired: Bool) -> Field {
        let schema: JSONValue = ["type": JSONValue(type), "description": JSONValue(description)]
        return Field(name: name, schema: schema, isRequired: isRequired)
    }
}

/// Every tool of the desk.
enum Toolbox {
    static let all: [ToolEntry] =
        OrderTools.all + RefundTools.all + EmailTools.all + TicketTools.all + RecordTools.all

    static let readOnly: JSONValue = ["readOnlyHint": true, "openWorldHint": false]
    static let readsOutsideText: JSONValue = ["readOnlyHint": true, "openWorldHint": true]
    static let adds: JSONValue = ["readOnlyHint": false, "destructiveHint": false, "openWorldHint": false]
    static let addsOnce: JSONValue = [
        "readOnlyHint": false, "destructiveHint": false, "idempotentHint": true, "openWorldHint": false,
    ]
    static let destroys: JSONValue = ["readOnlyHint": false, "destructiveHint": true, "openWorldHint": false]
    static let reachesOut: JSONValue = ["readOnlyHint": false, "destructiveHint": true, "openWorldHint": true]
}
