import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Synchronization
import Testing

@Suite("What an action takes of a limit lives and ends with its effect (R24, R41)")
struct LimitLifeTests {
    private static let counter = "refund/sum.amount/tenant/total|"
    private static let rate = "refund/count/tenant/total|"

    private func limits(_ cap: String, calls: Int64 = 100) throws -> [LimitRule] {
        [
            LimitRule(
                measure: .sum(try Shop.path("amount")), cap: .fixed(try Shop.usd(cap)), per: .tenant, every: .total),
            LimitRule(measure: .count, cap: .fixed(.integer(calls)), per: .tenant, every: .total),
        ]
    }

    @Test("it is reserved before the tool is called, and used up when the effect is settled")
    func reservedThenSettled() throws {
        let (calls, store) = (Calls(), InMemoryRunStore())
        let seen = Mutex<LimitBalance?>(nil)
        var workshop = try Shop.refunds(calls, limits: limits("10.00")) { _ in
            let balance = try? await store.balance(of: LimitKey(name: Self.counter), scope: TenantScope(.default))
            seen.withLock { $0 = balance }
            return .result(ToolResult(content: "{}"))
        }
        workshop.model("main", once("refund", #"{"amount":600}"#))
        let stage = try Stage(workshop, store: store)
        let run = try stage.start("refund")
        #expect(seen.withLock { $0 } == LimitBalance(used: 0, reserved: 600))
        #expect(try balance(stage) == LimitBalance(used: 600, reserved: 0))
        let started = try stage.events(run).compactMap { if case .effectStarted(let start) = $0 { start } else { nil } }
        #expect(started.first?.reservations.map(\.amount) == [600, 1], "the entry that starts it names what it takes")
    }

    @Test("an action that waits for a person holds nothing; its place is looked for when the approval is used")
    func approvalReservesWhenUsed() throws {
        let calls = Calls()
        var workshop = try Shop.refunds(calls, limits: limits("10.00"))
        workshop.policyRules = []
        workshop.classes["refund"] = .dangerous
        workshop.model("main", once("refund", #"{"amount":600}"#))
        let stage = try Stage(workshop)
        let first = try stage.start("refund one")
        let second = try stage.start("refund another")
        #expect(try balance(stage) == LimitBalance(used: 0, reserved: 0))
        for approval in try stage.pendingApprovals() { _ = try stage.decide(approval.id, .approve, by: stage.rita) }
        try stage.settle(1_000)
        #expect(calls.count == 1, "there is room for one")
        #expect(try balance(stage) == LimitBalance(used: 600, reserved: 0))
        let codes = try [first, second].flatMap { run in
            try stage.events(run).compactMap {
                if case .actionDecided(let decision) = $0 { decision.code } else { nil }
            }
        }
        #expect(codes.contains(DecisionCode.limit.rawValue))
    }

    @Test("several actions of one reply share the room, in their order")
    func oneReply() throws {
        let calls = Calls()
        var workshop = try Shop.refunds(calls, limits: limits("10.00"))
        workshop.model { request in
            request.messages.contains { $0.role == .tool }
                ? .says("done")
                : .calls([
                    ("refund", #"{"amount":600}"#), ("refund", #"{"amount":500}"#), ("refund", #"{"amount":400}"#),
                ])
        }
        let stage = try Stage(workshop)
        let run = try stage.start("refund three")
        try stage.settle(1_000)
        #expect(calls.arguments == [#"{"amount":600}"#, #"{"amount":400}"#])
        #expect(try balance(stage) == LimitBalance(used: 1000, reserved: 0))
        let refusal = try stage.events(run).compactMap { event -> String? in
            guard case .actionDecided(let decision) = event, decision.outcome == .deny else { return nil }
            return try stage.text(decision.reasons)
        }.last
        #expect(refusal?.contains("guard.limit") == true)
        #expect(refusal?.contains("At most 400 more fits") == true)
    }

    @Test("a refusal of the tool gives the sum back and keeps the count: an attempt was made")
    func toolRefuses() throws {
        let calls = Calls()
        var workshop = try Shop.refunds(calls, limits: limits("10.00")) { _ in
            .result(ToolResult(content: "{\"error\":\"closed\"}", isError: true))
        }
        workshop.model("main", once("refund", #"{"amount":600}"#))
        let stage = try Stage(workshop)
        _ = try stage.start("refund")
        #expect(try balance(stage) == LimitBalance(used: 0, reserved: 0))
        #expect(try balance(stage, Self.rate) == LimitBalance(used: 1, reserved: 0))
    }

    @Test("what never left is given back, whole")
    func neverSent() throws {
        let calls = Calls()
        var workshop = try Shop.refunds(calls, limits: limits("10.00")) { _ in
            .neverSent(ToolFailure(code: .unreachable, message: "no route"), isRetryable: true)
        }
        workshop.model("main", once("refund", #"{"amount":600}"#))
        let stage = try Stage(workshop)
        _ = try stage.start("refund")
        try stage.settle(60_000)
        #expect(calls.count == 3, "it was tried")
        #expect(try balance(stage) == LimitBalance(used: 0, reserved: 0))
        #expect(try balance(stage, Self.rate) == LimitBalance(used: 0, reserved: 0))
    }

    @Test("while an effect is in doubt its place stays taken, over a restart, until somebody says what became of it")
    func inDoubt() throws {
        for happened in [true, false] {
            let calls = Calls()
            var workshop = try Shop.refunds(calls, limits: limits("10.00"), repeatability: .never) { _ in
                calls.count == 1
                    ? .unknown(ToolFailure(code: .timeout, message: "no answer"))
                    : .result(ToolResult(content: "{}"))
            }
            workshop.model("main", once("refund", #"{"amount":600}"#))
            let stage = try Stage(workshop)
            let run = try stage.start("refund")
            #expect(stage.status(run) == .escalated)
            #expect(try balance(stage) == LimitBalance(used: 0, reserved: 600))
            try stage.crash()
            #expect(try balance(stage) == LimitBalance(used: 0, reserved: 600))
            let other = try stage.start("refund another")
            #expect(calls.count == 1, "there is no room beside it")
            #expect(stage.status(other) == .succeeded)
            let (rita, scope) = (stage.rita, stage.scope)
            try stage.perform {
                try await $0.settle(
                    EffectID(run: run, ordinal: 1), happened: happened, by: rita, reason: "looked it up", scope: scope)
            }
            try stage.settle(10_000)
            // What did not happen is done now, in the place that was kept for it.
            #expect(calls.count == (happened ? 1 : 2))
            #expect(try balance(stage) == LimitBalance(used: 600, reserved: 0))
        }
    }

    @Test("a crash between the start and the answer keeps the place, and it is taken once")
    func crashInFlight() throws {
        let calls = Calls()
        let isAlive = Mutex(false)
        var workshop = try Shop.refunds(calls, limits: limits("10.00"), repeatability: .byKey(milliseconds: 86_400_000))
        {
            invocation in
            guard isAlive.withLock({ $0 }) else {
                // The process dies while this call is under way.
                await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
                return .unknown(ToolFailure(code: .connectionLost, message: "gone"))
            }
            return .result(ToolResult(content: "{}"))
        }
        workshop.model("main", once("refund", #"{"amount":600}"#))
        let stage = try Stage(workshop)
        let ana = stage.ana
        let run = try stage.perform {
            try await $0.start(StartRun(agent: "worker", text: "refund", principal: ana)).run
        }
        try stage.settle(100)
        #expect(try balance(stage) == LimitBalance(used: 0, reserved: 600))
        isAlive.withLock { $0 = true }
        try stage.crash()
        #expect(try balance(stage) == LimitBalance(used: 0, reserved: 600))
        try stage.settle(120_000)
        #expect(stage.status(run) == .succeeded)
        #expect(calls.count == 2 && calls.keys.count == 1)
        #expect(try balance(stage) == LimitBalance(used: 600, reserved: 0))
    }

    @Test("a cancel gives back what had not started")
    func cancelled() throws {
        let calls = Calls()
        var workshop = try Shop.refunds(calls, limits: limits("10.00")) { _ in
            .neverSent(ToolFailure(code: .rateLimited, message: "later", retryAfter: 60_000), isRetryable: true)
        }
        workshop.model("main", once("refund", #"{"amount":600}"#))
        let stage = try Stage(workshop)
        let (ana, scope) = (stage.ana, stage.scope)
        let run = try stage.start("refund")
        #expect(try balance(stage).reserved == 600)
        try stage.perform { try await $0.cancel(run, by: ana, reason: "no", scope: scope) }
        try stage.settle(1_000)
        #expect(stage.status(run) == .cancelled)
        #expect(try balance(stage) == LimitBalance(used: 0, reserved: 0))
    }

    @Test("the place stays in the window in which it was taken")
    func window() throws {
        let calls = Calls()
        let limit = LimitRule(
            measure: .sum(try Shop.path("amount")), cap: .fixed(try Shop.usd("10.00")), per: .tenant, every: .minute)
        var workshop = try Shop.refunds(calls, limits: [limit], repeatability: .never) { _ in
            .unknown(ToolFailure(code: .timeout, message: "no answer"))
        }
        workshop.model("main", once("refund", #"{"amount":600}"#))
        let stage = try Stage(workshop)
        let run = try stage.start("refund")
        let started = try stage.events(run).compactMap { if case .effectStarted(let start) = $0 { start } else { nil } }
        let key = try #require(started.first?.reservations.first?.key)
        try stage.settle(180_000)
        let (rita, scope) = (stage.rita, stage.scope)
        try stage.perform {
            try await $0.settle(
                EffectID(run: run, ordinal: 1), happened: true, by: rita, reason: "looked it up", scope: scope)
        }
        try stage.settle(1_000)
        let balance = try stage.perform { try await $0.store.balance(of: key, scope: scope) }
        #expect(balance == LimitBalance(used: 600, reserved: 0))
    }

    private func balance(_ stage: Stage, _ name: String = counter) throws -> LimitBalance {
        let scope = stage.scope
        return try stage.perform { try await $0.store.balance(of: LimitKey(name: name), scope: scope) }
    }
}
