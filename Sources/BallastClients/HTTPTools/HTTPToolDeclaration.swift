package import BallastCore

/// A tool that is one HTTP request, as the operator declares it.
package struct HTTPToolDeclaration: Sendable, Hashable {
    package enum Method: String, Sendable, Hashable, CaseIterable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"

        /// Reads, by the meaning of the method (RFC 9110 section 9.2.1).
        var isSafe: Bool { self == .get }
    }

    /// Where arguments go that neither the address nor `query` names.
    package enum Rest: Sendable, Hashable {
        /// A call with such an argument is refused: nothing that was judged is left out silently.
        case refused
        case query
        /// One JSON object with exactly these members.
        case jsonBody
    }

    /// A parameter of the query and the argument that gives its value.
    package struct QueryParameter: Sendable, Hashable {
        package let name: String
        package let argument: String

        package init(_ name: String, argument: String? = nil) {
            self.name = name
            self.argument = argument ?? name
        }
    }

    /// The bare name.
    package let name: String
    package let description: String
    package let method: Method
    /// Such as `https://shop.example.com/orders/{order_id}`; braces hold the names of arguments, in path and query only.
    package let urlTemplate: String
    package let headers: [OutboundHeader]
    /// Arguments that are absent or null are left out; a list repeats the parameter.
    package let query: [QueryParameter]
    package let rest: Rest
    /// JSON Schema of the arguments.
    package let inputSchema: JSONValue
    package let outputSchema: JSONValue?
    /// Milliseconds of one attempt; the runtime's own bound holds as well.
    package let timeout: Int64
    /// Of the answer; the rest is cut off and the cut is stated.
    package let maxResponseBytes: Int
    /// Carries the idempotency key of everything but GET; nil when the service takes none.
    package let idempotencyHeader: String?

    /// - Parameter rest: the query for GET, else a JSON body.
    package init(
        name: String, description: String, method: Method, urlTemplate: String, headers: [OutboundHeader] = [],
        query: [QueryParameter] = [], rest: Rest? = nil, inputSchema: JSONValue, outputSchema: JSONValue? = nil,
        timeout: Int64 = 30_000, maxResponseBytes: Int = 1 << 20, idempotencyHeader: String? = "Idempotency-Key"
    ) {
        self.name = name
        self.description = description
        self.method = method
        self.urlTemplate = urlTemplate
        self.headers = headers
        self.query = query
        self.rest = rest ?? (method.isSafe ? .query : .jsonBody)
        self.inputSchema = inputSchema
        self.outputSchema = outputSchema
        self.timeout = max(1, timeout)
        self.maxResponseBytes = max(1, maxResponseBytes)
        self.idempotencyHeader = idempotencyHeader
    }
}

/// A declaration that cannot become requests.
package struct HTTPToolDeclarationError: Error, Sendable, Hashable, CustomStringConvertible {
    package let tool: String
    /// What is wrong and what to write instead.
    package let message: String
    package var description: String { "HTTP tool \(tool): \(message)" }
}
