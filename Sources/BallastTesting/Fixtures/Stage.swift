package import BallastCore
package import BallastRuntime
import Logging
import Synchronization

/// A runtime on the reference store, with time and scheduling in the test's hands: nothing happens but inside `perform`
/// and `settle`, and the same test always sees the same order.
package final class Stage: Sendable {
    package let clock = SimulatedClock()
    package let executor: SimulatedExecutor
    private let node: Mutex<(runtime: AgentRuntime, store: InMemoryRunStore)>
    private let makeRuntime: @Sendable (InMemoryRunStore) -> AgentRuntime

    package init(
        _ workshop: Workshop, options: RuntimeOptions = RuntimeOptions(), store: InMemoryRunStore = InMemoryRunStore(),
        isHeld: Bool = false, witness: DecisionWitness? = nil
    ) throws {
        let random = SeededRandom(seed: 1)
        let executor = SimulatedExecutor(random: SeededRandom(seed: 2))
        self.executor = executor
        let deployment = try workshop.deployment()
        let clock = clock
        let make: @Sendable (InMemoryRunStore) -> AgentRuntime = { store in
            AgentRuntime(
                store: store, clock: clock, random: random, deployment: CurrentDeployment(deployment),
                masterKey: Array(repeating: 9, count: 32), owner: "stage", options: options, executor: executor,
                logger: Logger(label: "stage") { _ in SwiftLogNoOpLogHandler() }, isHeld: isHeld, witness: witness)
        }
        makeRuntime = make
        node = Mutex((make(store), store))
    }

    package var runtime: AgentRuntime { node.withLock { $0.runtime } }
    package var store: InMemoryRunStore { node.withLock { $0.store } }
    package let scope = TenantScope(.default)
    package let ana = Principal("customer:ana")
    package let rita = Principal("reviewer:rita")

    /// Runs `body` and everything that can happen without time passing, then gives its value.
    package func perform<Value: Sendable>(_ body: @escaping @Sendable (AgentRuntime) async throws -> Value) throws
        -> Value
    {
        let answer = Mutex<Result<Value, any Error>?>(nil)
        let runtime = runtime
        Task(executorPreference: executor) {
            let result: Result<Value, any Error>
            do { result = .success(try await body(runtime)) } catch { result = .failure(error) }
            answer.withLock { $0 = result }
        }
        for _ in 0..<10_000 {
            guard executor.drain(limit: 100_000) else { throw StageError.restless }
            if let result = answer.withLock({ $0 }) { return try result.get() }
            guard clock.advance() else { throw StageError.stuck }
        }
        throw StageError.stuck
    }

    /// Lets everything happen for `milliseconds`, timers included.
    package func settle(_ milliseconds: Int64 = 60_000) throws {
        let tending = Task(executorPreference: executor) { [runtime] in await runtime.tend() }
        let end = clock.monotonic + milliseconds
        while clock.monotonic < end {
            guard executor.drain(limit: 100_000) else { throw StageError.restless }
            guard clock.advance() else { break }
        }
        tending.cancel()
        guard executor.drain(limit: 100_000) else { throw StageError.restless }
    }

    /// The process dies now and another opens the store.
    package func crash() throws {
        let store = store.crash()
        store.voidLeases()
        let runtime = makeRuntime(store)
        node.withLock { $0 = (runtime, store) }
        _ = executor.drain(limit: 100_000)
        _ = try perform { runtime in try await runtime.recover() }
    }

    /// Starts a run for Ana and lets it go as far as it can at once.
    package func start(_ text: String, agent: String = "worker") throws -> RunID {
        let ana = ana
        return try perform { runtime in
            let (run, _) = try await runtime.start(StartRun(agent: agent, text: text, principal: ana))
            await runtime.rest(of: run)
            return run
        }
    }

    package func status(_ run: RunID) -> RunStatus? { store.statuses()[run] }
    package func state(_ run: RunID) throws -> RunState { try RunState(run: run, folding: store.journals()[run] ?? []) }
    package func events(_ run: RunID) throws -> [RunEvent] {
        try (store.journals()[run] ?? []).map { try EntryCodec.decode($0) }
    }

    /// The plaintext of a body.
    package func text(_ body: BodyReference?) throws -> String {
        guard let body else { return "" }
        let scope = scope
        return try perform { runtime in
            let vault = try await runtime.vault(of: scope.tenant)
            switch body {
            case .inline(let sealed): return String(decoding: vault.open(sealed) ?? [], as: UTF8.self)
            case .stored(let name, _):
                let found = try await runtime.store.bodies([name], scope: scope)[name]
                return String(decoding: found.flatMap { vault.open($0) } ?? [], as: UTF8.self)
            }
        }
    }

    package func pendingApprovals() throws -> [ApprovalRecord] {
        let scope = scope
        return try perform { try await $0.store.approvals(status: .pending, limit: 50, scope: scope) }
    }

    package func decide(_ id: ApprovalID, _ decision: PersonDecision, by person: Principal) throws -> ApprovalRecord {
        let scope = scope
        return try perform { try await $0.decide(id, decision, by: person, scope: scope) }
    }
}

package enum StageError: Error {
    /// Jobs without end.
    case restless
    /// Nothing can happen any more and the answer is not there.
    case stuck
}
