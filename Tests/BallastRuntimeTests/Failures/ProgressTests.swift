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
        workshop.policyRules = [
            PolicyRule(
                id: "alone", action: .relax(to: .allow), scope: RuleScope(tools: ["send"]), owner: "tests",
                reason: "the bound is tested", expires: .distantFuture)
        ]
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
}
