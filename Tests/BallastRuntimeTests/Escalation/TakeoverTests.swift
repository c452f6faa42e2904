import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Testing

@Suite("A person takes a run over and does by hand what was not done (R57, R15)")
struct TakeoverTests {
    private let order: JSONValue = ["order": "O-1"]
    private let call = ("pay", "{\"order\":\"O-1\"}")

    /// A run whose tool is down until its task stands still.
    private func stuck(_ till: Till) throws -> (stage: Stage, run: RunID) {
        till.shut()
        var workshop = try HandBench.workshop(till, Array(repeating: call, count: 9))
        workshop.agent.bounds.failures = 3
        workshop.agent.bounds.repeats = nil
        let stage = try Stage(workshop)
        let run = try stage.start("pay O-1")
        try stage.settle(10_000)
        return (stage, run)
    }

    /// A run that its principal wanted a person for.
    private func handedOver(_ till: Till, isAlone: Bool = true) throws -> (stage: Stage, run: RunID) {
        let stage = try Stage(
            try HandBench.workshop(till, [("ask_user", "{\"question\":\"which?\"}")], isAlone: isAlone))
        let run = try stage.start("pay O-1")
        try stage.handOff(run)
        return (stage, run)
    }

    @Test("a tool that is down ends with a person, who gets a form with the attempt and why it was not done")
    func form() throws {
        let (stage, run) = try stuck(Till())
        let sheet = try stage.sheet(run)
        #expect(sheet.status == .escalated && sheet.code == "no_progress" && sheet.task == "pay O-1")
        #expect(sheet.done.isEmpty && sheet.notDone.count == 3)
        #expect(sheet.current?.to == "operators" && sheet.claimedBy == nil)
        let form = try #require(sheet.forms.first)
        #expect(sheet.forms.count == 1, "equal attempts are one form")
        #expect(form.tool == "pay" && form.arguments == order && form.toolClass == .risky)
        #expect(form.schema["required"] == ["order"])
        #expect(["unreachable", "guard.breaker"].contains(form.code) && form.sentence.contains("pay"))
        #expect(form.obstacle?.contains("pay") == true, "it rests: \(form)")
        #expect(form.command == "ballast act \(run) --form \(form.number)")
        #expect(sheet.tools.map(\.name) == ["forbidden", "look", "pay"])
        #expect(
            sheet.told == "This task did not get on. A person has it now. Nothing was done. "
                + "Not done: pay. Withdrawn before it was sent: pay (2 times).")
    }

    @Test("while it rests the person is refused as the agent was; when it is back the form is done, once, and told")
    func byHand() throws {
        let till = Till()
        let (stage, run) = try stuck(till)
        try stage.claim(run)
        let form = try #require(try stage.sheet(run).forms.first)
        let refused = try stage.act(run, "pay", order, form: form.number)
        #expect(refused.standing == "denied" && refused.answer?.contains("guard.breaker") == true)
        #expect(try stage.sheet(run).forms.map(\.number) == [form.number], "it is still to be done")
        till.open()
        try stage.settle(40_000)
        let done = try stage.act(run, "pay", order, form: form.number)
        #expect(done.standing == "done" && done.by == HandBench.olga && done.arguments == order)
        #expect(done.answer == "{\"paid\":\"O-1\"}" && till.paid == ["O-1"])
        let sheet = try stage.sheet(run)
        #expect(sheet.forms.isEmpty && sheet.done.map(\.byHandOf) == [HandBench.olga])
        let again = try stage.act(run, "pay", order)
        #expect(again.standing == "answered" && again.answer?.contains("guard.duplicate") == true)
        try stage.finish(run, "It is paid.")
        let outcome = try #require(try stage.state(run).outcome)
        #expect(outcome.status == .succeeded && outcome.label.sources == [.reviewer])
        #expect(try stage.text(outcome.text) == "It is paid.\n\nOn record. Done: pay (by hand).")
        #expect(stage.store.outbox(of: .default).map(\.kind).contains("run_escalated"))
    }

    @Test("nobody takes over their own task, acts in one that nobody has taken, or in one that somebody else has")
    func whose() throws {
        let (stage, run) = try handedOver(Till())
        #expect(throws: RuntimeError.self) { try stage.claim(run, by: stage.ana) }
        #expect(throws: RuntimeError.self) { try stage.act(run, "pay", order) }
        #expect(try stage.claim(run) == HandBench.olga)
        #expect(throws: RuntimeError.self) { try stage.claim(run, by: HandBench.otto) }
        #expect(throws: RuntimeError.self) { try stage.act(run, "pay", order, by: HandBench.otto) }
        #expect(try stage.claim(run, by: HandBench.otto, takingOver: true) == HandBench.otto)
        #expect(throws: RuntimeError.self) { try stage.act(run, "pay", order) }
        #expect(try stage.act(run, "look", [:], by: HandBench.otto).standing == "done")
    }

    @Test("what the policy has approved is approved for a person too, by somebody else than the one who does it")
    func approval() throws {
        let till = Till()
        let (stage, run) = try handedOver(till, isAlone: false)
        try stage.claim(run)
        let asked = try stage.act(run, "pay", order)
        #expect(asked.standing == "waiting_approval" && till.paid.isEmpty)
        let approval = try #require(try stage.pendingApprovals().first)
        #expect(throws: RuntimeError.self, "whoever acts may not approve it") {
            try stage.decide(approval.id, .approve, by: HandBench.olga)
        }
        try stage.crash()
        _ = try stage.decide(approval.id, .approve, by: stage.rita)
        try stage.settle(2_000)
        #expect(till.paid == ["O-1"])
        #expect(stage.status(run) == .escalated, "the person still has it")
    }

    @Test("a person's call is refused by the same rules, with the rule")
    func denied() throws {
        let till = Till()
        let (stage, run) = try handedOver(till)
        try stage.claim(run)
        #expect(try stage.act(run, "forbidden", [:]).answer?.contains("not-this") == true)
        #expect(try stage.act(run, "pay", ["what": 1]).answer?.contains("guard.schema") == true)
        #expect(try stage.act(run, "unknown_tool", [:]).answer?.contains("guard.manifest") == true)
        #expect(till.paid.isEmpty)
        let decided = try stage.events(run).compactMap { event in
            if case .actedByHand(let fields) = event { fields } else { nil }
        }
        #expect(decided.map(\.by) == Array(repeating: HandBench.olga, count: 3))
        #expect(decided.allSatisfy { $0.proposal.label == Label([.reviewer]) })
    }

    @Test("given back, the agent reads what was done by hand and does not do it again")
    func givenBack() throws {
        let till = Till()
        let stage = try Stage(
            try HandBench.workshop(till, [("ask_user", "{\"question\":\"which?\"}"), call, call]))
        let run = try stage.start("pay O-1")
        try stage.handOff(run)
        try stage.claim(run)
        _ = try stage.act(run, "pay", order)
        try stage.handBack(run)
        try stage.settle(5_000)
        #expect(till.paid == ["O-1"])
        #expect(stage.status(run) == .succeeded)
        let last = try #require(till.read.last)
        let result = try #require(
            last.first { message in
                message.parts.contains {
                    if case .toolResult(let id, _, _) = $0 { id.hasPrefix("hand_") } else { false }
                }
            })
        #expect(result.label.sources.contains(.reviewer))
        #expect(
            last.contains {
                $0.parts.contains { if case .text(let text) = $0 { text.contains("by hand") } else { false } }
            })
        let answered = try stage.state(run).history.filter { $0.end == .answered }
        #expect(answered.count == 2, "both calls of the agent are answered with the person's effect")
    }

    @Test("equal requests are one action, also over a crash")
    func once() throws {
        let till = Till()
        let (stage, run) = try handedOver(till)
        try stage.claim(run)
        let first = try stage.act(run, "pay", order, uniqueKey: "k-1")
        try stage.crash()
        let again = try stage.act(run, "pay", order, uniqueKey: "k-1")
        #expect(first.action == again.action && again.standing == "done" && till.paid == ["O-1"])
    }

    @Test("when nobody takes it in time the next of the chain is told, and nobody once it is taken")
    func chain() throws {
        var workshop = try HandBench.workshop(Till(), [("ask_user", "{\"question\":\"which?\"}")])
        workshop.agent.escalation = ["leads", "directors", "owner"].map {
            AgentDefinition.EscalationStep(to: $0, within: 60_000)
        }
        let stage = try Stage(workshop)
        let run = try stage.start("pay O-1")
        try stage.handOff(run)
        #expect(try stage.sheet(run).current?.to == "leads")
        try stage.settle(70_000)
        let sheet = try stage.sheet(run)
        #expect(sheet.current?.to == "directors" && sheet.chain.map { $0.toldAt != nil } == [true, true, false])
        try stage.crash()
        try stage.claim(run)
        try stage.settle(200_000)
        #expect(try stage.sheet(run).current?.to == "directors")
        let told = stage.store.outbox(of: .default).filter { $0.kind == "run_escalated" }
        #expect(told.count == 2)
    }

    @Test("only what lacked something has a form: not what a rule forbids or a reviewer rejected")
    func whichForms() throws {
        let till = Till()
        let calls = [
            ("forbidden", "{}"), ("pay", "{\"order\":\"wrong\"}"), ("pay", "{\"order\":\"O-2\"}"),
            ("pay", "{\"order\":\"O-3\"}"), ("hand_over", "{\"reason\":\"I am stuck\"}"),
        ]
        let stage = try Stage(try HandBench.workshop(till, calls, isAlone: false))
        let run = try stage.start("pay O-1")
        for (order, answer) in [("wrong", PersonDecision.approve), ("O-2", .reject(reason: "no")), ("O-3", .approve)] {
            let approval = try #require(try stage.pendingApprovals().first, "\(order)")
            _ = try stage.decide(approval.id, answer, by: stage.rita)
            try stage.settle(1_000)
        }
        let sheet = try stage.sheet(run)
        #expect(sheet.code == "model_asked")
        #expect(sheet.forms.map(\.arguments) == [["order": "wrong"]])
        #expect(sheet.forms.first?.code == "failed" && sheet.forms.first?.sentence.contains("no such order") == true)
        #expect(sheet.notDone.compactMap(\.code).contains("approval.rejected"))
        #expect(till.paid == ["O-3"])
    }

    @Test("nothing is done by hand under a halt, in a run that is over, or beyond what may be open")
    func bounds() throws {
        let till = Till()
        let (stage, run) = try handedOver(till, isAlone: false)
        try stage.claim(run)
        for number in 0..<8 { _ = try stage.act(run, "pay", ["order": JSONValue("O-\(number)")]) }
        #expect(throws: RuntimeError.self) { try stage.act(run, "pay", ["order": "O-9"]) }
        _ = try stage.perform { await $0.halt(.tool("look"), reason: "drill", by: HandBench.olga) }
        #expect(throws: RuntimeError.self) { try stage.act(run, "look", [:]) }
        try stage.finish(run, "Nothing came of it.")
        #expect(try stage.pendingApprovals().isEmpty && till.paid.isEmpty)
        #expect(throws: RuntimeError.self) { try stage.act(run, "pay", order) }
    }

    @Test("a reply reaches the principal in the conversation, and the agent later on")
    func reply() throws {
        let (stage, run) = try handedOver(Till())
        try stage.claim(run)
        let scope = stage.scope
        try stage.perform { try await $0.reply("I am looking into it.", in: run, by: HandBench.olga, scope: scope) }
        try stage.settle(1_000)
        let said = try stage.state(run).transcript.compactMap { item in
            if case .message(let message) = item, message.role == .assistant { message } else { nil }
        }
        #expect(said.map(\.by) == [HandBench.olga] && said.first?.label == Label([.reviewer]))
    }
}
