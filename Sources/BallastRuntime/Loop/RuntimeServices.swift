package import BallastCore
package import BallastPolicy
import Logging
import Synchronization

/// What every run needs from its surroundings.
struct RuntimeServices: Sendable {
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
    let logger: Logger
    /// Where tasks of the runtime run; nil for the global pool.
    let executor: (any TaskExecutor)?
    /// Sees the facts of every decision; for tests that make it again.
    let witness: DecisionWitness?

    func newID<Kind>(_ kind: Kind.Type = Kind.self) -> TypedID<Kind> {
        TypedID(at: clock.now, random: (random.next(), random.next()))
    }

    /// Wait before attempt `next` (from 2 on): doubling, with full jitter over the upper half.
    func backoff(beforeAttempt next: Int, first: Int64, asked: Int64?) -> Int64 {
        let doublings = min(max(0, next - 2), 20)
        let ceiling = min(options.longestBackoff, first << Int64(doublings))
        let wait = ceiling / 2 + Int64(random.next() % UInt64(max(1, ceiling / 2 + 1)))
        return max(wait, min(asked ?? 0, options.longestBackoff * 4))
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

/// The configuration in force; a reload replaces it as a whole.
package final class CurrentDeployment: Sendable {
    private let value: Mutex<Deployment>
    private let changes = Atomic(0)

    package init(_ deployment: Deployment) { value = Mutex(deployment) }
    package var now: Deployment { value.withLock { $0 } }
    /// Another number after each change.
    package var revision: Int { changes.load(ordering: .acquiring) }
    package func replace(_ deployment: Deployment) { update { $0 = deployment } }
    package func update(_ change: (inout Deployment) -> Void) {
        value.withLock { change(&$0) }
        changes.add(1, ordering: .releasing)
    }
}
