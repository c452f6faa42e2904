import BallastCore
import BallastPolicy
import BallastRuntime
import BallastServer
import BallastTesting
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Synchronization
import Testing

/// The API over a real runtime and the reference store, with one agent that pays, reads and asks.
struct ServerStage {
    let runtime: AgentRuntime
    let store: InMemoryRunStore
    let keys: KeyRegistry
    let tools: ToolDirectory
    let readiness = Readiness()
    let desk = ConfigurationDesk(
        .init(
            hash: "aa", loadedAt: Timestamp(milliseconds: 1_800_000_000_000), isAutomatic: true, warnings: []))
    let context: APIContext
    /// Every scope, as `operator:first-key`.
    let firstKey: String
    /// How often the tool `pay` was carried out.
    let payments = Counter()

    /// `adding` takes further tools.
    init(
        selfReview: Bool = false, store: InMemoryRunStore = InMemoryRunStore(), gateway: MCPPace = MCPPace(),
        adding: (inout Workshop) -> Void = { _ in }
    ) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let clock = PatientClock()
        let payments = payments
        var workshop = try ServerStage.workshop(payments)
        adding(&workshop)
        var deployment = try workshop.deployment()
        deployment.allowsSelfReview = selfReview
        let current = CurrentDeployment(deployment)
        self.store = store
        runtime = AgentRuntime(
            store: store, clock: clock, random: SeededRandom(seed: 4), deployment: current,
            masterKey: Array(repeating: 7, count: 32), owner: "test", logger: logger)
        keys = KeyRegistry(store: store, clock: clock, random: SeededRandom(seed: 5))
        tools = ToolDirectory(clients: [], store: store, deployment: current, clock: clock, logger: logger)
        context = APIContext(
            runtime: runtime, keys: keys, tools: tools, readiness: readiness, configuration: desk,
            cursorSecret: Array(repeating: 3, count: 32), logger: logger, gateway: gateway)
        try await keys.load()
        firstKey = try #require(try await keys.makeFirstKey())
        readiness.recovered()
        readiness.toolsListed()
    }

    private static func workshop(_ payments: Counter) throws -> Workshop {
        var workshop = Workshop(agent: "clerk")
        let amount: JSONValue = [
            "type": "object", "properties": ["amount": ["type": "integer"]], "required": ["amount"],
            "additionalProperties": false,
        ]
        workshop.tool("look", .safe) { _ in .result(ToolResult(content: "{\"total\":12}")) }
        workshop.tool("pay", .dangerous, schema: amount) { _ in
            payments.add()
            return .result(ToolResult(content: "{\"paid\":true}"))
        }
        workshop.tool("write", .risky) { _ in .result(ToolResult(content: "written")) }
        workshop.tool("lose", .risky) { _ in
            .unknown(ToolFailure(code: .connectionLost, message: "cut"))
        }
        workshop.model { (request) throws(ModelFailure) in try ServerStage.reply(to: request) }
        return workshop
    }

    /// Calls the tool that the first words name, then says what came back.
    private static func reply(to request: ModelRequest) throws(ModelFailure) -> ModelReply {
        let parts = request.messages.flatMap(\.parts)
        for case .toolResult(_, let content, _) in parts.reversed() { return .says("Done: \(content)") }
        let words = parts.compactMap { if case .text(let text) = $0 { text } else { nil } }.last ?? ""
        let call = words.split(separator: " ", maxSplits: 1).map { String($0) }
        guard let name = call.first, ["look", "pay", "write", "lose", "ask_user", "hand_over"].contains(name) else {
            return .says("You said: \(words)")
        }
        return .calls([(name, call.count > 1 ? call[1] : "{}")])
    }

    // MARK: Requests

    func serve<Value>(_ body: @Sendable (Requests) async throws -> Value) async throws -> Value {
        let application = try APIServer.application(context)
        return try await application.test(.router) { client in
            try await body(Requests(client: client, key: firstKey))
        }
    }

    func key(_ principal: String, _ scopes: [String]) async throws -> String {
        let answer = try await serve { (api) async throws in
            try await api.post(
                "/api/v1/keys",
                ["name": "test", "principal": JSONValue(principal), "scopes": .array(scopes.map { JSONValue($0) })])
        }
        return try #require(answer.body["key"]?.string)
    }

    /// Starts a run and lets it go as far as it can.
    func start(_ text: String, as principal: String = "customer:ana") async throws -> RunID {
        let (run, _) = try await runtime.start(
            StartRun(
                agent: "clerk", text: text, principal: Principal(principal), startedBy: Principal(principal)))
        await runtime.rest(of: run)
        return run
    }
}

/// A client with a key.
struct Requests: Sendable {
    struct Answer: Sendable {
        let status: Int
        let headers: HTTPFields
        let text: String
        let body: JSONValue
    }

    let client: any TestClientProtocol
    var key: String?

    func with(key: String?) -> Requests { Requests(client: client, key: key) }

    func send(
        _ method: HTTPRequest.Method, _ path: String, headers: HTTPFields = [:], body: String? = nil
    ) async throws -> Answer {
        var headers = headers
        if let key, headers[.authorization] == nil { headers[.authorization] = "Bearer \(key)" }
        if body != nil, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        return try await client.execute(
            uri: path, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) }
        ) { response in
            let text = String(buffer: response.body)
            return Answer(
                status: response.status.code, headers: response.headers, text: text,
                body: (try? JSONReader.read(text)) ?? .null)
        }
    }

    func get(_ path: String, headers: HTTPFields = [:]) async throws -> Answer {
        try await send(.get, path, headers: headers)
    }

    func post(_ path: String, _ body: JSONValue = [:], idempotencyKey: String? = nil) async throws -> Answer {
        var headers = HTTPFields()
        if let idempotencyKey, let name = HTTPField.Name("idempotency-key") { headers[name] = idempotencyKey }
        return try await send(
            .post, path, headers: headers, body: String(decoding: JSONWriter.compact(body), as: UTF8.self))
    }
}

final class Counter: Sendable {
    private let count = Mutex(0)
    func add() { count.withLock { $0 += 1 } }
    var value: Int { count.withLock { $0 } }
}
