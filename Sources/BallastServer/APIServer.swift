package import BallastCore
import BallastWire
import HTTPTypes
package import Hummingbird
import NIOCore

/// The control API as one application.
package enum APIServer {
    /// Milliseconds after which a connection that says nothing is closed.
    private static let idleTimeout: Int64 = 75_000

    /// `onListening` is told the port that was bound.
    package static func application(
        _ context: APIContext, host: String = "127.0.0.1", port: Int = 0,
        onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) throws(JSONSchemaError) -> Application<APIResponder> {
        let operations = operations
        let connections = ClientConnections()
        let responder = APIResponder(
            server: context, operations: operations,
            schemas: try RequestSchemas(operations: operations, components: OpenAPISchemas.components),
            gateway: MCPTransport(
                endpoint: MCPEndpoint(context, isLoopback: MCPFaceAccess.isLoopback(host)),
                connections: connections))
        return Application(
            responder: responder,
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [connections.watch()], idleTimeout: .milliseconds(idleTimeout))),
            configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? port) },
            logger: context.logger)
    }

    /// The API's own description, as served and as kept in the documentation.
    package static var document: JSONValue { OpenAPIDocument.make(operations) }

    static var operations: [APIOperation] {
        RunRoutes.operations + RollbackRoutes.operations + EscalationRoutes.operations + ApprovalRoutes.operations
            + HaltRoutes.operations
            + TrustRoutes.operations + BreakerRoutes.operations + MetricsRoutes.operations + EffectRoutes.operations
            + PolicyRoutes.operations
            + AgentRoutes.operations
            + ToolRoutes.operations + KeyRoutes.operations
            + ConfigurationRoutes.operations + HealthRoutes.operations + [
                openAPI
            ]
    }

    private static let openAPIText = Array(JSONWriter.pretty(document).utf8)

    private static let openAPI = APIOperation(
        method: .get, path: "/openapi.json", id: "getOpenAPI", tag: "health", summary: "This description.",
        isPublic: true,
        answers: [
            APIOperation.Answer(
                status: 200, description: "OpenAPI 3.1.", content: [("application/json", nil)])
        ]
    ) { _ in
        APIAnswer(200, .bytes(openAPIText, type: "application/json"))
    }
}
