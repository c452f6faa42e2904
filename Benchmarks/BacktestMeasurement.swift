import BallastCore
import BallastEvals
import BallastPolicy
import BallastRuntime
import BallastStore
import Foundation

/// A store with many recorded actions, and the backtest of another policy over it.
struct BacktestMeasurement {
    let actions: Int
    let path: String
    private static let key = [UInt8](repeating: 3, count: 32)
    private static let actionsPerRun = 10

    func run() async throws {
        if !FileManager.default.fileExists(atPath: path) { try await generate() }
        let size = ((try? FileManager.default.attributesOfItem(atPath: path)[.size]) as? Int) ?? 0
        let memory = ProcessFigures.peakMemory
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let archive = try SQLiteArchive.open(path: path, readers: cores + 1)
        var options = Backtest.Options()
        options.shards = cores
        let backtest = Backtest(
            archive: archive, masterKey: BacktestMeasurement.key, candidate: try candidate(), options: options)
        let (cpu, start) = (ProcessFigures.cpu, ContinuousClock.now)
        let report = try await backtest.run()
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let rate = Double(report.decisions) / seconds
        let million = 1_000_000 / rate
        print(
            "BACKTEST decisions=\(report.decisions) again=\(report.decidedAgain) flips=\(report.flipped) "
                + "looser=\(report.looser) gaps=\(report.gaps.map(\.count).reduce(0, +)) runs=\(report.runs)")
        print("BACKTEST seconds=\(Self.text(seconds)) per_second=\(Self.text(rate)) cores=\(cores)")
        print(
            "BACKTEST million_actions=\(Self.text(million)) s, bar 60 s, ratio \(Self.text(million / 60)); "
                + "cpu_per_action=\(Self.text((ProcessFigures.cpu - cpu) / Double(max(1, report.decisions)) * 1e6)) us")
        print(
            "BACKTEST store=\(size >> 20) MiB peak_rss=\(ProcessFigures.peakMemory) MiB (before: \(memory) MiB)")
    }

    private static func text(_ value: Double) -> String { String(format: "%.2f", value) }

    // MARK: The policy that is tried

    private func candidate() throws -> Candidate {
        guard let amount = FieldPath("amount"), let order = FieldPath("order_id"),
            let owner = ValueReference("lookup_order(order_id).customer_id"),
            let total = ValueReference("lookup_order(order_id).total_cents"), let usd = Currency(code: "USD")
        else { throw CocoaError(.formatting) }
        var refund = ToolRules()
        refund.money = [MoneyField(path: amount, source: .fixed(usd))]
        refund.entitlements = [Entitlement(argument: order, owner: owner, attribute: "customer_id")]
        refund.limits = [
            LimitRule(measure: .sum(amount), cap: .reference(total), per: .argument(order), every: .total),
            LimitRule(
                measure: .sum(amount), cap: .fixed(.money(Money(minorUnits: 2_000_000, currency: usd))), per: .tenant,
                every: .day),
        ]
        let filler = (0..<100).map { number in
            PolicyRule(
                id: "rule-\(number)", action: .requireApproval(ApprovalRequirement(group: "finance")),
                scope: RuleScope(tools: ["issue_refund"]),
                conditions: [
                    .argument(
                        amount, .compares(.above, .money(Money(minorUnits: Int64(20_000 + number), currency: usd))))
                ])
        }
        let large = PolicyRule(
            id: "large", action: .deny, scope: RuleScope(tools: ["issue_refund"]),
            conditions: [.argument(amount, .compares(.above, .money(Money(minorUnits: 9_500, currency: usd))))])
        let policy = Policy(
            classes: ["lookup_order": .safe, "issue_refund": .dangerous], tools: ["issue_refund": refund],
            rules: filler + [large])
        return Candidate(policies: ["support": policy], attributes: { _ in ["customer_id": "C-7"] })
    }

    // MARK: The store

    /// Runs of ten actions: five looked up, five refunded after an approval, with a fact that the guard fetched, written
    /// as a server writes them.
    private func generate() async throws {
        let start = ContinuousClock.now
        let store = try await SQLiteRunStore.open(path: path)
        let keyring = Keyring(master: BacktestMeasurement.key, store: store, clock: RecordedClock())
        let vault = try await keyring.vault(of: .default)
        let runs = actions / BacktestMeasurement.actionsPerRun
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<runs {
                if number >= 64 { try await group.next() }
                group.addTask {
                    var run = GeneratedRun(number: number, vault: vault)
                    try await run.write(to: store)
                }
            }
            try await group.waitForAll()
        }
        await store.close()
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        print("BACKTEST generated \(runs) runs in \(Self.text(seconds)) s at \(path)")
    }
}

/// The moments of a generated store are its own.
private struct RecordedClock: RuntimeClock {
    var now: Timestamp { Timestamp(milliseconds: 1_790_000_000_000) }
    var monotonic: Int64 { 0 }
    func sleep(milliseconds: Int64) async throws {}
}

/// One run, from its creation to its end.
private struct GeneratedRun {
    private let number: Int
    private let vault: BodyVault
    private let run: RunID
    private var state: RunState
    private var entries: [JournalEntry] = []
    private var bodies: [SealedBody] = []
    private var now: Timestamp

    init(number: Int, vault: BodyVault) {
        self.number = number
        self.vault = vault
        // A hundred thousand runs make a week.
        now = Timestamp(milliseconds: 1_790_000_000_000 + Int64(number) * 6_000)
        run = RunID(at: now, random: (UInt64(number) &* 0x9E37_79B9_7F4A_7C15, UInt64(number)))
        state = RunState(run: run)
    }

    mutating func write(to store: SQLiteRunStore) async throws {
        try create()
        try await append(to: store, expected: 0)
        for step in 0..<10 {
            let expected = state.sequence
            try step.isMultiple(of: 2) ? lookUp(step) : refund(step)
            if step == 9 { try finish() }
            try await append(to: store, expected: expected)
        }
    }

    private mutating func record(_ event: RunEvent) throws {
        now = now.adding(milliseconds: 40)
        try state.apply(event, at: now)
        entries.append(EntryCodec.encode(event, sequence: state.sequence, at: now, run: run))
    }

    private mutating func seal(_ text: String) -> BodyReference {
        let (reference, stored) = vault.seal(Array(text.utf8))
        if let stored { bodies.append(stored) }
        return reference
    }

    private mutating func append(to store: SQLiteRunStore, expected: Int64) async throws {
        let header = RunHeader(
            run: run, tenant: .default, status: state.status, agent: "support",
            principal: Principal("customer:ana"), conversation: ConversationID(high: 1, low: UInt64(number)),
            parent: nil, createdAt: state.createdAt, updatedAt: state.updatedAt, lastSequence: state.sequence,
            steps: state.usage.steps, tokens: state.usage.tokens, microdollars: state.usage.microdollars, task: nil)
        var batch = AppendBatch(
            scope: TenantScope(.default), run: run, expectedSequence: expected, fence: expected == 0 ? 0 : 1,
            entries: entries, header: header)
        batch.bodies = bodies
        if expected == 0 { batch.creationLease = CreationLease(owner: "bench", until: .distantFuture) }
        guard case .applied = try await store.append(batch) else { throw CocoaError(.fileWriteUnknown) }
        entries.removeAll(keepingCapacity: true)
        bodies.removeAll(keepingCapacity: true)
    }

    // MARK: What happens

    private mutating func create() throws {
        let task = MessageAdded(
            role: .user, by: Principal("customer:ana"), body: seal("Please refund my order \(number)."),
            label: Label([.principal]))
        try record(
            .created(
                RunCreated(
                    tenant: .default, principal: Principal("customer:ana"),
                    agent: AgentReference(name: "support", version: [UInt8](repeating: 1, count: 16)),
                    conversation: ConversationID(high: 1, low: UInt64(number)), source: "api",
                    startedBy: Principal("customer:ana"), root: run, environment: "production",
                    budget: RunBudget(), instructions: seal("Help."), toolset: seal("[]"), task: task)))
    }

    private mutating func propose(_ tool: String, _ arguments: String) throws {
        try record(.modelRequested(ModelRequested(model: "main", reservedTokens: 1000, reservedMicrodollars: 10)))
        let text = "Step \(state.sequence) of run \(number): " + String(repeating: "m", count: 400)
        try record(
            .modelReplied(
                ModelReplied(
                    servedModel: "main", text: seal(text),
                    proposals: [
                        ProposedAction(
                            callID: "call_\(state.sequence)", tool: tool, arguments: seal(arguments),
                            label: Label([.model]))
                    ], finish: .toolCalls, usage: ModelUsage(input: 10, output: 10), microdollars: 1, duration: 100)))
    }

    private mutating func lookUp(_ step: Int) throws {
        try propose("lookup_order", "{\"order_id\":\"O-\(number)\"}")
        try decide(.allow, "policy.allowed", "class:safe")
        try carryOut("{\"id\":\"O-\(number)\",\"status\":\"shipped\",\"step\":\(step)}", nil)
    }

    private mutating func refund(_ step: Int) throws {
        let amount = (number * 7 + step * 131) % 10_000
        let why = String(repeating: "w", count: 90)
        try propose("issue_refund", "{\"amount\":\(amount),\"order_id\":\"O-\(number)\",\"why\":\"\(why)\"}")
        let fact =
            "{\"customer_id\":\"C-7\",\"id\":\"O-\(number)\",\"item\":\"\(String(repeating: "i", count: 120))\","
            + "\"total_cents\":100000}"
        let (asked, learned) = (seal("{\"order_id\":\"O-\(number)\"}"), seal(fact))
        try record(
            .guardChecked(
                GuardChecked(
                    action: state.lastAction, purpose: GuardChecked.groundTruth, tool: "lookup_order",
                    arguments: asked, result: learned, passed: true)))
        try decide(.approve, "policy.class_floor", "class:dangerous")
        let approval = state.lastApproval + 1
        try record(
            .approvalRequested(
                ApprovalRequested(
                    approval: approval, action: state.lastAction, gate: .approve, group: "finance", quorum: 1,
                    expiresAt: now.adding(milliseconds: 3_600_000), review: seal("{\"n\":\(number)}"),
                    binding: .sha256([1]))))
        try record(
            .approvalResolved(
                ApprovalResolved(approval: approval, status: .approved, by: Principal("reviewer:rita"))))
        try decide(.approve, "policy.class_floor", "class:dangerous")
        try carryOut("{\"refund_id\":\"R-\(number)-\(step)\"}", approval)
    }

    private mutating func decide(_ outcome: Outcome, _ code: String, _ rule: String) throws {
        try record(
            .actionDecided(
                ActionDecided(
                    action: state.lastAction, outcome: outcome, code: code, rule: rule,
                    policy: [UInt8](repeating: 7, count: 16))))
    }

    private mutating func carryOut(_ answer: String, _ approval: UInt32?) throws {
        try record(
            .effectStarted(
                EffectStarted(action: state.lastAction, attempt: 1, repeatability: .never, approval: approval)))
        try record(
            .effectSettled(
                EffectSettled(
                    action: state.lastAction, isError: false, result: seal(answer), label: Label([.trustedTool]),
                    duration: 20)))
    }

    private mutating func finish() throws {
        try record(
            .finished(
                RunFinished(status: .succeeded, code: "answered", text: seal("Done."), label: Label([.model]))))
    }
}
