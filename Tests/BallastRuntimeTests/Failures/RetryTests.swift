import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Testing

@Suite("Calls are tried again, within bounds that add up (R49, R52, R54)")
struct RetryTests {
    /// Fails as it is told, and notes when it was called.
    private func stage(
        rules: ToolRules = ToolRules(), budget: RunBudget = RunBudget(), toolClass: ToolClass = .safe,
        breakerFailures: Int = 5, _ outcome: @escaping @Sendable (ToolInvocation) -> ToolOutcome
    ) throws -> Stage {
        var workshop = Workshop()
        workshop.agent.budget = budget
        workshop.tool("look", toolClass, rules: rules) { [board] invocation in
            _ = await board.answer(invocation)
            return outcome(invocation)
        }
        workshop.model("main", calling("look") { _, _ in true })
        var options = RuntimeOptions()
        options.breaker.failures = breakerFailures
        options.breaker.ratioCalls = 1_000
        let stage = try Stage(workshop, options: options)
        board.use(stage.clock)
        return stage
    }
    private let board = Switchboard()
    private var calls: [Int64] { board.calls }

    private static let refused = ToolOutcome.neverSent(
        ToolFailure(code: .unreachable, message: "connection refused"), isRetryable: true)

    @Test(
        "three times unless the policy says otherwise", arguments: [(nil, 3), (1, 1), (2, 2), (4, 4)] as [(Int?, Int)])
    func attempts(stated: Int?, expected: Int) throws {
        var rules = ToolRules()
        rules.retry = stated.map { RetryRule(attempts: $0, backoff: 100) }
        let stage = try stage(rules: rules) { _ in Self.refused }
        _ = try stage.start("look")
        try stage.settle(5_000)
        #expect(calls.count == expected)
    }

    @Test("what the model reads is a value: what happened, whether it may have taken effect, what may be tried")
    func structuredError() throws {
        let stage = try stage { _ in Self.refused }
        let run = try stage.start("look")
        try stage.settle(5_000)
        let error = try #require(try JSONReader.read(Array(try stage.answer(run).utf8))["error"])
        #expect(error["kind"]?.string == "unreachable")
        #expect(error["may_have_happened"] == false)
        #expect(error["tried"]?.integer == 3)
        #expect(error["what_may_be_tried"]?.array?.compactMap(\.string) == ["another_tool", "tell_user", "hand_over"])
        #expect(error["message"]?.string?.contains("nothing was done") == true)
    }

    @Test("not before the moment that the tool asks for")
    func retryAfter() throws {
        let stage = try stage { invocation in
            invocation.attempt == 1
                ? .neverSent(
                    ToolFailure(code: .rateLimited, message: "HTTP 429", retryAfter: 7_000), isRetryable: true)
                : .result(ToolResult(content: "{\"ok\":true}"))
        }
        let run = try stage.start("look")
        try stage.settle(20_000)
        #expect(stage.status(run) == .succeeded)
        #expect(calls.count == 2)
        #expect(calls[1] - calls[0] >= 7_000)
    }

    @Test("not at all when that is too long to wait for, and the model is told until when")
    func asksTooMuch() throws {
        let stage = try stage { _ in
            .neverSent(ToolFailure(code: .rateLimited, message: "HTTP 429", retryAfter: 600_000), isRetryable: true)
        }
        let run = try stage.start("look")
        try stage.settle(5_000)
        #expect(calls.count == 1)
        let error = try JSONReader.read(Array(try stage.answer(run).utf8))["error"]
        #expect(error?["retry_after_ms"]?.integer == 600_000)
        #expect(error?["message"]?.string?.contains("look asks to wait for 10 minutes") == true)
    }

    @Test("not past the end of the run's time")
    func deadline() throws {
        let stage = try stage(budget: RunBudget(activeMilliseconds: 3_000)) { _ in
            .neverSent(ToolFailure(code: .rateLimited, message: "HTTP 429", retryAfter: 5_000), isRetryable: true)
        }
        let run = try stage.start("look")
        try stage.settle(10_000)
        #expect(calls.count == 1)
        #expect(try stage.answer(run).contains("the run's time would be over by then"))
        #expect(try stage.state(run).activeMilliseconds < 3_000)
    }

    @Test("an outage is not multiplied: of many calls one in ten is tried again, and a few more")
    func budget() throws {
        let stage = try stage(breakerFailures: 1_000) { invocation in
            invocation.attempt == 1 ? Self.refused : .result(ToolResult(content: "{\"ok\":true}"))
        }
        var answers: [String] = []
        for _ in 0..<40 {
            let run = try stage.start("look")
            try stage.settle(600)
            answers.append(try stage.answer(run))
        }
        let retried = answers.count { $0.contains("\"ok\"") }
        #expect(retried >= 10 && retried <= 14)
        #expect(answers.contains { $0.contains("too many calls of look were tried again in the last minute") })
    }

    @Test("a tool that only reads leaves no doubt when its answers are lost: the run goes on")
    func safeTool() throws {
        let stage = try stage { _ in
            .unknown(ToolFailure(code: .timeout, message: "no answer in time"))
        }
        let run = try stage.start("look")
        try stage.settle(10_000)
        #expect(calls.count == 3)
        #expect(stage.status(run) == .succeeded)
        #expect(try stage.failures(run).last == "timeout")
    }

    @Test("what may have happened is not tried again by a tool that must not repeat, however often it may be")
    func neverRepeats() throws {
        var rules = ToolRules()
        rules.retry = RetryRule(attempts: 5)
        let stage = try stage(rules: rules, toolClass: .dangerous) { _ in
            .unknown(ToolFailure(code: .timeout, message: "no answer in time"))
        }
        let run = try stage.start("look")
        let approval = try #require(try stage.pendingApprovals().first)
        _ = try stage.decide(approval.id, .approve, by: stage.rita)
        try stage.settle(10_000)
        #expect(calls.count == 1)
        #expect(try stage.state(run).escalation?.code == RunEscalated.inDoubt)
    }
}
