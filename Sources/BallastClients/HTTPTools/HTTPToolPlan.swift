import AsyncHTTPClient
import BallastCore
import BallastRuntime
import NIOCore
import NIOHTTP1

/// A declaration that was checked once and makes requests.
struct HTTPToolPlan: Sendable {
    let declaration: HTTPToolDeclaration
    let definition: ToolDefinition
    private let template: URLTemplate

    init(_ declaration: HTTPToolDeclaration, provider: String, isPrefixed: Bool) throws(HTTPToolDeclarationError) {
        do {
            template = try URLTemplate(declaration.urlTemplate)
            try Self.check(declaration, placed: template.arguments + declaration.query.map(\.argument))
        } catch {
            throw HTTPToolDeclarationError(tool: declaration.name, message: error.message)
        }
        self.declaration = declaration
        definition = ToolDefinition(
            name: isPrefixed ? "\(provider)__\(declaration.name)" : declaration.name, remoteName: declaration.name,
            provider: provider, description: declaration.description, inputSchema: declaration.inputSchema,
            outputSchema: declaration.outputSchema)
    }

    private static func check(_ declaration: HTTPToolDeclaration, placed: [String]) throws(URLTemplate.Problem) {
        if declaration.method.isSafe, declaration.rest == .jsonBody {
            throw URLTemplate.Problem(message: "GET has no body; put the arguments into the query")
        }
        if let properties = declaration.inputSchema["properties"]?.object,
            let unknown = placed.first(where: { properties[JSONString($0)] == nil })
        {
            throw URLTemplate.Problem(
                message: "`\(unknown)` is not among the tool's arguments; declare it in the schema")
        }
        let names = declaration.headers.map(\.name) + (declaration.idempotencyHeader.map { [$0] } ?? [])
        if let bad = names.first(where: { !isHeaderName($0) }) {
            throw URLTemplate.Problem(message: "`\(bad)` cannot be the name of a header")
        }
    }

    private static func isHeaderName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"\"(),/:;<=>?@[\\]{}".utf8.contains($0) }
    }
}

// MARK: Requests

extension HTTPToolPlan {
    /// The request of one attempt: exactly the arguments that were judged, each in its place.
    func request(for invocation: ToolInvocation) throws(URLTemplate.Problem) -> OutgoingRequest {
        guard let arguments = (try? JSONReader.read(invocation.arguments))?.object else {
            throw URLTemplate.Problem(message: "the arguments are not a JSON object")
        }
        var (address, query) = try template.fill(arguments)
        for parameter in declaration.query {
            try Self.add(arguments[JSONString(parameter.argument)], as: parameter.name, to: &query)
        }
        let rest = try place(rest(of: arguments), in: &query)
        if !query.isEmpty { address += "?" + query }
        var request = OutgoingRequest(url: address)
        request.method = HTTPMethod(rawValue: declaration.method.rawValue)
        addHeaders(to: &request, for: invocation)
        if let rest {
            request.headers.replaceOrAdd(name: "content-type", value: "application/json")
            request.body = ByteBuffer(bytes: JSONWriter.canonical(.object(rest)))
        }
        return request
    }

    private func rest(of arguments: JSONObject) -> JSONObject {
        let placed = Set((template.arguments + declaration.query.map(\.argument)).map { JSONString($0) })
        return JSONObject(arguments.members.filter { !placed.contains($0.key) })
    }

    /// Puts what is left where the declaration says; returns the members of the body, if there is one.
    private func place(_ rest: JSONObject, in query: inout String) throws(URLTemplate.Problem) -> JSONObject? {
        switch declaration.rest {
        case .refused:
            guard let first = rest.members.first else { return nil }
            throw URLTemplate.Problem(message: "`\(first.key)` has no place in the request")
        case .query:
            for member in rest.members { try Self.add(member.value, as: member.key.text, to: &query) }
            return nil
        case .jsonBody:
            return rest.isEmpty && declaration.method == .delete ? nil : rest
        }
    }

    private static func add(_ value: JSONValue?, as name: String, to query: inout String) throws(URLTemplate.Problem) {
        guard let value, !value.isNull else { return }
        for item in value.array ?? [value] {
            let text = try URLTemplate.scalar(item, name)
            query += (query.isEmpty ? "" : "&") + PercentEncoding.encode(name) + "=" + PercentEncoding.encode(text)
        }
    }

    private func addHeaders(to request: inout OutgoingRequest, for invocation: ToolInvocation) {
        request.headers.add(name: "accept", value: "application/json, */*;q=0.5")
        request.headers.add(name: "user-agent", value: "ballast")
        for header in declaration.headers {
            request.headers.replaceOrAdd(name: header.name, value: header.value.reveal())
        }
        if let header = declaration.idempotencyHeader, !declaration.method.isSafe {
            request.headers.replaceOrAdd(name: header, value: invocation.idempotencyKey)
        }
    }
}
