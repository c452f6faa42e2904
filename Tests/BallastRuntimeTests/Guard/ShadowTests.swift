import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Synchronization
import Testing

@Suite("A shadow policy says what it would do, and does nothing")
struct ShadowTests {
    /// The policy of a workshop with other rules and statements, as a shadow of it.
    private func shadow(
        of workshop: Workshop, _ rules: [PolicyRule] = [], _ change: (inout ToolRules) throws -> Void = { _ in }
    ) throws -> ShadowPolicy {
        var stated = workshop.rules["refund"] ?? ToolRules()
        try change(&stated)
        return ShadowPolicy(
            name: "careful",
            policy: Policy(
                classes: workshop.classes, tools: ["refund": stated], rules: workshop.policyRules + rules,
                hash: Array(repeating: 9, count: 16)))
    }

    private func deny(above amount: String) throws -> PolicyRule {
        PolicyRule(
            id: "no-large-refunds", action: .deny, scope: RuleScope(tools: ["refund"]),
            conditions: [.argument(try Shop.path("amount"), .compares(.above, try Shop.usd(amount)))])
    }

    private func said(_ stage: Stage, _ run: RunID) throws -> [ActionShadowed] {
        try stage.events(run).compactMap { if case .actionShadowed(let fields) = $0 { fields } else { nil } }
    }

    private func message(_ stage: Stage, _ shadowed: ActionShadowed?) throws -> String {
        try JSONReader.read(Array(try stage.text(shadowed?.reasons).utf8))["message"]?.string ?? ""
    }

    private func balance(_ stage: Stage, _ name: String) throws -> LimitBalance {
        let scope = stage.scope
        return try stage.perform { try await $0.store.balance(of: LimitKey(name: name), scope: scope) }
    }

    private func once(_ amount: Int) -> @Sendable (ModelRequest) -> ModelReply {
        { request in
            request.messages.contains { $0.role == .tool }
                ? .says("done") : .calls([("refund", "{\"amount\":\(amount)}")])
        }
    }

    // MARK: What it says

    @Test(
        "one that would deny is on record with its rule, right after the decision, and the action is done all the same")
    func stricter() throws {
        let calls = Calls()
        var workshop = try Shop.refunds(calls)
        workshop.model("main", once(600))
        workshop.shadow = try shadow(of: workshop, [try deny(above: "5.00")])
        let stage = try Stage(workshop)
        let run = try stage.start("refund")
        #expect(stage.status(run) == .succeeded && calls.count == 1)
        let shadowed = try #require(try said(stage, run).first)
        #expect(shadowed.outcome == .deny && shadowed.code == "policy.denied" && shadowed.rule == "no-large-refunds")
        #expect(shadowed.name == "careful" && shadowed.policy == Array(repeating: 9, count: 16))
        #expect(try message(stage, shadowed).contains("Rule no-large-refunds forbids this"))
        #expect(shadowed.standing(to: .allow, group: nil, quorum: 0) == .stricter)
        let types = try stage.events(run).map(\.type)
        let decided = try #require(types.firstIndex(of: .actionDecided))
        #expect(types[decided + 1] == .actionShadowed)
    }

    @Test("one that agrees is on record, too; without one nothing is, and all else is the same")
    func agrees() throws {
        var others: [[EntryType]] = []
        for isShadowed in [true, false] {
            var workshop = try Shop.refunds(Calls())
            workshop.model("main", once(600))
            if isShadowed { workshop.shadow = try shadow(of: workshop, [try deny(above: "9.00")]) }
            let stage = try Stage(workshop)
            let run = try stage.start("refund")
            #expect(try said(stage, run).map(\.outcome) == (isShadowed ? [.allow] : []))
            others.append(try stage.events(run).map(\.type).filter { $0 != .actionShadowed })
        }
        #expect(others[0] == others[1])
    }

    @Test("what is denied is decided beside it, too, and what no policy decides is not")
    func denied() throws {
        var workshop = try Shop.refunds(Calls())
        workshop.policyRules.append(try deny(above: "5.00"))
        workshop.model { request in
            request.messages.contains { $0.role == .tool }
                ? .says("done") : .calls([("refund", #"{"amount":600}"#), ("erase", "{}"), ("refund", "[]")])
        }
        var looser = workshop
        looser.policyRules.removeLast()
        workshop.shadow = try shadow(of: looser)
        let stage = try Stage(workshop)
        let run = try stage.start("refund")
        let shadowed = try said(stage, run)
        #expect(shadowed.map(\.action) == [1] && shadowed.map(\.outcome) == [.allow])
        #expect(shadowed.first?.standing(to: .deny, group: nil, quorum: 0) == .looser)
    }

    @Test("whom it would ask stands in its entry, and a second look that says the same adds nothing")
    func approvals() throws {
        let calls = Calls()
        var workshop = try Shop.refunds(calls)
        workshop.policyRules = []
        workshop.classes["refund"] = .dangerous
        workshop.model("main", once(600))
        workshop.shadow = try shadow(
            of: workshop,
            [
                PolicyRule(
                    id: "two", action: .requireApproval(ApprovalRequirement(group: "finance", quorum: 2)),
                    scope: RuleScope(tools: ["refund"]), conditions: [])
            ])
        let stage = try Stage(workshop)
        let run = try stage.start("refund")
        let waiting = try #require(try stage.pendingApprovals().first)
        _ = try stage.decide(waiting.id, .approve, by: stage.rita)
        try stage.settle(1_000)
        #expect(calls.count == 1, "one approval is enough for the policy in force")
        let shadowed = try said(stage, run)
        #expect(shadowed.map(\.quorum) == [2] && shadowed.map(\.group) == ["finance"])
        #expect(shadowed.first?.standing(to: .approve, group: nil, quorum: 1) == .stricter)
    }

    // MARK: What only it needs

    /// A shadow that lets only the owner of an order refund it.
    private func entitled(_ workshop: Workshop) throws -> ShadowPolicy {
        let owner = try #require(ValueReference("find(amount).customer_id"))
        let amount = try Shop.path("amount")
        return try shadow(of: workshop) {
            $0.entitlements = [Entitlement(argument: amount, owner: owner, attribute: "customer_id")]
        }
    }

    private func finding(
        _ calls: Calls, _ toolClass: ToolClass = .safe, body: @escaping @Sendable () async -> ToolOutcome
    ) throws -> Workshop {
        var workshop = try Shop.refunds(calls)
        workshop.attributes = ["customer_id": "C-7"]
        workshop.tool("find", toolClass) { _ in await body() }
        return workshop
    }

    @Test("a tool that only the shadow asks is asked beside the action, and its answer is on record as the shadow's")
    func asks() throws {
        for (owner, outcome) in [("C-7", Outcome.approve), ("C-8", .deny)] {
            var workshop = try finding(Calls()) { .result(ToolResult(content: "{\"customer_id\":\"\(owner)\"}")) }
            workshop.policyRules = []
            workshop.classes["refund"] = .dangerous
            workshop.model("main", once(600))
            workshop.shadow = try entitled(workshop)
            let stage = try Stage(workshop)
            let run = try stage.start("refund")
            #expect(stage.status(run) == .waitingApproval)
            let shadowed = try #require(try said(stage, run).first)
            #expect(shadowed.outcome == outcome)
            let checks = try stage.events(run).compactMap {
                if case .guardChecked(let check) = $0 { check } else { nil }
            }
            #expect(checks.map(\.purpose) == [GuardChecked.shadow] && checks.map(\.tool) == ["find"])
        }
    }

    @Test("a tool that does not answer the shadow holds nothing up, and the shadow could not be decided")
    func silent() throws {
        let calls = Calls()
        let clock = Mutex<SimulatedClock?>(nil)
        var workshop = try finding(calls) {
            let clock = clock.withLock { $0 }
            try? await clock?.sleep(milliseconds: 3_600_000)
            return .unknown(ToolFailure(code: .timeout, message: "no answer"))
        }
        workshop.model("main", once(600))
        workshop.shadow = try entitled(workshop)
        let stage = try Stage(workshop)
        clock.withLock { $0 = stage.clock }
        let start = stage.clock.now
        let run = try stage.start("refund")
        #expect(stage.status(run) == .succeeded && calls.count == 1)
        #expect(stage.clock.now == start, "nothing waited")
        let shadowed = try said(stage, run)
        #expect(shadowed.map(\.code) == [ActionShadowed.undecided] && shadowed.map(\.outcome) == [nil])
        #expect(try message(stage, shadowed.first) == "The run ended before it was decided.")
    }

    @Test(
        "where people are asked the shadow's tools have their time, and no longer, and an answer of theirs is taken at once"
    )
    func patience() throws {
        let clock = Mutex<SimulatedClock?>(nil)
        var workshop = try finding(Calls()) {
            let clock = clock.withLock { $0 }
            try? await clock?.sleep(milliseconds: 3_600_000)
            return .unknown(ToolFailure(code: .timeout, message: "no answer"))
        }
        workshop.policyRules = []
        workshop.classes["refund"] = .dangerous
        workshop.model("main", once(600))
        workshop.shadow = try entitled(workshop)
        let stage = try Stage(workshop)
        clock.withLock { $0 = stage.clock }
        let (ana, rita, scope) = (stage.ana, stage.rita, stage.scope)
        let run = try stage.perform { runtime in
            let (run, _) = try await runtime.start(StartRun(agent: "worker", text: "refund", principal: ana))
            var waiting: [ApprovalRecord] = []
            while waiting.isEmpty {
                try await stage.clock.sleep(milliseconds: 1)
                waiting = try await runtime.store.approvals(status: .pending, limit: 1, scope: scope)
            }
            _ = try await runtime.decide(waiting[0].id, .approve, by: rita, scope: scope)
            return run
        }
        let start = stage.clock.now
        try stage.settle(60_000)
        #expect(stage.status(run) == .succeeded)
        let started = try #require(
            (stage.store.journals()[run] ?? []).first { $0.type == .effectStarted }?.at)
        #expect(started.since(start) < 100, "the approval was used at once")
        #expect(try said(stage, run).map(\.code) == [ActionShadowed.undecided])
    }

    @Test("only tools that change nothing under the policy in force are asked for it, and none is rehearsed")
    func harmless() throws {
        let asked = Mutex(0)
        var workshop = try finding(Calls(), .risky) {
            asked.withLock { $0 += 1 }
            return .result(ToolResult(content: "{\"customer_id\":\"C-7\"}"))
        }
        workshop.model("main", once(600))
        var pretending = workshop
        pretending.classes["find"] = .safe
        workshop.shadow = try entitled(pretending)
        let stage = try Stage(workshop)
        let run = try stage.start("refund")
        #expect(asked.withLock { $0 } == 0)
        #expect(try message(stage, try said(stage, run).first) == "It needs an answer of find, and there is none.")

        let calls = Calls()
        var rehearsing = try Shop.refunds(calls)
        rehearsing.model("main", once(600))
        let count = try Shop.path("count")
        rehearsing.shadow = try shadow(of: rehearsing) {
            $0.dryRun = DryRun(
                with: [BoundArgument(name: "dry_run", source: .literal(true))], count: count, atMost: 1)
        }
        let second = try Stage(rehearsing)
        let other = try second.start("refund")
        #expect(calls.arguments == [#"{"amount":600}"#])
        #expect(try said(second, other).map(\.code) == [ActionShadowed.undecided])
    }

    @Test("one that denies whatever would be answered is decided without the answer")
    func standing() throws {
        var workshop = try finding(Calls(), .risky) { .result(ToolResult(content: "{}")) }
        workshop.model("main", once(600))
        var pretending = workshop
        pretending.classes["find"] = .safe
        pretending.policyRules.append(try deny(above: "5.00"))
        workshop.shadow = try entitled(pretending)
        let stage = try Stage(workshop)
        let run = try stage.start("refund")
        #expect(try said(stage, run).map(\.rule) == ["no-large-refunds"])
        #expect(try said(stage, run).map(\.outcome) == [.deny])
    }

    @Test("a verifier that only the shadow wants is not asked")
    func verifier() throws {
        var workshop = try Shop.refunds(Calls())
        workshop.model("main", once(600))
        workshop.shadow = try shadow(of: workshop) { $0.confidence = ConfidenceRule(verifier: "judge") }
        let stage = try Stage(workshop)
        let run = try stage.start("refund")
        #expect(try message(stage, try said(stage, run).first).contains("wants judge to say how sure"))
    }

    // MARK: Limits

    private static let counter = "shadow:refund/sum.amount/tenant/total|"
    private static let real = "refund/sum.amount/tenant/total|"

    private func limited(_ workshop: Workshop, _ cap: String) throws -> ShadowPolicy {
        let limit = LimitRule(
            measure: .sum(try Shop.path("amount")), cap: .fixed(try Shop.usd(cap)), per: .tenant, every: .total)
        return try shadow(of: workshop) { $0.limits = [limit] }
    }

    @Test("its limits are counted on counters of their own, and one without room says so and refuses nothing")
    func limits() throws {
        let calls = Calls()
        var workshop = try Shop.refunds(calls)
        workshop.model("main", once(600))
        workshop.shadow = try limited(workshop, "10.00")
        let stage = try Stage(workshop)
        let runs = try [stage.start("refund"), stage.start("refund again")]
        #expect(calls.count == 2)
        #expect(try runs.flatMap { try said(stage, $0) }.map(\.outcome) == [.allow, .deny])
        let refused = try #require(try said(stage, runs[1]).first)
        #expect(refused.code == "guard.limit" && refused.standing(to: .allow, group: nil, quorum: 0) == .stricter)
        #expect(try message(stage, refused).contains("at most 10.00 USD of amount per tenant"))
        #expect(try balance(stage, Self.counter) == LimitBalance(used: 600, reserved: 0))
        #expect(try balance(stage, Self.real) == LimitBalance(used: 0, reserved: 0))
    }

    @Test("what it reserves lives and ends with the effect: given back when the tool refuses, held while in doubt")
    func reservations() throws {
        var refusing = try Shop.refunds(Calls()) { _ in .result(ToolResult(content: "{}", isError: true)) }
        refusing.model("main", once(600))
        refusing.shadow = try limited(refusing, "10.00")
        let refused = try Stage(refusing)
        _ = try refused.start("refund")
        #expect(try balance(refused, Self.counter) == LimitBalance(used: 0, reserved: 0))

        var doubtful = try Shop.refunds(Calls(), repeatability: .never) { _ in
            .unknown(ToolFailure(code: .timeout, message: "no answer"))
        }
        doubtful.model("main", once(600))
        doubtful.shadow = try limited(doubtful, "10.00")
        let doubted = try Stage(doubtful)
        let run = try doubted.start("refund")
        #expect(try balance(doubted, Self.counter) == LimitBalance(used: 0, reserved: 600))
        try doubted.crash()
        #expect(try balance(doubted, Self.counter) == LimitBalance(used: 0, reserved: 600))
        let (rita, scope) = (doubted.rita, doubted.scope)
        try doubted.perform {
            try await $0.settle(
                EffectID(run: run, ordinal: 1), happened: true, by: rita, reason: "looked it up", scope: scope)
        }
        try doubted.settle(10_000)
        #expect(try balance(doubted, Self.counter) == LimitBalance(used: 600, reserved: 0))
    }

    @Test("no amount is so large that a shadow's counter refuses the action")
    func enormous() throws {
        let calls = Calls()
        var workshop = try Shop.refunds(calls)
        workshop.model { request in
            request.messages.contains { $0.role == .tool }
                ? .says("done")
                : .calls([("refund", "{\"amount\":\(Int64.max)}"), ("refund", "{\"amount\":\(Int64.max - 1)}")])
        }
        workshop.shadow = try limited(workshop, "92233720368547758.07")
        let stage = try Stage(workshop)
        let run = try stage.start("refund")
        #expect(stage.status(run) == .succeeded && calls.count == 2)
        #expect(try said(stage, run).map(\.outcome) == [.allow, .deny])
    }

    // MARK: Its life

    @Test("a reload puts one beside a waiting run, and takes it away")
    func reload() throws {
        let calls = Calls()
        var workshop = try Shop.refunds(calls)
        workshop.policyRules = []
        workshop.classes["refund"] = .dangerous
        workshop.model("main", once(600))
        let stage = try Stage(workshop)
        let run = try stage.start("refund")
        #expect(try said(stage, run).isEmpty)
        var shadowed = workshop
        shadowed.shadow = try shadow(of: workshop, [try deny(above: "5.00")])
        let next = try shadowed.deployment()
        try stage.perform { await $0.deploy { _ in next } }
        for approval in try stage.pendingApprovals() { _ = try stage.decide(approval.id, .approve, by: stage.rita) }
        try stage.settle(1_000)
        #expect(calls.count == 1)
        #expect(try said(stage, run).map(\.outcome) == [.deny], "the look at its use was decided beside it")
        let former = try workshop.deployment()
        try stage.perform { await $0.deploy { _ in former } }
        let later = try stage.start("refund later")
        #expect(try said(stage, later).isEmpty)
    }

    @Test("another owner of the run does not say it twice")
    func takenOver() throws {
        var workshop = try Shop.refunds(Calls())
        workshop.policyRules = []
        workshop.classes["refund"] = .dangerous
        workshop.model("main", once(600))
        workshop.shadow = try shadow(of: workshop, [try deny(above: "5.00")])
        let stage = try Stage(workshop)
        let run = try stage.start("refund")
        try stage.crash()
        for approval in try stage.pendingApprovals() { _ = try stage.decide(approval.id, .approve, by: stage.rita) }
        try stage.settle(60_000)
        #expect(stage.status(run) == .succeeded)
        #expect(try said(stage, run).count == 1)
    }
}
