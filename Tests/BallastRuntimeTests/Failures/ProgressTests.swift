import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Testing

@Suite("A task that does not get on goes to a person (R48)")
struct ProgressTests {
    @Test("after five replies of which every call failed")
    func failures() throws {
        let calls = Calls()
        var workshop = Workshop()
        workshop.tool("look", .safe) { invocation in
            calls.note(invocation)
            return .result(ToolResult(content: "error \(calls.count)", isError: true))
        }
        workshop.model("main", calling("look") { _, _ in false })
        let stage = try Stage(workshop)
        let run = try stage.start("look")
        #expect(calls.count == 5)
        #expect(try stage.state(run).escalation?.code == "no_progress")
        let reason = try stage.text(stage.state(run).escalation?.reason)
        #expect(reason == "Every call of 5 replies in a row failed or was refused, so a person takes over.")
    }

    @Test("after as many steps without anything new as the agent's file allows", arguments: [3, 8])
    func stale(bound: Int) throws {
        let calls = Calls()
        var workshop = Workshop()
        workshop.agent.bounds.staleSteps = bound
        workshop.tool("look", .safe) { invocation in
            calls.note(invocation)
            return .result(ToolResult(content: "pending"))
        }
        workshop.model { _ in .calls([("look", "{}")]) }
        let stage = try Stage(workshop)
        let run = try stage.start("look")
        // The first look was new.
        #expect(calls.count == bound + 1)
        #expect(try stage.state(run).escalation?.code == "no_progress")
    }

    @Test("another page, another answer or another call is something new")
    func pages() throws {
        var workshop = Workshop()
        workshop.agent.bounds.staleSteps = 2
        workshop.tool("look", .safe) { invocation in
            .result(ToolResult(content: "nothing here"))
        }
        workshop.model("main", calling("look") { _, count in count >= 12 })
        let stage = try Stage(workshop)
        let run = try stage.start("look")
        #expect(stage.status(run) == .succeeded)
    }

    @Test("words of the person, and their giving it back, begin the count anew")
    func anew() throws {
        var workshop = Workshop()
        workshop.agent.bounds.failures = 2
        workshop.tool("look", .safe) { _ in .result(ToolResult(content: "no", isError: true)) }
        workshop.model("main", calling("look") { _, count in count >= 3 })
        let stage = try Stage(workshop)
        let run = try stage.start("look")
        #expect(stage.status(run) == .escalated)
        let scope = stage.scope
        try stage.perform { try await $0.handBack(run, by: Principal("operator:olga"), scope: scope) }
        try stage.settle(1_000)
        #expect(stage.status(run) == .succeeded)
    }

    @Test("a run that has had as many effects as it may alone asks a person about each further one (R24)")
    func reach() throws {
        let calls = Calls()
        var workshop = Workshop()
        workshop.agent.bounds.effects = 3
        workshop.tool("send", .risky) { invocation in
            calls.note(invocation)
            return .result(ToolResult(content: "sent \(calls.count)"))
        }
        workshop.policyRules = UndoBench.alone(["send"])
        workshop.model { request in
            let count = request.messages.count { $0.role == .tool }
            return count >= 5 ? .says("done") : .calls((0..<5).map { ("send", "{\"n\":\($0 + count * 10)}") })
        }
        let stage = try Stage(workshop)
        let run = try stage.start("send them")
        #expect(calls.count == 3)
        #expect(stage.status(run) == .waitingApproval)
        let waiting = try stage.pendingApprovals()
        #expect(waiting.count == 2)
        let codes = try stage.events(run).compactMap {
            if case .actionDecided(let fields) = $0 { fields.code } else { nil }
        }
        #expect(codes.filter { $0 == "guard.reach" }.count == 2)
        for approval in waiting { _ = try stage.decide(approval.id, .approve, by: stage.rita) }
        try stage.settle(1_000)
        #expect(calls.count == 5)
        #expect(stage.status(run) == .succeeded)
    }

    @Test(
        "beyond an hourly cap that asks a person is asked, over runs and callers, and the next hour begins anew (R24)")
    func reachPerHour() throws {
        let calls = Calls()
        var workshop = Workshop()
        let cap = LimitRule(measure: .count, cap: .fixed(.integer(3)), per: .agent, every: .hour, asks: true)
        workshop.limits = [ClassLimit(.risky, cap)]
        workshop.tool("send", .risky) { invocation in
            calls.note(invocation)
            return .result(ToolResult(content: "sent"))
        }
        workshop.policyRules = UndoBench.alone(["send"])
        workshop.model("main", calling("send") { _, _ in true })
        let stage = try Stage(workshop)
        let scope = stage.scope
        // All at once: what finds no room when it is to start is asked about, and not lost.
        let runs = try stage.perform { runtime in
            var runs: [RunID] = []
            for number in 0..<8 {
                runs.append(
                    try await runtime.start(
                        StartRun(agent: "worker", text: "send \(number)", principal: Principal("customer:ana"))
                    ).run)
            }
            return runs
        }
        try stage.settle(2_000)
        #expect(calls.count == 3)
        #expect(runs.map { stage.status($0) }.count { $0 == .waitingApproval } == 5)
        let waiting = try stage.pendingApprovals()
        let codes = try runs.flatMap { run in
            try stage.events(run).compactMap {
                if case .actionDecided(let fields) = $0, fields.outcome == .approve { fields.code } else { nil }
            }
        }
        #expect(codes == Array(repeating: "guard.reach", count: 5))
        for approval in waiting.prefix(2) { _ = try stage.decide(approval.id, .approve, by: stage.rita) }
        try stage.settle(1_000)
        #expect(calls.count == 5, "what a person agreed to goes beyond it")
        let balance = try stage.perform { runtime in
            let hour = try #require(LimitWindow.hour.starts(at: runtime.clock.now).first)
            return try await runtime.store.balance(
                of: LimitKey(name: "class:risky/count/agent/hour/ask|worker", window: hour), scope: scope)
        }
        #expect(balance == LimitBalance(used: 5, reserved: 0))
        try stage.settle(3_600_000)
        let later = try stage.start("send later")
        #expect(stage.status(later) == .succeeded)
        #expect(calls.count == 6)
    }
}
