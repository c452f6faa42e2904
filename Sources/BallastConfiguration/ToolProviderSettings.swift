package import BallastCore

/// Somebody who offers tools.
package struct ToolProviderSettings: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case mcp(MCPServerSettings)
        case mcpAddress(MCPAddressSettings)
        case http(HTTPToolsSettings)
    }

    /// The key in ballast.yaml.
    package var name: String
    package var kind: Kind
    /// Tools are named `provider__tool`; otherwise by their bare names.
    package var isPrefixed: Bool

    package init(name: String, kind: Kind, isPrefixed: Bool = true) {
        self.name = name
        self.kind = kind
        self.isPrefixed = isPrefixed
    }
}

/// An MCP server that is started as a child process.
package struct MCPServerSettings: Sendable, Hashable {
    /// The program and its arguments. A program with a slash is an absolute path here; a bare name is looked up.
    package var command: [String]
    /// Variables for the child; values may be secrets.
    package var environment: [String: Secret]
    /// Absolute path; the configuration's folder unless given.
    package var directory: String

    package init(command: [String], environment: [String: Secret] = [:], directory: String) {
        self.command = command
        self.environment = environment
        self.directory = directory
    }
}

/// An MCP server that is spoken to over HTTP.
package struct MCPAddressSettings: Sendable, Hashable {
    package var url: String
    /// Sent with every message; values may be secrets.
    package var headers: [String: Secret]

    package init(url: String, headers: [String: Secret] = [:]) {
        self.url = url
        self.headers = headers
    }
}

/// Tools that are plain HTTP requests.
package struct HTTPToolsSettings: Sendable, Hashable {
    /// Without a slash at its end.
    package var baseURL: String
    /// Sent with every request; values may be secrets.
    package var headers: [String: Secret]
    /// Sorted by name.
    package var tools: [HTTPToolSettings]

    package init(baseURL: String, headers: [String: Secret] = [:], tools: [HTTPToolSettings] = []) {
        self.baseURL = baseURL
        self.headers = headers
        self.tools = tools
    }
}

package struct HTTPToolSettings: Sendable, Hashable {
    /// The bare name.
    package var name: String
    package var description: String
    /// GET, POST, PUT, PATCH or DELETE.
    package var method: String
    /// Starts with a slash; `{argument}` stands for an argument's value, escaped.
    package var path: String
    /// Arguments that go into the query; the others that are not in the path make a JSON body.
    package var query: [String]
    /// JSON Schema of the arguments.
    package var inputSchema: JSONValue
    package var outputSchema: JSONValue?
    /// The header that carries the idempotency key; nil when the service takes none.
    package var idempotencyHeader: String?

    package init(
        name: String, description: String, method: String, path: String, query: [String], inputSchema: JSONValue,
        outputSchema: JSONValue?, idempotencyHeader: String?
    ) {
        self.name = name
        self.description = description
        self.method = method
        self.path = path
        self.query = query
        self.inputSchema = inputSchema
        self.outputSchema = outputSchema
        self.idempotencyHeader = idempotencyHeader
    }
}
