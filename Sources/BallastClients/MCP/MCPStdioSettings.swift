import BallastWire
import Logging

/// What every process of one server has in common.
struct MCPStdioSettings: Sendable {
    let provider: String
    let command: ChildCommand
    let isPrefixed: Bool
    let limits: MCPStdioLimits
    let logger: Logger
    let client = MCPImplementation(name: "ballast", version: "0.1.0")
}
