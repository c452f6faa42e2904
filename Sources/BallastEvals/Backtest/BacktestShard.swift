import BallastCore
import BallastPolicy
import BallastRuntime

/// One thing that the replay of limits and the tally look at, in the order of time.
struct ReplayedStep: Sendable {
    enum Kind: Sendable {
        case decided(ReplayedDecision)
        case started(ActionID, at: Timestamp)
        case ended(ActionID, RecordedEnd)
        /// Entries of a run that cannot be read; the rest of the run is left out.
        case damaged
    }
    /// Place in the order of commits, then within the append.
    let position: Int64
    let index: Int
    let kind: Kind
}

/// One recorded decision and what the candidate makes of it.
struct ReplayedDecision: Sendable {
    enum Result: Sendable {
        case answer(DecisionAnswer, [LimitClaim], LimitPending?)
        case beyondPolicy
        case impossible(Impossibility)
    }
    let id: ActionID
    let at: Timestamp
    let tool: String
    let before: DecisionAnswer
    let isSamePolicy: Bool
    let result: Result
    let money: [Money]
}

/// Reads some of the runs: folds their journals, opens what was judged and decides it again. Runs are divided among
/// shards, and each shard takes the appends of its runs in order.
actor BacktestShard {
    private let archive: any JournalArchive
    private let reader: Int
    private let since: Timestamp
    private let candidate: Candidate
    private var redecider: Redecider
    private var trails: [Int64: Trail] = [:]
    private var damaged: Set<Int64> = []
    private var vaults: ArchiveVaults

    private struct Trail {
        var tenant: TenantID
        var fold: ActionTrail
    }

    init(archive: any JournalArchive, reader: Int, masterKey: [UInt8], since: Timestamp, candidate: Candidate) {
        self.archive = archive
        self.reader = reader
        self.since = since
        self.candidate = candidate
        redecider = Redecider(candidate)
        vaults = ArchiveVaults(archive: archive, masterKey: masterKey)
    }

    /// The next appends of this shard's runs, in order; answers what came of them, in order.
    func take(_ appends: [ArchivedAppend]) throws(StoreError) -> [ReplayedStep] {
        var found: [(position: Int64, tenant: TenantID, step: RecordedStep)] = []
        var steps: [ReplayedStep] = []
        for append in appends where !damaged.contains(append.run) {
            do {
                for step in try read(append) { found.append((append.position, step.tenant, step.step)) }
            } catch let failure as StoreError where failure.code != .corrupt {
                throw failure
            } catch {
                damaged.insert(append.run)
                trails[append.run] = nil
                steps.append(ReplayedStep(position: append.position, index: .max, kind: .damaged))
            }
        }
        let opened = try open(found.map { ($0.tenant, $0.step) })
        for (index, item) in found.enumerated() {
            guard let kind = replay(item.step, of: item.tenant, opened) else { continue }
            steps.append(ReplayedStep(position: item.position, index: index, kind: kind))
        }
        return steps
    }

    private func read(_ append: ArchivedAppend) throws -> [(tenant: TenantID, step: RecordedStep)] {
        let entries = try archive.entries(of: append)
        var trail: Trail
        if let known = trails.removeValue(forKey: append.run) {
            trail = known
        } else {
            guard let run = try archive.run(numbered: append.run, reader: reader) else { return [] }
            trail = Trail(tenant: run.tenant, fold: ActionTrail(run: run.id, keepsEvidence: candidate.asksForEvidence))
        }
        let steps = try trail.fold.take(entries)
        if entries.last?.type != .runFinished { trails[append.run] = trail }
        return steps.map { (trail.tenant, $0) }
    }

    // MARK: Content

    /// Sealed bodies of everything that is decided again, by tenant, read in one go.
    private func open(
        _ steps: [(TenantID, RecordedStep)]
    ) throws(StoreError) -> [TenantID: [Digest: SealedBytes]] {
        var names: [TenantID: Set<Digest>] = [:]
        for case (let tenant, .decided(let decision)) in steps where isDecidedAgain(decision) {
            let bodies = decision.bodies(for: candidate.policies[decision.origin.agent])
            names[tenant, default: []].formUnion(bodies.compactMap(\.storedName))
        }
        var opened: [TenantID: [Digest: SealedBytes]] = [:]
        for (tenant, wanted) in names {
            opened[tenant] = try archive.bodies(Array(wanted), tenant: tenant, reader: reader)
        }
        return opened
    }

    private func isDecidedAgain(_ decision: RecordedDecision) -> Bool {
        decision.isFirst && decision.at >= since
            && DecisionCode(rawValue: decision.decided.code)?.origin != .surroundings
    }

    // MARK: Deciding

    private func replay(
        _ step: RecordedStep, of tenant: TenantID, _ opened: [TenantID: [Digest: SealedBytes]]
    ) -> ReplayedStep.Kind? {
        switch step {
        case .started(let action, let at): at < since ? nil : .started(action, at: at)
        case .ended(let action, let end): .ended(action, end)
        case .decided(let decision):
            decision.isFirst && decision.at >= since ? .decided(replay(decision, opened[tenant] ?? [:])) : nil
        }
    }

    private func replay(_ decision: RecordedDecision, _ bodies: [Digest: SealedBytes]) -> ReplayedDecision {
        let vault = vaults.vault(of: decision.origin.tenant)
        let again = redecider.decide(decision) { vault?.content(of: $0, bodies: bodies) }
        var money: [Money] = []
        let result: ReplayedDecision.Result
        switch again {
        case .decided(let answer, let facts):
            let pending = LimitPending(
                demands: answer.demands, tenant: decision.origin.tenant, zoneOffset: candidate.zoneOffset)
            let waits = answer.outcome == .confirm || answer.outcome == .approve
            result = .answer(
                DecisionAnswer(answer), pending.claims(at: decision.at),
                waits && !answer.demands.isEmpty ? pending : nil)
            money = candidate.policies[decision.origin.agent]?.amounts(of: facts) ?? []
        case .beyondPolicy: result = .beyondPolicy
        case .impossible(let why): result = .impossible(why)
        }
        return ReplayedDecision(
            id: decision.id, at: decision.at, tool: decision.proposal.tool, before: DecisionAnswer(decision),
            isSamePolicy: candidate.policies[decision.origin.agent]?.hash == decision.decided.policy, result: result,
            money: money)
    }
}

extension Policy {
    /// The money that an action would move, as far as its tool's statement tells.
    fileprivate func amounts(of facts: PolicyFacts) -> [Money] {
        rules(for: facts.tool).money.flatMap { field -> [Money] in
            guard let value = field.path.value(in: facts.arguments) else { return [] }
            return (value.array ?? [value]).compactMap { field.minorUnits(of: $0) }
                .map { Money(minorUnits: $0, currency: field.currency) }
        }
    }
}
