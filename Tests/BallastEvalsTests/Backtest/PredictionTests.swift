import BallastCore
import BallastEvals
import BallastPolicy
import BallastRuntime
import BallastTesting
import Testing

/// A desk that is sent the same calls again and again, one a run, under whatever policy; whoever is asked agrees.
private struct RepeatedDesk {
    let stage: Stage
    let policy: Policy
    /// The first decision about each call.
    private(set) var decided: [ActionDecided] = []
    private(set) var actions: [ActionID] = []

    static let orders = 4

    init(_ calls: [(tool: String, arguments: String)], _ change: (inout Workshop) throws -> Void) throws {
        var workshop = Workshop()
        workshop.attributes = ["customer_id": "C-1"]
        try RepeatedDesk.addTools(to: &workshop)
        workshop.model { request in
            guard !request.messages.contains(where: { $0.role == .tool }),
                let text = request.messages.last?.parts.first,
                case .text(let number) = text, let index = Int(number), calls.indices.contains(index)
            else { return .says("done") }
            return .calls([(calls[index].tool, calls[index].arguments)])
        }
        try change(&workshop)
        policy = try #require(try workshop.deployment().agents["worker"]?.policy)
        stage = try Stage(workshop)
        for index in calls.indices { try play(index) }
    }

    private mutating func play(_ index: Int) throws {
        let run = try stage.start("\(index)")
        for approval in try stage.pendingApprovals() {
            _ = try stage.decide(
                approval.id, .approve, by: approval.gate == .confirm ? stage.ana : stage.rita)
        }
        try stage.settle(1_000)
        for case .actionDecided(let decision) in try stage.events(run) {
            decided.append(decision)
            actions.append(ActionID(run: run, ordinal: decision.action))
            break
        }
    }

    private static func addTools(to workshop: inout Workshop) throws {
        func path(_ text: String) throws -> FieldPath { try #require(FieldPath(text)) }
        let usd = try #require(Currency(code: "USD"))
        workshop.tool("lookup", .safe) { invocation in
            let order = (try? JSONReader.read(invocation.arguments))?["order"]?.string ?? ""
            return .result(
                ToolResult(content: "{\"customer\":\"\(order == "3" ? "C-2" : "C-1")\",\"total\":\(900)}"))
        }
        var refund = ToolRules()
        refund.money = [MoneyField(path: try path("amount"), source: .fixed(usd))]
        refund.undo = Undo(tool: "undo", with: [])
        refund.entitlements = [
            Entitlement(
                argument: try path("order"), owner: try #require(ValueReference("lookup(order).customer")),
                attribute: "customer_id")
        ]
        refund.limits = [
            LimitRule(
                measure: .sum(try path("amount")), cap: .reference(try #require(ValueReference("lookup(order).total"))),
                per: .argument(try path("order")), every: .total)
        ]
        workshop.tool("refund", .dangerous, rules: refund) { _ in .result(ToolResult(content: "{}")) }
        workshop.tool("undo", .dangerous) { _ in .result(ToolResult(content: "{}")) }
        var mail = ToolRules()
        mail.limits = [LimitRule(measure: .count, cap: .fixed(.integer(9)), per: .tenant, every: .total)]
        workshop.tool("mail", .risky, rules: mail) { invocation in
            let isRefused = String(decoding: invocation.arguments, as: UTF8.self).contains("nobody")
            return .result(ToolResult(content: "{}", isError: isRefused))
        }
        workshop.tool("tag", .risky) { _ in .result(ToolResult(content: "{}")) }
    }
}

@Suite("A backtest predicts what happens when the policy is switched on (R70)")
struct PredictionTests {
    private func calls(_ random: SeededRandom) -> [(tool: String, arguments: String)] {
        (0..<70).map { number in
            switch random.below(8) {
            case 0, 1, 2:
                let order = random.below(RepeatedDesk.orders)
                return ("refund", "{\"order\":\"\(order)\",\"amount\":\(50 * random.below(12)),\"n\":\(number)}")
            case 3, 4:
                let to = ["ana@example.com", "eve@outside.example", "nobody@example.com"][random.below(3)]
                return ("mail", "{\"to\":\"\(to)\",\"n\":\(number)}")
            case 5, 6: return ("tag", "{\"n\":\(number)}")
            default: return ("lookup", "{\"order\":\"\(random.below(RepeatedDesk.orders))\"}")
            }
        }
    }

    /// Another policy for the same tools: some rules more, some less, other limits, another class.
    private func change(_ workshop: inout Workshop, _ random: SeededRandom) throws {
        let usd = try #require(Currency(code: "USD"))
        let (amount, to) = (try #require(FieldPath("amount")), try #require(FieldPath("to")))
        func above(_ units: Int64) -> Condition {
            .argument(amount, .compares(.above, .money(Money(minorUnits: units, currency: usd))))
        }
        var rules: [PolicyRule] = []
        if random.chance(60) {
            rules.append(
                PolicyRule(
                    id: "large", action: .deny, scope: RuleScope(tools: ["refund"]),
                    conditions: [above(Int64(50 * random.below(10)))]))
        }
        if random.chance(60) {
            rules.append(
                PolicyRule(
                    id: "small", action: .relax(to: .confirm), scope: RuleScope(tools: ["refund"]),
                    conditions: [
                        .argument(amount, .compares(.atMost, .money(Money(minorUnits: 200, currency: usd))))
                    ], owner: "tests", reason: "small", expires: .distantFuture))
        }
        if random.chance(60) {
            let inside = try #require(DomainPattern("example.com"))
            rules.append(
                PolicyRule(
                    id: "outside", action: .requireApproval(ApprovalRequirement()), scope: RuleScope(tools: ["mail"]),
                    conditions: [.argument(to, .domainNotIn([inside]))]))
        }
        if random.chance(50) {
            rules.append(
                PolicyRule(
                    id: "mail-freely", action: .relax(to: .allow), scope: RuleScope(tools: ["mail"]), owner: "tests",
                    reason: "often", expires: .distantFuture))
        }
        workshop.policyRules = rules
        workshop.classes["tag"] = [.safe, .risky, .dangerous][random.below(3)]
        workshop.rules["mail"]?.limits = [
            LimitRule(
                measure: .count, cap: .fixed(.integer(Int64(3 + random.below(12)))), per: .tenant, every: .total)
        ]
        if random.chance(50) {
            workshop.rules["refund"]?.limits.append(
                LimitRule(
                    measure: .sum(amount),
                    cap: .fixed(.money(Money(minorUnits: Int64(500 + random.below(3_000)), currency: usd))),
                    per: .tenant, every: .day))
        }
    }

    @Test("each flip that it tells happens when the same calls are sent again, and no other", arguments: 1...10)
    func exact(seed: UInt64) throws {
        let random = SeededRandom(seed: seed)
        let calls = calls(random)
        let first = try RepeatedDesk(calls) { try change(&$0, SeededRandom(seed: seed &+ 100)) }
        let second = try RepeatedDesk(calls) { try change(&$0, SeededRandom(seed: seed &+ 200)) }
        #expect(first.decided.count == calls.count)
        #expect(second.decided.count == calls.count)
        var options = Backtest.Options()
        options.examples = 1_000
        let test = Backtest(
            archive: try MemoryArchive(first.stage), masterKey: PlayedDesk.masterKey,
            candidate: Candidate(
                policies: ["worker": second.policy], attributes: { _ in ["customer_id": "C-1"] }), options: options)
        let report = try first.stage.perform { _ in try await test.run() }
        #expect(report.gaps == [])
        var predicted: [ActionID: Outcome] = [:]
        for flip in report.flips { for action in flip.examples { predicted[action] = flip.after.outcome } }
        for index in calls.indices {
            let (before, after) = (first.decided[index].outcome, second.decided[index].outcome)
            #expect(
                (predicted[first.actions[index]] ?? before) == after,
                "call \(index), \(calls[index]): \(before), then \(after) (\(second.decided[index].code))")
        }
        let happened = zip(first.decided, second.decided).count { $0.outcome != $1.outcome }
        #expect(report.flipped == happened)
        #expect(happened > 3, "the two policies hardly differ")
    }
}
