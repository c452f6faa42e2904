import BallastCore

/// Looks for facts of one tool that make one of several conjunctions true.
struct ProofSearch {
    enum Answer {
        /// No facts do.
        case none
        case facts(PolicyFacts)
        /// Nobody knows, and why.
        case unknown(String)
    }

    let space: FactSpace
    let builder: FactBuilder
    /// What a proof may rely on: arguments that fit this.
    private let schema: JSONSchema?
    private static let attempts = 24

    init(space: FactSpace, policies: [Policy]) {
        self.space = space
        builder = FactBuilder(space: space, policies: policies)
        schema = space.settings.schemas[space.tool].flatMap { try? JSONSchema(compiling: $0) }
    }

    /// - Parameters:
    ///   - alternatives: Made anew for each choice of attributes.
    ///   - isWanted: The engine's own word on whole facts; only what it confirms is an answer.
    func find(
        _ alternatives: [OutcomeFormula.Clauses], steps: inout Int, where isWanted: (PolicyFacts) -> Bool
    ) -> Answer {
        var open: String?
        for owners in space.ownerChoices {
            space.owners = owners
            for clauses in alternatives {
                switch find(clauses, &steps, isWanted) {
                case .none: continue
                case .facts(let facts): return .facts(facts)
                case .unknown(let reason): open = open ?? reason
                }
                if steps <= 0 { return .unknown(ProofSearch.outOfSteps) }
            }
        }
        return open.map { .unknown($0) } ?? space.obstacle.map { .unknown($0) } ?? .none
    }

    private static let outOfSteps = "the search was stopped at its limit of steps"

    private func find(
        _ clauses: OutcomeFormula.Clauses, _ steps: inout Int, _ isWanted: (PolicyFacts) -> Bool
    ) -> Answer {
        let candidate: [FactCell]
        switch space.search(clauses, .complete, steps: &steps) {
        case .none: return .none
        case .outOfSteps: return .unknown(ProofSearch.outOfSteps)
        case .found(let cells): candidate = cells
        }
        for phase in [FactSpace.Phase.plain, .witnessed] {
            if let facts = confirmed(clauses, phase, &steps, isWanted) { return .facts(facts) }
        }
        return .unknown(reason(candidate))
    }

    private func confirmed(
        _ clauses: OutcomeFormula.Clauses, _ phase: FactSpace.Phase, _ steps: inout Int,
        _ isWanted: (PolicyFacts) -> Bool
    ) -> PolicyFacts? {
        var refused: [[FactCell?]] = []
        while refused.count < ProofSearch.attempts,
            case .found(let cells) = space.search(clauses, phase, excluding: refused, steps: &steps)
        {
            let facts = builder.facts(cells)
            let fits = schema?.validate(facts.arguments).isEmpty ?? true
            if fits, isWanted(facts) { return facts }
            // Arguments that do not fit the schema are left out whatever is around them.
            refused.append(
                zip(space.facts, cells).map { fact, cell in
                    switch fact.name {
                    case .argument: cell
                    case .relaxation: nil
                    default: fits ? cell : nil
                    }
                })
        }
        return nil
    }

    /// What stood in the way of an example.
    private func reason(_ cells: [FactCell]) -> String {
        let open = zip(space.facts, cells).filter { !$0.1.isWitnessed }.map { $0.0.name.words }
        guard !open.isEmpty else {
            return "facts that the rules let pass were found, and none of them is an action that the engine confirms"
        }
        return "no example was found for a class of values of \(Wording.list(open, last: "and")) that rules tell apart"
    }
}

extension FactName {
    /// The fact in words.
    var words: String {
        switch self {
        case .argument(let path): path.text
        case .agent: "the agent"
        case .principal: "the principal"
        case .attribute(let name): "the principal's \(name)"
        case .role: "the principal's groups"
        case .tenant: "the tenant"
        case .environment: "the environment"
        case .confidence: "confidence"
        case .readUntrusted: "untrusted_read"
        case .grounded: "whether the arguments are what the principal asked for"
        case .license: "what the principal's words ask for"
        case .isRepeat: "repetition"
        case .time: "time"
        case .relaxation: "the relaxation that applies"
        }
    }
}
