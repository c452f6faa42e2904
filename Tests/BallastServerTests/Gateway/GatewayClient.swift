import BallastCore
import BallastRuntime
import BallastServer
import BallastTesting
import BallastWire
import HTTPTypes
import Synchronization
import Testing

/// A client of the gateway in either era, right at the endpoint: what it sends and is sent is what passes the socket.
struct GatewayClient: Sendable {
    let endpoint: MCPEndpoint
    var key: String
    var isModern = false
    var session: String?
    /// What it says it can be asked.
    var capabilities: JSONObject = ["elicitation": ["form": [:]]]
    var headers: HTTPFields = [:]

    /// One answer: whole, or messages one after the other.
    struct Reply: Sendable {
        let status: Int
        let headers: HTTPFields
        let body: JSONValue
        let events: Events?

        var result: JSONValue? { body["result"] }
        var code: Int64? { body["error"]?["code"]?.integer }
        var text: String { result?["content"]?[0]?["text"]?.string ?? "" }
        var refusal: String? { result?["structuredContent"]?["code"]?.string }

        /// The last message, whatever came before.
        func answer() async -> JSONValue {
            guard let events else { return body }
            var last = JSONValue.null
            while let message = await events.next() { last = message }
            return last
        }
    }

    /// Messages of a stream, as they come.
    final class Events: Sendable {
        private let messages: AsyncStream<JSONValue>
        private let exchange: any MCPExchange

        init(_ stream: MCPStream) {
            exchange = stream.exchange
            let (messages, continuation) = AsyncStream.makeStream(of: JSONValue.self)
            self.messages = messages
            Task {
                try? await stream.write { bytes in
                    let text = String(decoding: bytes, as: UTF8.self)
                    let start = "event: message\ndata: "
                    guard text.hasPrefix(start) else { return }
                    continuation.yield(try JSONReader.read(String(text.dropFirst(start.count))))
                }
                continuation.finish()
            }
        }

        func next() async -> JSONValue? {
            var iterator = messages.makeAsyncIterator()
            return await iterator.next()
        }

        /// The client closes its connection.
        func disconnect() { exchange.abandon() }
    }

    // MARK: Requests

    func send(
        _ method: HTTPRequest.Method = .post, body: String = "", headers more: HTTPFields = [:], path: String = "/mcp",
        host: String = "127.0.0.1:7340"
    ) async throws -> Reply {
        var fields = headers
        fields[.authorization] = "Bearer \(key)"
        fields[.accept] = "application/json, text/event-stream"
        fields[.contentType] = "application/json"
        if let session { fields[try name("mcp-session-id")] = session }
        for field in more { fields[field.name] = field.value.isEmpty ? nil : field.value }
        let answer = await endpoint.answer(
            MCPHTTPRequest(method: method, path: path, authority: host, headers: fields, body: Array(body.utf8)))
        switch answer.content {
        case .none: return Reply(status: answer.status, headers: answer.headers, body: .null, events: nil)
        case .json(let bytes):
            return Reply(
                status: answer.status, headers: answer.headers, body: try JSONReader.read(bytes), events: nil)
        case .stream(let stream):
            return Reply(status: answer.status, headers: answer.headers, body: .null, events: Events(stream))
        }
    }

    private func name(_ text: String) throws -> HTTPField.Name { try #require(HTTPField.Name(text)) }

    func request(
        _ method: String, _ parameters: JSONObject = [:], id: JSONValue = 1, headers: HTTPFields = [:]
    ) async throws -> Reply {
        var parameters = parameters
        var fields = headers
        if isModern {
            var meta = parameters["_meta"]?.object ?? [:]
            meta[MCPMetaKey.protocolVersion] = "2026-07-28"
            meta[MCPMetaKey.clientCapabilities] = .object(capabilities)
            parameters["_meta"] = .object(meta)
            fields[try name("mcp-protocol-version")] = "2026-07-28"
            fields[try name("mcp-method")] = method
            fields[try name("mcp-name")] = parameters["name"]?.string ?? parameters["uri"]?.string
        }
        let message: JSONValue = [
            "jsonrpc": "2.0", "id": id, "method": JSONValue(method), "params": .object(parameters),
        ]
        return try await send(body: String(decoding: JSONWriter.compact(message), as: UTF8.self), headers: fields)
    }

    func call(
        _ tool: String, _ arguments: JSONObject = [:], id: JSONValue = 1, meta: JSONObject = [:],
        more: JSONObject = [:], headers: HTTPFields = [:]
    ) async throws -> Reply {
        var parameters: JSONObject = ["name": JSONValue(tool), "arguments": .object(arguments)]
        if !meta.isEmpty { parameters["_meta"] = .object(meta) }
        for member in more.members { parameters[member.key] = member.value }
        return try await request("tools/call", parameters, id: id, headers: headers)
    }

    func notify(_ method: String, _ parameters: JSONObject = [:]) async throws -> Reply {
        let message: JSONValue = ["jsonrpc": "2.0", "method": JSONValue(method), "params": .object(parameters)]
        return try await send(body: String(decoding: JSONWriter.compact(message), as: UTF8.self))
    }

    /// A legacy client answers what it was asked.
    func reply(to question: JSONValue, _ result: JSONValue) async throws -> Reply {
        let message: JSONValue = ["jsonrpc": "2.0", "id": question["id"] ?? .null, "result": result]
        return try await send(body: String(decoding: JSONWriter.compact(message), as: UTF8.self))
    }

    /// Begins a legacy session.
    func initialized(meta: JSONObject = [:]) async throws -> GatewayClient {
        var client = self
        let reply = try await request(
            "initialize",
            ["protocolVersion": "2025-11-25", "capabilities": .object(capabilities), "_meta": .object(meta)], id: 0)
        client.session = reply.headers[try name("mcp-session-id")]
        #expect(client.session?.utf8.count == 64)
        #expect(try await client.notify("notifications/initialized").status == 202)
        return client
    }
}

extension JSONValue {
    static let yes: JSONValue = ["action": "accept", "content": ["approve": true]]
    static let no: JSONValue = ["action": "decline"]
}

extension ServerStage {
    func gateway(_ key: String? = nil, isModern: Bool = false) -> GatewayClient {
        GatewayClient(endpoint: MCPEndpoint(context, isLoopback: true), key: key ?? firstKey, isModern: isModern)
    }

    /// The request for a decision that waits.
    func approval() async throws -> ApprovalRecord {
        let scope = TenantScope(.default)
        while true {
            if let found = try await store.approvals(status: .pending, limit: 1, scope: scope).first { return found }
            await Task.yield()
        }
    }
}

/// Holds whoever waits until it is opened.
final class Latch: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())

    var isWaitedFor: Bool { state.withLock { !$0.waiting.isEmpty } }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
