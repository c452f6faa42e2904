import BallastCore
import BallastRuntime

/// What must hold at the end of every world.
struct Invariants {
    let world: OutsideWorld
    let store: InMemoryRunStore
    let runs: [RunID]
    let limitCap: Int64

    struct Verdict {
        var violations: [String] = []
        var statuses: [RunStatus] = []
        var history: [String] = []
    }

    func check() -> Verdict {
        var verdict = Verdict()
        checkOnce(&verdict)
        checkLimit(&verdict)
        checkTakenBack(&verdict)
        checkBusinessKeys(&verdict)
        let journals = store.journals()
        for (run, entries) in journals.sorted(by: { $0.key < $1.key }) { check(run, entries, &verdict) }
        for run in runs where journals[run] == nil {
            verdict.violations.append("\(run) was acknowledged and is not in the store")
        }
        return verdict
    }

    /// No effect twice.
    private func checkOnce(_ verdict: inout Verdict) {
        var seen: [EffectID: Int] = [:]
        for event in world.applied {
            let ordinal = event.effect.ordinal % 1_000_000
            seen[EffectID(run: event.effect.run, ordinal: ordinal), default: 0] += 1
        }
        for (effect, count) in seen where count > 1 {
            verdict.violations.append("\(effect) happened \(count) times")
        }
    }

    /// No action with a declared business key twice, whichever runs propose it.
    private func checkBusinessKeys(_ verdict: inout Verdict) {
        var seen: [String: Int] = [:]
        // What is taken back may be done once more.
        let undone = Set(takenBack.map(\.effect))
        for event in world.applied where event.tool == "note" && !undone.contains(event.effect.description) {
            seen[event.arguments, default: 0] += 1
        }
        for (arguments, count) in seen where count > 1 {
            verdict.violations.append("note \(arguments) happened \(count) times")
        }
    }

    /// Every undo that happened, with the effect that it names.
    private var takenBack: [(undo: OutsideWorld.Event, effect: String)] {
        world.applied.filter { $0.tool.hasPrefix("un") }.map { event in
            (event, (try? JSONReader.read(event.arguments))?["effect"]?.string ?? "")
        }
    }

    /// Taken back once, of what happened, and on record as it is.
    private func checkTakenBack(_ verdict: inout Verdict) {
        let happened = Set(world.applied.map(\.effect.description))
        var seen: [String: Int] = [:]
        for (undo, effect) in takenBack {
            seen[effect, default: 0] += 1
            if !happened.contains(effect) {
                verdict.violations.append("\(undo.effect) took back \(effect), which did not happen")
            }
        }
        for (effect, count) in seen where count > 1 {
            verdict.violations.append("\(effect) was taken back \(count) times")
        }
        let compensated = Set(store.effects().filter { $0.state == .compensated }.map(\.id.description))
        for effect in compensated where seen[effect] == nil {
            verdict.violations.append("\(effect) is on record as taken back, and is not")
        }
    }

    private func checkLimit(_ verdict: inout Verdict) {
        let writes = world.applied.count { $0.tool == "write" }
        if writes > limitCap { verdict.violations.append("\(writes) writes against a limit of \(limitCap)") }
    }

    private func check(_ run: RunID, _ entries: [JournalEntry], _ verdict: inout Verdict) {
        do {
            let state = try RunState(run: run, folding: entries)
            verdict.statuses.append(state.status)
            verdict.history.append("\(run) is \(state.status.name): " + entries.map(\.type.name).joined(separator: " "))
            if store.statuses()[run] != state.status {
                verdict.violations.append("\(run) replays to \(state.status.name), its row says otherwise")
            }
            // In the calm at the end everybody answers, so nothing may wait any more but a run that a person has.
            if !state.status.isTerminal, state.status != .escalated, !waitsForEscalated(run) {
                verdict.violations.append(
                    "\(run) did not come to an end although everybody answered: \(state.status.name)")
            }
            if let budget = state.created?.budget, state.usage.steps > budget.steps {
                verdict.violations.append("\(run) took \(state.usage.steps) steps of \(budget.steps)")
            }
            try checkEffects(run, entries, &verdict)
        } catch {
            verdict.violations.append("\(run) does not replay: \(error)")
        }
    }

    /// A run may wait for a sub-run that a person has.
    private func waitsForEscalated(_ run: RunID) -> Bool {
        let statuses = store.statuses()
        return store.parents().contains { child, parent in
            parent == run && (statuses[child] == .escalated || statuses[child] == .running && waitsForEscalated(child))
        }
    }

    /// None lost, none without a decision, none dangerous without a person, and what people saw is what was sent.
    private func checkEffects(_ run: RunID, _ entries: [JournalEntry], _ verdict: inout Verdict) throws {
        let account = try JournalAccount(entries)
        let applied = world.applied.filter { $0.effect.run == run }
        for event in applied {
            let ordinal = event.effect.ordinal % 1_000_000
            if !account.started.contains(ordinal) {
                verdict.violations.append("\(event.effect) (\(event.tool)) happened and its journal does not know")
            }
            if ["pay", "post", "unpay", "unnote"].contains(event.tool), !account.approved.contains(ordinal) {
                verdict.violations.append("\(event.effect) (\(event.tool)) happened and nobody had approved it")
            }
            if event.tool == "write", !account.approved.contains(ordinal) {
                verdict.violations.append("\(event.effect) (write) happened and the principal had not confirmed it")
            }
            if account.failed.contains(ordinal) || account.denied.contains(ordinal)
                || account.withdrawn.contains(ordinal)
                || account.didNot.contains(ordinal)
            {
                verdict.violations.append("\(event.effect) (\(event.tool)) happened and is on record as not done")
            }
        }
        let happened = Set(applied.map { $0.effect.ordinal % 1_000_000 })
        for (ordinal, tool) in account.done
        where ["pay", "post", "write", "note", "unpay", "unnote"].contains(tool) && !happened.contains(ordinal) {
            verdict.violations.append(
                "\(EffectID(run: run, ordinal: ordinal)) (\(tool)) is on record as done and did not happen")
        }
        for ordinal in account.ignoredEdits {
            verdict.violations.append("\(ActionID(run: run, ordinal: ordinal)) was edited and sent as it was")
        }
    }
}

/// What a journal says of each action.
private struct JournalAccount {
    var started: Set<UInt32> = []
    var approved: Set<UInt32> = []
    var denied: Set<UInt32> = []
    var withdrawn: Set<UInt32> = []
    var failed: Set<UInt32> = []
    var didNot: Set<UInt32> = []
    var done: [UInt32: String] = [:]
    var ignoredEdits: [UInt32] = []

    init(_ entries: [JournalEntry]) throws {
        var (actionOfApproval, tools, next): ([UInt32: UInt32], [UInt32: String], UInt32) = ([:], [:], 1)
        var editors: Set<UInt32> = []
        for entry in entries {
            switch try EntryCodec.decode(entry) {
            case .modelReplied(let reply):
                for proposal in reply.proposals {
                    tools[next] = proposal.tool
                    next += 1
                }
            case .actionsProposed(let fields):
                for proposal in fields.proposals {
                    tools[next] = proposal.tool
                    next += 1
                }
            case .approvalRequested(let request): actionOfApproval[request.approval] = request.action
            case .approvalResolved(let resolved) where resolved.status == .approved:
                guard let action = actionOfApproval[resolved.approval] else { continue }
                if resolved.edited != nil {
                    tools[next] = tools[action]
                    editors.insert(next)
                    next += 1
                } else {
                    approved.insert(action)
                }
            case .effectStarted(let start): started.insert(start.action)
            case .actionDecided(let decision) where decision.outcome == .deny: denied.insert(decision.action)
            case .effectWithdrawn(let end): withdrawn.insert(end.action)
            case .effectSettled(let end) where end.isError: failed.insert(end.action)
            case .effectSettled(let end): done[end.action] = tools[end.action] ?? ""
            case .effectVerified(let answer):
                if answer.answer == .happened { done[answer.action] = tools[answer.action] ?? "" }
                if answer.answer == .didNot { didNot.insert(answer.action) }
            default: continue
            }
        }
        // A later attempt may do what an earlier one did not.
        didNot.subtract(done.keys)
        for ordinal in Array(didNot) where started.contains(ordinal) { didNot.remove(ordinal) }
    }
}
