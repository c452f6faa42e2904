import BallastCore
import BallastPolicy
import BallastRuntime
import BallastStore
import BallastTesting
import Logging
import Synchronization
import Testing

@Suite("Limits hold under pressure, over sessions and a restart, on the real store (R24, R41, R58)")
struct LimitPressureTests {
    private static let callers = 200
    private static let day = 200_000

    @Test("200 callers over two sessions never take more than 2000.00 a day, and leave less than one refund of it")
    func perDay() async throws {
        let usd = try #require(Money("2000.00 USD"))
        let amount = try #require(FieldPath("amount"))
        let limit = LimitRule(measure: .sum(amount), cap: .fixed(.money(usd)), per: .tenant, every: .day)
        try await TemporaryFolder.with { folder in
            let bank = Bank(totals: ["O-1": Int64.max])
            let demand = (0..<Self.callers).map { Refund(order: "O-1", amount: Int64(1_000 + $0 * 37 % 1_500)) }
            let day = try #require(LimitWindow.day.starts(at: MachineClock().now).first)
            let key = LimitKey(name: "refund/sum.amount/tenant/day|", window: day)
            let balance = try await serve(demand, limit: limit, bank: bank, in: folder)(key)
            #expect(balance == LimitBalance(used: bank.paid, reserved: 0))
            #expect(bank.paid <= Self.day)
            #expect(Int64(Self.day) - bank.paid < 2_500, "no more than one refund's worth is unused")
            #expect(bank.lostAnswers > 0 && bank.refusedConnections > 0, "the pressure was there")
        }
    }

    @Test("partial refunds of 200 callers never exceed their order's total, and leave less than one refund of it")
    func perOrder() async throws {
        let amount = try #require(FieldPath("amount"))
        let total = try #require(ValueReference("lookup_order(order_id).total_cents"))
        let order = try #require(FieldPath("order_id"))
        let limit = LimitRule(measure: .sum(amount), cap: .reference(total), per: .argument(order), every: .total)
        try await TemporaryFolder.with { folder in
            let totals: [String: Int64] = ["O-1": 5_000, "O-2": 12_345, "O-3": 777, "O-4": 40_000]
            let bank = Bank(totals: totals)
            let demand = (0..<Self.callers).map { number in
                Refund(order: "O-\(number % 4 + 1)", amount: Int64(900 + number * 53 % 600))
            }
            let balanceOf = try await serve(demand, limit: limit, bank: bank, in: folder)
            for (order, total) in totals {
                let key = LimitKey(name: "refund/sum.amount/order_id/total|\"\(order)\"")
                let balance = try await balanceOf(key)
                #expect(balance == LimitBalance(used: bank.paid(for: order), reserved: 0))
                #expect(balance.used <= total)
                #expect(total - balance.used < 1_500, "\(order): no more than one refund's worth is unused")
            }
        }
    }

    @Test(
        "200 callers take exactly what the class may, whoever it is counted for, over two sessions (R42)",
        arguments: [
            (LimitScope.tenant, [""]), (.principal, ["customer:ana", "customer:bruno"]), (.agent, ["worker"]),
        ])
    func perClass(scope: LimitScope, counted: [String]) async throws {
        let rule = LimitRule(measure: .count, cap: .fixed(.integer(Self.most)), per: scope, every: .day)
        try await expectExact(
            counted.map { "class:risky/count/\(scope)/day|\($0)" }, ofClass: ClassLimit(.risky, rule))
    }

    @Test("and exactly what the tool may (R42)")
    func perTool() async throws {
        let rule = LimitRule(measure: .count, cap: .fixed(.integer(Self.most)), per: .tenant, every: .day)
        try await expectExact(["refund/count/tenant/day|"], limit: rule)
    }

    private static let most: Int64 = 37

    private func expectExact(_ names: [String], limit: LimitRule? = nil, ofClass classLimit: ClassLimit? = nil)
        async throws
    {
        try await TemporaryFolder.with { folder in
            let bank = Bank(totals: ["O-1": Int64.max])
            let demand = (0..<Self.callers).map { Refund(order: "O-1", amount: Int64(1_000 + $0)) }
            let day = try #require(LimitWindow.day.starts(at: MachineClock().now).first)
            let balance = try await serve(demand, limit: limit, ofClass: classLimit, bank: bank, in: folder)
            for name in names {
                let standing = try await balance(LimitKey(name: name, window: day))
                #expect(standing == LimitBalance(used: Self.most, reserved: 0), "\(name)")
            }
            #expect(bank.payments == Int(Self.most) * names.count)
            #expect(bank.lostAnswers > 0 && bank.refusedConnections > 0, "the pressure was there")
        }
    }

    /// Half of the callers come to one session, which dies amid them; the others to the next, which finds what the
    /// first one left. Whoever was refused while others' places were held asks once more at the end.
    private func serve(
        _ demand: [Refund], limit: LimitRule?, ofClass classLimit: ClassLimit? = nil, bank: Bank,
        in folder: TemporaryFolder
    ) async throws -> (LimitKey) async throws -> LimitBalance {
        let half = demand.count / 2
        let first = try await Session(
            bank, limit, classLimit, store: SQLiteRunStore.open(path: folder.file("store")))
        bank.onCall(20) { await first.die() }
        // On a slow machine its leases are renewed as long as it lives.
        let tending = Task { [runtime = first.runtime] in await runtime.tend() }
        defer { tending.cancel() }
        try await first.start(Array(demand[..<half]))
        // It dies at the latest when nothing of it moves any more, however few calls that took.
        let waiting = Task {
            try await first.settled()
            await bank.callNow()
        }
        await bank.called()
        waiting.cancel()
        let second = try await Session(
            bank, limit, classLimit, store: SQLiteRunStore.open(path: folder.file("store")))
        _ = try await second.runtime.recover()
        try await second.start(Array(demand[half...]))
        try await second.finish()
        try await second.start(demand)
        try await second.finish()
        await first.runtime.shutdown(deadline: 0) { _ in }
        let store = second.store
        let balances = Balances(store)
        return { try await balances.of($0) }
    }
}

private struct Balances: Sendable {
    private let store: any RunStore
    init(_ store: any RunStore) { self.store = store }
    func of(_ key: LimitKey) async throws -> LimitBalance {
        try await store.balance(of: key, scope: TenantScope(.default))
    }
}

private struct Refund: Sendable {
    let order: String
    let amount: Int64
}

/// What pays: once for each key, whatever becomes of its answers.
private final class Bank: Sendable {
    private struct Books {
        var payments: [String: Refund] = [:]
        var calls = 0
        var lost = 0
        var refused = 0
    }
    private let totals: [String: Int64]
    private let books = Mutex(Books())
    private let death = Mutex<(call: Int, act: (@Sendable () async -> Void)?)>((0, nil))
    private let (died, announce) = AsyncStream.makeStream(of: Void.self)

    init(totals: [String: Int64]) { self.totals = totals }

    var paid: Int64 { books.withLock { $0.payments.values.reduce(0) { $0 + $1.amount } } }
    var payments: Int { books.withLock { $0.payments.count } }
    var lostAnswers: Int { books.withLock { $0.lost } }
    var refusedConnections: Int { books.withLock { $0.refused } }
    func paid(for order: String) -> Int64 {
        books.withLock { $0.payments.values.reduce(0) { $0 + ($1.order == order ? $1.amount : 0) } }
    }

    func hasPaid(_ key: String) -> Bool { books.withLock { $0.payments[key] != nil } }

    func onCall(_ number: Int, _ act: @escaping @Sendable () async -> Void) {
        death.withLock { $0 = (number, act) }
    }

    /// The call that is waited for does not come any more: what waits for it goes on.
    func callNow() async {
        let act = death.withLock { death in
            defer { death.act = nil }
            return death.act
        }
        guard let act else { return }
        await act()
        announce.yield()
    }

    /// Returns when the call that was waited for has come.
    func called() async { for await _ in died { return } }

    func total(of order: String) -> Int64 { totals[order] ?? 0 }

    func pay(_ invocation: ToolInvocation, _ refund: Refund) async -> ToolOutcome {
        let number = books.withLock { books in
            books.calls += 1
            return books.calls
        }
        let act = death.withLock { death -> (@Sendable () async -> Void)? in
            guard number == death.call else { return nil }
            defer { death.act = nil }
            return death.act
        }
        if let act {
            await act()
            announce.yield()
        }
        if number % 7 == 3 {
            books.withLock { $0.refused += 1 }
            return .neverSent(ToolFailure(code: .unreachable, message: "no route"), isRetryable: true)
        }
        books.withLock { $0.payments[invocation.idempotencyKey] = refund }
        if number % 5 == 2 {
            books.withLock { $0.lost += 1 }
            return .unknown(ToolFailure(code: .timeout, message: "no answer"))
        }
        return .result(ToolResult(content: "{\"paid\":true}"))
    }
}

/// One process with its runtime: what it dies of is that its store takes nothing any more.
private final class Session: Sendable {
    let store: SQLiteRunStore
    let runtime: AgentRuntime

    init(_ bank: Bank, _ limit: LimitRule?, _ classLimit: ClassLimit?, store: SQLiteRunStore) async throws {
        self.store = store
        var workshop = Workshop()
        workshop.tool("lookup_order", .safe) { invocation in
            let order = (try? JSONReader.read(invocation.arguments))?["order_id"]?.string ?? ""
            return .result(ToolResult(content: "{\"total_cents\":\(bank.total(of: order))}"))
        }
        var rules = ToolRules()
        let amount = try #require(FieldPath("amount"))
        rules.money = [MoneyField(path: amount, source: .fixed(try #require(Currency(code: "USD"))))]
        rules.limits = limit.map { [$0] } ?? []
        workshop.limits = classLimit.map { [$0] } ?? []
        rules.repeatability = .byKey(milliseconds: 86_400_000)
        rules.verification = Verification(
            tool: "find_refund", with: [BoundArgument(name: "key", source: .idempotencyKey)], landsWithin: 1,
            happenedWhen: [try #require(FieldPath("found")): .equals(true)])
        workshop.tool("find_refund", .safe) { invocation in
            let key = (try? JSONReader.read(invocation.arguments))?["key"]?.string ?? ""
            return .result(ToolResult(content: "{\"found\":\(bank.hasPaid(key))}"))
        }
        workshop.tool("refund", .risky, rules: rules) { invocation in
            guard let arguments = try? JSONReader.read(invocation.arguments), let order = arguments["order_id"]?.string,
                let amount = arguments["amount"]?.integer
            else { return .result(ToolResult(content: "{}", isError: true)) }
            return await bank.pay(invocation, Refund(order: order, amount: amount))
        }
        workshop.policyRules = [
            PolicyRule(
                id: "alone", action: .relax(to: .allow), scope: RuleScope(tools: ["refund"]), owner: "tests",
                reason: "the limit is what is tested", expires: .distantFuture)
        ]
        workshop.model { request in
            guard !request.messages.contains(where: { $0.role == .tool }) else { return .says("done") }
            guard case .text(let arguments)? = request.messages.last?.parts.first else { return .says("nothing asked") }
            return .calls([("refund", arguments)])
        }
        var options = RuntimeOptions()
        options.backoff = 5
        options.verifyBackoff = 5
        options.lease = 3_000
        options.leaseMargin = 100
        // What rests takes nothing of a limit: the bank goes on being called, however its answers fall.
        (options.breaker.failures, options.breaker.ratioCalls) = (10_000, 100_000)
        runtime = AgentRuntime(
            store: store, clock: MachineClock(), random: SeededRandom(seed: 4),
            deployment: CurrentDeployment(try workshop.deployment()), masterKey: Array(repeating: 9, count: 32),
            owner: "session", options: options, logger: Logger(label: "session") { _ in SwiftLogNoOpLogHandler() })
    }

    /// All at once, for two customers.
    func start(_ demand: [Refund]) async throws {
        await withTaskGroup(of: Void.self) { group in
            for (number, refund) in demand.enumerated() {
                group.addTask { [runtime] in
                    let words = "{\"amount\":\(refund.amount),\"order_id\":\"\(refund.order)\"}"
                    let customer = Principal(number.isMultiple(of: 2) ? "customer:ana" : "customer:bruno")
                    let request = StartRun(agent: "worker", text: words, principal: customer)
                    _ = try? await runtime.start(request)
                }
            }
        }
    }

    /// Returns when every run of the store is over.
    func finish() async throws {
        let open = try await settled()
        guard !open.isEmpty else { return }
        Issue.record("runs did not come to an end: \(open.map { "\($0.run) \($0.status.name)" })")
    }

    /// Returns when every run of the store is over, or after a while, with those that are not.
    @discardableResult
    func settled() async throws -> [RunHeader] {
        let tending = Task { [runtime] in await runtime.tend() }
        defer { tending.cancel() }
        var open: [RunHeader] = []
        for _ in 0..<1_000 {
            open = try await store.headers(
                matching: RunFilter(), limit: 1_000, before: nil, scope: TenantScope(.default)
            ).filter { !$0.status.isTerminal }
            guard let run = open.first?.run else { return [] }
            await runtime.rest(of: run)
            try await Task.sleep(for: .milliseconds(10))
        }
        return open
    }

    func die() async { await store.close() }
}

private struct MachineClock: RuntimeClock {
    /// One for all sessions: time goes on over a restart.
    private static let start = ContinuousClock.now
    var now: Timestamp { Timestamp(milliseconds: 1_795_000_000_000 + monotonic) }
    var monotonic: Int64 {
        let (seconds, attoseconds) = (ContinuousClock.now - MachineClock.start).components
        return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    }
    func sleep(milliseconds: Int64) async throws { try await Task.sleep(for: .milliseconds(max(0, milliseconds))) }
}
