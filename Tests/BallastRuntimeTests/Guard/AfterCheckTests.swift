import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Synchronization
import Testing

@Suite("What a tool leaves behind is looked at before the next step (R20)")
struct AfterCheckTests {
    private func workshop(
        _ calls: Calls, conditions: [PostCondition], result: String = #"{"status":"done","id":"R-1"}"#,
        found: @escaping @Sendable (ToolInvocation) -> ToolOutcome = { _ in
            .result(ToolResult(content: "{\"found\":true}"))
        }
    ) throws -> Workshop {
        var workshop = try Shop.refunds(calls) { _ in .result(ToolResult(content: result)) }
        workshop.rules["refund"]?.postConditions = conditions
        workshop.tool("find", .safe) { found($0) }
        workshop.model("main", once("refund", #"{"amount":500}"#))
        return workshop
    }

    private var isDone: PostCondition { get throws { .result([try Shop.path("status"): .equals("done")]) } }
    private var isFound: PostCondition {
        get throws {
            .check(
                tool: "find",
                with: [
                    BoundArgument(name: "key", source: .idempotencyKey),
                    BoundArgument(name: "id", source: .result(try Shop.path("id"))),
                ], expect: [try Shop.path("found"): .equals(true)])
        }
    }

    /// What the model read of its call.
    private func answer(_ stage: Stage, _ run: RunID) throws -> (text: String, isError: Bool) {
        let results = try stage.state(run).transcript.compactMap { item -> (BodyReference, Bool)? in
            if case .result(_, let body, let isError, _) = item { (body, isError) } else { nil }
        }
        let last = try #require(results.last)
        return (try stage.text(last.0), last.1)
    }

    @Test("conditions that hold change nothing, and each look is on record with what was asked")
    func holds() throws {
        let (calls, looks) = (Calls(), Calls())
        let stage = try Stage(
            workshop(calls, conditions: [try isDone, try isFound]) { invocation in
                looks.note(invocation)
                return .result(ToolResult(content: "{\"found\":true}"))
            })
        let run = try stage.start("refund")
        #expect(stage.status(run) == .succeeded)
        let (text, isError) = try answer(stage, run)
        #expect(text == #"{"status":"done","id":"R-1"}"# && !isError)
        #expect(looks.arguments == ["{\"id\":\"R-1\",\"key\":\"\(EffectID(run: run, ordinal: 1))\"}"])
        let checks = try stage.events(run).compactMap { if case .guardChecked(let check) = $0 { check } else { nil } }
        #expect(checks.map(\.purpose) == ["after", "after"])
        #expect(checks.map(\.tool) == ["refund", "find"])
        #expect(checks.map(\.passed) == [true, true])
    }

    @Test("one that does not is an error the model reads: what was expected, what was found; the effect stays settled")
    func fails() throws {
        let calls = Calls()
        let stage = try Stage(
            workshop(calls, conditions: [try isDone, try isFound]) { _ in
                .result(ToolResult(content: "{\"found\":false}"))
            })
        let run = try stage.start("refund")
        let (text, isError) = try answer(stage, run)
        #expect(isError)
        let document = try JSONReader.read(Array(text.utf8))
        #expect(document["code"] == "guard.after")
        #expect(
            document["message"]?.string
                == "refund ran, but it is not as it should be: expected that found is true (it is false) in what find answers."
        )
        #expect(document["result"]?.string?.contains("R-1") == true)
        let scope = stage.scope
        let effects = try stage.perform { try await $0.store.effects(matching: EffectFilter(), limit: 9, scope: scope) }
        #expect(effects.map(\.state) == [.settled])
        let account = try stage.text(stage.state(run).outcome?.text)
        #expect(account.contains("Done, but not as it should be afterwards: refund."))
    }

    @Test(
        "a condition over the answer itself sees a missing field, another value, and text that is no JSON",
        arguments: [#"{"status":"queued"}"#, "{}", "all fine", "[]"])
    func resultOnly(result: String) throws {
        let stage = try Stage(workshop(Calls(), conditions: [try isDone], result: result))
        let run = try stage.start("refund")
        let (text, isError) = try answer(stage, run)
        #expect(isError)
        #expect(text.contains("expected that status is"))
    }

    @Test("a check that cannot be made is no success")
    func cannotTell() throws {
        for outcome in [
            ToolOutcome.unknown(ToolFailure(code: .timeout, message: "no answer")),
            .result(ToolResult(content: "{}", isError: true)),
        ] {
            let stage = try Stage(workshop(Calls(), conditions: [try isFound]) { _ in outcome })
            let run = try stage.start("refund")
            try stage.settle(60_000)
            let (text, isError) = try answer(stage, run)
            #expect(isError && text.contains("gave no answer, so it is not known"))
        }
        var risky = try workshop(Calls(), conditions: [try isFound])
        risky.classes["find"] = .risky
        let stage = try Stage(risky)
        let run = try stage.start("refund")
        let text = try answer(stage, run).text
        #expect(text.contains("could not be asked"), "only safe tools are asked")
    }

    @Test("a tool that says itself that it failed is not looked at further")
    func ownError() throws {
        let looks = Calls()
        var workshop = try workshop(Calls(), conditions: [try isFound]) { invocation in
            looks.note(invocation)
            return .result(ToolResult(content: "{\"found\":true}"))
        }
        for index in workshop.tools.indices where workshop.tools[index].definition.name == "refund" {
            workshop.tools[index] = NativeFunction(definition: workshop.tools[index].definition) { _ in
                .result(ToolResult(content: "{\"error\":\"closed\"}", isError: true))
            }
        }
        let stage = try Stage(workshop)
        _ = try stage.start("refund")
        #expect(looks.count == 0)
    }

    @Test("after a crash the look is made by the next owner, and the effect is not repeated")
    func crash() throws {
        let calls = Calls()
        let isAlive = Mutex(false)
        let looks = Calls()
        var workshop = try workshop(calls, conditions: [try isFound])
        for index in workshop.tools.indices where workshop.tools[index].definition.name == "find" {
            workshop.tools[index] = NativeFunction(definition: workshop.tools[index].definition) { invocation in
                looks.note(invocation)
                if !isAlive.withLock({ $0 }) {
                    await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
                }
                return .result(ToolResult(content: "{\"found\":true}"))
            }
        }
        let stage = try Stage(workshop)
        let ana = stage.ana
        let run = try stage.perform {
            try await $0.start(StartRun(agent: "worker", text: "refund", principal: ana)).run
        }
        try stage.settle(100)
        #expect(calls.count == 1 && looks.count == 1)
        isAlive.withLock { $0 = true }
        try stage.crash()
        try stage.settle(120_000)
        #expect(stage.status(run) == .succeeded)
        #expect(calls.count == 1 && looks.count == 2)
        let isError = try answer(stage, run).isError
        #expect(!isError)
    }

    @Test("effects that are never as they should be end with a person")
    func noProgress() throws {
        let calls = Calls()
        var workshop = try workshop(calls, conditions: [try isDone], result: "{}")
        workshop.models = [:]
        workshop.agent.models = []
        workshop.model { request in
            .calls([("refund", "{\"amount\":\(request.messages.count)}")])
        }
        let stage = try Stage(workshop)
        let run = try stage.start("refund")
        #expect(stage.status(run) == .escalated)
        #expect(try stage.state(run).escalation?.code == "no_progress")
        #expect(calls.count == 3)
    }
}
