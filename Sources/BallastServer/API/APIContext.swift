package import BallastRuntime
import Crypto
package import Logging

/// What the operations of the API work with.
package struct APIContext: Sendable {
    let runtime: AgentRuntime
    let keys: KeyRegistry
    let tools: ToolDirectory
    let readiness: Readiness
    let configuration: ConfigurationDesk
    let idempotency: IdempotencyDesk
    let cursorSecret: SymmetricKey
    let logger: Logger
    /// Milliseconds between comments on a stream that has nothing to say.
    let heartbeat: Int64
    let gateway: MCPPace

    /// `cursorSecret` signs cursors: any 32 bytes that stay the same over restarts.
    package init(
        runtime: AgentRuntime, keys: KeyRegistry, tools: ToolDirectory, readiness: Readiness,
        configuration: ConfigurationDesk, cursorSecret: [UInt8], logger: Logger, heartbeat: Int64 = 15_000,
        gateway: MCPPace = MCPPace()
    ) {
        self.runtime = runtime
        self.keys = keys
        self.tools = tools
        self.readiness = readiness
        self.configuration = configuration
        self.cursorSecret = SymmetricKey(data: cursorSecret)
        self.logger = logger
        self.heartbeat = heartbeat
        self.gateway = gateway
        idempotency = IdempotencyDesk(runtime: runtime)
    }
}
