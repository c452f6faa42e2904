package import BallastCore
import BallastPolicy

/// Judges one open action of a run again and again, on a copy that records nothing: for measuring the guard, and for
/// looking at what it would say now.
package struct GuardRehearsal: Sendable {
    private let driver: RunDriver
    private let action: ActionState

    init?(_ driver: RunDriver) {
        guard var action = driver.state.batch.first(where: { !$0.isClosed }) else { return nil }
        action.stage = .proposed
        self.driver = driver
        self.action = action
    }

    /// The outcome with its code, as the guard would give it now.
    package func judge() async throws -> (outcome: Outcome, code: String) {
        var copy = driver
        copy.businessKeys = [:]
        let verdict = try await copy.verdict(on: action)
        return (verdict.outcome, verdict.code.rawValue)
    }
}

extension AgentRuntime {
    /// A rehearsal of the first open action of a run; nil when it has none.
    package func rehearsal(of run: RunID, scope: TenantScope) async throws -> GuardRehearsal? {
        let state = try await RunReader(services.store).state(of: run, scope: scope)
        let deployment = services.deployment.now
        guard let name = state.created?.agent.name, let agent = deployment.agents[name] else { return nil }
        var session = RunSession(
            state: state, scope: scope, vault: try await vault(of: scope.tenant), lease: Lease(run: run, fence: 0))
        let names = Array(Set(state.references.compactMap(\.storedName)))
        for (name, sealed) in try await services.store.bodies(names, scope: scope) {
            session.remember(sealed, as: name)
        }
        return GuardRehearsal(
            RunDriver(
                services: services, handle: RunHandle(run: run, leaseEnds: .max), agent: agent, deployment: deployment,
                session: session))
    }
}
