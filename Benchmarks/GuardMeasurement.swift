import BallastClients
import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Foundation
import Logging

/// What the guard takes for one action: the one of W1, and one with every kind of statement, whose facts come from a tool
/// that answers at once.
struct GuardMeasurement {
    let judgements: Int

    func run() async throws {
        try await measure("w1", try plain())
        try await measure("full", try full())
    }

    private func measure(_ name: String, _ workshop: Workshop) async throws {
        let runtime = AgentRuntime(
            store: InMemoryRunStore(), clock: SystemClock(), random: SystemRandom(),
            deployment: CurrentDeployment(try workshop.deployment()), masterKey: Array(repeating: 3, count: 32),
            owner: "bench", logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
        let principal = Principal("customer:ana")
        let text = "Please refund 20.00 USD for O-1001 to ana@example.com."
        let (run, _) = try await runtime.start(StartRun(agent: "bench", text: text, principal: principal))
        await runtime.rest(of: run)
        guard let rehearsal = try await runtime.rehearsal(of: run, scope: TenantScope(.default)) else {
            return print("guard kind=\(name) no action was open")
        }
        var times: [Duration] = []
        var outcome: (outcome: Outcome, code: String)?
        for round in 0..<(judgements + judgements / 10) {
            let start = ContinuousClock.now
            outcome = try await rehearsal.judge()
            if round >= judgements / 10 { times.append(ContinuousClock.now - start) }
        }
        times.sort()
        func micros(_ share: Double) -> String {
            let time = times[min(times.count - 1, Int(Double(times.count) * share))]
            return String(format: "%.2f", Double(time / .nanoseconds(1)) / 1000)
        }
        print(
            "guard kind=\(name) judgements=\(times.count) outcome=\(outcome?.outcome.name ?? "") code=\(outcome?.code ?? "") "
                + "p50_us=\(micros(0.5)) p90_us=\(micros(0.9)) p99_us=\(micros(0.99))")
    }

    /// W1's action, held back by a reviewer so that it stays open.
    private func plain() throws -> Workshop {
        var workshop = Workshop(agent: "bench")
        workshop.tool("append", .risky) { _ in .result(ToolResult(content: "{}")) }
        workshop.model { _ in .calls([("append", "{\"i\":1}")], text: String(repeating: "m", count: 950)) }
        return workshop
    }

    private func full() throws -> Workshop {
        var workshop = Workshop(agent: "bench")
        workshop.attributes = ["customer_id": "C-7", "email": "ana@example.com"]
        guard let amount = FieldPath("amount"), let order = FieldPath("order_id"), let to = FieldPath("to"),
            let usd = Currency(code: "USD"), let matched = FieldPath("matched"), let cap = Money("2000.00 USD"),
            let owner = ValueReference("lookup_order(order_id).customer_id"),
            let total = ValueReference("lookup_order(order_id).total_cents"), let domain = DomainPattern("example.com")
        else { return workshop }
        var trusted = ToolRules()
        trusted.trust = .all
        workshop.tool("lookup_order", .safe, rules: trusted) { _ in
            .result(ToolResult(content: "{\"customer_id\":\"C-7\",\"id\":\"O-1001\",\"total_cents\":9000}"))
        }
        var rules = ToolRules()
        rules.money = [MoneyField(path: amount, source: .fixed(usd))]
        rules.entitlements = [Entitlement(argument: order, owner: owner, attribute: "customer_id")]
        rules.explicitScope = [order]
        rules.dryRun = DryRun(
            with: [BoundArgument(name: "dry_run", source: .literal(true))], count: matched, atMost: 10)
        rules.magnitudes = [MagnitudeRule(subject: .argument(amount), atMost: .money(cap))]
        rules.limits = [
            LimitRule(measure: .sum(amount), cap: .reference(total), per: .argument(order), every: .total),
            LimitRule(measure: .sum(amount), cap: .fixed(.money(cap)), per: .tenant, every: .day),
            LimitRule(measure: .count, cap: .fixed(.integer(5)), per: .principal, every: .hour),
        ]
        rules.flow.groundings = [
            Grounding(argument: order, sources: [.principal]), Grounding(argument: amount, sources: [.principal]),
            Grounding(argument: to, sources: [.principal]),
        ]
        rules.flow.destinations = [Destination(argument: to, conditions: [.argument(to, .domainIn([domain]))])]
        rules.flow.untainted = [to, order]
        rules.flow.deniesPersonal = true
        rules.flow.readers = .tenant
        workshop.tool(
            "issue_refund", .dangerous, rules: rules,
            schema: [
                "type": "object", "additionalProperties": false, "required": ["order_id", "amount"],
                "properties": [
                    "order_id": ["type": "string", "maxLength": 20], "amount": ["type": "integer", "minimum": 1],
                    "to": ["type": "string", "format": "email"], "note": ["type": "string", "maxLength": 2000],
                    "dry_run": ["type": "boolean"],
                ],
            ]
        ) { _ in .result(ToolResult(content: "{\"matched\":1}")) }
        for number in 0..<50 {
            workshop.policyRules.append(
                PolicyRule(
                    id: "rule-\(number)", action: .requireApproval(ApprovalRequirement(group: "finance")),
                    scope: RuleScope(tools: ["issue_refund"]),
                    conditions: [
                        .argument(
                            amount, .compares(.above, .money(Money(minorUnits: Int64(10_000 + number), currency: usd))))
                    ]))
        }
        let note = String(repeating: "It came broken, and I want my money back, please. ", count: 10)
        workshop.model { _ in
            .calls([
                (
                    "issue_refund",
                    "{\"order_id\":\"O-1001\",\"amount\":2000,\"to\":\"ana@example.com\",\"note\":\"\(note)\"}"
                )
            ])
        }
        return workshop
    }
}
