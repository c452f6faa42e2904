import BallastServer
import ServiceLifecycle

/// Lists the tools of every provider, again and again.
struct ToolService: Service, CustomStringConvertible {
    let installation: Installation
    let report: @Sendable (InstallationNews) -> Void

    var description: String { "tools" }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await installation.tools.tend {
                report(.toolsListed)
                installation.readiness.toolsListed()
            }
        }
    }
}
