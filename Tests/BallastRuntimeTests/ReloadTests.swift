import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Synchronization
import Testing

@Suite("A reload holds from the moment it is acknowledged")
struct ReloadTests {
    /// Holds the commit that starts an effect up, after it is durable, for a second of the stage's time.
    private final class SlowStart: Sendable {
        private let clock = Mutex<SimulatedClock?>(nil)
        private let isArmed = Mutex(true)

        func watch(_ stage: Stage) { clock.withLock { $0 = stage.clock } }
        func hold(_ point: StorePoint, in store: InMemoryRunStore?) async {
            guard point.operation == .append, point.moment == .after, let run = point.run, let store,
                let last = store.journal(of: run).last(where: { $0.type == .effectStarted || $0.type == .modelReplied }
                ),
                last.type == .effectStarted
            else { return }
            let isFirst = isArmed.withLock { armed in
                defer { armed = false }
                return armed
            }
            guard isFirst, let clock = clock.withLock({ $0 }) else { return }
            try? await clock.sleep(milliseconds: 1_000)
        }
    }

    private func staged(_ workshop: Workshop) throws -> Stage {
        let slow = SlowStart()
        let held = Mutex<InMemoryRunStore?>(nil)
        let store = InMemoryRunStore { point throws(StoreError) in
            await slow.hold(point, in: held.withLock { $0 })
        }
        held.withLock { $0 = store }
        let stage = try Stage(workshop, store: store)
        slow.watch(stage)
        return stage
    }

    /// A worker that notes once, without asking anybody.
    private func noting(_ calls: Calls, outcome: ToolOutcome? = nil, rules: ToolRules = ToolRules()) -> Workshop {
        var workshop = Workshop()
        workshop.tool("note", .risky, rules: rules) { invocation in
            calls.note(invocation)
            return calls.count == 1 ? outcome ?? .result(ToolResult(content: "{}")) : .result(ToolResult(content: "{}"))
        }
        workshop.policyRules = [
            PolicyRule(
                id: "freely", action: .relax(to: .allow), scope: RuleScope(tools: ["note"]), owner: "test",
                reason: "test", expires: .distantFuture)
        ]
        workshop.model("main", once("note"))
        return workshop
    }

    private func denying(_ workshop: Workshop, _ tool: String) -> Workshop {
        var strict = workshop
        strict.policyHash = Array(repeating: 8, count: 16)
        strict.policyRules.append(PolicyRule(id: "not-now", action: .deny, scope: RuleScope(tools: [tool])))
        return strict
    }

    private func deploy(_ workshop: Workshop, on stage: Stage) throws {
        let next = try workshop.deployment()
        try stage.perform { runtime in await runtime.deploy { _ in next } }
    }

    private func begin(_ stage: Stage) throws -> RunID {
        let ana = stage.ana
        return try stage.perform {
            try await $0.start(StartRun(agent: "worker", text: "go", principal: ana)).run
        }
    }

    private func decisions(_ stage: Stage, _ run: RunID) throws -> [ActionDecided] {
        try stage.events(run).compactMap { if case .actionDecided(let decision) = $0 { decision } else { nil } }
    }

    @Test("what was allowed under the policy before and is not sent yet is withdrawn, with the reason")
    func nothingUnderTheOldPolicy() throws {
        let calls = Calls()
        let workshop = noting(calls)
        let stage = try staged(workshop)
        let run = try begin(stage)
        try deploy(denying(workshop, "note"), on: stage)
        #expect(try stage.events(run).contains { $0.type == .effectStarted }, "the start is durable, nothing was sent")
        try stage.settle(10_000)
        #expect(calls.count == 0)
        #expect(stage.status(run) == .succeeded)
        let end = try stage.events(run).compactMap { if case .effectWithdrawn(let end) = $0 { end } else { nil } }
        #expect(end.map(\.code) == ["policy.denied"])
        #expect(try stage.text(end.first?.detail).contains("allowed and is not any more"))
    }

    @Test("what the new policy allows too is judged again under it, and sent once")
    func stillAllowed() throws {
        let calls = Calls()
        let workshop = noting(calls)
        let stage = try staged(workshop)
        let run = try begin(stage)
        var same = workshop
        same.policyHash = Array(repeating: 8, count: 16)
        try deploy(same, on: stage)
        try stage.settle(10_000)
        #expect(calls.count == 1)
        #expect(stage.status(run) == .succeeded)
        #expect(try decisions(stage, run).map { $0.policy.first } == [7, 8])
    }

    @Test("an attempt that may have happened is in doubt when the new policy would not allow it")
    func maybeDone() throws {
        let calls = Calls()
        var rules = ToolRules()
        rules.repeatability = .byKey(milliseconds: 3_600_000)
        let workshop = noting(
            calls, outcome: .unknown(ToolFailure(code: .timeout, message: "no answer", retryAfter: 30_000)),
            rules: rules)
        let stage = try Stage(workshop)
        let run = try begin(stage)
        try stage.settle(200)
        #expect(calls.count == 1)
        try deploy(denying(workshop, "note"), on: stage)
        try stage.settle(120_000)
        #expect(calls.count == 1)
        #expect(stage.status(run) == .escalated)
        #expect(try stage.state(run).batch.first?.stage.isInDoubt == true)
    }

    @Test("an approval is decided again when it is used, and is void where the new policy is stricter")
    func stricterApproval() throws {
        let calls = Calls()
        let workshop = paying(calls)
        let stage = try Stage(workshop)
        let run = try stage.start("pay")
        let approval = try #require(try stage.pendingApprovals().first)
        var strict = workshop
        strict.policyHash = Array(repeating: 8, count: 16)
        strict.policyRules = [
            PolicyRule(
                id: "two-eyes", action: .requireApproval(ApprovalRequirement(group: "finance", quorum: 2)),
                scope: RuleScope(tools: ["pay"]))
        ]
        try deploy(strict, on: stage)
        let used = try stage.decide(approval.id, .approve, by: stage.rita)
        #expect(used.status == .void)
        try stage.settle(5_000)
        #expect(calls.count == 0)
        let asked = try #require(try stage.pendingApprovals().first)
        #expect(asked.id != approval.id && asked.group == "finance")
        #expect(stage.status(run) == .waitingApproval)
    }

    @Test("an approval that waits is not loosened: the person who was asked still decides")
    func looserApproval() throws {
        let calls = Calls()
        let workshop = paying(calls)
        let stage = try Stage(workshop)
        let run = try stage.start("pay")
        var loose = workshop
        loose.classes["pay"] = .safe
        try deploy(loose, on: stage)
        try stage.settle(5_000)
        #expect(calls.count == 0)
        #expect(stage.status(run) == .waitingApproval)
        let approval = try #require(try stage.pendingApprovals().first)
        _ = try stage.decide(approval.id, .reject(reason: "no"), by: stage.rita)
        try stage.settle(5_000)
        #expect(calls.count == 0)
    }

    @Test("an attempt that a halt kept from being sent passes the guard again once the halt is lifted")
    func afterHalt() throws {
        for scope in [HaltScope.everything, .tool("note")] {
            let calls = Calls()
            let stage = try staged(noting(calls))
            let run = try begin(stage)
            let olga = Principal("operator:olga")
            let receipt = try stage.perform { await $0.halt(scope, reason: "drill", by: olga) }
            try stage.settle(5_000)
            #expect(calls.count == 0)
            #expect(try decisions(stage, run).count == 1)
            _ = try stage.perform { try await $0.resume(receipt.halt.id, by: olga, reason: "over") }
            try stage.settle(10_000)
            #expect(try decisions(stage, run).count == 2, "\(scope)")
            #expect(calls.count == 1, "\(scope)")
            #expect(stage.status(run) == .succeeded, "\(scope)")
        }
    }

    @Test("a run keeps its agent's version, and what is started later has the new one")
    func versions() throws {
        let calls = Calls()
        var workshop = paying(calls)
        workshop.models = [:]
        workshop.agent.models = []
        workshop.model("first", once("pay"))
        let stage = try Stage(workshop)
        let old = try stage.start("pay")
        let asked = Mutex<[String]>([])
        var next = workshop
        next.version = 2
        next.agent.models = []
        next.models["first"] = DeployedModel(
            client: ScriptedModel { (request) throws(ModelFailure) in
                asked.withLock { $0.append("first") }
                return try await once("pay")(request)
            }, model: "first")
        next.model("second") { _ in
            asked.withLock { $0.append("second") }
            return .says("hello")
        }
        try deploy(next, on: stage)
        let new = try stage.start("hello")
        #expect(stage.status(new) == .succeeded)
        let approval = try #require(try stage.pendingApprovals().first)
        _ = try stage.decide(approval.id, .approve, by: stage.rita)
        try stage.settle(5_000)
        #expect(stage.status(old) == .succeeded)
        #expect(asked.withLock { $0 } == ["second", "first"])
    }

    @Test("a run whose agent was taken out stands still, and goes on when the agent is back")
    func removedAgent() throws {
        let calls = Calls()
        let workshop = paying(calls)
        let stage = try Stage(workshop)
        let run = try stage.start("pay")
        var without = Workshop(agent: "other")
        without.model { _ in .says("hello") }
        try deploy(without, on: stage)
        let approval = try #require(try stage.pendingApprovals().first)
        #expect(throws: RuntimeError.self) { try stage.decide(approval.id, .approve, by: stage.rita) }
        try stage.settle(5_000)
        #expect(calls.count == 0)
        #expect(stage.runtime.quarantinedRuns[run]?.contains("worker") == true)
        try deploy(workshop, on: stage)
        try stage.settle(5_000)
        #expect(calls.count == 1)
        #expect(stage.status(run) == .succeeded)
        #expect(stage.runtime.quarantinedRuns.isEmpty)
    }
}
