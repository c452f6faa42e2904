package import BallastCore
import BallastPolicy
package import Logging
import Synchronization

/// Runs agents: starts runs, wakes them when somebody or some time moves them, and lets them rest in between.
///
/// Many runs are driven at once, each by its own task; none waits for another. What is acknowledged is durable.
package final class AgentRuntime: Sendable {
    let services: RuntimeServices
    private let board: Mutex<Board>

    /// The runs in memory.
    private struct Board {
        var active: [RunID: RunHandle] = [:]
        /// Runs that wait for a place.
        var queue: [RunID] = []
        var queued: Set<RunID> = []
        /// Nothing is driven yet: everything that can move waits in the queue.
        var isHeld: Bool
        var isDraining = false
        var lastStoreError: (failure: StoreError, at: Int64)?
        /// Monotonic milliseconds since when the store does not work.
        var failingSince: Int64?
        var deadManActed = false
        /// Runs that are not driven until the server is started again, and why.
        var quarantined: [RunID: String] = [:]
        /// Those of them whose agent is not configured; they go on when it is.
        var unconfigured: [RunID: String] = [:]
        /// Halts that hold in this process and are not on record yet.
        var unrecordedHalts: [HaltRecord] = []
        /// Runs whose last append was refused.
        var careful: Set<RunID> = []
        var waiters: [RunID: [UInt64: CheckedContinuation<Void, Never>]] = [:]
        var lastWaiter: UInt64 = 0
    }

    /// - Parameter isHeld: no run is driven before `recover`, because what runs are judged by is not there yet: the
    ///   halts on record, and the tools that providers offer.
    package init(
        store: any RunStore, clock: any RuntimeClock, random: any RandomSource, deployment: CurrentDeployment,
        masterKey: [UInt8], owner: String, options: RuntimeOptions = RuntimeOptions(),
        executor: (any TaskExecutor)? = nil, logger: Logger = Logger(label: "ballast.runtime"), isHeld: Bool = false,
        witness: DecisionWitness? = nil
    ) {
        services = RuntimeServices(
            store: store, clock: clock, random: random, gate: HaltGate(), deployment: deployment,
            keyring: Keyring(master: masterKey, store: store, clock: clock), feed: RunFeed(), options: options,
            owner: owner,
            breakers: BreakerBoard(rule: options.breaker, random: random), logger: logger,
            executor: executor, witness: witness)
        board = Mutex(Board(isHeld: isHeld))
        services.bell.connect { [weak self] run, interrupts in
            if interrupts { self?.interrupt(run) } else { self?.wake(run) }
        }
    }

    package var store: any RunStore { services.store }
    package var feed: RunFeed { services.feed }
    package var breakers: BreakerBoard { services.breakers }
    package var deployment: CurrentDeployment { services.deployment }
    package var clock: any RuntimeClock { services.clock }
    package var options: RuntimeOptions { services.options }
    package func vault(of tenant: TenantID) async throws(StoreError) -> BodyVault {
        try await services.keyring.vault(of: tenant)
    }
    package func newID<Kind>(_ kind: Kind.Type = Kind.self) -> TypedID<Kind> { services.newID(kind) }
    package func randomBits() -> UInt64 { services.random.next() }
    var gate: HaltGate { services.gate }

    // MARK: Life

    /// Takes what the store knows of halts, then wakes every run that can move. Answers how many.
    package func recover() async throws(StoreError) -> Int {
        // In this order: a halt that is recorded in between is either read, or its epoch refuses what is started.
        try await takeEpochs()
        if options.planted != .haltForgotten { gate.restore(try await services.store.haltsInForce()) }
        services.trust.restore(try await services.store.trustRecords())
        let held = board.withLock { board in
            guard board.isHeld else { return [RunID]() }
            board.isHeld = false
            defer { (board.queue, board.queued) = ([], []) }
            return board.queue
        }
        for run in held { wake(run) }
        // A halt may have been lifted by a process that died before it woke what the halt had stopped.
        await wakeHalted()
        return try await sweep()
    }

    /// A run that is started now waits for its turn.
    var isFull: Bool { board.withLock { $0.isHeld || $0.active.count >= options.activeRuns } }

    /// Runs wait for a place.
    private var isCrowded: Bool { board.withLock { !$0.queue.isEmpty } }
    var isShuttingDown: Bool { board.withLock { $0.isDraining } }

    /// Fires timers, renews leases and finds runs that can move, until the task is cancelled.
    package func tend() async {
        var nextRenewal = services.clock.monotonic + options.lease / 3
        var nextSweep = services.clock.monotonic + RuntimePace.sweep
        while !Task.isCancelled {
            guard (try? await services.clock.sleep(milliseconds: RuntimePace.tick)) != nil else { return }
            services.gateway.tick(now: services.clock.monotonic, idle: options.gatewayWarm, isCrowded: isCrowded)
            do {
                // A store that reads and cannot write does not work.
                if storeError != nil { try await services.store.check() }
                try await recordHalts()
                try await fireTimers()
                if services.clock.monotonic >= nextRenewal {
                    nextRenewal = services.clock.monotonic + options.lease / 3
                    try await renewLeases()
                }
                if services.clock.monotonic >= nextSweep {
                    nextSweep = services.clock.monotonic + RuntimePace.sweep
                    _ = try await sweep()
                }
                note(nil)
            } catch {
                note(error)
            }
            await checkDeadMan()
        }
    }

    /// Writes halts that the store did not take when they were given.
    private func recordHalts() async throws(StoreError) {
        for halt in board.withLock({ $0.unrecordedHalts }) {
            try await services.store.recordHalt(halt)
            forgetUnrecorded(halt.id)
            try await takeEpochs()
        }
    }
    func keepUnrecorded(_ halt: HaltRecord) { board.withLock { $0.unrecordedHalts.append(halt) } }
    /// The halt, if it was not on record.
    @discardableResult
    func forgetUnrecorded(_ id: HaltID) -> HaltRecord? {
        board.withLock { board in
            guard let index = board.unrecordedHalts.firstIndex(where: { $0.id == id }) else { return nil }
            return board.unrecordedHalts.remove(at: index)
        }
    }
    var unrecordedHalts: [HaltRecord] { board.withLock { $0.unrecordedHalts } }

    private func fireTimers() async throws(StoreError) {
        guard let next = try await services.store.nextTimer(), next <= services.clock.now else { return }
        for run in try await services.store.fireTimers(now: services.clock.now, limit: 500) { wake(run) }
    }

    private func sweep() async throws(StoreError) -> Int {
        let room = options.activeRuns
        let runs = try await services.store.runnable(now: services.clock.now, limit: room)
        for run in runs { wake(run) }
        if gate.isOpen { await wakeHalted() }
        return runs.count
    }

    private func renewLeases() async throws(StoreError) {
        let handles = board.withLock { Array($0.active.values) }
        let leases = handles.compactMap(\.lease)
        guard !leases.isEmpty else { return }
        let ends = services.clock.monotonic + options.lease
        let lost = Set(
            try await services.store.renew(
                leases, owner: services.owner, now: services.clock.now,
                leaseUntil: services.clock.now.adding(milliseconds: options.lease)))
        for handle in handles where handle.lease != nil {
            if lost.contains(handle.run) { handle.lose() } else { handle.extendLease(to: ends) }
        }
    }

    /// Lets every run rest: calls under way may end until `deadline` milliseconds have passed, then they are ended.
    /// Nothing is lost; `report` is told what is waited for.
    package func shutdown(deadline: Int64, report: @Sendable ([RunID]) -> Void) async {
        let handles = board.withLock { board in
            board.isDraining = true
            return Array(board.active.values)
        }
        for handle in handles {
            handle.drain()
            services.gateway.existingRoom(of: handle.run)?.raise()
        }
        let end = services.clock.monotonic + deadline
        var reported = Set<RunID>()
        while true {
            let left = board.withLock { Array($0.active.values) }
            if left.isEmpty { return }
            let runs = Set(left.map(\.run))
            if runs != reported {
                reported = runs
                report(runs.sorted())
            }
            if services.clock.monotonic >= end {
                for handle in left { handle.interrupt() }
            }
            guard services.clock.monotonic < end + RuntimePace.lastGrace else { return }
            try? await services.clock.sleep(milliseconds: RuntimePace.shutdownPoll)
        }
    }

    /// Runs that are not driven until the server is started again, and why.
    package var quarantinedRuns: [RunID: String] { board.withLock { $0.quarantined } }
    private func quarantine(_ run: RunID, _ reason: String) { board.withLock { $0.quarantined[run] = reason } }
    private func standStill(_ run: RunID, without agent: String) {
        services.logger.error(
            "agent is not configured any more", metadata: ["run": "\(run)", "agent": "\(agent)"])
        board.withLock { board in
            board.unconfigured[run] = agent
            board.quarantined[run] = "its agent \(agent) is not configured any more"
        }
    }
    /// Wakes the runs whose agents are configured again.
    func wakeConfigured() {
        let agents = deployment.now.agents
        let back = board.withLock { board in
            let back = board.unconfigured.filter { agents[$0.value] != nil }.map(\.key)
            for run in back { (board.unconfigured[run], board.quarantined[run]) = (nil, nil) }
            return back
        }
        for run in back.sorted() { wake(run) }
    }
    package var activeRuns: [RunID] { board.withLock { $0.active.keys.sorted() } }
    package var storeError: StoreError? { board.withLock { $0.lastStoreError?.failure } }
    /// A failure stands for a few seconds whatever else succeeds: a full disk takes the small writes and not the large.
    func note(_ failure: StoreError?) {
        let now = services.clock.monotonic
        board.withLock { board in
            if let failure {
                guard failure.concernsStore else { return }
                board.lastStoreError = (failure, now)
                board.failingSince = board.failingSince ?? now
            } else if now - (board.lastStoreError?.at ?? 0) > RuntimePace.storeFailureStands {
                (board.lastStoreError, board.failingSince, board.deadManActed) = (nil, nil, false)
            }
        }
    }

    /// What cannot be recorded must not go on by itself once the store is back.
    private func checkDeadMan() async {
        guard let limit = options.deadMan else { return }
        let now = services.clock.monotonic
        let isDue = board.withLock { board in
            guard let since = board.failingSince, now - since >= limit, !board.deadManActed else { return false }
            board.deadManActed = true
            return true
        }
        guard isDue else { return }
        services.logger.critical("the store could not be written for \(limit) ms: everything is halted")
        _ = await halt(
            .everything, reason: "the store could not be written for \(limit) ms", by: .ballast)
    }

    /// Returns once the run is not in memory: it is over, or rests until somebody or some time moves it. Returns early
    /// when the task is cancelled.
    package func rest(of run: RunID) async {
        let waiter = board.withLock { board in
            board.lastWaiter &+= 1
            return board.lastWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isActive = board.withLock { board in
                    guard board.active[run] != nil || board.queued.contains(run), !Task.isCancelled else {
                        return false
                    }
                    board.waiters[run, default: [:]][waiter] = continuation
                    return true
                }
                if !isActive { continuation.resume() }
            }
        } onCancel: {
            board.withLock { $0.waiters[run]?.removeValue(forKey: waiter) }?.resume()
        }
    }

    // MARK: Waking

    /// The run can move: drive it, or tell its driver that there is mail.
    package func wake(_ run: RunID) {
        launch(run, driver: nil)
    }

    /// The run must notice something now: its call in flight is ended.
    func interrupt(_ run: RunID) {
        if let handle = board.withLock({ $0.active[run] }) { handle.interrupt() } else { wake(run) }
    }

    var activeHandles: [RunHandle] { board.withLock { Array($0.active.values) } }

    private func launch(_ run: RunID, driver: RunDriver?) {
        let handle: RunHandle? = board.withLock { board in
            if let active = board.active[run] {
                active.deliver()
                services.gateway.existingRoom(of: run)?.raise()
                return nil
            }
            guard !board.isDraining, board.quarantined[run] == nil else { return nil }
            guard driver != nil || (!board.isHeld && board.active.count < options.activeRuns) else {
                if board.queued.insert(run).inserted { board.queue.append(run) }
                return nil
            }
            let handle = driver?.handle ?? RunHandle(run: run, leaseEnds: .min)
            board.active[run] = handle
            return handle
        }
        guard let handle else { return }
        operate(handle, driver: driver)
    }

    /// Takes a run that this process has just created.
    func adopt(_ driver: RunDriver) { launch(driver.run, driver: driver) }

    private func operate(_ handle: RunHandle, driver: RunDriver?) {
        let task = Task(executorPreference: services.executor) {
            guard var driver = await self.prepare(handle, driver) else {
                self.turnAway(handle.run, "The run \(handle.run) cannot be driven here at the moment.")
                self.retire(handle, wakeAgain: false)
                return
            }
            let rest = await driver.drive()
            await self.settle(rest, driver)
        }
        handle.attach(task)
    }

    /// Callers of a gateway run are told at once that nothing can be done for them now.
    private func turnAway(_ run: RunID, _ why: String) {
        services.gateway.existingRoom(of: run)?.endAll(
            with: .refused(GatewayRefusal.unavailable(why, remedy: "Call again in a while.")),
            now: services.clock.monotonic)
    }

    private func prepare(_ handle: RunHandle, _ driver: RunDriver?) async -> RunDriver? {
        if let driver { return driver }
        do {
            return try await claim(handle)
        } catch let failure as StoreError {
            note(failure)
            services.logger.error("claim failed", metadata: ["run": "\(handle.run)", "why": "\(failure)"])
        } catch {
            services.logger.error("run cannot be folded", metadata: ["run": "\(handle.run)", "why": "\(error)"])
        }
        return nil
    }

    private func settle(_ rest: DriverRest, _ driver: RunDriver) async {
        let handle = driver.handle
        switch rest {
        case .resting, .finished:
            if driver.state.isGateway, driver.state.isFinished {
                services.gateway.close(handle.run, now: services.clock.monotonic)
            }
            // A halt that was lifted while the run was coming to rest found nobody to wake.
            let missedResume = driver.state.halt != nil && gate.halt(of: driver.scopes) == nil
            retire(handle, wakeAgain: missedResume && !driver.state.isFinished)
        case .interrupted:
            _ = handle.takeInterrupt()
            if handle.isDraining {
                try? await services.store.release(driver.session.lease)
                retire(handle, wakeAgain: false)
            } else {
                operate(handle, driver: driver)
            }
        case .lost:
            try? await services.store.release(driver.session.lease)
            retire(handle, wakeAgain: true)
        case .refused:
            _ = board.withLock { $0.careful.insert(handle.run) }
            try? await takeEpochs()
            try? await services.store.release(driver.session.lease)
            retire(handle, wakeAgain: true)
        case .storeFailed(let failure):
            note(failure)
            turnAway(handle.run, "The records cannot be written at the moment, so nothing is done.")
            services.logger.error("store failed", metadata: ["run": "\(handle.run)", "why": "\(failure)"])
            try? await services.clock.sleep(milliseconds: RuntimePace.storeRetry)
            try? await services.store.release(driver.session.lease)
            retire(handle, wakeAgain: true)
        case .unconfigured:
            standStill(handle.run, without: driver.agent.definition.name)
            retire(handle, wakeAgain: false)
            // It may have come back while this run came to rest.
            wakeConfigured()
        case .broken(let reason):
            services.logger.critical("run quarantined", metadata: ["run": "\(handle.run)", "why": "\(reason)"])
            quarantine(handle.run, reason)
            retire(handle, wakeAgain: false)
        }
    }

    /// The run leaves memory; mail that came meanwhile, or a place that became free, starts the next.
    private func retire(_ handle: RunHandle, wakeAgain: Bool) {
        let (next, waiters) = board.withLock { board in
            board.active[handle.run] = nil
            let mayGoOn = !board.isDraining && board.quarantined[handle.run] == nil
            var next: [RunID] = (handle.hasMail || wakeAgain) && mayGoOn ? [handle.run] : []
            let waiters = next.isEmpty ? board.waiters.removeValue(forKey: handle.run) ?? [:] : [:]
            if !board.queue.isEmpty, !board.isDraining {
                let run = board.queue.removeFirst()
                board.queued.remove(run)
                next.append(run)
            }
            return (next, waiters)
        }
        for run in next { wake(run) }
        for waiter in waiters.values { waiter.resume() }
    }

    // MARK: Claiming

    private func claim(_ handle: RunHandle) async throws -> RunDriver? {
        let (now, monotonic) = (services.clock.now, services.clock.monotonic)
        guard
            let claim = try await services.store.claim(
                handle.run, owner: services.owner, now: now, leaseUntil: now.adding(milliseconds: options.lease))
        else { return nil }
        handle.hold(claim.lease, until: monotonic + options.lease)
        guard claim.header.claimAttempts <= options.crashes else {
            services.logger.critical(
                "run quarantined: it was claimed \(claim.header.claimAttempts) times without moving",
                metadata: ["run": "\(handle.run)"])
            quarantine(handle.run, "claimed \(claim.header.claimAttempts) times without moving")
            try await services.store.release(claim.lease)
            return nil
        }
        handle.deliver()
        return try await load(claim, handle)
    }

    private func load(_ claim: Claim, _ handle: RunHandle) async throws -> RunDriver? {
        let scope = TenantScope(claim.header.tenant)
        let state = try await RunReader(services.store).state(of: handle.run, scope: scope)
        let deployment = services.deployment.now
        guard let created = state.created else { return nil }
        guard let agent = services.deployment.agent(of: created.agent) else {
            standStill(handle.run, without: created.agent.name)
            try await services.store.release(claim.lease)
            return nil
        }
        let vault = try await services.keyring.vault(of: claim.header.tenant)
        var session = RunSession(state: state, scope: scope, vault: vault, lease: claim.lease)
        let names = Array(Set(state.references.compactMap(\.storedName)))
        for (name, sealed) in try await services.store.bodies(names, scope: scope) {
            session.remember(sealed, as: name)
        }
        var driver = RunDriver(
            services: services, handle: handle, agent: agent, deployment: deployment, session: session)
        driver.isCareful = board.withLock { $0.careful.remove(handle.run) != nil }
        try await driver.takeOver(claim)
        return driver
    }
}

/// Milliseconds between things that the runtime looks at by itself.
enum RuntimePace {
    static let tick: Int64 = 100
    static let sweep: Int64 = 2_000
    static let storeRetry: Int64 = 500
    static let storeFailureStands: Int64 = 5_000
    static let shutdownPoll: Int64 = 20
    /// How long ended calls have to put their outcome on record.
    static let lastGrace: Int64 = 2_000
}
