import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Synchronization
import Testing

/// A tool that is there or not, as the test says.
final class Switchboard: Sendable {
    private let isDown = Mutex(true)
    private let sent = Mutex<[Int64]>([])
    private let clock = Mutex<SimulatedClock?>(nil)
    /// Milliseconds that an answer takes.
    let delay: Int64

    init(delay: Int64 = 0) { self.delay = delay }

    func use(_ other: SimulatedClock) { clock.withLock { $0 = other } }
    func repair() { isDown.withLock { $0 = false } }
    /// The moments of the calls.
    var calls: [Int64] { sent.withLock { $0 } }

    func answer(_ invocation: ToolInvocation?) async -> ToolOutcome {
        let clock = clock.withLock { $0 }
        sent.withLock { $0.append(clock?.monotonic ?? 0) }
        if delay > 0 { try? await clock?.sleep(milliseconds: delay) }
        return isDown.withLock({ $0 })
            ? .neverSent(ToolFailure(code: .unreachable, message: "connection refused"), isRetryable: true)
            : .result(ToolResult(content: "{\"found\":true}"))
    }
}

/// A model that calls one tool with a number that grows, until a call comes back as `stop` says.
func calling(
    _ tool: String, until stop: @escaping @Sendable (String, Int) -> Bool
) -> @Sendable (ModelRequest) async throws(ModelFailure) -> ModelReply {
    { request in
        let results = request.messages.flatMap(\.parts).compactMap { part in
            if case .toolResult(_, let content, _) = part { content } else { nil }
        }
        if let last = results.last, stop(last, results.count) { return .says(last) }
        return .calls([(tool, "{\"n\":\(results.count)}")])
    }
}

extension Stage {
    /// Codes of the decisions and states of the breakers on record, in order.
    func failures(_ run: RunID) throws -> [String] {
        try events(run).compactMap { event in
            switch event {
            case .actionDecided(let decision) where decision.outcome == .deny: decision.code
            case .effectWithdrawn(let fields): fields.code
            case .effectInDoubt(let fields): "in doubt: \(fields.code)"
            case .effectRetried(let fields): "retry: \(fields.code)"
            case .breakerChanged(let fields): "\(fields.subject) \(fields.state.name)"
            case .fallbackChosen(let fields): "\(fields.code) -> \(fields.proposal.tool)"
            case .modelFailed(let fields): "\(fields.model): \(fields.code)"
            default: nil
            }
        }
    }

    func answer(_ run: RunID) throws -> String { try text(state(run).outcome?.text) }
}

@Suite("What is down is let rest, and nothing waits for it (R47)")
struct BreakerTests {
    private func dead(_ board: Switchboard) throws -> Stage {
        var workshop = Workshop()
        workshop.tool("look", .safe) { await board.answer($0) }
        workshop.model("main", calling("look") { _, count in count >= 4 })
        let stage = try Stage(workshop)
        board.use(stage.clock)
        return stage
    }

    @Test("five failures in a row open the breaker of a tool: what comes then is answered at once, and nothing is sent")
    func opens() throws {
        let board = Switchboard()
        let stage = try dead(board)
        let run = try stage.start("look it up")
        try stage.settle(10_000)
        #expect(board.calls.count == 5)
        #expect(
            try stage.failures(run) == [
                "retry: unreachable", "retry: unreachable", "unreachable", "retry: unreachable",
                "tool:look open", "unreachable", "guard.breaker", "guard.breaker",
            ])
        let answer = try JSONReader.read(Array(try stage.answer(run).utf8.prefix { $0 != UInt8(ascii: "\n") }))
        #expect(answer["code"]?.string == "guard.breaker")
        #expect(answer["error"]?["may_have_happened"] == false)
        let wait = try #require(answer["retry_after_ms"]?.integer)
        #expect(wait > 10_000 && wait <= 18_000)
    }

    @Test("a person is told once that it opened, and once that it closed")
    func alert() throws {
        let board = Switchboard()
        let stage = try dead(board)
        _ = try stage.start("look it up")
        try stage.settle(25_000)
        #expect(stage.store.outbox(of: .default).map(\.kind) == ["breaker_opened"])
        board.repair()
        _ = try stage.start("look again")
        try stage.settle(1_000)
        #expect(stage.store.outbox(of: .default).map(\.kind) == ["breaker_opened", "breaker_closed"])
    }

    @Test("after its rest one call is let through at a time, and its answer closes the breaker: a life on record")
    func halfOpen() throws {
        let board = Switchboard(delay: 500)
        let stage = try dead(board)
        let first = try stage.start("look it up")
        try stage.settle(30_000)
        #expect(try stage.failures(first).contains("tool:look open"))
        board.repair()
        let before = board.calls.count
        let runs = try stage.perform { runtime in
            var runs: [RunID] = []
            for _ in 0..<4 {
                let request = StartRun(agent: "worker", text: "look", principal: Principal("customer:ana"))
                runs.append(try await runtime.start(request).0)
            }
            return runs
        }
        try stage.settle(400)
        #expect(board.calls.count == before + 1, "one probe")
        let probing = try runs.filter { try stage.failures($0).contains("tool:look half_open") }
        #expect(probing.count <= 1)
        try stage.settle(10_000)
        let changes = try runs.flatMap { try stage.failures($0) }.filter { $0.hasPrefix("tool:") }
        #expect(changes == ["tool:look half_open", "tool:look closed"])
        #expect(try runs.contains { try stage.failures($0).contains("guard.breaker") })
        #expect(stage.runtime.breakers.standing(now: stage.clock.monotonic).allSatisfy { $0.state == .closed })
    }

    @Test("a probe that fails rests it for longer, and nobody is told again")
    func longerRest() throws {
        let board = Switchboard()
        let stage = try dead(board)
        _ = try stage.start("one")
        try stage.settle(20_000)
        let before = board.calls.count
        _ = try stage.start("two")
        try stage.settle(1_000)
        #expect(board.calls.count == before + 1)
        let rest = try #require(stage.runtime.breakers.standing(now: stage.clock.monotonic).first?.retryAfter)
        #expect(rest > 20_000)
        #expect(stage.store.outbox(of: .default).count == 1)
    }

    @Test("a tool's own answer that it failed, and what the guard denies, never open a breaker")
    func ownErrors() throws {
        let calls = Calls()
        var workshop = Workshop()
        workshop.agent.bounds.repeats = nil
        (workshop.agent.bounds.failures, workshop.agent.bounds.staleSteps) = (nil, nil)
        workshop.tool("look", .safe) { invocation in
            calls.note(invocation)
            return .result(ToolResult(content: "no such order", isError: true))
        }
        workshop.model("main", calling("look") { _, count in count >= 12 })
        let stage = try Stage(workshop)
        _ = try stage.start("look")
        try stage.settle(5_000)
        #expect(calls.count == 12)
        #expect(stage.runtime.breakers.standing(now: stage.clock.monotonic).allSatisfy { $0.state == .closed })
    }

    @Test("a dead tool costs a run its attempts at most, all runs together what opens the breaker, and others nothing")
    func costs() throws {
        let board = Switchboard()
        let healthy = Calls()
        var workshop = Workshop()
        workshop.tool("look", .safe) { await board.answer($0) }
        workshop.tool("list", .safe) { invocation in
            healthy.note(invocation)
            return .result(ToolResult(content: "{\"rows\":3}"))
        }
        workshop.model { request in
            guard !request.messages.contains(where: { $0.role == .tool }) else { return .says("done") }
            guard case .text(let tool)? = request.messages.last?.parts.first else { return .says("nothing") }
            return .calls([(tool, "{}")])
        }
        let stage = try Stage(workshop)
        board.use(stage.clock)
        let runs = try stage.perform { runtime in
            var runs: [(RunID, String)] = []
            for number in 0..<100 {
                let tool = number.isMultiple(of: 2) ? "look" : "list"
                let request = StartRun(agent: "worker", text: tool, principal: Principal("customer:ana"))
                runs.append((try await runtime.start(request).0, tool))
            }
            return runs
        }
        try stage.settle(5_000)
        #expect(runs.allSatisfy { stage.status($0.0) == .succeeded })
        #expect(healthy.count == 50)
        for (run, tool) in runs {
            let sends = try stage.events(run).count { if case .effectStarted = $0 { true } else { false } }
            #expect(sends <= (tool == "look" ? 3 : 1))
            #expect(try tool == "look" || stage.failures(run).isEmpty)
            #expect(try stage.state(run).activeMilliseconds < (tool == "look" ? 2_000 : 5))
        }
        // Those that were under way when it opened, and no more.
        #expect(board.calls.count < 60)
        #expect(stage.runtime.breakers.standing(now: stage.clock.monotonic).first?.state == .open)
    }

    @Test("a tool that turns one tenant away rests for that tenant alone")
    func perTenant() throws {
        let calls = Mutex<[String: Int]>([:])
        var workshop = Workshop()
        workshop.agent.bounds.failures = nil
        workshop.tool("look", .safe) { invocation in
            calls.withLock { $0[invocation.tenant.name, default: 0] += 1 }
            guard invocation.tenant.name == "acme" else { return .result(ToolResult(content: "{}")) }
            var refusal = ToolResult(content: "HTTP 401", isError: true)
            refusal.refusesCredential = true
            return .result(refusal)
        }
        workshop.model("main", calling("look") { _, count in count >= 8 })
        let stage = try Stage(workshop)
        for tenant in ["acme", "default"] {
            _ = try stage.perform { runtime in
                let (run, _) = try await runtime.start(
                    StartRun(
                        agent: "worker", text: "look", tenant: TenantID(tenant), principal: Principal("customer:ana")))
                await runtime.rest(of: run)
                return run
            }
        }
        #expect(calls.withLock { $0 } == ["acme": 5, "default": 8])
        let standing = stage.runtime.breakers.standing(now: stage.clock.monotonic).filter { $0.state == .open }
        #expect(standing.map(\.subject) == [BreakerSubject(.tool, "look", tenant: TenantID("acme"))])
    }

    /// A run of each of these tenants, one after the other, that calls `look` eight times; the tenants whose calls fail.
    private func tenants(_ order: [String], failing: Set<String>) throws -> Stage {
        var workshop = Workshop()
        (workshop.agent.bounds.failures, workshop.agent.bounds.staleSteps) = (nil, nil)
        workshop.agent.bounds.repeats = nil
        workshop.tool("look", .safe) { invocation in
            failing.contains(invocation.tenant.name)
                ? .unknown(ToolFailure(code: .serverError, message: "it answered HTTP 500"))
                : .result(ToolResult(content: "{}"))
        }
        workshop.model("main", calling("look") { _, count in count >= 8 })
        let stage = try Stage(workshop)
        for tenant in order {
            let request = StartRun(
                agent: "worker", text: "look", tenant: TenantID(tenant), principal: Principal("customer:ana"))
            _ = try stage.perform { runtime in try await runtime.start(request).run }
            try stage.settle(5_000)
        }
        return stage
    }

    private func open(_ stage: Stage) -> [BreakerSubject] {
        stage.runtime.breakers.standing(now: stage.clock.monotonic).filter { $0.state == .open }.map(\.subject)
    }

    @Test(
        "faults that the calls of one tenant alone meet keep nobody else from the tool; where others meet them too it rests"
    )
    func faultsOfOne() throws {
        let alone = try tenants(["zeta", "acme", "zeta"], failing: ["acme"])
        #expect(open(alone) == [BreakerSubject(.tool, "look", tenant: TenantID("acme"))])
        #expect(alone.store.statuses().values.count { $0 == .succeeded } == 3)
        let all = try tenants(["zeta", "acme", "beta"], failing: ["acme", "beta"])
        #expect(open(all) == [.tool("look"), BreakerSubject(.tool, "look", tenant: TenantID("acme"))])
        let first = try tenants(["acme"], failing: ["acme"])
        #expect(open(first) == [.tool("look")], "nobody else was answered")
    }

    @Test("a call that its run had no time for says nothing of the tool", arguments: [500, 60_000])
    func hurried(left milliseconds: Int64) throws {
        var workshop = Workshop()
        (workshop.agent.bounds.failures, workshop.agent.bounds.staleSteps) = (nil, nil)
        workshop.agent.bounds.repeats = nil
        workshop.agent.budget.activeMilliseconds = milliseconds
        workshop.tool("look", .safe) { _ in .unknown(ToolFailure(code: .timeout, message: "gave no answer in time")) }
        workshop.model { request in
            request.messages.contains { $0.role == .tool }
                ? .says("done") : .calls((0..<6).map { ("look", "{\"n\":\($0)}") })
        }
        let stage = try Stage(workshop)
        _ = try stage.start("look")
        try stage.settle(5_000)
        #expect(open(stage) == (milliseconds < 5_000 ? [] : [.tool("look")]))
    }

    @Test("a model that is down is passed over by the next runs, and its fallback answers them at once")
    func models() throws {
        let attempts = Mutex(0)
        var workshop = Workshop()
        workshop.model("first") { _ throws(ModelFailure) in
            attempts.withLock { $0 += 1 }
            throw ModelFailure(code: .timeout, message: "no answer", isRetryable: true)
        }
        workshop.model("second") { _ in .says("from the second") }
        let stage = try Stage(workshop)
        var runs: [RunID] = []
        for _ in 0..<4 {
            runs.append(try stage.start("anything"))
            try stage.settle(2_000)
        }
        #expect(runs.allSatisfy { stage.status($0) == .succeeded })
        #expect(attempts.withLock { $0 } == 5)
        #expect(try stage.failures(runs[3]) == ["first: breaker_open"])
    }

    private struct Only {
        let stage: Stage
        let board: Switchboard
    }

    /// A runtime whose only model is down, after calls that opened its breaker.
    private func onlyModel(active: Int64 = 600_000) throws -> Only {
        let board = Switchboard()
        var workshop = Workshop()
        workshop.agent.budget.activeMilliseconds = active
        workshop.model("first") { _ throws(ModelFailure) in
            if case .result = await board.answer(nil) { return .says("here again") }
            throw ModelFailure(code: .unreachable, message: "connection refused", isRetryable: true)
        }
        let stage = try Stage(workshop)
        board.use(stage.clock)
        for _ in 0..<2 {
            let run = try stage.start("anything")
            try stage.settle(2_000)
            #expect(stage.status(run) == .escalated)
        }
        #expect(board.calls.count == 5)
        return Only(stage: stage, board: board)
    }

    @Test("with one model alone that rests, runs wait for it, within bounds, and are answered when it is there again")
    func waitsForTheOnlyModel() throws {
        let only = try onlyModel()
        let runs = try (0..<3).map { _ in try only.stage.start("anything") }
        try only.stage.settle(5_000)
        #expect(runs.allSatisfy { only.stage.status($0) == .running })
        #expect(only.board.calls.count == 5, "nothing is sent while it rests")
        only.board.repair()
        try only.stage.settle(60_000)
        #expect(runs.allSatisfy { only.stage.status($0) == .succeeded })
    }

    @Test("it is not waited for past the run's time, or for ever: then a person takes over")
    func neverForEver() throws {
        let short = try onlyModel(active: 3_000)
        let run = try short.stage.start("anything")
        try short.stage.settle(100)
        #expect(short.stage.status(run) == .escalated)
        let long = try onlyModel()
        let waiting = try long.stage.start("anything")
        try long.stage.settle(600_000)
        #expect(long.stage.status(waiting) == .escalated)
        #expect(try long.stage.failures(waiting).filter { $0 == "first: breaker_open" }.count <= 9)
    }
}
