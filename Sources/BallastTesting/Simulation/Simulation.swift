package import BallastCore
import BallastPolicy
package import BallastRuntime
import Logging
import Synchronization

/// One simulated world: a runtime over the reference store, models, tools and people that misbehave as the seed says,
/// and a process that dies at any write. The invariants are judged at the end.
package final class Simulation: Sendable {
    package struct Report: Sendable {
        package let seed: UInt64
        package let violations: [String]
        package let crashes: Int
        package let runs: Int
        package let effects: Int
        package let statuses: [RunStatus]
        /// The journals of the runs, for the message of a failing seed.
        package let history: String
    }

    private let seed: UInt64
    private let planted: PlantedFault?
    let random: SeededRandom
    let clock = SimulatedClock()
    let world = OutsideWorld()
    private let executor: SimulatedExecutor
    private let node = Mutex<Node?>(nil)
    private let life = Mutex(Life())
    private static let runsPerWorld = 3
    static let limitCap: Int64 = 3

    struct Node: Sendable {
        let runtime: AgentRuntime
        let store: InMemoryRunStore
        let number: Int
        let tending: Task<Void, Never>
    }
    private struct Life {
        var crashes = 0
        var isDying = false
        /// Nothing goes wrong any more: what was begun comes to its end.
        var isCalm = false
        var runs: [RunID] = []
        /// How often the definition of `pay` was changed.
        var edition = 1
    }

    package init(seed: UInt64, planted: PlantedFault? = nil) {
        self.seed = seed
        self.planted = planted
        random = SeededRandom(seed: seed)
        executor = SimulatedExecutor(random: SeededRandom(seed: seed ^ 0xD1CE))
    }

    // MARK: The course of a world

    /// Plays the world to its end on the calling thread.
    package func play() -> Report {
        spawn { await self.boot(InMemoryRunStore(hook: self.hook)) }
        spawn { await self.startRuns() }
        spawn { await self.people() }
        spawn { await self.operators() }
        let end: Int64 = 120_000
        var isCalm = false
        var turns = 0
        while turns < 20_000 {
            turns += 1
            guard executor.drain(limit: 50_000) else {
                world.complain("the world does not come to rest: jobs without end")
                break
            }
            reboot()
            if !isCalm, clock.monotonic > 15_000 {
                isCalm = true
                life.withLock { $0.isCalm = true }
            }
            if isCalm, clock.monotonic > end { break }
            if isCalm, allEnded() { break }
            guard clock.advance() else { break }
        }
        return judge()
    }

    func spawn(_ body: @escaping @Sendable () async -> Void) {
        Task(executorPreference: executor) { await body() }
    }
    var edition: Int { life.withLock { $0.edition } }
    /// The provider of `pay` offers another definition, and a person accepts it.
    func changeDefinition() {
        let edition = life.withLock { life in
            life.edition += 1
            return life.edition
        }
        runtime?.deployment.update { deployment in
            guard let old = deployment.catalog["pay"] else { return }
            try? deployment.catalog.add(old.definition.described("Edition \(edition)."), client: old.client)
        }
    }
    var isCalm: Bool { life.withLock { $0.isCalm } }
    var runtime: AgentRuntime? { node.withLock { $0?.runtime } }

    private func boot(_ store: InMemoryRunStore) async {
        guard let runtime = try? makeRuntime(store) else { return world.complain("the workshop does not compile") }
        let tending = Task(executorPreference: executor) { await runtime.tend() }
        node.withLock { node in
            node = Node(runtime: runtime, store: store, number: (node?.number ?? 0) + 1, tending: tending)
        }
        _ = try? await runtime.recover()
    }

    private func makeRuntime(_ store: InMemoryRunStore) throws -> AgentRuntime {
        var options = RuntimeOptions()
        options.planted = planted
        options.backoff = 50
        options.lease = 5_000
        options.leaseMargin = 500
        options.durability = random.chance(50) ? .strict : .byNeed
        return AgentRuntime(
            store: store, clock: clock, random: random, deployment: CurrentDeployment(try workshop().deployment()),
            masterKey: Array(repeating: 5, count: 32), owner: "node", options: options, executor: executor,
            logger: Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() })
    }

    /// What the seed does to writes of the store: nothing, a pause, a failed write, a lost answer, the end.
    private var hook: InMemoryRunStore.Hook {
        { [self] point throws(StoreError) in
            guard !isCalm, point.operation == .append || point.operation == .deliver else { return }
            switch random.below(200) {
            case 0..<3: die()
            case 3..<8: try? await clock.sleep(milliseconds: Int64(1 + random.below(50)))
            case 8..<10:
                throw StoreError(code: .io, message: "simulated I/O error", advice: "")
            default: return
            }
        }
    }

    /// The process is gone from this moment: its store answers no more and its tasks are ended.
    private func die() {
        life.withLock { $0.isDying = true }
    }

    private func reboot() {
        let isDying = life.withLock { life in
            defer { life.isDying = false }
            life.crashes += life.isDying ? 1 : 0
            return life.isDying
        }
        guard isDying, let old = node.withLock({ $0.take() }) else { return }
        old.tending.cancel()
        let store = old.store.crash(hook: hook)
        // Only one process opens the store at a time, so whoever opens it knows that every older lease is void.
        store.voidLeases()
        spawn { await self.boot(store) }
    }

    // MARK: Runs

    private func startRuns() async {
        for index in 0..<Simulation.runsPerWorld {
            try? await clock.sleep(milliseconds: Int64(random.below(200)))
            for _ in 0..<20 {
                guard let runtime else {
                    try? await clock.sleep(milliseconds: 50)
                    continue
                }
                if let (run, _) = try? await runtime.start(
                    StartRun(agent: "worker", text: "task \(index)", principal: Principal("customer:ana")))
                {
                    life.withLock { $0.runs.append(run) }
                    break
                }
                try? await clock.sleep(milliseconds: 100)
            }
        }
    }

    var runs: [RunID] { life.withLock { $0.runs } }

    /// The run and those that it works for.
    func family(of run: RunID) -> Set<RunID> {
        var (family, next): (Set<RunID>, RunID?) = ([], run)
        let parents = node.withLock { $0?.store }?.parents() ?? [:]
        while let run = next, family.insert(run).inserted { next = parents[run] }
        return family
    }

    private func allEnded() -> Bool {
        guard let store = node.withLock({ $0?.store }) else { return false }
        let statuses = store.statuses()
        let parents = store.parents()
        let busy = Set(parents.filter { statuses[$0.key]?.isTerminal == false }.values)
        return runs.count == Simulation.runsPerWorld
            && statuses.allSatisfy { $0.value.isTerminal || $0.value == .escalated || busy.contains($0.key) }
            && runtime?.activeRuns.isEmpty == true
    }

    // MARK: Judgment

    private func judge() -> Report {
        let store = node.withLock { $0?.store }
        var violations = world.violations
        var (statuses, history): ([RunStatus], [String]) = ([], [])
        if let store {
            let verdict = Invariants(world: world, store: store, runs: runs, limitCap: Simulation.limitCap).check()
            violations += verdict.violations
            for (run, reason) in runtime?.quarantinedRuns ?? [:] {
                violations.append("\(run) was quarantined: \(reason)")
            }
            statuses = verdict.statuses
            history = verdict.history
        } else {
            violations.append("the world ended without a process")
        }
        return Report(
            seed: seed, violations: violations, crashes: life.withLock { $0.crashes }, runs: runs.count,
            effects: world.applied.count, statuses: statuses, history: history.joined(separator: "\n"))
    }
}
