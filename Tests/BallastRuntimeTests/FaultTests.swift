import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Synchronization
import Testing

@Suite("Faults end well")
struct FaultTests {
    @Test("no playbook and no model: a person gets the task with what was asked")
    func noModel() throws {
        let stage = try Stage(Workshop())
        let run = try stage.start("please do something clever")
        #expect(stage.status(run) == .escalated)
        let reason = try stage.text(stage.state(run).escalation?.reason)
        #expect(reason.contains("please do something clever"))
    }

    @Test("a model that is down is tried three times, then a person takes over")
    func deadModel() throws {
        let attempts = Mutex(0)
        var workshop = Workshop()
        workshop.model { _ throws(ModelFailure) in
            attempts.withLock { $0 += 1 }
            throw ModelFailure(code: .unreachable, message: "connection refused", isRetryable: true)
        }
        let stage = try Stage(workshop)
        let run = try stage.start("anything")
        try stage.settle(60_000)
        #expect(stage.status(run) == .escalated)
        #expect(attempts.withLock { $0 } == 3)
    }

    @Test("the next model of the route takes over when the first is given up")
    func fallbackModel() throws {
        var workshop = Workshop()
        workshop.model("first") { _ throws(ModelFailure) in
            throw ModelFailure(code: .authentication, message: "bad key", isRetryable: false)
        }
        workshop.model("second") { _ in .says("from the second") }
        let stage = try Stage(workshop)
        let run = try stage.start("anything")
        try stage.settle(10_000)
        #expect(stage.status(run) == .succeeded)
    }

    @Test(
        "a reply that cannot be used goes back as a readable error, a bounded number of times",
        arguments: [
            ("look", "{not json", "guard.parse"), ("nonsense", "{}", "guard.manifest"),
            ("look", "{\"x\":1}", "guard.schema"),
        ])
    func unusableReplies(tool: String, arguments: String, code: String) throws {
        let calls = Calls()
        var workshop = Workshop()
        workshop.tool(
            "look", .safe,
            schema: ["type": "object", "properties": ["n": ["type": "integer"]], "additionalProperties": false]
        ) { invocation in
            calls.note(invocation)
            return .result(ToolResult(content: "{}"))
        }
        workshop.model { _ in .calls([(tool, arguments)]) }
        let stage = try Stage(workshop)
        let run = try stage.start("anything")
        try stage.settle(10_000)
        #expect(stage.status(run) == .escalated)
        #expect(try stage.state(run).escalation?.code == "model_unusable")
        #expect(calls.count == 0)
        let codes = try stage.events(run).compactMap {
            if case .actionDecided(let decision) = $0 { decision.code } else { nil }
        }
        #expect(codes == [code, code, code])
    }

    @Test("an empty reply is complained about and bounded")
    func emptyReply() throws {
        var workshop = Workshop()
        workshop.model { _ in .says("  ") }
        let stage = try Stage(workshop)
        let run = try stage.start("anything")
        try stage.settle(10_000)
        #expect(stage.status(run) == .escalated)
    }

    @Test(
        "a call that the model wrote in words is neither carried out nor taken for an answer",
        arguments: [
            #"{"name": "pay", "arguments": {"n": 1}}"#, "```json\n{\"name\":\"pay\",\"arguments\":{\"n\":1}}\n```",
            "I pay it now.\n<tool_call>\n{\"name\":\"pay\",\n \"arguments\":{}}\n</tool_call>",
            "<tool_call>{\"name\":\"pay\",\"parameters\":{}}",
        ])
    func callInWords(words: String) throws {
        let calls = Calls()
        var workshop = Workshop()
        workshop.tool("pay", .safe) { invocation in
            calls.note(invocation)
            return .result(ToolResult(content: "{}"))
        }
        workshop.model { request in
            request.messages.count > 2 ? .says("I could not do it.") : .says(words)
        }
        let stage = try Stage(workshop)
        let run = try stage.start("pay it")
        #expect(calls.count == 0)
        #expect(try stage.text(stage.state(run).outcome?.text) == "I could not do it.")

        workshop.models = [:]
        workshop.agent.models = []
        workshop.model { _ in .says(words) }
        let stubborn = try Stage(workshop)
        let other = try stubborn.start("pay it")
        #expect(try stubborn.state(other).escalation?.code == "model_unusable")
        #expect(calls.count == 0)
    }

    @Test(
        "words that only look like a call are an answer",
        arguments: [
            #"{"name": "Ana", "arguments": {}}"#, "The tool's \"name\" is pay.", #"{"name": "pay"}"#,
            #"{"name": "pay", "arguments": "none"}"#,
        ])
    func answersLikeCalls(words: String) throws {
        var workshop = Workshop()
        workshop.tool("pay", .safe) { _ in .result(ToolResult(content: "{}")) }
        workshop.model { _ in .says(words) }
        let stage = try Stage(workshop)
        let run = try stage.start("tell me")
        #expect(try stage.text(stage.state(run).outcome?.text) == words)
    }

    @Test("a model that calls the tool for ever is stopped at the step limit, and the end says why")
    func runaway() throws {
        let calls = Calls()
        var workshop = Workshop()
        workshop.agent.budget.steps = 10
        workshop.tool("look", .safe) { invocation in
            calls.note(invocation)
            return .result(ToolResult(content: "{}"))
        }
        workshop.model { _ in .calls([("look", "{}")]) }
        let stage = try Stage(workshop)
        let run = try stage.start("anything")
        try stage.settle(10_000)
        #expect(stage.status(run) == .partial)
        #expect(calls.count == 5)
        let outcome = try #require(try stage.state(run).outcome)
        #expect(outcome.code == "budget.steps")
        #expect(try stage.text(outcome.text).contains("10 steps"))
    }

    @Test("a call whose answer was lost is in doubt, is looked up, and is not repeated")
    func inDoubtIsVerified() throws {
        let (pays, finds) = (Calls(), Calls())
        let stage = try Stage(losing(pays, finds, found: true))
        let run = try stage.start("pay")
        let approval = try #require(try stage.pendingApprovals().first)
        _ = try stage.decide(approval.id, .approve, by: stage.rita)
        try stage.settle(30_000)
        #expect(stage.status(run) == .succeeded)
        #expect(pays.count == 1)
        #expect(finds.count >= 1)
        #expect(try stage.events(run).contains { if case .effectInDoubt = $0 { true } else { false } })
    }

    @Test("\"not found\" means \"did not\" only after the time to land; then it is done again under the same key")
    func didNotIsDoneAgain() throws {
        let (pays, finds) = (Calls(), Calls())
        let stage = try Stage(losing(pays, finds, found: false))
        let run = try stage.start("pay")
        let approval = try #require(try stage.pendingApprovals().first)
        _ = try stage.decide(approval.id, .approve, by: stage.rita)
        try stage.settle(500)
        #expect(pays.count == 1, "it may still land")
        try stage.settle(60_000)
        #expect(stage.status(run) == .succeeded)
        #expect(pays.count == 2)
        #expect(pays.keys.count == 1)
    }

    @Test("\"not found\" that was asked for before the time to land was over does not count, however late it comes")
    func slowLook() throws {
        let (pays, finds) = (Calls(), Calls())
        let clock = Mutex<SimulatedClock?>(nil)
        var workshop = Workshop()
        var rules = ToolRules()
        rules.verification = verification
        workshop.tool("find", .safe) { invocation in
            finds.note(invocation)
            if finds.count == 1, let clock = clock.withLock({ $0 }) { try? await clock.sleep(milliseconds: 3_000) }
            return .result(ToolResult(content: "{\"found\":false}", structured: ["found": false]))
        }
        workshop.tool("pay", .dangerous, rules: rules) { invocation in
            pays.note(invocation)
            return pays.count == 1
                ? .unknown(ToolFailure(code: .timeout, message: "no answer"))
                : .result(ToolResult(content: "{\"paid\":true}"))
        }
        workshop.model("main", once("pay"))
        let stage = try Stage(workshop)
        clock.withLock { $0 = stage.clock }
        let run = try stage.start("pay")
        let approval = try #require(try stage.pendingApprovals().first)
        _ = try stage.decide(approval.id, .approve, by: stage.rita)
        try stage.settle(60_000)
        #expect(stage.status(run) == .succeeded)
        #expect(pays.count == 2)
        #expect(finds.count == 2)
    }

    @Test("a call whose answer was lost is not sent again once the tool need not know its key any more")
    func keyTooOld() throws {
        let calls = Calls()
        var workshop = Workshop()
        var rules = ToolRules()
        rules.repeatability = .byKey(milliseconds: 10_000)
        workshop.tool("pay", .dangerous, rules: rules) { invocation in
            calls.note(invocation)
            return .unknown(ToolFailure(code: .timeout, message: "no answer"))
        }
        workshop.model("main", once("pay"))
        let stage = try Stage(workshop)
        let run = try stage.start("pay")
        let approval = try #require(try stage.pendingApprovals().first)
        _ = try stage.decide(approval.id, .approve, by: stage.rita)
        let rita = stage.rita
        let receipt = try stage.perform { await $0.halt(.run(run), reason: "look first", by: rita) }
        let sent = calls.count
        try stage.settle(20_000)
        _ = try stage.perform { try await $0.resume(receipt.halt.id, by: rita, reason: "fine") }
        try stage.settle(5_000)
        #expect(sent > 0)
        #expect(calls.count == sent)
        #expect(stage.status(run) == .escalated)
        #expect(try stage.state(run).escalation?.code == RunEscalated.inDoubt)
    }

    @Test("without a way to look it up, a person is asked, and settles it")
    func personSettles() throws {
        let calls = Calls()
        var workshop = Workshop()
        workshop.tool("pay", .dangerous) { invocation in
            calls.note(invocation)
            return .unknown(ToolFailure(code: .timeout, message: "no answer"))
        }
        workshop.model("main", once("pay"))
        let stage = try Stage(workshop)
        let run = try stage.start("pay")
        let approval = try #require(try stage.pendingApprovals().first)
        _ = try stage.decide(approval.id, .approve, by: stage.rita)
        try stage.settle(5_000)
        #expect(stage.status(run) == .escalated)
        let scope = stage.scope
        let effect = EffectID(run: run, ordinal: 1)
        try stage.perform {
            try await $0.settle(
                effect, happened: true, by: Principal("operator:olga"), reason: "seen in the bank", scope: scope)
        }
        try stage.settle(5_000)
        #expect(stage.status(run) == .succeeded)
        #expect(calls.count == 1)
    }

    @Test("a playbook goes on when a person has settled what became of its step", arguments: [true, false])
    func settledPlaybook(happened: Bool) throws {
        let calls = Calls()
        var workshop = Workshop()
        workshop.tool("pay", .dangerous) { invocation in
            calls.note(invocation)
            return calls.count == 1
                ? .unknown(ToolFailure(code: .timeout, message: "no answer"))
                : .result(ToolResult(content: "{\"paid\":true}"))
        }
        workshop.playbooks = [
            Playbook(
                name: "pay", triggers: [try TriggerPattern("pay now")],
                steps: [
                    PlaybookStep(.call(tool: "pay", with: [], name: "paid", onFailure: [])),
                    PlaybookStep(.end(.succeeded, say: nil)),
                ])
        ]
        let stage = try Stage(workshop)
        let run = try stage.start("pay now")
        let approval = try #require(try stage.pendingApprovals().first)
        _ = try stage.decide(approval.id, .approve, by: stage.rita)
        try stage.settle(5_000)
        #expect(try stage.state(run).escalation?.code == RunEscalated.inDoubt)
        let scope = stage.scope
        let effect = EffectID(run: run, ordinal: 1)
        try stage.perform {
            try await $0.settle(
                effect, happened: happened, by: Principal("operator:olga"), reason: "looked", scope: scope)
        }
        try stage.settle(5_000)
        #expect(stage.status(run) == .succeeded)
        #expect(calls.count == (happened ? 1 : 2))
    }

    @Test("an approval holds for an action over two crashes that each came before the action happened")
    func crashTwiceBefore() throws {
        let (pays, finds) = (Calls(), Calls())
        let clock = Mutex<SimulatedClock?>(nil)
        var workshop = Workshop()
        var rules = ToolRules()
        rules.verification = verification
        workshop.tool("find", .safe) { invocation in
            finds.note(invocation)
            return .result(ToolResult(content: "{\"found\":false}", structured: ["found": false]))
        }
        workshop.tool("pay", .dangerous, rules: rules) { invocation in
            pays.note(invocation)
            if pays.count < 3, let clock = clock.withLock({ $0 }) { try? await clock.sleep(milliseconds: 1 << 40) }
            return .result(ToolResult(content: "{\"paid\":true}"))
        }
        workshop.model("main", once("pay"))
        let stage = try Stage(workshop)
        clock.withLock { $0 = stage.clock }
        let run = try stage.start("pay")
        let approval = try #require(try stage.pendingApprovals().first)
        let (rita, scope) = (stage.rita, stage.scope)
        _ = try stage.perform { try await $0.decide(approval.id, .approve, by: rita, scope: scope) }
        for attempt in 1...2 {
            #expect(pays.count == attempt)
            try stage.crash()
            try stage.settle(120_000)
        }
        #expect(stage.status(run) == .succeeded)
        #expect(pays.count == 3)
        #expect(pays.keys.count == 1)
    }

    @Test("a crash in the middle of a call neither repeats nor loses it")
    func crashInMidCall() throws {
        let (pays, finds) = (Calls(), Calls())
        var workshop = Workshop()
        let hang = Mutex(true)
        let clock = Mutex<SimulatedClock?>(nil)
        let applied = Mutex<Set<String>>([])
        var rules = ToolRules()
        rules.verification = verification
        workshop.tool("find", .safe) { invocation in
            finds.note(invocation)
            let key = (try? JSONReader.read(invocation.arguments))?["key"]?.string ?? ""
            let isFound = applied.withLock { $0.contains(key) }
            return .result(ToolResult(content: "{\"found\":\(isFound)}", structured: ["found": .bool(isFound)]))
        }
        workshop.tool("pay", .dangerous, rules: rules) { invocation in
            pays.note(invocation)
            _ = applied.withLock { $0.insert(invocation.idempotencyKey) }
            if hang.withLock({ $0 }), let clock = clock.withLock({ $0 }) {
                try? await clock.sleep(milliseconds: 1 << 40)
            }
            return .result(ToolResult(content: "{\"paid\":true}"))
        }
        workshop.model("main", once("pay"))
        let stage = try Stage(workshop)
        clock.withLock { $0 = stage.clock }
        let run = try stage.start("pay")
        let approval = try #require(try stage.pendingApprovals().first)
        let (rita, scope) = (stage.rita, stage.scope)
        _ = try stage.perform { try await $0.decide(approval.id, .approve, by: rita, scope: scope) }
        #expect(pays.count == 1)
        hang.withLock { $0 = false }
        try stage.crash()
        try stage.settle(30_000)
        #expect(stage.status(run) == .succeeded)
        #expect(pays.count == 1)
        #expect(finds.count >= 1)
    }

    @Test("an effect in doubt is looked up later when the tool to ask is not offered yet")
    func lookedUpLater() throws {
        let (pays, finds) = (Calls(), Calls())
        let stage = try Stage(losing(pays, finds, found: true))
        let run = try stage.start("pay")
        let deployment = stage.runtime.deployment
        deployment.update { $0.catalog.setPin(Digest(bytes: Array(repeating: 0, count: 32)), of: "find") }
        let approval = try #require(try stage.pendingApprovals().first)
        _ = try stage.decide(approval.id, .approve, by: stage.rita)
        try stage.settle(1_000)
        #expect(pays.count == 1)
        #expect(finds.count == 0)
        #expect(try stage.state(run).escalation == nil)
        deployment.update { $0.catalog.setPin(nil, of: "find") }
        try stage.settle(30_000)
        #expect(stage.status(run) == .succeeded)
        #expect(pays.count == 1)
        #expect(finds.count == 1)
    }

    @Test("under a halt of everything an effect in doubt is not looked up, and not given up either")
    func haltedDoubt() throws {
        let (pays, finds) = (Calls(), Calls())
        let stage = try Stage(losing(pays, finds, found: nil))
        let run = try stage.start("pay")
        let approval = try #require(try stage.pendingApprovals().first)
        _ = try stage.decide(approval.id, .approve, by: stage.rita)
        try stage.settle(500)
        let rita = stage.rita
        let receipt = try stage.perform { await $0.halt(.everything, reason: "look first", by: rita) }
        let asked = finds.count
        try stage.settle(120_000)
        #expect(finds.count == asked)
        #expect(try stage.state(run).escalation == nil)
        _ = try stage.perform { try await $0.resume(receipt.halt.id, by: rita, reason: "fine") }
        try stage.settle(30_000)
        #expect(finds.count > asked)
        #expect(pays.count == 1)
    }

    @Test("nothing is driven before recovery: what starts meanwhile waits for its tools and the halts on record")
    func heldUntilRecovery() throws {
        let calls = Calls()
        var workshop = Workshop()
        workshop.tool("look", .safe) { invocation in
            calls.note(invocation)
            return .result(ToolResult(content: "{}"))
        }
        workshop.model("main", once("look"))
        let stage = try Stage(workshop, isHeld: true)
        let ana = stage.ana
        let run = try stage.perform { try await $0.start(StartRun(agent: "worker", text: "look", principal: ana)).run }
        try stage.settle(10_000)
        #expect(try stage.state(run).usage.steps == 0)
        #expect(calls.count == 0)
        _ = try stage.perform { try await $0.recover() }
        try stage.settle(1_000)
        #expect(stage.status(run) == .succeeded)
        #expect(calls.count == 1)
    }

    @Test("a halt stops a run, and resuming lets it go on")
    func haltAndResume() throws {
        let calls = Calls()
        var workshop = Workshop()
        workshop.tool("pay", .dangerous) { invocation in
            calls.note(invocation)
            return .result(ToolResult(content: "{}"))
        }
        workshop.model("main", once("pay"))
        let stage = try Stage(workshop)
        let run = try stage.start("pay")
        let (rita, scope) = (stage.rita, stage.scope)
        let receipt = try stage.perform { await $0.halt(.run(run), reason: "look first", by: rita) }
        let approval = try #require(try stage.pendingApprovals().first)
        _ = try stage.perform { try? await $0.decide(approval.id, .approve, by: rita, scope: scope) }
        try stage.settle(5_000)
        #expect(calls.count == 0)
        #expect(stage.status(run) == .halted)
        _ = try stage.perform { try await $0.resume(receipt.halt.id, by: rita, reason: "fine") }
        try stage.settle(5_000)
        #expect(stage.status(run) == .succeeded)
        #expect(calls.count == 1)
    }

    private var verification: Verification {
        Verification(
            tool: "find", with: [BoundArgument(name: "key", source: .idempotencyKey)], landsWithin: 2_000,
            happenedWhen: FieldPath("found").map { [$0: .equals(.bool(true))] } ?? [:])
    }

    @Test("an approved action whose facts cannot be had for a moment waits for them, and is not given up")
    func factsComeBack() throws {
        let (pays, looks) = (Calls(), Calls())
        var workshop = Workshop()
        workshop.tool("look", .safe) { invocation in
            looks.note(invocation)
            return (2...7).contains(looks.count)
                ? .unknown(ToolFailure(code: .connectionLost, message: "it is being started again"))
                : .result(ToolResult(content: "{\"total\":12}"))
        }
        var rules = ToolRules()
        let total = ValueReference.lookup(tool: "look", arguments: [], field: try #require(FieldPath("total")))
        rules.magnitudes = [MagnitudeRule(subject: total, atMost: .integer(20))]
        workshop.tool("pay", .dangerous, rules: rules) { invocation in
            pays.note(invocation)
            return .result(ToolResult(content: "{\"paid\":true}"))
        }
        workshop.model("main", once("pay"))
        let stage = try Stage(workshop)
        let run = try stage.start("pay")
        let approval = try #require(try stage.pendingApprovals().first)
        _ = try stage.decide(approval.id, .approve, by: stage.rita)
        try stage.settle(60_000)
        #expect(stage.status(run) == .succeeded)
        #expect(pays.count == 1)
        #expect(looks.count == 8)
    }

    /// `pay` loses its first answer; `find` says whether it happened, or cannot say.
    private func losing(_ pays: Calls, _ finds: Calls, found: Bool?) -> Workshop {
        var workshop = Workshop()
        var rules = ToolRules()
        rules.verification = verification
        workshop.tool("find", .safe) { invocation in
            finds.note(invocation)
            guard let found else { return .result(ToolResult(content: "try later", isError: true)) }
            return .result(ToolResult(content: "{\"found\":\(found)}", structured: ["found": .bool(found)]))
        }
        workshop.tool("pay", .dangerous, rules: rules) { invocation in
            pays.note(invocation)
            return pays.count == 1
                ? .unknown(ToolFailure(code: .timeout, message: "no answer"))
                : .result(ToolResult(content: "{\"paid\":true}"))
        }
        workshop.model("main", once("pay"))
        return workshop
    }
}
