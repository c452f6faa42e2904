import BallastCore

/// An effect that stands, or may stand, as the journal of its run and the ledger have it.
struct DoneEffect: Sendable {
    let effect: EffectID
    let tool: String
    /// Who did it.
    let agent: String
    /// As the ledger has it now.
    var state: EffectState
    /// When it was settled, or since when it is in doubt.
    let at: Timestamp
    let arguments: BodyReference
    let label: Label
    /// What the tool answered.
    let result: BodyReference?
    let resultLabel: Label
}

/// Everything that a run and its sub-runs did in the world, what happened last first.
struct RollbackSurvey: Sendable {
    let run: RunState
    private(set) var subRuns: [RunState] = []
    private(set) var effects: [DoneEffect] = []

    private static let page = 500
    /// Levels of sub-runs that are followed; there are never more.
    private static let deepest = 8

    /// Reads the journals and the ledger as they are durable now.
    static func read(_ run: RunID, _ store: any RunStore, scope: TenantScope) async throws -> RollbackSurvey {
        let trail = try await EffectTrail.read(run, store, scope)
        var survey = RollbackSurvey(run: trail.fold)
        let all = try await survey.gather(trail, store, scope, depth: 0)
        survey.effects = all.enumerated()
            .sorted { ($0.element.at, $0.offset) > ($1.element.at, $1.offset) }.map(\.element)
        return survey
    }

    private init(run: RunState) { self.run = run }

    /// In the order of settling, but for what sub-runs did at the same time.
    private mutating func gather(
        _ trail: EffectTrail, _ store: any RunStore, _ scope: TenantScope, depth: Int
    ) async throws -> [DoneEffect] {
        var found: [DoneEffect] = []
        let states = try await RollbackSurvey.states(of: trail.fold.run, store, scope)
        for part in trail.parts {
            switch part {
            case .effect(var done):
                guard let state = states[done.effect] else { continue }
                done.state = state
                switch state {
                case .compensated: found.append(done)
                case .settled: if !part.isDoubt { found.append(done) }
                case .inDoubt, .started, .sent, .planned: if part.isDoubt { found.append(done) }
                case .withdrawn, .failed: continue
                }
            case .subRun(let child):
                guard depth < RollbackSurvey.deepest else { continue }
                let below = try await EffectTrail.read(child, store, scope)
                // What takes back is not taken back.
                guard !below.fold.isRollback else { continue }
                subRuns.append(below.fold)
                found += try await gather(below, store, scope, depth: depth + 1)
            }
        }
        return found
    }

    private static func states(
        of run: RunID, _ store: any RunStore, _ scope: TenantScope
    ) async throws(StoreError) -> [EffectID: EffectState] {
        var (states, last): ([EffectID: EffectState], EffectID?) = ([:], nil)
        while true {
            let rows = try await store.effects(
                matching: EffectFilter(run: run, before: last), limit: page, scope: scope)
            for row in rows { states[row.id] = row.state }
            guard rows.count == page, let end = rows.last else { return states }
            last = end.id
        }
    }

    /// The content that ways to take these effects back are made of.
    func contents(_ store: any RunStore, _ vault: BodyVault, scope: TenantScope) async throws(StoreError)
        -> OpenedBodies
    {
        let references = effects.flatMap { [$0.arguments] + ($0.result.map { [$0] } ?? []) }
        let names = Array(Set(references.compactMap(\.storedName)))
        let stored = names.isEmpty ? [:] : try await store.bodies(names, scope: scope)
        return OpenedBodies(vault: vault, stored: stored)
    }
}

/// What one journal says of effects and sub-runs, in its order.
private struct EffectTrail {
    enum Part {
        case effect(DoneEffect)
        case subRun(RunID)

        /// An effect whose outcome its journal does not have.
        var isDoubt: Bool { if case .effect(let done) = self { done.result == nil } else { false } }
    }

    var fold: RunState
    var parts: [Part] = []

    static func read(_ run: RunID, _ store: any RunStore, _ scope: TenantScope) async throws -> EffectTrail {
        var trail = EffectTrail(fold: RunState(run: run))
        for entry in try await RunReader(store).entries(of: run, scope: scope) {
            let event = try EntryCodec.decode(entry, of: run)
            trail.note(event, at: entry.at)
            try trail.fold.apply(event, at: entry.at)
        }
        return trail
    }

    private mutating func note(_ event: RunEvent, at moment: Timestamp) {
        switch event {
        case .effectSettled(let fields) where !fields.isError:
            add(fields.action, at: moment, result: fields.result, label: fields.label)
        case .effectVerified(let fields) where fields.answer == .happened:
            add(fields.action, at: moment, result: fields.detail, label: fields.label)
        case .effectInDoubt(let fields): add(fields.action, at: moment, result: nil, label: Label([.configuration]))
        case .subRunStarted(let fields): parts.append(.subRun(fields.run))
        default: break
        }
    }

    private mutating func add(_ ordinal: UInt32, at moment: Timestamp, result: BodyReference?, label: Label) {
        guard let action = fold.action(ordinal), let agent = fold.created?.agent.name else { return }
        let effect = EffectID(run: fold.run, ordinal: ordinal)
        // What was in doubt and is known now, or is in doubt once more, counts once.
        parts.removeAll { part in
            if case .effect(let earlier) = part { earlier.effect == effect } else { false }
        }
        parts.append(
            .effect(
                DoneEffect(
                    effect: effect, tool: action.proposal.tool, agent: agent, state: .settled, at: moment,
                    arguments: action.proposal.arguments, label: action.proposal.label, result: result,
                    resultLabel: label)))
    }
}
