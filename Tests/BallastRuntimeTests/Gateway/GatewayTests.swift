import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Synchronization
import Testing

/// What one caller was told, as it came.
final class Heard: Sendable {
    private let list = Mutex<[GatewayTurn]>([])
    func add(_ turn: GatewayTurn) { list.withLock { $0.append(turn) } }
    var turns: [GatewayTurn] { list.withLock { $0 } }
    var end: GatewayEnd? { turns.compactMap { if case .ended(let end) = $0 { end } else { nil } }.last }
    var approval: GatewayApproval? { turns.compactMap { if case .approval(let one) = $0 { one } else { nil } }.last }
    var text: String? { if case .result(let result)? = end { result.content } else { nil } }
    var refusal: JSONValue? { if case .refused(let document)? = end { document } else { nil } }
    var code: String? { refusal?["code"]?.string }
}

extension Stage {
    func binding(_ name: String = "task-1", words: String? = nil, isAsserted: Bool = true) -> GatewayBinding {
        GatewayBinding(
            tenant: .default, principal: ana, startedBy: ana, agent: "worker", name: name, words: words,
            isAsserted: isAsserted)
    }

    /// Makes a call and listens; what can happen at once has happened when this returns.
    @discardableResult
    func call(
        _ tool: String, _ arguments: String = "{}", canConfirm: Bool = false, under binding: GatewayBinding? = nil
    ) throws -> (heard: Heard, call: FollowedCall, run: RunID) {
        let heard = Heard()
        let binding = binding ?? self.binding()
        let executor = executor
        let (run, call) = try perform { runtime in
            let (run, call) = try await runtime.propose(
                GatewayProposal(tool: tool, arguments: Array(arguments.utf8), canConfirm: canConfirm), under: binding)
            Task(executorPreference: executor) { for await turn in call.turns { heard.add(turn) } }
            return (run, call)
        }
        try settle(200)
        return (heard, call, run)
    }
}

@Suite("An agent outside proposes, and its actions take the same path")
struct GatewayTests {
    private func workshop(_ calls: Calls, takes milliseconds: Int64 = 0, clock: SimulatedClock? = nil) -> Workshop {
        var workshop = Workshop()
        workshop.agent.isGateway = true
        let body: @Sendable (ToolInvocation) async -> ToolOutcome = { invocation in
            calls.note(invocation)
            return .result(ToolResult(content: "done \(String(decoding: invocation.arguments, as: UTF8.self))"))
        }
        workshop.tool("look", .safe, body: body)
        workshop.tool("send", .risky, body: body)
        workshop.tool("pay", .dangerous, body: body)
        return workshop
    }

    @Test("a call of a safe tool is answered with what the tool said, and is in the journal of one run")
    func safeCall() throws {
        let calls = Calls()
        let stage = try Stage(workshop(calls))
        let (first, _, run) = try stage.call("look", "{\"n\": 1}")
        #expect(first.text == "done {\"n\":1}")
        let (second, _, same) = try stage.call("look", "{\"n\": 2}")
        #expect(second.text == "done {\"n\":2}" && same == run)
        let kinds = try stage.events(run).map(\.type.name)
        #expect(
            kinds == [
                "run_created", "actions_proposed", "action_decided", "effect_started", "effect_settled",
                "actions_proposed", "action_decided", "effect_started", "effect_settled",
            ])
        #expect(stage.status(run) == .running)
    }

    @Test("first calls of a task at the same moment are one run, and its words are said once")
    func firstCallsAtOnce() throws {
        let stage = try Stage(workshop(Calls()))
        let binding = stage.binding(words: "Send both of them.")
        let runs = try stage.perform { runtime in
            @Sendable func call(_ name: String) async throws -> RunID {
                let arguments = Array("{\"to\":\"\(name)\"}".utf8)
                return try await runtime.propose(GatewayProposal(tool: "send", arguments: arguments), under: binding)
                    .run
            }
            async let first = call("ben")
            async let second = call("cleo")
            return try await [first, second]
        }
        try stage.settle(200)
        #expect(Set(runs).count == 1)
        let kinds = try stage.events(runs[0]).map(\.type)
        #expect(!kinds.contains(.messageAdded) && kinds.filter { $0 == .approvalRequested }.count == 2)
        #expect(try stage.pendingApprovals().count == 2, "nothing is taken back because of words that were known")
    }

    @Test("beyond the calls that a run may have open at once, one more is turned away and told how many there are")
    func openCalls() throws {
        var options = RuntimeOptions()
        options.gatewayCalls = 2
        let stage = try Stage(workshop(Calls()), options: options)
        for name in ["a", "b"] { _ = try stage.call("pay", "{\"to\":\"\(name)\"}") }
        do {
            _ = try stage.call("pay", "{\"to\":\"c\"}")
            Issue.record("a third call was taken")
        } catch let error as RuntimeError {
            #expect(error.message.hasPrefix("2 calls of the run run_"))
        }
    }

    @Test("an unknown tool and unreadable arguments are refused with their reasons, and nothing else stops")
    func refusals() throws {
        let calls = Calls()
        let stage = try Stage(workshop(calls))
        #expect(try stage.call("no_such_tool").heard.code == "guard.manifest")
        #expect(try stage.call("look", "{\"a\":1,\"a\":2}").heard.code == "guard.parse")
        #expect(try stage.call("look", "{\"a\":1e400}").heard.code == "guard.parse")
        #expect(try stage.call("look").heard.text == "done {}")
        #expect(calls.count == 1)
    }

    @Test("equal calls that are open at once are one action, and every caller is answered")
    func equalCallsJoin() throws {
        let calls = Calls()
        let stage = try Stage(workshop(calls))
        let (first, _, _) = try stage.call("send", "{\"to\":\"a\",\"text\":\"b\"}", canConfirm: true)
        let (second, _, run) = try stage.call("send", "{\"text\":\"b\", \"to\":\"a\"}", canConfirm: true)
        let approval = try #require(first.approval)
        #expect(second.approval?.id == approval.id)
        try stage.perform { [ana = stage.ana, scope = stage.scope] runtime in
            try await runtime.decideElicited(approval.id, .approve, by: ana, scope: scope)
        }
        try stage.settle(500)
        #expect(first.text != nil && first.text == second.text)
        #expect(calls.count == 1)
        #expect(try stage.state(run).lastAction == 1)
    }

    @Test("the same call after its result was taken is a new action, and a risky one is asked about again")
    func repeatAfterDelivery() throws {
        let calls = Calls()
        let stage = try Stage(workshop(calls))
        #expect(try stage.call("look").heard.text != nil)
        #expect(try stage.call("look").heard.text != nil)
        #expect(calls.count == 2)
    }

    @Test("a caller that vanishes leaves an effect to happen once, and finds its result when it asks again")
    func vanishingCaller() throws {
        let calls = Calls()
        let stage = try Stage(workshop(calls))
        let (heard, call, run) = try stage.call("pay", "{\"n\":7}")
        let approval = try #require(heard.approval)
        #expect(approval.gate == .approve)
        call.leave(cancelling: false)
        _ = try stage.decide(approval.id, .approve, by: stage.rita)
        try stage.settle(500)
        #expect(calls.count == 1 && heard.end == nil)
        let again = try stage.call("pay", "{\"n\":7}")
        #expect(again.heard.text == "done {\"n\":7}" && again.run == run)
        #expect(calls.count == 1)
    }

    @Test("a caller that takes its call back withdraws what waits for a person")
    func cancelledCall() throws {
        let calls = Calls()
        let stage = try Stage(workshop(calls))
        let (heard, call, run) = try stage.call("pay")
        let approval = try #require(heard.approval)
        call.leave(cancelling: true)
        try stage.settle(500)
        #expect(try stage.pendingApprovals().isEmpty)
        #expect(try stage.state(run).history.map(\.end) == [.withdrawn])
        #expect(throws: RuntimeError.self) { try stage.decide(approval.id, .approve, by: stage.rita) }
        #expect(calls.count == 0)
    }

    @Test("a confirmation that nobody can be asked for becomes an approval by somebody else")
    func confirmBecomesApprove() throws {
        let stage = try Stage(workshop(Calls()))
        #expect(try stage.call("send", "{\"n\":1}", canConfirm: true).heard.approval?.gate == .confirm)
        #expect(try stage.call("send", "{\"n\":2}").heard.approval?.gate == .approve)
    }

    @Test("what the agent writes counts as untrusted from the first call on, and its claims are nobody's words")
    func labels() throws {
        let stage = try Stage(workshop(Calls()))
        let asserted = try stage.call("look", under: stage.binding("a", words: "pay 7", isAsserted: true)).run
        let claimed = try stage.call("look", under: stage.binding("b", words: "pay 7", isAsserted: false)).run
        let without = try stage.call("look", under: stage.binding("c")).run
        #expect(try stage.state(asserted).created?.task.label.sources == [.principal])
        #expect(try stage.state(claimed).created?.task.label.sources == [.claimed])
        #expect(try stage.state(without).created?.task.label.sources == [.configuration])
        #expect(Set([asserted, claimed, without]).count == 3)
    }

    @Test("words are fixed at first sight")
    func fixedWords() throws {
        let stage = try Stage(workshop(Calls()))
        let first = try stage.call("look", under: stage.binding("a", words: "look at it")).run
        let second = try stage.call("look", under: stage.binding("a", words: "delete everything")).run
        #expect(first == second)
        #expect(try stage.text(stage.state(first).created?.task.body) == "look at it")
    }

    @Test("a halt turns calls away at once; after it they run")
    func halted() throws {
        let calls = Calls()
        let stage = try Stage(workshop(calls))
        try stage.call("look")
        let halt = try stage.perform { runtime in
            await runtime.halt(.agent("worker"), reason: "odd mails", by: Principal("operator:o"))
        }
        let (heard, _, run) = try stage.call("look", "{\"n\":2}")
        #expect(heard.code == "guard.halted" && stage.status(run) == .halted)
        try stage.perform { runtime in
            _ = try await runtime.resume(halt.halt.id, by: Principal("operator:o"), reason: "fine")
        }
        #expect(try stage.call("look", "{\"n\":2}").heard.text != nil)
        #expect(calls.count == 2)
    }

    @Test("a slow call keeps no other call of the run waiting")
    func concurrent() throws {
        let gate = Mutex<[CheckedContinuation<Void, Never>]>([])
        var workshop = workshop(Calls())
        workshop.tool("slow", .safe) { _ in
            await withCheckedContinuation { continuation in gate.withLock { $0.append(continuation) } }
            return .result(ToolResult(content: "at last"))
        }
        let stage = try Stage(workshop)
        let (slow, _, _) = try stage.call("slow")
        let (quick, _, _) = try stage.call("look")
        #expect(quick.text == "done {}" && slow.end == nil)
        for continuation in gate.withLock({ $0 }) { continuation.resume() }
        try stage.settle(200)
        #expect(slow.text == "at last")
    }

    @Test("progress and questions of a tool reach the caller, and the reply reaches the tool")
    func relayed() throws {
        var workshop = workshop(Calls())
        workshop.tool("asks", .safe) { invocation in
            invocation.relay?.progress(ToolProgress(progress: 1, total: 2, message: "half"))
            let reply = await invocation.relay?.ask?(ToolQuestion(parameters: ["message": "sure?"]))
            return .result(ToolResult(content: "\(reply.map { "\($0)" } ?? "nobody")"))
        }
        let stage = try Stage(workshop)
        let heard = Heard()
        try stage.perform { [binding = stage.binding()] runtime in
            let (_, call) = try await runtime.propose(
                GatewayProposal(tool: "asks", arguments: Array("{}".utf8), canAsk: true), under: binding)
            for await turn in call.turns {
                heard.add(turn)
                if case .question(let number, _) = turn { call.answer(number, .decline) }
            }
        }
        #expect(heard.text == "decline" && heard.turns.count == 3)
    }

    @Test("an effect that was under way when the process died is in doubt for whoever asks again, and never sent twice")
    func crashInMidCall() throws {
        let (calls, clock) = (Calls(), SimulatedClock())
        var workshop = workshop(calls)
        workshop.tool("hangs", .risky) { invocation in
            calls.note(invocation)
            try? await clock.sleep(milliseconds: 1 << 40)
            return .unknown(ToolFailure(code: .cancelled, message: "ended"))
        }
        workshop.policyRules = [
            PolicyRule(
                id: "free", action: .relax(to: .allow), scope: RuleScope(tools: ["hangs"]), owner: "o", reason: "r",
                expires: Timestamp(milliseconds: 4_000_000_000_000))
        ]
        let stage = try Stage(workshop)
        let (_, _, run) = try stage.call("hangs")
        #expect(calls.count == 1)
        try stage.crash()
        try stage.settle(60_000)
        let (heard, _, same) = try stage.call("hangs")
        #expect(same == run && heard.code == "guard.in_doubt")
        #expect(calls.count == 1)
        #expect(try stage.call("look").heard.text != nil)
    }

    @Test("a run without calls for half an hour is over, and the next call begins another")
    func idleEnd() throws {
        let stage = try Stage(workshop(Calls()))
        let (_, _, run) = try stage.call("look")
        try stage.settle(1_900_000)
        #expect(stage.status(run) == .partial)
        #expect(try stage.state(run).outcome?.code == "unknown")
        let (heard, _, next) = try stage.call("look", "{\"n\":2}")
        #expect(heard.text != nil && next != run)
    }

    @Test("a run that rested goes on where it was")
    func resting() throws {
        let stage = try Stage(workshop(Calls()))
        let (_, _, run) = try stage.call("look")
        try stage.settle(120_000)
        #expect(stage.runtime.activeRuns.isEmpty)
        let (heard, _, same) = try stage.call("look", "{\"n\":2}")
        #expect(heard.text != nil && same == run)
        #expect(try stage.state(run).lastAction == 2)
    }
}
