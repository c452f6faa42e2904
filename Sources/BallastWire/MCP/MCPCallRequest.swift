package import BallastCore

/// What is asked of a server for an agent: a tool's call, the reading of a resource, a prompt.
///
/// `arguments` is one JSON object on one line: these bytes were judged, so they are spliced into the message and not
/// written anew.
package struct MCPCallRequest: Sendable, Hashable {
    package enum Target: Sendable, Hashable {
        case tool(String)
        /// The arguments are `{"uri"}`.
        case resource
        /// The arguments are `{"name","arguments"}`.
        case prompt
    }

    package let target: Target
    package let arguments: [UInt8]
    /// The same arguments, read.
    package let object: JSONObject
    package let idempotencyKey: String?
    /// Somebody wants to hear how far the server is.
    package let wantsProgress: Bool
    package let elicitation: MCPElicitation
    /// What the server asked in the round before, answered.
    package private(set) var answers: MCPAnswers?

    package init(
        _ target: Target, arguments: [UInt8], idempotencyKey: String? = nil, wantsProgress: Bool = false,
        elicitation: MCPElicitation = .none
    ) throws(MCPProtocolError) {
        self.target = target
        self.arguments = arguments
        object = try Self.read(arguments)
        self.idempotencyKey = idempotencyKey
        self.wantsProgress = wantsProgress
        self.elicitation = elicitation
        try checkMembers()
    }

    private static func read(_ arguments: [UInt8]) throws(MCPProtocolError) -> JSONObject {
        let value: JSONValue
        do {
            value = try JSONReader.read(arguments)
        } catch {
            throw MCPProtocolError("the arguments are not JSON: \(error)")
        }
        guard case .object(let object) = value, !arguments.contains(UInt8(ascii: "\n")) else {
            throw MCPProtocolError("the arguments must be one JSON object on one line")
        }
        return object
    }

    /// Members that stand beside `_meta` in the message are no others than those that belong there.
    private func checkMembers() throws(MCPProtocolError) {
        switch target {
        case .tool: return
        case .resource:
            guard object.keys == ["uri"], object["uri"]?.string != nil, arguments.last == UInt8(ascii: "}") else {
                throw MCPProtocolError("a resource is read by its \"uri\", a text, and nothing else")
            }
        case .prompt:
            guard object["name"]?.string != nil, object.keys.allSatisfy({ $0 == "name" || $0 == "arguments" }),
                arguments.last == UInt8(ascii: "}")
            else {
                throw MCPProtocolError("a prompt is got by its \"name\", a text, and its \"arguments\"")
            }
        }
    }

    /// The same request with the answers to what the server asked; nil where it only wants to be asked again.
    package func answering(_ answers: MCPAnswers?) -> MCPCallRequest {
        var next = self
        next.answers = answers
        return next
    }

    package var method: String {
        switch target {
        case .tool: MCPMethod.callTool
        case .resource: MCPMethod.readResource
        case .prompt: MCPMethod.getPrompt
        }
    }

    /// What is called, read or got, as the header `Mcp-Name` says it.
    package var name: String {
        switch target {
        case .tool(let name): name
        case .resource: object["uri"]?.string ?? ""
        case .prompt: object["name"]?.string ?? ""
        }
    }
}

/// Whether a person can be asked on a server's behalf, and how.
package enum MCPElicitation: Sendable, Hashable {
    case none
    case forms
    /// Also to open an address in a browser.
    case formsAndAddresses

    /// The client capabilities that say so.
    var capabilities: JSONObject {
        switch self {
        case .none: [:]
        case .forms: ["elicitation": ["form": [:]]]
        case .formsAndAddresses: ["elicitation": ["form": [:], "url": [:]]]
        }
    }
}

/// Answers to what a server asked before it goes on, with the state that it wants back.
package struct MCPAnswers: Sendable, Hashable {
    package let responses: JSONObject
    /// Handed back untouched.
    package let state: JSONValue?

    package init(responses: JSONObject, state: JSONValue?) {
        self.responses = responses
        self.state = state
    }
}

/// What a person did with a server's question.
package enum MCPReply: Sendable, Hashable {
    case accept(JSONObject)
    case decline
    case cancel

    package var json: JSONValue {
        switch self {
        case .accept(let content): ["action": "accept", "content": .object(content)]
        case .decline: ["action": "decline"]
        case .cancel: ["action": "cancel"]
        }
    }
}

/// How far a server is with a request.
package struct MCPProgress: Sendable, Hashable {
    private static let longestNumber = 40
    private static let longestMessage = 1_000

    /// The request's own identifier: it is what requests give as their token.
    package let id: JSONRPCID
    package let progress: JSONNumber
    package let total: JSONNumber?
    package let message: String?

    /// nil when it names no request or says no number.
    package init?(_ parameters: JSONObject) {
        guard let id = parameters["progressToken"].flatMap(JSONRPCID.init),
            let progress = Self.number(parameters["progress"])
        else { return nil }
        self.id = id
        self.progress = progress
        total = Self.number(parameters["total"])
        message = parameters["message"]?.string.map { text in
            text.utf8.count <= Self.longestMessage
                ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(Self.longestMessage)))
        }
    }

    private static func number(_ value: JSONValue?) -> JSONNumber? {
        guard case .number(let number)? = value, number.source.utf8.count <= longestNumber, number.double != nil else {
            return nil
        }
        return number
    }
}
