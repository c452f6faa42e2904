import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Synchronization
import Testing

@Suite("New words change what is not done yet, and never redo what is (R40)")
struct NewWordsTests {
    private func say(_ text: String, to run: RunID, _ stage: Stage) throws {
        let (ana, scope) = (stage.ana, stage.scope)
        try stage.perform { try await $0.input(text, to: run, by: ana, scope: scope) }
        try stage.settle(1_000)
    }

    /// Pays what the principal said last; a reviewer approves each payment.
    private func payments(_ calls: Calls) throws -> Workshop {
        var workshop = try Shop.refunds(calls)
        workshop.policyRules = []
        workshop.classes["refund"] = .dangerous
        workshop.model { request in
            let said = request.messages.last { $0.role == .user }
            guard request.messages.last?.role == .user, case .text(let text)? = said?.parts.first else {
                return .says("done")
            }
            return .calls([("refund", "{\"amount\":\(text.filter(\.isNumber))}")])
        }
        return workshop
    }

    @Test("a change of mind takes back what waits, and only what is wanted now is approved and done")
    func changeOfMind() throws {
        let calls = Calls()
        let stage = try Stage(payments(calls))
        let run = try stage.start("refund 2000")
        let first = try #require(try stage.pendingApprovals().first)
        try say("no, make it 1000", to: run, stage)
        let second = try #require(try stage.pendingApprovals().first)
        #expect(try stage.pendingApprovals().count == 1)
        #expect(second.id != first.id)
        #expect(throws: RuntimeError.self) { try stage.decide(first.id, .approve, by: stage.rita) }
        _ = try stage.decide(second.id, .approve, by: stage.rita)
        try stage.settle(1_000)
        #expect(calls.arguments == [#"{"amount":1000}"#])
        #expect(stage.status(run) == .succeeded)
    }

    @Test("the model reads that the action was taken back because of the new words, before it reads them")
    func transcript() throws {
        let calls = Calls()
        var workshop = try payments(calls)
        let seen = Mutex<[Message]>([])
        workshop.models = [:]
        workshop.agent.models = []
        workshop.model { request in
            seen.withLock { $0 = request.messages }
            return request.messages.count { $0.role == .user } == 1
                ? .calls([("refund", "{\"amount\":1}")]) : .says("fine")
        }
        let stage = try Stage(workshop)
        let run = try stage.start("refund 1")
        try say("stop, do not refund anything", to: run, stage)
        #expect(stage.status(run) == .succeeded)
        let roles = seen.withLock { $0.map(\.role) }
        #expect(roles == [.system, .user, .assistant, .tool, .user])
        let result = seen.withLock { $0[3].parts.first }
        guard case .toolResult(_, let content, true)? = result else { throw StageError.stuck }
        #expect(content.contains("The user said something new"))
        #expect(content.contains("propose again only what is still wanted"))
        let account = try stage.text(stage.state(run).outcome?.text)
        #expect(account.contains("Withdrawn before it was sent: refund."))
    }

    @Test("words that come while a tool is at work are shown after its result, and nothing is taken back")
    func whileWorking() throws {
        let seen = Mutex<[Message]>([])
        let gate = AsyncStream.makeStream(of: Void.self)
        var workshop = try Shop.refunds(Calls()) { _ in
            for await _ in gate.stream { break }
            return .result(ToolResult(content: "{}"))
        }
        workshop.model { request in
            seen.withLock { $0 = request.messages }
            return request.messages.contains { $0.role == .tool }
                ? .says("done") : .calls([("refund", "{\"amount\":1}")])
        }
        let stage = try Stage(workshop)
        let ana = stage.ana
        let run = try stage.perform {
            try await $0.start(StartRun(agent: "worker", text: "refund 1", principal: ana)).run
        }
        try stage.settle(100)
        try say("and tell me the number", to: run, stage)
        gate.continuation.yield()
        try stage.settle(1_000)
        #expect(stage.status(run) == .succeeded)
        #expect(seen.withLock { $0.map(\.role) } == [.system, .user, .assistant, .tool, .user])
    }

    @Test("an acknowledgement takes nothing back", arguments: ["ok, thanks!", "Yes please", "thank you", "go ahead"])
    func acknowledgement(words: String) throws {
        let stage = try Stage(payments(Calls()))
        let run = try stage.start("refund 2000")
        let first = try stage.pendingApprovals().map(\.id)
        try say(words, to: run, stage)
        #expect(try stage.pendingApprovals().map(\.id) == first)
    }

    @Test(
        "words that are no acknowledgement count as new",
        arguments: ["no", "stop", "ok but 10", "thanks, and also my address", "yes 5"])
    func contradiction(words: String) throws {
        let stage = try Stage(payments(Calls()))
        let run = try stage.start("refund 2000")
        let first = try stage.pendingApprovals().map(\.id)
        try say(words, to: run, stage)
        #expect(try stage.pendingApprovals().map(\.id) != first)
    }

    @Test("what is done is not done again when the model starts over after new words")
    func neverRedone() throws {
        let calls = Calls()
        let mails = Calls()
        var workshop = try Shop.refunds(calls)
        workshop.rules["refund"]?.businessKey = [try Shop.path("order_id")]
        workshop.tool("send_mail", .risky) { invocation in
            mails.note(invocation)
            return .result(ToolResult(content: "{}"))
        }
        workshop.model { request in
            let users = request.messages.count { $0.role == .user }
            let last = request.messages.last?.role
            switch (users, last) {
            case (1, .user): return .calls([("refund", #"{"amount":500,"order_id":"O-1"}"#)])
            case (1, _): return .calls([("send_mail", #"{"to":"ana@example.com"}"#)])
            // It forgot what it has done and plans all of it again.
            case (2, .user): return .calls([("refund", #"{"amount":500,"order_id":"O-1"}"#)])
            default: return .says("It is refunded; no mail was sent.")
            }
        }
        let stage = try Stage(workshop)
        let run = try stage.start("refund O-1 and mail me")
        #expect(stage.status(run) == .waitingConfirm)
        #expect(calls.count == 1)
        try say("do not mail me", to: run, stage)
        #expect(stage.status(run) == .succeeded)
        #expect(calls.count == 1)
        #expect(mails.count == 0)
        #expect(try stage.state(run).history.map(\.end) == [.done, .withdrawn, .answered])
    }

    @Test("a conversation's earlier words resolve what later ones point to, and ground it")
    func earlierConversation() throws {
        let calls = Calls()
        var workshop = try Shop.refunds(calls)
        workshop.rules["refund"]?.flow.groundings = [
            Grounding(argument: try Shop.path("order_id"), sources: [.principal])
        ]
        workshop.model { request in
            let said = request.messages.filter { $0.role == .user }.compactMap { message -> String? in
                if case .text(let text)? = message.parts.first { text } else { nil }
            }
            guard let last = said.last, last.contains("that order"), request.messages.last?.role != .tool else {
                return .says("It is on its way.")
            }
            // What "that order" is stands in what was said before, or has to be asked.
            let order = said.dropLast().reversed().lazy.compactMap {
                $0.firstMatch(of: /O-[0-9]+/).map { String($0.0) }
            }.first
            guard let order else { return .calls([("ask_user", "{\"question\":\"Which order?\"}")]) }
            return .calls([("refund", "{\"amount\":500,\"order_id\":\"\(order)\"}")])
        }
        let stage = try Stage(workshop)
        let ana = stage.ana
        let conversation = ConversationID(high: 7, low: 7)
        func start(_ text: String, in conversation: ConversationID?) throws -> RunID {
            try stage.perform { runtime in
                let request = StartRun(agent: "worker", text: text, principal: ana, conversation: conversation)
                let (run, _) = try await runtime.start(request)
                await runtime.rest(of: run)
                return run
            }
        }
        _ = try start("Where is my order O-1042?", in: conversation)
        let second = try start("Please refund that order.", in: conversation)
        #expect(stage.status(second) == .succeeded)
        #expect(calls.arguments == [#"{"amount":500,"order_id":"O-1042"}"#])
        let stranger = try start("Please refund that order.", in: nil)
        #expect(stage.status(stranger) == .waitingInput, "without a history it is asked about")
        #expect(calls.count == 1)
    }
}
