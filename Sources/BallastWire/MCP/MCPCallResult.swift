package import BallastCore

/// The result of one `tools/call`.
package struct MCPCallResult: Sendable, Hashable {
    package var content: [MCPContent]
    package var structured: JSONValue?
    /// The tool itself says that it failed.
    package var isError: Bool
    /// What the server wants to know from a person before it goes on; empty when the call is complete.
    package var inputRequests: [InputRequest]

    package struct InputRequest: Sendable, Hashable {
        package let method: String
        package let message: String
    }

    package init(content: [MCPContent], structured: JSONValue? = nil, isError: Bool = false) {
        self.content = content
        self.structured = structured
        self.isError = isError
        self.inputRequests = []
    }

    /// A structured result with its JSON as text beside it, as MCP asks of servers.
    package static func structured(_ value: JSONValue) -> MCPCallResult {
        MCPCallResult(content: [.text(String(decoding: JSONWriter.compact(value), as: UTF8.self))], structured: value)
    }

    package static func failure(_ message: String) -> MCPCallResult {
        MCPCallResult(content: [.text(message)], isError: true)
    }

    /// Reads a result; an unknown kind of result is refused, not guessed at.
    package init(_ value: JSONValue) throws(MCPProtocolError) {
        guard case .object(let object) = value else {
            throw MCPProtocolError("the result of a call must be an object, not \(value.kindName)")
        }
        let kind = object["resultType"]?.string ?? "complete"
        switch kind {
        case "complete": try self.init(complete: object)
        case "input_required": self.init(inputRequired: object)
        default: throw MCPProtocolError("the result of a call has the unknown type \"\(kind.prefix(64))\"")
        }
    }

    private init(complete object: JSONObject) throws(MCPProtocolError) {
        var blocks: [MCPContent] = []
        switch object["content"] {
        case nil: break
        case .array(let values)?: for value in values { blocks.append(try MCPContent(value)) }
        case let other?: throw MCPProtocolError("the member \"content\" must be an array, not \(other.kindName)")
        }
        self.init(
            content: blocks, structured: object["structuredContent"], isError: object["isError"]?.bool ?? false)
    }

    private init(inputRequired object: JSONObject) {
        self.init(content: [], isError: true)
        let requests = object["inputRequests"]?.object?.members ?? []
        inputRequests = requests.prefix(16).map { request in
            InputRequest(
                method: request.value["method"]?.string ?? "",
                message: request.value["params"]?["message"]?.string ?? "")
        }
        content = [.text(explanation)]
    }

    private var explanation: String {
        let questions = inputRequests.map { "\"\($0.message)\" (\($0.method))" }
        return "The tool did not finish: it asks for input that cannot be given through this client"
            + (questions.isEmpty ? "." : ": \(questions.joined(separator: ", ")).")
            + " Nothing was answered; try without this tool or hand over to a person."
    }

    /// What a text model reads: the blocks one after the other, or the structured result where there are none.
    package var text: String {
        if content.isEmpty, let structured { return String(decoding: JSONWriter.compact(structured), as: UTF8.self) }
        return content.map(\.flattened).joined(separator: "\n")
    }

    var json: JSONObject {
        var object: JSONObject = ["content": .array(content.map { ["type": "text", "text": JSONValue($0.flattened)] })]
        object["structuredContent"] = structured
        object["isError"] = .bool(isError)
        return object
    }
}
