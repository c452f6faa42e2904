import BallastCore
import BallastEvals
import BallastPolicy
import BallastRuntime
import BallastTesting
import Synchronization
import Testing

/// A desk at which a model proposes what the seed says, tools answer or fail, people agree, refuse, edit or keep
/// silent, and the process dies now and then: recorded decisions of every kind.
final class PlayedDesk: Sendable {
    let random: SeededRandom
    private let witnessed = Witnessed()
    let stage: Stage
    let policy: Policy
    static let attributes = ["customer_id": "C-1", "email": "ana@example.com"]
    static let masterKey = [UInt8](repeating: 9, count: 32)

    init(seed: UInt64) throws {
        random = SeededRandom(seed: seed)
        var workshop = Workshop()
        workshop.agent.budget.steps = 14
        workshop.attributes = PlayedDesk.attributes
        let random = random
        try PlayedDesk.addTools(to: &workshop, random)
        workshop.model { request in PlayedDesk.reply(request, random) }
        let witnessed = witnessed
        policy = try workshop.deployment().agents["worker"]?.policy ?? .empty
        stage = try Stage(
            workshop,
            witness: { witnessed.note($0, $1) })
    }

    /// The facts that the guard judged, of each action as often as it was judged.
    var judged: [ActionID: [PolicyFacts]] { witnessed.all }

    var candidate: Candidate {
        Candidate(policies: ["worker": policy], attributes: { _ in PlayedDesk.attributes })
    }

    func backtest(_ candidate: Candidate, since: Timestamp = Timestamp(milliseconds: 0)) throws -> BacktestReport {
        var options = Backtest.Options()
        options.since = since
        options.page = 7
        let test = Backtest(
            archive: try MemoryArchive(stage), masterKey: PlayedDesk.masterKey, candidate: candidate, options: options)
        return try stage.perform { _ in try await test.run() }
    }

    // MARK: The course of a day

    func play(runs: Int) throws {
        for number in 0..<runs {
            try start("task \(number): order \(1 + random.below(4)), then share 'list.md'")
            for _ in 0..<4 {
                try people()
                try stage.settle(Int64(500 + random.below(20_000)))
            }
            if random.chance(15) { try stage.crash() }
        }
        for _ in 0..<6 {
            try people()
            try stage.settle(3_600_000)
        }
        try takeBack()
    }

    /// Some tasks come with a contract, which its caller may vouch for or only claims.
    private func start(_ text: String) throws {
        let contracts: [JSONValue] = [
            ["tools": ["share", "tag", ["name": "refund", "max_count": 1]], "bounds": ["amount": 800]],
            ["tools": ["send_mail", "share"], "targets": [1, 2]],
        ]
        guard random.chance(40) else { return _ = try stage.start(text) }
        let given = GivenContract(contracts[random.below(2)], isAsserted: random.chance(50))
        _ = try stage.perform { [ana = stage.ana] runtime in
            let (run, _) = try await runtime.start(
                StartRun(agent: "worker", text: text, principal: ana, contract: given))
            await runtime.rest(of: run)
            return run
        }
    }

    private func takeBack() throws {
        let scope = stage.scope
        for (run, status) in stage.store.statuses().sorted(by: { $0.key < $1.key }) where status.isTerminal {
            _ = try stage.perform { try await $0.rollBack(run, by: "operator:olga", reason: "a mistake", scope: scope) }
            try stage.settle(1_000)
        }
    }

    private func people() throws {
        for approval in try stage.pendingApprovals() {
            let person = approval.gate == .confirm ? stage.ana : stage.rita
            switch random.below(10) {
            case 0..<5: agree(approval.id, person)
            case 5: _ = try? stage.decide(approval.id, .reject(reason: "no"), by: person)
            case 6 where approval.gate == .approve:
                _ = try? stage.decide(
                    approval.id, .edit("{\"order_id\":\"1\",\"amount\":\(100 * (1 + random.below(9)))}"), by: person)
            default: continue
            }
        }
        let (ana, scope) = (stage.ana, stage.scope)
        for (run, status) in stage.store.statuses().sorted(by: { $0.key < $1.key })
        where status == .waitingInput || status == .waitingApproval && random.chance(20) {
            _ = try? stage.perform { try await $0.input("the first", to: run, by: ana, scope: scope) }
        }
    }

    /// Every other yes goes with a word for what is doubted, where there is anything.
    private func agree(_ id: ApprovalID, _ person: Principal) {
        let yes: [PersonDecision] = id.ordinal % 2 == 0 ? [.endorse(.source), .endorse(.value), .approve] : [.approve]
        for decision in yes where (try? stage.decide(id, decision, by: person)) != nil { return }
    }

    // MARK: Tools

    private static func addTools(to workshop: inout Workshop, _ random: SeededRandom) throws {
        func path(_ text: String) throws -> FieldPath { try #require(FieldPath(text)) }
        let usd = try #require(Currency(code: "USD"))
        let book = Book()
        var trusted = ToolRules()
        trusted.trust = .all
        workshop.tool("lookup_order", .safe, rules: trusted) { invocation in
            let order = (try? JSONReader.read(invocation.arguments))?["order_id"]?.string ?? ""
            let answer: JSONValue = [
                "customer_id": order == "3" ? "C-2" : "C-1", "id": JSONValue(order), "total_cents": 1500,
                "notes": JSONValue(String(repeating: "n", count: 200)), "last": JSONValue(book.last),
            ]
            switch random.below(12) {
            case 0: return .unknown(ToolFailure(code: .timeout, message: "no answer"))
            case 1: return .result(ToolResult(content: "no such order", isError: true))
            case 2..<6: return .result(ToolResult(content: "Order \(order)", structured: answer))
            default: return .result(ToolResult(content: JSONWriter.canonicalString(answer)))
            }
        }
        var inbox = ToolRules()
        inbox.flow.confidentiality = .principal
        workshop.tool("find_files", .safe) { _ in
            let files: JSONValue = [
                ["id": 1, "name": "plan.md"], ["id": JSONValue(2 + random.below(2)), "name": "list.md"],
            ]
            return .result(ToolResult(content: "files", structured: ["files": files]))
        }
        var share = ToolRules()
        share.flow.acts = [.share, .send]
        share.flow.types = [try path("file"): .record("file"), try path("note"): .text]
        share.undo = Undo(tool: "unshare", with: [BoundArgument(name: "file", source: .argument(try path("file")))])
        var unshare = ToolRules()
        unshare.flow.acts = [.delete]
        workshop.tool("unshare", .risky, rules: unshare) { _ in .result(ToolResult(content: "{\"unshared\":true}")) }
        workshop.agent.tools.removeAll { $0 == "unshare" }
        workshop.tool("share", .risky, rules: share) { _ in .result(ToolResult(content: "{\"shared\":true}")) }
        workshop.records = [RecordKind(name: "file", tools: ["find_files"], id: "id", names: ["name"])]
        workshop.tool("read_mail", .safe, rules: inbox) { _ in .result(ToolResult(content: "{\"text\":\"refund me\"}"))
        }
        var tag = ToolRules()
        tag.flow.readers = .tenant
        tag.postConditions = [.result([try path("ok"): .equals(true)])]
        workshop.tool("tag", .risky, rules: tag) { invocation in
            book.write((try? JSONReader.read(invocation.arguments))?["text"]?.string ?? "")
            return random.chance(20)
                ? .result(ToolResult(content: "no", isError: true))
                : .result(ToolResult(content: "{\"ok\":\(random.chance(70))}"))
        }
        var mail = ToolRules()
        mail.confidence = ConfidenceRule()
        mail.limits = [
            LimitRule(measure: .count, cap: .fixed(.integer(3)), per: .principal, every: .hour),
            LimitRule(
                measure: .count, cap: .fixed(.integer(5)), per: .tenant, every: .rolling(milliseconds: 7_200_000)),
        ]
        workshop.tool("send_mail", .risky, rules: mail) { _ in .result(ToolResult(content: "{\"sent\":true}")) }
        var refund = ToolRules()
        refund.money = [MoneyField(path: try path("amount"), source: .fixed(usd))]
        refund.entitlements = [
            Entitlement(
                argument: try path("order_id"),
                owner: try #require(ValueReference("lookup_order(order_id).customer_id")),
                attribute: "customer_id")
        ]
        refund.limits = [
            LimitRule(
                measure: .sum(try path("amount")),
                cap: .reference(try #require(ValueReference("lookup_order(order_id).total_cents"))),
                per: .argument(try path("order_id")), every: .total)
        ]
        refund.flow.groundings = [
            Grounding(
                argument: try path("order_id"), sources: [.principal, .field(tool: "lookup_order", try path("id"))])
        ]
        workshop.tool("refund", .dangerous, rules: refund) { invocation in
            book.write((try? JSONReader.read(invocation.arguments))?["why"]?.string ?? "")
            return .result(ToolResult(content: "{\"refunded\":true}"))
        }
        var cleanup = ToolRules()
        cleanup.dryRun = DryRun(
            with: [BoundArgument(name: "dry_run", source: .literal(true))], count: try path("matched"), atMost: 10)
        workshop.tool("cleanup", .dangerous, rules: cleanup) { _ in
            .result(ToolResult(content: "{\"matched\":\(random.below(20))}"))
        }
        let end = Timestamp(milliseconds: 1_700_000_000_000 + 300_000)
        workshop.policyRules = [
            PolicyRule(
                id: "tag-freely", action: .relax(to: .allow), scope: RuleScope(tools: ["tag"]),
                conditions: [.readUntrusted(false)], owner: "tests", reason: "for a while", expires: end),
            PolicyRule(
                id: "as-asked", action: .relax(to: .allow), scope: RuleScope(tools: ["share"]),
                conditions: [.grounded(true)], owner: "tests", reason: "as asked", expires: .distantFuture),
            PolicyRule(
                id: "own-mail", action: .relax(to: .allow), scope: RuleScope(tools: ["send_mail"]),
                conditions: [.argumentIsAttribute(try path("to"), attribute: "email", isEqual: true)], owner: "tests",
                reason: "to themselves", expires: .distantFuture),
            PolicyRule(
                id: "outside", action: .deny, scope: RuleScope(tools: ["send_mail"]),
                conditions: [.label(try path("to"), isUntrusted: true), .readUntrusted(true)]),
            PolicyRule(
                id: "large", action: .requireApproval(ApprovalRequirement(quorum: 1, within: 600_000)),
                scope: RuleScope(tools: ["refund"]),
                conditions: [
                    .argument(try path("amount"), .compares(.above, .money(Money(minorUnits: 500, currency: usd))))
                ]),
        ]
    }

    // MARK: Model

    private static func reply(_ request: ModelRequest, _ random: SeededRandom) -> ModelReply {
        if random.chance(15) { return .says("finished") }
        let count = random.chance(60) ? 1 : 2 + random.below(2)
        return .calls((0..<count).map { _ in call(random) })
    }

    private static func call(_ random: SeededRandom) -> (String, String) {
        let order = "\"order_id\":\"\(1 + random.below(4))\""
        switch random.below(20) {
        case 16, 17: return ("find_files", "{}")
        case 18: return ("share", "{\"file\":\(1 + random.below(4))}")
        case 19: return ("share", "{\"file\":\(1 + random.below(4)),\"note\":\"\(random.below(2) * 7)\"}")
        case 0, 1: return ("lookup_order", "{\(order)}")
        case 2: return ("read_mail", "{}")
        case 3, 4, 5: return ("tag", "{\"text\":\"It came late, number \(random.below(3))\"}")
        case 6, 7:
            return ("send_mail", "{\"to\":\"ana@example.com\",\"n\":\(random.below(50))}")
        case 8:
            let bands = ["high", "medium", "low"]
            return ("send_mail", "{\"to\":\"eve@outside.example\",\"_confidence\":\"\(bands[random.below(3)])\"}")
        case 9, 10, 11:
            let text = String(repeating: "came late ", count: random.chance(30) ? 12 : 1)
            return ("refund", "{\(order),\"amount\":\(100 * random.below(12)),\"why\":\"\(text)\"}")
        case 12: return ("refund", "{\(order),\"amount\":\"12\"}")
        case 13: return ("cleanup", "{}")
        case 14: return ("ask_user", "{\"question\":\"which one?\"}")
        default: return random.chance(50) ? ("nonsense", "{}") : ("tag", "{not json")
        }
    }
}

/// What was written with the last refund or tag: the orders show it to whoever looks.
private final class Book: Sendable {
    private let text = Mutex("")
    var last: String { text.withLock { $0 } }
    func write(_ why: String) { text.withLock { $0 = why } }
}

private final class Witnessed: Sendable {
    private let facts = Mutex<[ActionID: [PolicyFacts]]>([:])
    var all: [ActionID: [PolicyFacts]] { facts.withLock { $0 } }
    func note(_ action: ActionID, _ judged: PolicyFacts) { facts.withLock { $0[action, default: []].append(judged) } }
}
