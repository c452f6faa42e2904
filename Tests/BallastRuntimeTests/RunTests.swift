import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Synchronization
import Testing

/// What a tool was called with, in order.
final class Calls: Sendable {
    private let list = Mutex<[String]>([])
    func note(_ invocation: ToolInvocation) {
        list.withLock {
            $0.append("\(invocation.idempotencyKey) \(String(decoding: invocation.arguments, as: UTF8.self))")
        }
    }
    var count: Int { list.withLock { $0.count } }
    var keys: Set<String> { Set(list.withLock { $0.map { String($0.prefix { $0 != " " }) } }) }
    var arguments: [String] { list.withLock { $0.map { String($0.drop { $0 != " " }.dropFirst()) } } }
}

/// A model that calls `tool` once with `arguments`, then answers.
func once(_ tool: String, _ arguments: String = "{\"n\":1}")
    -> @Sendable (ModelRequest) async throws(ModelFailure) -> ModelReply
{
    { request in
        request.messages.contains { $0.role == .tool } ? .says("All done.") : .calls([(tool, arguments)])
    }
}

@Suite("A run does what its model proposes, as far as the guard lets it")
struct RunTests {
    @Test("a safe tool runs at once and the model's answer ends the run")
    func safeToolRuns() throws {
        let calls = Calls()
        var workshop = Workshop()
        workshop.tool("look", .safe) { invocation in
            calls.note(invocation)
            return .result(ToolResult(content: "{\"found\":true}"))
        }
        workshop.model("main", once("look"))
        let stage = try Stage(workshop)
        let run = try stage.start("look it up")
        #expect(stage.status(run) == .succeeded)
        #expect(calls.count == 1)
        #expect(try stage.text(stage.state(run).outcome?.text) == "All done.")
    }

    @Test("a dangerous tool waits for a reviewer, and runs once after approval")
    func dangerousToolWaits() throws {
        let calls = Calls()
        let stage = try Stage(paying(calls))
        let run = try stage.start("pay")
        #expect(stage.status(run) == .waitingApproval)
        #expect(calls.count == 0)
        let approval = try #require(try stage.pendingApprovals().first)
        let decided = try stage.decide(approval.id, .approve, by: stage.rita)
        #expect(decided.status == .used || decided.status == .approved)
        try stage.settle(1_000)
        #expect(stage.status(run) == .succeeded)
        #expect(calls.count == 1)
    }

    @Test("a reviewer sees amounts as people write them, beside the arguments that will be sent")
    func amountsInReviews() throws {
        var workshop = paying(Calls(), "{\"amount\":2000,\"order\":\"O-1\"}")
        let (path, usd) = (try #require(FieldPath("amount")), try #require(Currency(code: "USD")))
        workshop.rules["pay", default: ToolRules()].money = [MoneyField(path: path, source: .fixed(usd))]
        let stage = try Stage(workshop)
        _ = try stage.start("pay")
        let approval = try #require(try stage.pendingApprovals().first)
        let review = try JSONReader.read(Array(try stage.text(approval.review).utf8))
        #expect(review["money"] == ["amount": "20.00 USD"])
        #expect(review["arguments"] == ["amount": 2000, "order": "O-1"])
    }

    @Test("neither the principal nor the starter may approve")
    func nobodyApprovesTheirOwn() throws {
        let stage = try Stage(paying(Calls()))
        _ = try stage.start("pay")
        let approval = try #require(try stage.pendingApprovals().first)
        #expect(throws: RuntimeError.self) { try stage.decide(approval.id, .approve, by: stage.ana) }
    }

    @Test("a rejection reaches the model with its reason, and the same action is not asked about again")
    func rejectionReachesModel() throws {
        let calls = Calls()
        let seen = Mutex<[String]>([])
        var workshop = paying(calls)
        workshop.models = [:]
        workshop.agent.models = []
        workshop.model { request in
            let answers = request.messages.filter { $0.role == .tool }
            for answer in answers {
                if case .toolResult(_, let content, _) = answer.parts[0] { seen.withLock { $0.append(content) } }
            }
            return answers.count < 2 ? .calls([("pay", "{\"n\":1}")]) : .says("It was refused.")
        }
        let stage = try Stage(workshop)
        let run = try stage.start("pay")
        let approval = try #require(try stage.pendingApprovals().first)
        _ = try stage.decide(approval.id, .reject(reason: "not this month"), by: stage.rita)
        try stage.settle(1_000)
        #expect(stage.status(run) == .succeeded)
        #expect(calls.count == 0)
        #expect(seen.withLock { $0.contains { $0.contains("not this month") } })
        #expect(try stage.pendingApprovals().isEmpty)
    }

    @Test("an approval is void when the tool's definition changed before it was used, and people are asked again")
    func changedTool() throws {
        let calls = Calls()
        let stage = try Stage(paying(calls))
        let run = try stage.start("pay it")
        let first = try #require(try stage.pendingApprovals().first)
        stage.runtime.deployment.update { deployment in
            guard let old = deployment.catalog["pay"] else { return }
            let changed = ToolDefinition(
                name: "pay", provider: "native", description: "Pays twice.", inputSchema: old.definition.inputSchema)
            try? deployment.catalog.add(changed, client: old.client)
        }
        _ = try stage.decide(first.id, .approve, by: stage.rita)
        try stage.settle(1_000)
        #expect(calls.count == 0)
        #expect(stage.status(run) == .waitingApproval)
        let second = try #require(try stage.pendingApprovals().first)
        #expect(second.id != first.id)
        _ = try stage.decide(second.id, .approve, by: stage.rita)
        try stage.settle(1_000)
        #expect(calls.count == 1)
    }

    @Test("an approval is bound to what was shown also after the process died in between")
    func boundAfterCrash() throws {
        let calls = Calls()
        let stage = try Stage(paying(calls))
        let run = try stage.start("pay it")
        let pending = try #require(try stage.pendingApprovals().first)
        try stage.crash()
        _ = try stage.decide(pending.id, .approve, by: stage.rita)
        try stage.settle(1_000)
        #expect(calls.count == 1)
        #expect(stage.status(run) == .succeeded)
    }

    @Test("an edit is a new proposal: its bytes are what is sent, and the editor's approval covers them")
    func editIsANewProposal() throws {
        let calls = Calls()
        let stage = try Stage(paying(calls))
        let run = try stage.start("pay")
        let approval = try #require(try stage.pendingApprovals().first)
        _ = try stage.decide(approval.id, .edit("{\"n\":2}"), by: stage.rita)
        try stage.settle(1_000)
        #expect(stage.status(run) == .succeeded)
        #expect(calls.arguments == ["{\"n\":2}"])
    }

    @Test("an approval that nobody gives expires, never allows, and a person is told")
    func approvalExpires() throws {
        let calls = Calls()
        let stage = try Stage(paying(calls))
        let run = try stage.start("pay")
        stage.clock.jump(milliseconds: 25 * 3_600_000)
        try stage.settle(1_000)
        #expect(stage.status(run) == .escalated)
        #expect(calls.count == 0)
        #expect(try stage.state(run).escalation?.code == "approval_expired")
    }

    @Test("of two decisions that race, exactly one wins and the other is told")
    func oneDecisionWins() throws {
        let calls = Calls()
        let stage = try Stage(paying(calls))
        let run = try stage.start("pay")
        let approval = try #require(try stage.pendingApprovals().first)
        _ = try stage.decide(approval.id, .approve, by: stage.rita)
        #expect(throws: RuntimeError.self) {
            try stage.decide(approval.id, .reject(reason: "late"), by: Principal("reviewer:sam"))
        }
        try stage.settle(1_000)
        #expect(stage.status(run) == .succeeded)
        #expect(calls.count == 1)
    }

    @Test("several calls of one reply are decided together; what needs nobody goes ahead")
    func parallelCalls() throws {
        let (looks, pays) = (Calls(), Calls())
        var workshop = paying(pays)
        workshop.tool("look", .safe) { invocation in
            looks.note(invocation)
            return .result(ToolResult(content: "{}"))
        }
        workshop.models = [:]
        workshop.agent.models = []
        workshop.model { request in
            request.messages.contains { $0.role == .tool }
                ? .says("ok") : .calls([("pay", "{\"n\":1}"), ("look", "{\"n\":1}"), ("look", "{\"n\":2}")])
        }
        let stage = try Stage(workshop)
        let run = try stage.start("both")
        #expect(looks.count == 2)
        #expect(pays.count == 0)
        #expect(stage.status(run) == .waitingApproval)
        let approval = try #require(try stage.pendingApprovals().first)
        _ = try stage.decide(approval.id, .approve, by: stage.rita)
        try stage.settle(1_000)
        #expect(stage.status(run) == .succeeded)
    }

    @Test("a question to the user waits for the answer, which becomes the call's result")
    func questionIsAnswered() throws {
        let seen = Mutex<String>("")
        var workshop = Workshop()
        workshop.model { request in
            for message in request.messages where message.role == .tool {
                if case .toolResult(_, let content, _) = message.parts[0] { seen.withLock { $0 = content } }
            }
            return request.messages.contains { $0.role == .tool }
                ? .says("Thanks.") : .calls([("ask_user", "{\"question\":\"Which order?\"}")])
        }
        let stage = try Stage(workshop)
        let run = try stage.start("refund it")
        #expect(stage.status(run) == .waitingInput)
        let (ana, scope) = (stage.ana, stage.scope)
        try stage.perform { try await $0.input("O-1001", to: run, by: ana, scope: scope) }
        try stage.settle(1_000)
        #expect(stage.status(run) == .succeeded)
        #expect(seen.withLock { $0 } == "O-1001")
    }

    @Test("a hand-off is honoured at any time, and the person can give the run back")
    func handOff() throws {
        let stage = try Stage(paying(Calls()))
        let run = try stage.start("pay")
        let (ana, scope) = (stage.ana, stage.scope)
        try stage.perform { try await $0.handOff(run, by: ana, reason: "a person, please", scope: scope) }
        try stage.settle(1_000)
        #expect(try stage.state(run).escalation?.code == "asked_for")
    }

    @Test("a cancelled run withdraws what was not started and ends cancelled")
    func cancel() throws {
        let calls = Calls()
        let stage = try Stage(paying(calls))
        let run = try stage.start("pay")
        let (ana, scope) = (stage.ana, stage.scope)
        try stage.perform { try await $0.cancel(run, by: ana, reason: "no", scope: scope) }
        try stage.settle(1_000)
        #expect(stage.status(run) == .cancelled)
        #expect(calls.count == 0)
        #expect(try stage.pendingApprovals().isEmpty)
    }
}

/// A worker whose model pays once, which a reviewer must approve.
func paying(_ calls: Calls, _ arguments: String = "{\"n\":1}") -> Workshop {
    var workshop = Workshop()
    workshop.tool("pay", .dangerous) { invocation in
        calls.note(invocation)
        return .result(ToolResult(content: "{\"paid\":true}"))
    }
    workshop.model("main", once("pay", arguments))
    return workshop
}
