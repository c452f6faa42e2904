import BallastClients
import BallastCore
import BallastRuntime
import Foundation
import Logging
import Testing

/// Servers to talk to, and calls to make.
enum Fixture {
    /// The built support desk, which stands beside the test bundle.
    static func supportDesk() throws -> String {
        let places = [Bundle.main.executableURL, CommandLine.arguments.first.map(URL.init(fileURLWithPath:))]
        let found = places.compactMap { $0 }.flatMap { place in
            sequence(first: place.deletingLastPathComponent()) { $0.deletingLastPathComponent() }
                .prefix(5).map { $0.appendingPathComponent("support-desk").path }
        }.first { FileManager.default.isExecutableFile(atPath: $0) }
        return try #require(found, "build the product support-desk first")
    }

    static func client(
        _ command: [String], limits: MCPStdioLimits = MCPStdioLimits(), prefix: Bool = false,
        environment: [String: String] = [:]
    ) -> MCPStdioClient {
        MCPStdioClient(
            provider: "desk", command: command, environment: environment, prefix: prefix, limits: limits,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// A desk with its own empty folder.
    static func withDesk(
        _ options: [String] = [], limits: MCPStdioLimits = MCPStdioLimits(), prefix: Bool = false,
        _ body: (MCPStdioClient, _ database: String) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("desk-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let database = folder.appendingPathComponent("desk.sqlite").path
        try await with(client([supportDesk(), "--db", database] + options, limits: limits, prefix: prefix)) {
            try await body($0, database)
        }
    }

    /// Ends the client's process whatever happens.
    static func with(_ client: MCPStdioClient, _ body: (MCPStdioClient) async throws -> Void) async throws {
        do {
            try await body(client)
        } catch {
            await client.shutdown()
            throw error
        }
        await client.shutdown()
    }

    /// A server whose whole mind is a sed script: each line that it reads may be answered by one that it prints.
    static func scripted(_ script: String, limits: MCPStdioLimits = MCPStdioLimits()) -> MCPStdioClient {
        client(["sed", "-u", "-n", "-E", script], limits: limits)
    }

    /// Parts of such scripts. `\1` is the identifier of the request.
    static func answer(_ method: String, _ result: String) -> String {
        #"s#^.*"id":([0-9]+),"method":"\#(method)".*$#{"jsonrpc":"2.0","id":\1,"result":\#(result)}#p;"#
    }
    static let initializes = answer(
        "initialize",
        #"{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"sed","version":"4"}}"#)
    static let lists = answer("tools/list", #"{"tools":[{"name":"act","inputSchema":{"type":"object"}}]}"#)
    static let refusesDiscovery =
        #"s#^.*"id":([0-9]+),"method":"server/discover".*$#{"jsonrpc":"2.0","id":\1,"error":{"code":-32601,"message":"no"}}#p;"#
}

/// Makes calls of one client, with permits that the test can watch.
struct Caller {
    let client: MCPStdioClient
    let definitions: [String: ToolDefinition]

    init(_ client: MCPStdioClient) async throws {
        self.client = client
        definitions = Dictionary(
            try await client.definitions().map { ($0.remoteName, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func invocation(
        _ tool: String, _ arguments: JSONValue, number: UInt32 = 1, timeout: Int64 = 30_000,
        permit: SendPermit = .always, relay: ToolRelay? = nil
    ) throws -> ToolInvocation {
        ToolInvocation(
            effect: EffectID(run: RunID(high: 1, low: 2), ordinal: number), tool: try #require(definitions[tool]),
            arguments: JSONWriter.canonical(arguments), attempt: 1, tenant: .default,
            principal: Principal("customer:ana"),
            timeout: timeout, permit: permit, relay: relay)
    }

    func call(
        _ tool: String, _ arguments: JSONValue, number: UInt32 = 1, timeout: Int64 = 30_000,
        permit: SendPermit = .always
    ) async throws -> ToolOutcome {
        await client.call(
            try invocation(tool, arguments, number: number, timeout: timeout, permit: permit))
    }

    /// The structured result of a call that must succeed.
    func result(_ tool: String, _ arguments: JSONValue, number: UInt32 = 1) async throws -> JSONValue {
        let outcome = try await call(tool, arguments, number: number)
        guard case .result(let result) = outcome, !result.isError else {
            Issue.record("\(tool): \(outcome)")
            return .null
        }
        return result.structured ?? .null
    }
}

/// A permit that says when it was released, which is when the bytes of its call were handed over.
struct WatchedPermit {
    let permit: SendPermit
    private let releases: AsyncStream<Void>

    init() {
        let (releases, continuation) = AsyncStream<Void>.makeStream()
        self.releases = releases
        permit = SendPermit(claim: { nil }, release: { continuation.yield() })
    }

    func handedOver() async {
        for await _ in releases { return }
    }
}
