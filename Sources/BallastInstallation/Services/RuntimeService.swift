import BallastRuntime
import BallastServer
import ServiceLifecycle

/// Recovers runs once their tools are known, tends them, and lets them rest at the end.
struct RuntimeService: Service, CustomStringConvertible {
    let installation: Installation
    /// Milliseconds that calls under way have at the end.
    let grace: Int64
    let report: @Sendable (InstallationNews) -> Void

    var description: String { "runtime" }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskCancellationHandler {
                await installation.readiness.waitForTools()
            } onCancel: {
                installation.readiness.stopping()
            }
            while !Task.isCancelled, await !recover() {
                try? await installation.runtime.clock.sleep(milliseconds: RuntimeService.retry)
            }
            await installation.runtime.tend()
        }
        installation.readiness.stopping()
        await installation.runtime.shutdown(deadline: grace) { report(.waitingFor($0)) }
        report(.stopped)
    }

    /// Milliseconds until a store that could not be read is tried again.
    private static let retry: Int64 = 1_000

    private func recover() async -> Bool {
        do throws(StoreError) {
            let count = try await installation.runtime.recover()
            installation.readiness.recovered()
            report(.recovered(count))
            return true
        } catch {
            installation.readiness.recoveryFailed(error)
            report(.recoveryFailed(error))
            return false
        }
    }
}
