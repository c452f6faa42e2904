import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Testing

/// One action held before the whole guard: a run whose model proposes it once, and what became of it.
struct GuardBench {
    let stage: Stage
    let run: RunID

    init(_ workshop: Workshop, options: RuntimeOptions = RuntimeOptions(), task: String = "do it") throws {
        stage = try Stage(workshop, options: options)
        run = try stage.start(task)
    }

    /// The last decision of the guard with the refusal that the model reads.
    struct Refusal {
        let outcome: Outcome
        let code: String
        let rule: String?
        let message: String
        let remedy: String
    }

    /// Every decision of the run, in order.
    func decisions() throws -> [Refusal] {
        try stage.events(run).compactMap { event in
            guard case .actionDecided(let decision) = event else { return nil }
            let document = try? JSONReader.read(Array(try stage.text(decision.reasons).utf8))
            return Refusal(
                outcome: decision.outcome, code: decision.code, rule: decision.rule,
                message: document?["message"]?.string ?? "", remedy: document?["would_be_allowed"]?.string ?? "")
        }
    }

    func first() throws -> Refusal { try #require(try decisions().first) }

    func balance(_ name: String, window: Timestamp = Timestamp(milliseconds: 0)) throws -> LimitBalance {
        let scope = stage.scope
        return try stage.perform {
            try await $0.store.balance(of: LimitKey(name: name, window: window), scope: scope)
        }
    }
}

/// A shop that pays refunds, with what the tests vary.
enum Shop {
    static func path(_ text: String) throws -> FieldPath { try #require(FieldPath(text)) }
    static func usd(_ text: String) throws -> Quantity { .money(try #require(Money("\(text) USD"))) }

    /// Refunds in US cents that run alone.
    static func refunds(
        _ calls: Calls, limits: [LimitRule] = [], schema: JSONValue = ["type": "object"],
        repeatability: Repeatability? = nil, verification: Verification? = nil,
        body: (@Sendable (ToolInvocation) async -> ToolOutcome)? = nil
    ) throws -> Workshop {
        var workshop = Workshop()
        var rules = ToolRules()
        let usd = try #require(Currency(code: "USD"))
        rules.money = [MoneyField(path: try path("amount"), source: .fixed(usd))]
        rules.limits = limits
        rules.repeatability = repeatability
        rules.verification = verification
        rules.isSequential = true
        workshop.tool("refund", .risky, rules: rules, schema: schema) { invocation in
            calls.note(invocation)
            return await body?(invocation) ?? .result(ToolResult(content: "{\"paid\":true}"))
        }
        workshop.policyRules = [
            PolicyRule(
                id: "alone", action: .relax(to: .allow), scope: RuleScope(tools: ["refund"]), owner: "tests",
                reason: "the guard is what is tested", expires: .distantFuture)
        ]
        return workshop
    }
}
