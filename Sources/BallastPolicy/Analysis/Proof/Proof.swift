import BallastCore

/// What is known of one invariant.
package enum ProofVerdict: Sendable {
    /// No facts break it.
    case proved
    /// These facts do, and the engine says so.
    case refuted(Counterexample)
    /// Neither was found, and why.
    case unproved(String)

    package var name: String {
        switch self {
        case .proved: "proved"
        case .refuted: "refuted"
        case .unproved: "cannot prove"
        }
    }
}

/// Facts that break an invariant, with the engine's decision about them.
package struct Counterexample: Sendable {
    package let facts: PolicyFacts
    package let decision: PolicyDecision

    package init(facts: PolicyFacts, decision: PolicyDecision) {
        self.facts = facts
        self.decision = decision
    }
}

/// One invariant, proved or not, for every tool that it speaks of.
package struct InvariantProof: Sendable {
    package let invariant: Invariant
    /// By tool, sorted.
    package let tools: [(tool: String, verdict: ProofVerdict)]
    /// Tools whose arguments are known from a schema.
    package let schemas: Set<String>
    /// Literals that the search looked at.
    package let steps: Int

    /// Refuted by one tool is refuted; proved only for all of them.
    package var verdict: ProofVerdict {
        var open: ProofVerdict?
        for (_, verdict) in tools {
            switch verdict {
            case .refuted: return verdict
            case .unproved: open = open ?? verdict
            case .proved: continue
            }
        }
        return open ?? .proved
    }
}

extension Policy {
    /// Proves or refutes every invariant, each for every tool that it speaks of.
    package func prove(_ settings: ProofSettings) -> [InvariantProof] {
        var prover = Prover(policy: self, settings: settings)
        return invariants.map { prover.prove($0) }
    }
}

/// Proves invariants of one policy; the facts of a tool are divided into cells once for all of them.
struct Prover {
    let policy: Policy
    let settings: ProofSettings
    private var spaces: [String: FactSpace] = [:]

    init(policy: Policy, settings: ProofSettings) {
        self.policy = policy
        self.settings = settings
    }

    mutating func prove(_ invariant: Invariant) -> InvariantProof {
        var steps = settings.steps
        let tools = policy.classes.filter { invariant.scope.covers(tool: $0.key, class: $0.value) }.keys.sorted()
        let verdicts = tools.map { tool in (tool: tool, verdict: prove(invariant, tool, &steps)) }
        return InvariantProof(
            invariant: invariant, tools: verdicts, schemas: Set(tools.filter { settings.schemas[$0] != nil }),
            steps: settings.steps - steps)
    }

    private mutating func prove(_ invariant: Invariant, _ tool: String, _ steps: inout Int) -> ProofVerdict {
        guard let entry = policy.entries[tool] else { return .proved }
        let space =
            spaces[tool]
            ?? FactSpace(
                tool: tool, entries: [entry], invariants: policy.invariants, settings: settings)
        spaces[tool] = space
        let formula = OutcomeFormula(policy, space)
        let among = formula.among(invariant)
        let alternatives = invariant.outcomes.runs.flatMap { low, high in
            formula.between(low, high).map { among + $0 }
        }
        let search = ProofSearch(space: space, policies: [policy])
        switch search.find(alternatives, steps: &steps, where: { invariant.isBroken(by: $0, under: policy) }) {
        case .none: return .proved
        case .unknown(let reason): return .unproved(reason)
        case .facts(let facts): return .refuted(Counterexample(facts: facts, decision: policy.decide(facts)))
        }
    }
}

extension OutcomeFormula {
    /// Any of these makes the outcome one from `low` to `high`, which is below `deny`.
    func between(_ low: Outcome, _ high: Outcome) -> [Clauses] {
        let most = atMost(high)
        guard let below = Outcome(rawValue: low.rawValue &- 1), low > .allow else { return most }
        let least = above(below)
        return most.flatMap { clauses in least.map { clauses + $0 } }
    }
}

extension Set<Outcome> {
    /// Neighbouring outcomes together, without `deny`.
    var runs: [(Outcome, Outcome)] {
        var runs: [(Outcome, Outcome)] = []
        for outcome in Outcome.allCases where contains(outcome) && outcome < .deny {
            if let last = runs.last, last.1.rawValue + 1 == outcome.rawValue {
                runs[runs.count - 1].1 = outcome
            } else {
                runs.append((outcome, outcome))
            }
        }
        return runs
    }
}
