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
        package let shape: WorldShape
        package let violations: [String]
        package let crashes: Int
        package let pauses: Int
        /// Runs that people started, and all runs with those that runs started.
        package let runs: Int
        package let allRuns: Int
        package let effects: Int
        package let statuses: [RunStatus]
        /// The journals of the runs, a line each.
        package let history: String
        /// What happened in the world and in the journals, in the order of time.
        package let picture: String
        /// Journal entries of all runs.
        package let entries: Int
    }

    private let seed: UInt64
    let shape: WorldShape
    private let planted: PlantedFault?
    let random: SeededRandom
    let clock = SimulatedClock()
    let world: OutsideWorld
    /// Where the world itself runs: tools, people, operators.
    private let executor: SimulatedExecutor
    private let nodes = Mutex<[Node]>([])
    private let life = Mutex(Life())
    static let limitCap: Int64 = 3
    /// Milliseconds that a world goes on after everything has ended.
    private static let afterlife: Int64 = 1_500

    struct Node: Sendable {
        let name: String
        let runtime: AgentRuntime
        let store: InMemoryRunStore
        let executor: SimulatedExecutor
        let tending: Task<Void, Never>
        /// The process stands still until then.
        var pausedUntil: Int64 = 0
    }
    private struct Life {
        var crashes = 0
        var pauses = 0
        var isDying = false
        /// Appends that are durable and whose answer takes its time.
        var unansweredCommits = 0
        /// Nothing goes wrong any more: what was begun comes to its end.
        var isCalm = false
        var runs: [RunID] = []
        var outside: Set<RunID> = []
        /// How often the definition of `pay` was changed.
        var edition = 1
        /// The policy that is loaded, or about to be: its edition, and the tool that it forbids.
        var policy = SimulatedPolicy()
        var nextNode = 0
    }

    package init(seed: UInt64, planted: PlantedFault? = nil, shape: WorldShape? = nil) {
        self.seed = seed
        self.planted = planted
        self.shape = shape ?? WorldShape(seed: seed)
        random = SeededRandom(seed: seed)
        executor = SimulatedExecutor(random: SeededRandom(seed: seed ^ 0xD1CE))
        world = OutsideWorld(clock: clock)
    }

    // MARK: The course of a world

    /// Plays the world to its end on the calling thread.
    package func play() -> Report {
        let store = InMemoryRunStore(hook: hook)
        for _ in 0..<shape.nodes { spawn { await self.boot(store) } }
        spawn { await self.startRuns() }
        spawn { await self.people() }
        spawn { await self.outsiders() }
        if shape.reloads { spawn { await self.policyMakers() } }
        if shape.halts || shape.changesDefinitions { spawn { await self.operators() } }
        if shape.rollbacks { spawn { await self.takersBack() } }
        let end: Int64 = 120_000
        var isCalm = false
        var turns = 0
        var endedAt: Int64?
        while turns < 20_000 {
            turns += 1
            guard drain() else {
                world.complain("the world does not come to rest: jobs without end")
                break
            }
            reboot()
            pauseSometimes()
            if !isCalm, clock.monotonic > 15_000 {
                isCalm = true
                life.withLock { $0.isCalm = true }
            }
            if isCalm, clock.monotonic > end { break }
            // What was sent late may still land.
            endedAt = allEnded() ? endedAt ?? clock.monotonic : nil
            if let endedAt, clock.monotonic > endedAt + Simulation.afterlife { break }
            guard clock.advance() else { break }
        }
        return judge()
    }

    /// Runs what can run in the world and in every process that does not stand still.
    private func drain() -> Bool {
        for _ in 0..<10_000 {
            let moving = nodes.withLock { nodes in nodes.filter { $0.pausedUntil <= clock.monotonic } }
            let executors = [executor] + moving.map(\.executor)
            for executor in executors { guard executor.drain(limit: 50_000) else { return false } }
            if executors.allSatisfy(\.isIdle) { return true }
        }
        return false
    }

    func spawn(_ body: @escaping @Sendable () async -> Void) {
        Task(executorPreference: executor) { await body() }
    }
    /// Does something outside of every process: it goes on while one of them stands still or dies.
    func outside<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) async -> Value {
        await Task(executorPreference: executor) { await body() }.value
    }
    var edition: Int { life.withLock { $0.edition } }
    /// The provider of `pay` offers another definition, and a person accepts it.
    func changeDefinition() {
        let edition = life.withLock { life in
            life.edition += 1
            return life.edition
        }
        world.note("pay changes its definition")
        for node in nodes.withLock({ $0 }) {
            node.runtime.deployment.update { deployment in
                guard let old = deployment.catalog["pay"] else { return }
                try? deployment.catalog.add(old.definition.described("Edition \(edition)."), client: old.client)
            }
        }
    }
    var policy: SimulatedPolicy { life.withLock { $0.policy } }
    func write(_ policy: SimulatedPolicy) { life.withLock { $0.policy = policy } }
    var runtimes: [AgentRuntime] { nodes.withLock { $0.map(\.runtime) } }
    /// Waits a while for a commit whose writer does not know yet that it stands: what happens now comes between the commit
    /// and what follows from it.
    func waitForOpenCommit() async {
        for _ in 0..<100 where !isCalm && life.withLock({ $0.unansweredCommits == 0 }) {
            try? await clock.sleep(milliseconds: 5)
        }
    }
    var isCalm: Bool { life.withLock { $0.isCalm } }
    /// A process that answers.
    var runtime: AgentRuntime? {
        let moving = nodes.withLock { nodes in nodes.filter { $0.pausedUntil <= clock.monotonic } }
        return moving.count > 1 ? random.pick(moving)?.runtime : moving.first?.runtime
    }
    var store: InMemoryRunStore? { nodes.withLock { $0.first?.store } }

    private func boot(_ store: InMemoryRunStore) async {
        let number = life.withLock { life in
            life.nextNode += 1
            return life.nextNode
        }
        let executor = SimulatedExecutor(random: SeededRandom(seed: seed ^ UInt64(number) &* 0x9E37))
        let name = shape.nodes > 1 ? "node-\(number)" : "node"
        guard let runtime = try? makeRuntime(store, name, executor) else {
            return world.complain("the workshop does not compile")
        }
        let tending = Task(executorPreference: executor) {
            _ = try? await runtime.recover()
            await runtime.tend()
        }
        world.note("\(name) starts")
        nodes.withLock { nodes in
            nodes.append(Node(name: name, runtime: runtime, store: store, executor: executor, tending: tending))
        }
    }

    private func makeRuntime(
        _ store: InMemoryRunStore, _ name: String, _ executor: SimulatedExecutor
    ) throws -> AgentRuntime {
        var options = RuntimeOptions()
        options.planted = planted
        options.backoff = 50
        options.lease = 5_000
        options.gatewayWarm = 700
        options.leaseMargin = 500
        // What rests cannot go wrong: in most worlds faults go on being met.
        if seed % 4 != 0 { (options.breaker.failures, options.breaker.ratioCalls) = (10_000, 100_000) }
        options.durability = random.chance(50) ? .strict : .byNeed
        return AgentRuntime(
            store: store, clock: clock, random: random, deployment: CurrentDeployment(try workshop().deployment()),
            masterKey: Array(repeating: 5, count: 32), owner: name, options: options, executor: executor,
            logger: Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }, isHeld: true)
    }

    /// What the seed does to writes of the store: nothing, a pause, a failed write, a lost answer, the end.
    private var hook: InMemoryRunStore.Hook {
        { [self] point throws(StoreError) in
            guard !isCalm, point.operation == .append || point.operation == .deliver || point.operation == .recordHalt
            else { return }
            switch random.below(200) {
            case 0..<3: if shape.crashes { die() }
            case 3..<8:
                let isCommitted = point.operation == .append && point.moment == .after
                life.withLock { $0.unansweredCommits += isCommitted ? 1 : 0 }
                try? await clock.sleep(milliseconds: Int64(1 + random.below(50)))
                life.withLock { $0.unansweredCommits -= isCommitted ? 1 : 0 }
            case 8..<10:
                guard shape.storeErrors else { return }
                throw StoreError(code: .io, message: "simulated I/O error", advice: "")
            case 10: if shape.jumps { clock.jump(milliseconds: Int64(random.below(20_000))) }
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
        guard isDying, let old = nodes.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else { return }
        world.note("\(old.name) dies")
        old.tending.cancel()
        let store = old.store.crash(hook: hook)
        // Only one process opens the store at a time, so whoever opens it knows that every older lease is void.
        store.voidLeases()
        // What is left of the old process ends against a store that is closed.
        spawn { for _ in 0..<100 where !old.executor.isIdle { _ = old.executor.drain(limit: 50_000) } }
        spawn { await self.boot(store) }
    }

    /// One of two processes stands still, often for longer than its leases last, and wakes late; most gladly between
    /// a commit and what follows from it.
    private func pauseSometimes() {
        guard shape.nodes > 1, !isCalm else { return }
        let odds = life.withLock { $0.unansweredCommits > 0 } ? 3 : 400
        guard random.below(odds) == 0 else { return }
        nodes.withLock { nodes in
            guard nodes.allSatisfy({ $0.pausedUntil <= clock.monotonic }), !nodes.isEmpty else { return }
            let index = random.below(nodes.count)
            let length = Int64(500 + random.below(9_000))
            nodes[index].pausedUntil = clock.monotonic + length
            life.withLock { $0.pauses += 1 }
            world.note("\(nodes[index].name) stands still for \(length) ms")
        }
    }

    // MARK: Runs

    private func startRuns() async {
        for index in 0..<shape.runs {
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
    /// A run of an outside agent was acknowledged.
    func remember(_ run: RunID) { life.withLock { _ = $0.outside.insert(run) } }
    private var acknowledged: [RunID] { life.withLock { $0.runs + $0.outside.sorted() } }

    /// The run and those that it works for.
    func family(of run: RunID) -> Set<RunID> {
        var (family, next): (Set<RunID>, RunID?) = ([], run)
        let parents = store?.parents() ?? [:]
        while let run = next, family.insert(run).inserted { next = parents[run] }
        return family
    }

    private func allEnded() -> Bool {
        guard runs.count == shape.runs, let store else { return false }
        let statuses = store.statuses()
        let parents = store.parents()
        let busy = Set(parents.filter { statuses[$0.key]?.isTerminal == false }.values)
        return statuses.allSatisfy { $0.value.isTerminal || $0.value == .escalated || busy.contains($0.key) }
            && nodes.withLock { $0.allSatisfy { $0.runtime.activeRuns.isEmpty } }
    }

    // MARK: Judgment

    private func judge() -> Report {
        var violations = world.violations
        var verdict = Invariants.Verdict()
        var picture = world.notes
        let journals = store?.journals() ?? [:]
        if let store {
            verdict = Invariants(world: world, store: store, runs: acknowledged, limitCap: Simulation.limitCap).check()
            violations += verdict.violations
            for node in nodes.withLock({ $0 }) {
                for (run, reason) in node.runtime.quarantinedRuns {
                    violations.append("\(run) was quarantined: \(reason)")
                }
            }
            picture += WorldPicture.lines(of: journals)
        } else {
            violations.append("the world ended without a process")
        }
        let (crashes, pauses) = life.withLock { ($0.crashes, $0.pauses) }
        return Report(
            seed: seed, shape: shape, violations: violations, crashes: crashes, pauses: pauses, runs: runs.count,
            allRuns: journals.count, effects: world.applied.count, statuses: verdict.statuses,
            history: verdict.history.joined(separator: "\n"), picture: WorldPicture.draw(picture),
            entries: journals.values.reduce(0) { $0 + $1.count })
    }
}
