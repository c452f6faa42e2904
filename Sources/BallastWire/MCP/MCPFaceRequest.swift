package import BallastCore

/// One request of a client, checked as far as can be without knowing what is offered.
package struct MCPFaceRequest: Sendable {
    /// What is asked; the others of the protocol are not offered.
    package enum Operation: String, Sendable, Hashable {
        case discover = "server/discover"
        case initialize = "initialize"
        case ping = "ping"
        case listTools = "tools/list"
        case callTool = "tools/call"
        case listResources = "resources/list"
        case listTemplates = "resources/templates/list"
        case readResource = "resources/read"
        case listPrompts = "prompts/list"
        case getPrompt = "prompts/get"
        case listen = "subscriptions/listen"

        /// Nil where an era does not have it.
        init?(_ method: String, _ era: MCPEra) {
            self.init(rawValue: method)
            switch (self, era) {
            case (.discover, .legacy), (.listen, .legacy), (.initialize, .modern), (.ping, .modern): return nil
            default: break
            }
        }

        /// The member of the parameters that `Mcp-Name` repeats.
        package var nameMember: JSONString? {
            switch self {
            case .callTool, .getPrompt: "name"
            case .readResource: "uri"
            default: nil
            }
        }
    }

    package let id: JSONRPCID
    package let era: MCPEra
    /// The revision that the request states, or is taken to.
    package let version: String
    package let method: String
    /// nil for a method that this era does not have or that is not offered.
    package let operation: Operation?
    /// Without `arguments`.
    package let parameters: JSONObject
    /// The bytes of `params.arguments` as they came; nil when there are none.
    package let arguments: [UInt8]?

    private var meta: JSONObject { parameters["_meta"]?.object ?? [:] }

    /// What the client can do, as a modern request states it; a legacy client has said it when its session began.
    package var clientCapabilities: JSONObject { meta[MCPMetaKey.clientCapabilities]?.object ?? [:] }
    /// Unverified, for telling conversations apart and for logs.
    package var clientName: String? { meta[MCPMetaKey.clientInfo]?["name"]?.string }
    /// The client wants to hear of progress under this token.
    package var progressToken: JSONRPCID? { meta["progressToken"].flatMap(JSONRPCID.init) }
    /// The principal's own words, as the client states them.
    package var task: String? { meta[MCPMetaKey.task]?.string }
    /// What the task may do at all, as the client states it.
    package var contract: JSONValue? { meta[MCPMetaKey.contract] }
    /// The name of a tool or prompt.
    package var name: String? { parameters["name"]?.string }
    package var uri: String? { parameters["uri"]?.string }
    /// Answers to what an earlier result asked, by their names.
    package var inputResponses: JSONObject? { parameters["inputResponses"]?.object }
    package var requestState: String? { parameters["requestState"]?.string }

    /// The error of a request whose method is not offered.
    package var methodNotFound: JSONRPCError {
        JSONRPCError(.methodNotFound, "there is no method \(method.prefix(100)) here")
    }
}

extension MCPMetaKey {
    /// The principal's own words, on a request to the gateway.
    package static let task: JSONString = "ballast/task"
    /// What the task may do at all.
    package static let contract: JSONString = "ballast/contract"
}

/// What a client can be asked in the middle of a request.
package struct MCPFaceClient: Sendable, Hashable {
    /// A form can be shown to whoever is at the client.
    package let answersForms: Bool
    /// An address can be opened there.
    package let opensAddresses: Bool

    /// `elicitation: {}` means forms, as it did before there was anything else.
    package init(capabilities: JSONObject) {
        let elicitation = capabilities["elicitation"]?.object
        opensAddresses = elicitation?["url"]?.object != nil
        answersForms = elicitation != nil && (elicitation?["form"]?.object != nil || !opensAddresses)
    }

    package static let mute = MCPFaceClient(capabilities: [:])
}

/// What one POST to the endpoint says.
package enum MCPFaceMessage: Sendable {
    case request(MCPFaceRequest)
    /// Answered with 202 whatever it says.
    case notification(method: String, parameters: JSONObject, MCPEra)
    /// A legacy client's answer to a request of ours.
    case answer(JSONRPCID, MCPFaceReply)
}

/// A client's answer to a request of ours.
package enum MCPFaceReply: Sendable, Hashable {
    case result(JSONValue)
    case error(JSONRPCError)
}
