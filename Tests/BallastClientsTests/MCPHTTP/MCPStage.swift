import BallastClients
import BallastCore
import BallastRuntime
import Logging
import Synchronization
import Testing

/// A message that a server over HTTP got, with what it may answer.
struct PostedMessage: Sendable {
    let request: ScriptedServer.Request
    let connection: ScriptedConnection
    let json: JSONValue

    var method: String { json["method"]?.string ?? "" }
    var id: String { json["id"].map(JSONWriter.canonicalString) ?? "null" }
    func header(_ name: String) -> String? { request.header(name).first }

    func result(_ result: String, headers: [String] = []) async throws {
        try await connection.answer(
            200, ["content-type: application/json"] + headers, #"{"jsonrpc":"2.0","id":\#(id),"result":\#(result)}"#)
    }

    func error(_ code: Int, _ message: String = "no", data: String = "null", status: Int = 200) async throws {
        let error = #"{"code":\#(code),"message":"\#(message)","data":\#(data)}"#
        try await connection.answer(
            status, ["content-type: application/json"], #"{"jsonrpc":"2.0","id":\#(id),"error":\#(error)}"#)
    }

    /// One event of a stream that was begun.
    func event(_ json: String) async throws { try await connection.chunk("event: message\ndata: \(json)\n\n") }

    func say(_ text: String) async throws {
        try await result(#"{"content":[{"type":"text","text":"\#(text)"}]}"#)
    }
}

/// A server over HTTP that opens, lists and does what a test says.
struct MCPStage: Sendable {
    enum Era { case modern, legacy }
    typealias Script = @Sendable (PostedMessage) async throws -> Void

    var era = Era.modern
    var capabilities = #"{"tools":{}}"#
    var tools = #"[{"name":"act","description":"Acts.","inputSchema":{"type":"object"}}]"#
    var headers: [OutboundHeader] = []
    var limits = MCPHTTPLimits()
    var clock: any RuntimeClock = SystemClock()

    /// Runs `body` with a client of the server; `script` answers what is no part of opening or of listing tools.
    func run(
        _ script: @escaping Script,
        body: (MCPHTTPClient, ScriptedServer) async throws -> Void
    ) async throws {
        let stage = self
        try await ScriptedServer.run { request, connection in
            let json = (try? JSONReader.read(request.body)) ?? .null
            let message = PostedMessage(request: request, connection: connection, json: json)
            if try await !stage.opens(message) { try await script(message) }
        } body: { (server) async throws in
            let client = stage.client(server.origin + "/mcp")
            do {
                try await body(client, server)
            } catch {
                await client.shutdown()
                throw error
            }
            await client.shutdown()
        }
    }

    func client(_ url: String) -> MCPHTTPClient {
        MCPHTTPClient(
            provider: "crm", url: url, headers: headers, prefix: false, limits: limits, clock: clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func opens(_ message: PostedMessage) async throws -> Bool {
        switch (message.method, era) {
        case ("server/discover", .modern):
            try await message.result(
                #"{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":\#(capabilities)}"#)
        case ("server/discover", .legacy): try await message.error(-32_601, status: 400)
        case ("initialize", .legacy):
            try await message.result(
                #"{"protocolVersion":"2025-11-25","capabilities":\#(capabilities),"serverInfo":{"name":"s"}}"#,
                headers: ["mcp-session-id: session-\(message.id)"])
        case ("notifications/initialized", .legacy), ("notifications/cancelled", .legacy):
            try await message.connection.answer(202, [], "")
        case ("tools/list", _): try await message.result(#"{"tools":\#(tools)}"#)
        case ("", _) where message.request.method == "DELETE": try await message.connection.answer(200, [], "")
        default: return false
        }
        return true
    }
}

extension MCPHTTPClient {
    /// A call of a tool that is looked up first.
    func call(
        _ tool: String = "act", _ arguments: JSONValue = [:], timeout: Int64 = 30_000,
        permit: SendPermit = .always, relay: ToolRelay? = nil
    ) async throws -> ToolOutcome {
        let definitions = try await definitions()
        let definition = try #require(definitions.first { $0.name == tool })
        return await call(
            ToolInvocation(
                effect: HTTPToolFixture.effect, tool: definition, arguments: JSONWriter.canonical(arguments),
                attempt: 1,
                tenant: .default, principal: Principal("customer:ana"), timeout: timeout, permit: permit, relay: relay))
    }
}

/// Somebody at the other end of a relay who answers as the test says and keeps what was told.
final class RelayProbe: Sendable {
    private let state = Mutex<(progress: [ToolProgress], questions: [ToolQuestion])>(([], []))
    private let reply: ToolReply?

    /// Without a reply nobody can be asked.
    init(_ reply: ToolReply? = nil) { self.reply = reply }

    var progress: [String] { state.withLock { $0.progress.map { JSONWriter.canonicalString($0.progress) } } }
    var questions: [ToolQuestion] { state.withLock(\.questions) }

    var relay: ToolRelay {
        var ask: (@Sendable (ToolQuestion) async -> ToolReply)?
        if let reply {
            ask = { question in
                self.state.withLock { $0.questions.append(question) }
                return reply
            }
        }
        return ToolRelay(progress: { progress in self.state.withLock { $0.progress.append(progress) } }, ask: ask)
    }
}

extension ToolOutcome {
    var text: String? { if case .result(let result) = self { result.content } else { nil } }
    var result: ToolResult? { if case .result(let result) = self { result } else { nil } }
    var unknownCode: ToolFailure.Code? { if case .unknown(let failure) = self { failure.code } else { nil } }
    var unsent: (failure: ToolFailure, isRetryable: Bool)? {
        if case .neverSent(let failure, let isRetryable) = self { (failure, isRetryable) } else { nil }
    }
}

/// What the client says of a server that cannot be opened.
func failure(of client: MCPHTTPClient) async -> ToolFailure? {
    do throws(ToolFailure) {
        _ = try await client.definitions()
        return nil
    } catch {
        return error
    }
}
