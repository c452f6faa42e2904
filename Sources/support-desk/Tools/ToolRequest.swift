import BallastCore
import BallastWire

/// What the desk will not do, told to the model as the tool's own failure.
struct Refusal: Error {
    let message: String
    init(_ message: String) { self.message = message }
}

/// The arguments of one call, read strictly.
struct ToolRequest: Sendable {
    let arguments: JSONObject
    /// nil when there is none or the desk was told to ignore keys.
    let deduplicationKey: String?
    /// The key as it came, for the record.
    let key: String?

    init(_ call: MCPServerSession.Call, ignoresKey: Bool) {
        arguments = call.arguments
        key = call.idempotencyKey
        deduplicationKey = ignoresKey ? nil : call.idempotencyKey
    }

    func text(_ name: JSONString) throws -> String {
        guard let text = try optionalText(name) else { throw Refusal("the argument \(name) is missing") }
        return text
    }

    func optionalText(_ name: JSONString) throws -> String? {
        guard let value = arguments[name] else { return nil }
        guard let text = value.string, !text.isEmpty else { throw Refusal("\(name) must be a text that is not empty") }
        return text
    }

    func integer(_ name: JSONString) throws -> Int64 {
        guard let integer = arguments[name]?.integer else { throw Refusal("\(name) must be an integer") }
        return integer
    }

    func flag(_ name: JSONString) throws -> Bool {
        guard let flag = arguments[name]?.bool else { throw Refusal("\(name) must be true or false") }
        return flag
    }

    /// Refuses members that the tool does not have.
    func check(against tool: MCPTool) throws {
        let known = tool.inputSchema["properties"]?.object?.keys ?? []
        for key in arguments.keys where !known.contains(key) { throw Refusal("there is no argument \(key)") }
    }
}
