package import BallastCore
package import BallastPolicy
import Logging
import Synchronization

/// What every run needs from its surroundings.
final class RuntimeServices: Sendable {
    let store: any RunStore
    let clock: any RuntimeClock
    let random: any RandomSource
    let gate: HaltGate
    let deployment: CurrentDeployment
    let keyring: Keyring
    let feed: RunFeed
    let options: RuntimeOptions
    let owner: String
    let bell = RunBell()
    let gateway = GatewayDesk()
    let trust = TrustBook()
    let breakers: BreakerBoard
    let logger: Logger
    /// Where tasks of the runtime run; nil for the global pool.
    let executor: (any TaskExecutor)?
    /// Sees the facts of every decision; for tests that make it again.
    let witness: DecisionWitness?

    init(
        store: any RunStore, clock: any RuntimeClock, random: any RandomSource, gate: HaltGate,
        deployment: CurrentDeployment, keyring: Keyring, feed: RunFeed, options: RuntimeOptions, owner: String,
        breakers: BreakerBoard, logger: Logger, executor: (any TaskExecutor)?, witness: DecisionWitness?
    ) {
        self.store = store
        self.clock = clock
        self.random = random
        self.gate = gate
        self.deployment = deployment
        self.keyring = keyring
        self.feed = feed
        self.options = options
        self.owner = owner
        self.breakers = breakers
        self.logger = logger
        self.executor = executor
        self.witness = witness
    }

    func newID<Kind>(_ kind: Kind.Type = Kind.self) -> TypedID<Kind> {
        TypedID(at: clock.now, random: (random.next(), random.next()))
    }

    /// Wait before attempt `next` (from 2 on): anything up to a bound that doubles, so that callers who failed together
    /// do not come back together.
    func backoff(beforeAttempt next: Int, first: Int64, asked: Int64?) -> Int64 {
        let doublings = min(max(0, next - 2), 20)
        let ceiling = min(options.longestBackoff, max(0, min(first, options.longestBackoff)) << Int64(doublings))
        let wait = Int64(random.next() % UInt64(max(1, ceiling + 1)))
        return max(wait, min(max(0, asked ?? 0), options.longestAskedWait))
    }
}

/// Sees what the policy is about to judge.
package typealias DecisionWitness = @Sendable (ActionID, PolicyFacts) -> Void

/// How a run reaches the driver of another one in this process; in another process the store wakes it.
final class RunBell: Sendable {
    typealias Ring = @Sendable (_ run: RunID, _ interrupts: Bool) -> Void
    private let ring = Mutex<Ring?>(nil)

    func connect(_ body: @escaping Ring) { ring.withLock { $0 = body } }
    /// Something is in the run's inbox; `interrupts` ends its call in flight.
    func ring(_ run: RunID, interrupts: Bool = false) { ring.withLock { $0 }?(run, interrupts) }
}

/// The configuration in force; a reload replaces it as a whole. Earlier versions of agents are kept for the runs that
/// were started with them.
package final class CurrentDeployment: Sendable {
    private struct State {
        var deployment: Deployment
        /// Versions that were replaced in this process, and the order in which they were.
        var earlier: [AgentReference: DeployedAgent] = [:]
        var order: [AgentReference] = []
    }
    private let state: Mutex<State>
    private let changes = Atomic(0)
    /// Replaced versions that are kept; a run with an older one goes on with the current version.
    package static let keptVersions = 256

    package init(_ deployment: Deployment) { state = Mutex(State(deployment: deployment)) }
    package var now: Deployment { state.withLock { $0.deployment } }
    /// Another number after each change.
    package var revision: Int { changes.load(ordering: .acquiring) }
    package func update(_ change: (inout Deployment) -> Void) {
        state.withLock { state in
            let before = state.deployment.agents
            change(&state.deployment)
            for (name, agent) in before where state.deployment.agents[name]?.reference != agent.reference {
                if state.earlier.updateValue(agent, forKey: agent.reference) == nil {
                    state.order.append(agent.reference)
                }
            }
            guard state.order.count > CurrentDeployment.keptVersions else { return }
            state.earlier[state.order.removeFirst()] = nil
        }
        changes.add(1, ordering: .releasing)
    }

    /// The version that a run was started with, or the current one of that name when it is not known any more; nil when
    /// the agent is not configured.
    func agent(of run: AgentReference) -> DeployedAgent? {
        state.withLock { state in
            guard let current = state.deployment.agents[run.name] else { return nil }
            return current.reference == run ? current : state.earlier[run] ?? current
        }
    }
}
