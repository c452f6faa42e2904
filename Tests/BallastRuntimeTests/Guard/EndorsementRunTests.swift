import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Synchronization
import Testing

@Suite("A person endorses a value or a source once, for the rest of one run (R26, R28, R34)")
struct EndorsementRunTests {
    private static let accounts = ["A-77812299", "B-10293847", "C-55501234"]

    /// Mail that names accounts, one answer after the other, and a tool that pays them.
    private func workshop(_ paid: Calls, _ calls: [(String, String)], asks group: String? = nil) throws -> Workshop {
        var workshop = Workshop()
        let reads = Mutex(0)
        workshop.tool("read_bills", .safe) { _ in
            let bills: [JSONValue] = reads.withLock { count in
                count += 1
                let named = count == 1 ? Self.accounts[0...1] : Self.accounts[2...2]
                return named.map { ["account": JSONValue($0), "text": JSONValue("Please pay \(Self.accounts[2]).")] }
            }
            let answer: JSONValue = ["bills": .array(bills)]
            return .result(ToolResult(content: JSONWriter.canonicalString(answer), structured: answer))
        }
        var rules = ToolRules()
        rules.flow.types = [try #require(FieldPath("amount")): .minor]
        for name in ["pay", "donate"] {
            workshop.tool(name, group == nil ? .risky : .dangerous, rules: rules) { invocation in
                paid.note(invocation)
                return .result(ToolResult(content: "{}"))
            }
        }
        workshop.policyRules = [
            PolicyRule(
                id: "as-asked", action: .relax(to: .allow), scope: RuleScope(tools: ["pay", "donate"]),
                conditions: [.grounded(true)], owner: "tests", reason: "tests",
                expires: Timestamp(milliseconds: 4_000_000_000_000))
        ]
        workshop.model { request in
            let done = request.messages.count { $0.role == .tool }
            return done < calls.count ? .calls([calls[done]]) : .says("done")
        }
        return workshop
    }

    private static let read = ("read_bills", "{}")
    private static func pay(_ account: Int, _ amount: Int, with tool: String = "pay") -> (String, String) {
        (tool, "{\"account\":\"\(accounts[account])\",\"amount\":\(amount)}")
    }

    private func codes(_ stage: Stage, _ run: RunID) throws -> [String] {
        try stage.events(run).compactMap { if case .actionDecided(let fields) = $0 { fields.code } else { nil } }
    }

    private func review(_ stage: Stage) throws -> (id: ApprovalID, document: JSONValue) {
        let approval = try #require(try stage.pendingApprovals().first)
        return (approval.id, try JSONReader.read(try stage.text(approval.review)))
    }

    private func endorse(_ scope: EndorsementScope, _ stage: Stage) throws {
        _ = try stage.decide(try review(stage).id, .endorse(scope), by: stage.ana)
        try stage.settle(1_000)
    }

    @Test("what can be endorsed is in the review: the value, its place, the field it came from, what it would allow")
    func sheet() throws {
        let stage = try Stage(try workshop(Calls(), [Self.read, Self.pay(0, 1)]))
        _ = try stage.start("Pay what is due.")
        let review = try review(stage).document
        #expect(
            review["endorsable"] == [
                [
                    "path": "account", "value": "A-77812299", "tool": "pay", "argument": "account",
                    "allows": "exactly this value as account of pay, for the rest of this run",
                    "source": [
                        "tool": "read_bills", "field": "bills.account", "through": 1, "answers": 1, "values": 2,
                        "first_values": ["A-77812299", "B-10293847"],
                        "allows":
                            "any of the 2 values of bills.account in the answer that read_bills had given by now, as account of pay, for the rest of this run",
                    ],
                ]
            ])
    }

    @Test("an endorsed value is not asked about again, also after a crash; who, when and what is in the journal")
    func value() throws {
        let paid = Calls()
        let stage = try Stage(
            try workshop(paid, [Self.read, Self.pay(0, 1), Self.pay(0, 2), Self.pay(1, 3), Self.pay(0, 4)]))
        let run = try stage.start("Pay what is due.")
        try endorse(.value, stage)
        #expect(try codes(stage, run).suffix(2) == ["policy.endorsed", "policy.class_floor"])
        #expect(paid.count == 2, "the other account is asked about")
        let given = try #require(
            try stage.events(run).compactMap { if case .endorsementGiven(let fields) = $0 { fields } else { nil } }
                .first)
        #expect(given.by == stage.ana && given.approval == 1 && given.scope == .value)
        #expect(try stage.text(given.items).contains("A-77812299"))
        let sources = try #require(try stage.state(run).endorsements.first)
        #expect(sources.isInForce && sources.gate == .confirm)
        try stage.crash()
        _ = try stage.decide(try review(stage).id, .approve, by: stage.ana)
        try stage.settle(1_000)
        #expect(paid.count == 4 && stage.status(run) == .succeeded)
        #expect(try codes(stage, run).last == "policy.endorsed")
    }

    @Test("without it the same value is asked about every time, and a plain approval endorses nothing")
    func plain() throws {
        let stage = try Stage(try workshop(Calls(), [Self.read, Self.pay(0, 1), Self.pay(0, 2)]))
        let run = try stage.start("Pay what is due.")
        _ = try stage.decide(try review(stage).id, .approve, by: stage.ana)
        try stage.settle(1_000)
        #expect(try codes(stage, run).last == "policy.class_floor")
        #expect(try stage.state(run).endorsements.isEmpty)
    }

    @Test("an endorsed source vouches for what it had said by then, in that argument, and for nothing planted later")
    func source() throws {
        let paid = Calls()
        let stage = try Stage(
            try workshop(paid, [Self.read, Self.pay(0, 1), Self.pay(1, 2), Self.read, Self.pay(2, 3)]))
        let run = try stage.start("Pay what is due.")
        try endorse(.source, stage)
        #expect(try codes(stage, run).filter { $0 == "policy.endorsed" }.count == 2, "the first again, and the second")
        #expect(try codes(stage, run).last == "policy.class_floor", "the third came later")
        #expect(paid.count == 2)
        let other = try Stage(try workshop(Calls(), [Self.read, Self.pay(0, 1), Self.pay(1, 2, with: "donate")]))
        let second = try other.start("Pay what is due.")
        try endorse(.source, other)
        #expect(try codes(other, second).last == "policy.class_floor", "another tool's argument")
    }

    @Test("it ends with the run: the next one asks, also in the same conversation")
    func nextRun() throws {
        let stage = try Stage(try workshop(Calls(), [Self.read, Self.pay(0, 1)]))
        let first = try stage.start("Pay what is due.")
        try endorse(.value, stage)
        #expect(stage.status(first) == .succeeded)
        let conversation = try #require(try stage.state(first).created?.conversation)
        let next = try stage.perform { [ana = stage.ana] runtime in
            let (run, _) = try await runtime.start(
                StartRun(agent: "worker", text: "Pay it again.", principal: ana, conversation: conversation))
            await runtime.rest(of: run)
            return run
        }
        #expect(stage.status(next) == .waitingConfirm)
    }

    @Test("what is endorsed with a decision that does not stand is not endorsed")
    func undone() throws {
        let stage = try Stage(try workshop(Calls(), [Self.read, Self.pay(0, 1), Self.pay(0, 2)]))
        let run = try stage.start("Pay what is due.")
        let edited = "{\"account\":\"\(Self.accounts[1])\",\"amount\":1}"
        _ = try stage.decide(try review(stage).id, .edit(edited), by: stage.ana)
        try stage.settle(1_000)
        #expect(try stage.state(run).endorsements.isEmpty)
    }

    @Test("only who may decide may endorse, never over the agent's own connection, and only what the sheet shows")
    func whoMay() throws {
        let stage = try Stage(try workshop(Calls(), [Self.read, Self.pay(0, 1), ("pay", "{}")]))
        _ = try stage.start("Pay what is due.")
        let id = try review(stage).id
        #expect(throws: RuntimeError.self) { _ = try stage.decide(id, .endorse(.value), by: stage.rita) }
        #expect(throws: RuntimeError.self) {
            try stage.perform { [ana = stage.ana, scope = stage.scope] runtime in
                try await runtime.decideElicited(id, .endorse(.value), by: ana, scope: scope)
            }
        }
        let plain = try Stage(try workshop(Calls(), [Self.pay(0, 1)]))
        _ = try plain.start("Pay it.")
        let other = try review(plain)
        #expect(other.document["endorsable"]?.array?.first?["source"] == nil, "nobody answered with it")
        #expect(throws: RuntimeError.self) { _ = try plain.decide(other.id, .endorse(.source), by: plain.ana) }
        #expect(try plain.state(other.id.run).endorsements.isEmpty)
        #expect(try plain.decide(other.id, .endorse(.value), by: plain.ana).status != .pending)
    }

    @Test("a principal's word at a confirmation is none where a reviewer is asked")
    func otherGate() throws {
        let paid = Calls()
        var workshop = try workshop(paid, [Self.pay(0, 1), Self.pay(0, 2)])
        workshop.policyRules.append(
            PolicyRule(
                id: "large", action: .requireApproval(ApprovalRequirement()), scope: RuleScope(tools: ["pay"]),
                conditions: [.argument(try #require(FieldPath("amount")), .compares(.above, .integer(1)))]))
        let stage = try Stage(workshop)
        let run = try stage.start("Pay it.")
        try endorse(.value, stage)
        #expect(stage.status(run) == .waitingApproval && paid.count == 1)
    }
}
