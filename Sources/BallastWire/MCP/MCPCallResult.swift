package import BallastCore

/// The result of one `tools/call`, `resources/read` or `prompts/get`.
package struct MCPCallResult: Sendable, Hashable {
    package var content: [MCPContent]
    /// The content as the server stated it; a block of a kind that this revision does not know is a text that says so.
    package private(set) var blocks: [JSONValue] = []
    package var structured: JSONValue?
    /// The tool itself says that it failed.
    package var isError: Bool
    /// What the server wants to know before it goes on; nil when the call is complete.
    package private(set) var questions: Questions?
    /// What the server adds for programs, without what is meant for this hop only.
    package private(set) var meta: JSONObject = [:]

    /// What a server wants to know from a person before it goes on.
    package struct Questions: Sendable, Hashable {
        package static let most = 16
        package let requests: [InputRequest]
        /// To be handed back untouched.
        package let state: JSONValue?
    }

    package struct InputRequest: Sendable, Hashable {
        package let key: JSONString
        package let method: String
        package let parameters: JSONObject
        package var message: String { parameters["message"]?.string ?? "" }

        package init(key: JSONString, method: String, parameters: JSONObject) {
            self.key = key
            self.method = method
            self.parameters = parameters
        }
    }

    package init(content: [MCPContent], structured: JSONValue? = nil, isError: Bool = false) {
        self.content = content
        self.structured = structured
        self.isError = isError
    }

    /// A structured result with its JSON as text beside it, as MCP asks of servers.
    package static func structured(_ value: JSONValue) -> MCPCallResult {
        MCPCallResult(content: [.text(String(decoding: JSONWriter.compact(value), as: UTF8.self))], structured: value)
    }

    package static func failure(_ message: String) -> MCPCallResult {
        MCPCallResult(content: [.text(message)], isError: true)
    }

    /// Reads a result; an unknown kind of result is refused, not guessed at.
    package init(_ value: JSONValue, of target: MCPCallRequest.Target = .tool("")) throws(MCPProtocolError) {
        guard case .object(let object) = value else {
            throw MCPProtocolError("the result of a call must be an object, not \(value.kindName)")
        }
        let kind = object["resultType"]?.string ?? "complete"
        switch (kind, target) {
        case ("complete", .tool): try self.init(complete: object)
        case ("complete", .resource): try self.init(resource: object)
        case ("complete", .prompt): try self.init(prompt: object)
        case ("input_required", _): try self.init(inputRequired: object)
        default: throw MCPProtocolError("the result of a call has the unknown type \"\(kind.prefix(64))\"")
        }
        meta = JSONObject(
            (object["_meta"]?.object ?? [:]).members.filter { !MCPMetaKey.isReserved($0.key) })
    }

    private init(complete object: JSONObject) throws(MCPProtocolError) {
        let values = try Self.array("content", of: object) ?? []
        var content: [MCPContent] = []
        for value in values { content.append(try MCPContent(value)) }
        self.init(
            content: content, structured: object["structuredContent"], isError: object["isError"]?.bool ?? false)
        blocks = zip(content, values).map { read, value in
            if case .unknown = read { ["type": "text", "text": JSONValue(read.flattened)] } else { value }
        }
    }

    private init(resource object: JSONObject) throws(MCPProtocolError) {
        guard let values = try Self.array("contents", of: object) else {
            throw MCPProtocolError("the answer to resources/read has no array \"contents\"")
        }
        var content: [MCPContent] = []
        for value in values { content.append(try MCPContent(resource: value)) }
        self.init(content: content, structured: Self.withoutEnvelope(object))
    }

    private init(prompt object: JSONObject) throws(MCPProtocolError) {
        guard let messages = try Self.array("messages", of: object) else {
            throw MCPProtocolError("the answer to prompts/get has no array \"messages\"")
        }
        var content: [MCPContent] = []
        for message in messages {
            guard let role = message["role"]?.string, let said = message["content"] else {
                throw MCPProtocolError("a message of a prompt has no role or no content")
            }
            content.append(.text("\(role.prefix(32)): \(try MCPContent(said).flattened)"))
        }
        self.init(content: content, structured: Self.withoutEnvelope(object))
    }

    private static func array(_ name: JSONString, of object: JSONObject) throws(MCPProtocolError) -> [JSONValue]? {
        switch object[name] {
        case nil: return nil
        case .array(let values)?: return values
        case let other?: throw MCPProtocolError("the member \"\(name)\" must be an array, not \(other.kindName)")
        }
    }

    private static func withoutEnvelope(_ object: JSONObject) -> JSONValue {
        .object(JSONObject(object.members.filter { $0.key != "resultType" && $0.key != "_meta" }))
    }

    private init(inputRequired object: JSONObject) throws(MCPProtocolError) {
        let requests = object["inputRequests"]?.object?.members ?? []
        guard requests.count <= Questions.most else {
            throw MCPProtocolError("the server asks \(requests.count) things at once, more than \(Questions.most)")
        }
        self.init(content: [], isError: true)
        let questions = Questions(
            requests: requests.map { request in
                InputRequest(
                    key: request.key, method: request.value["method"]?.string ?? "",
                    parameters: request.value["params"]?.object ?? [:])
            }, state: object["requestState"])
        self.questions = questions
        content = [.text(Self.explanation(questions))]
    }

    private static func explanation(_ asked: Questions) -> String {
        let questions = asked.requests.map { "\"\($0.message)\" (\($0.method))" }
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
        let texts: [JSONValue] = content.map { ["type": "text", "text": JSONValue($0.flattened)] }
        var object: JSONObject = ["content": .array(texts)]
        object["structuredContent"] = structured
        object["isError"] = .bool(isError)
        return object
    }
}
