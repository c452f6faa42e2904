import BallastClients
import BallastCore
import BallastRuntime
import Synchronization
import Testing

/// Counts what a client does with its leave to send.
final class PermitProbe: Sendable {
    private let counts = Mutex<(claims: Int, releases: Int)>((0, 0))
    private let refusal: SendPermit.Refusal?
    let released = Signal()

    init(refusal: SendPermit.Refusal? = nil) { self.refusal = refusal }

    var claims: Int { counts.withLock(\.claims) }
    var releases: Int { counts.withLock(\.releases) }

    var permit: SendPermit {
        SendPermit(
            claim: {
                self.counts.withLock { $0.claims += 1 }
                return self.refusal
            },
            release: {
                self.counts.withLock { $0.releases += 1 }
                self.released.fire()
            })
    }
}

/// One HTTP tool and its calls.
struct HTTPToolFixture: Sendable {
    static let schema: JSONValue = [
        "type": "object",
        "properties": [
            "id": ["type": "string"], "q": ["type": "string"], "note": ["type": "string"], "n": ["type": "number"],
            "tags": ["type": "array"],
        ],
    ]

    /// More milliseconds than a test lets pass.
    static let never: Int64 = 1_000_000_000_000

    static func tool(
        _ method: HTTPToolDeclaration.Method, _ template: String, headers: [OutboundHeader] = [],
        query: [HTTPToolDeclaration.QueryParameter] = [], rest: HTTPToolDeclaration.Rest? = nil,
        outputSchema: JSONValue? = nil, maxResponseBytes: Int = 1 << 16,
        idempotencyHeader: String? = "Idempotency-Key"
    ) -> HTTPToolDeclaration {
        HTTPToolDeclaration(
            name: "act", description: "Acts.", method: method, urlTemplate: template, headers: headers, query: query,
            rest: rest, inputSchema: schema, outputSchema: outputSchema, timeout: never,
            maxResponseBytes: maxResponseBytes,
            idempotencyHeader: idempotencyHeader)
    }

    static let effect = EffectID(
        run: RunID(at: Timestamp(milliseconds: 1_795_242_600_000), random: (high: 1, low: 2)), ordinal: 3)

    static func invocation(
        _ definition: ToolDefinition, _ arguments: String, attempt: Int = 1, permit: SendPermit = .always,
        timeout: Int64 = never
    ) -> ToolInvocation {
        ToolInvocation(
            effect: effect, tool: definition, arguments: Array(arguments.utf8), attempt: attempt,
            tenant: TenantID("acme"), principal: Principal("customer:ana"), timeout: timeout, permit: permit)
    }

    /// Makes a client for `tool` (whose template gets the server's address in place of `ORIGIN`) and gives it, a
    /// server that follows `script` and the tool's definition to `body`.
    static func run(
        _ tool: (String) -> HTTPToolDeclaration, clock: any RuntimeClock = SystemClock(),
        options: HTTPTransport.Options = .init(), _ script: @escaping ScriptedServer.Script,
        body: (HTTPToolClient, ToolDefinition, ScriptedServer) async throws -> Void
    ) async throws {
        try await ScriptedServer.run(script) { server in
            let client = try HTTPToolClient(
                provider: "shop", tools: [tool(server.origin)], options: options, clock: clock)
            do {
                let definition = try #require(try await client.definitions().first)
                try await body(client, definition, server)
            } catch {
                await client.shutdown()
                throw error
            }
            await client.shutdown()
        }
    }
}
