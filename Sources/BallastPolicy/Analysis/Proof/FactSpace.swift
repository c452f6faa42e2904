package import BallastCore

/// What a proof takes as given, beside the policy.
package struct ProofSettings: Sendable {
    /// Moments before this one are of no interest.
    package var now: Timestamp
    /// The agent whose policy it is; nil for any agent.
    package var agent: String?
    /// JSON Schemas of the arguments, by tool. Without one, any arguments are possible.
    package var schemas: [String: JSONValue]
    /// Arguments to show in counterexamples where any value would do.
    package var examples: JSONValue
    /// Literals that a search looks at before it gives up, for each invariant or tool.
    package var steps: Int

    package static let defaultSteps = 40_000_000

    package init(
        now: Timestamp, agent: String? = nil, schemas: [String: JSONValue] = [:], examples: JSONValue = [:],
        steps: Int = ProofSettings.defaultSteps
    ) {
        self.now = now
        self.agent = agent
        self.schemas = schemas
        self.examples = examples
        self.steps = steps
    }
}

/// All facts that decisions about one tool may depend on, each divided into cells.
///
/// A class, as it remembers the cells of each statement; one search uses it at a time.
final class FactSpace {
    let tool: String
    let settings: ProofSettings
    private(set) var facts: [FactCells] = []
    private(set) var places: [FactName: Int] = [:]
    /// Texts of the attributes that arguments are compared with: every combination that has to be looked at.
    private(set) var ownerChoices: [[String: String]] = [[:]]
    /// Why nothing can be proved; nil when nothing is in the way.
    private(set) var obstacle: String?
    /// The combination that is looked at now.
    var owners: [String: String] = [:] {
        didSet { for id in ownerStatements { literals[id] = nil } }
    }

    private var statements: [FactStatement] = []
    private var numbers: [FactStatement: Int] = [:]
    private var literals: [CellLiteral?] = []
    private var ownerStatements: [Int] = []
    private var usableCells: [Phase: [CellSet]] = [:]

    init(tool: String, entries: [ToolEntry], invariants: [Invariant], settings: ProofSettings) {
        self.tool = tool
        self.settings = settings
        var survey = FactSurvey(settings: settings, schema: settings.schemas[tool])
        for entry in entries { survey.add(entry) }
        for entry in entries {
            for invariant in invariants { survey.add(invariant, rules: entry.rules) }
        }
        facts = survey.facts()
        for (index, fact) in facts.enumerated() { places[fact.name] = index }
        ownerChoices = survey.ownerChoices
        obstacle = survey.obstacle
    }

    // MARK: Statements

    /// The number of a statement.
    func number(_ name: FactName, _ question: FactQuestion, _ answer: FactAnswer) -> Int {
        let statement = FactStatement(name: name, question: question, answer: answer)
        if let known = numbers[statement] { return known }
        let number = statements.count
        numbers[statement] = number
        statements.append(statement)
        literals.append(nil)
        switch question {
        case .ownership, .statement(.owned): ownerStatements.append(number)
        default: break
        }
        return number
    }

    private func literal(_ number: Int) -> CellLiteral {
        if let known = literals[number] { return known }
        let statement = statements[number]
        guard let place = places[statement.name] else { return CellLiteral(fact: 0, cells: CellSet(count: 0)) }
        let cells = facts[place].accepting(statement.question, statement.answer, owners: owners)
        let literal = CellLiteral(fact: place, cells: cells)
        literals[number] = literal
        return literal
    }

    // MARK: Searching

    /// Which facts a search may use.
    enum Phase {
        /// Those that people would expect, so that a counterexample reads well.
        case plain
        case witnessed
        /// All, also classes that nobody found an example of: finding nothing here is a proof.
        case complete
    }

    enum Finding {
        /// One cell for each fact.
        case found([FactCell])
        case none
        case outOfSteps
    }

    /// - Parameters:
    ///   - clauses: Numbers of statements; one of each clause must be true.
    ///   - excluded: Findings to leave out, without the facts that do not matter.
    ///   - lists: Whether to look at lists of several values, as a proof must.
    func search(
        _ clauses: [[Int]], _ phase: Phase, excluding excluded: [[FactCell?]] = [], lists: Bool = true,
        steps: inout Int
    ) -> Finding {
        if clauses.contains(where: \.isEmpty) { return .none }
        let added = phase == .plain || !lists ? [:] : severalValues(in: clauses)
        var wider = facts
        for (place, cells) in added { wider[place].cells += cells }
        var sets = added.isEmpty ? usable(phase) : wider.map { FactSpace.usable($0, phase) }
        for (attribute, place) in ownerPlaces {
            sets[place] = sets[place].intersection(
                CellSet(count: facts[place].cells.count) {
                    text(of: facts[place].cells[$0], place) == owners[attribute]
                })
        }
        var known: [Int: CellLiteral] = [:]
        var compiled = clauses.map { clause in
            clause.map { number in
                let base = literal(number)
                guard added[base.fact] != nil else { return base }
                if let known = known[number] { return known }
                let (place, statement) = (base.fact, statements[number])
                let more = wider[place].accepting(
                    statement.question, statement.answer, owners: owners, from: facts[place].cells.count)
                let all = CellLiteral(
                    fact: place, cells: more.union(base.cells.widened(to: wider[place].cells.count)))
                known[number] = all
                return all
            }
        }
        compiled += excluded.map { finding in
            wider.indices.compactMap { place in
                finding[place].map { cell in
                    CellLiteral(
                        fact: place,
                        cells: CellSet(count: wider[place].cells.count) {
                            wider[place].cells[$0].form != cell.form || wider[place].cells[$0].origin != cell.origin
                        })
                }
            }
        }
        var search = ClauseSearch(sets, compiled)
        switch search.run(&steps) {
        case .none: return .none
        case .outOfSteps: return .outOfSteps
        case .found(let sets):
            return .found(zip(wider, sets).map { fact, set in fact.cells[set.first ?? 0] })
        }
    }

    private func usable(_ phase: Phase) -> [CellSet] {
        if let known = usableCells[phase] { return known }
        let sets = facts.map { FactSpace.usable($0, phase) }
        usableCells[phase] = sets
        return sets
    }

    private static func usable(_ fact: FactCells, _ phase: Phase) -> CellSet {
        CellSet(count: fact.cells.count) { index in
            switch phase {
            case .plain: fact.cells[index].isPlain && fact.cells[index].isWitnessed
            case .witnessed: fact.cells[index].isWitnessed
            case .complete: true
            }
        }
    }

    /// Attributes that arguments are compared with, and where they stand.
    private var ownerPlaces: [(String, Int)] {
        let names = Set(ownerChoices.flatMap(\.keys)).sorted()
        return names.compactMap { name in places[.attribute(name)].map { (name, $0) } }
    }

    private func text(of cell: FactCell, _ place: Int) -> String? {
        guard case .single(let element) = cell.form else { return nil }
        return facts[place].elements[element].value?.string
    }

    // MARK: Lists of several values

    /// Lists are told apart from their elements only by statements that one element among several makes true, so a
    /// list needs no more elements than there are such statements. Those that another list outdoes are left out.
    private func severalValues(in clauses: [[Int]]) -> [Int: [FactCell]] {
        var used: [Int: Set<Int>] = [:]
        for clause in clauses {
            for number in clause {
                if let place = places[statements[number].name], facts[place].allowsLists {
                    used[place, default: []].insert(number)
                }
            }
        }
        return used.compactMapValues { numbers in
            let some = numbers.filter { statements[$0].isMetByOne }
            guard some.count > 1, let place = numbers.first.flatMap({ places[statements[$0].name] }) else { return nil }
            let cells = ElementLists(fact: facts[place], numbers.sorted().map { statements[$0] }, owners).cells()
            return cells.isEmpty ? nil : cells
        }
    }
}

extension FactStatement {
    /// True when one element of a list is enough to make the statement true of the list.
    var isMetByOne: Bool {
        let isPositive = answer == .yes || answer == .notNo
        switch question {
        case .value(.exists, _, _), .role(.exists), .label: return false
        case .value(_, _, let quantifier), .ownership(_, _, let quantifier): return (quantifier == .any) == isPositive
        case .role(.isNotIn): return !isPositive
        case .role: return isPositive
        case .statement(.present): return false
        case .statement: return answer != .yes
        default: return false
        }
    }
}

/// Makes the lists of two and more elements that could satisfy more statements than their elements alone.
private struct ElementLists {
    private var fact: FactCells
    private let statements: [FactStatement]
    private let owners: [String: String]
    private static let most = 600
    private static let longest = 4

    init(fact: FactCells, _ statements: [FactStatement], _ owners: [String: String]) {
        self.fact = fact
        self.statements = statements
        self.owners = owners
    }

    func cells() -> [FactCell] {
        let (lists, isComplete) = lists()
        let origins = Set(fact.cells.map(\.origin)).sorted { $0.rawValue < $1.rawValue }
        let isWitnessed = { (list: [Int]) in list.allSatisfy { fact.elements[$0].value != nil } }
        let cells = lists.flatMap { list in
            origins.map { FactCell(.list(list), origin: $0, isPlain: false, isWitnessed: isWitnessed(list)) }
        }
        let anything = origins.map { FactCell(.anything, origin: $0, isPlain: false, isWitnessed: false) }
        return isComplete ? cells : cells + anything
    }

    private func lists() -> (lists: [[Int]], isComplete: Bool) {
        var singles = fact
        singles.cells = fact.elements.indices.map { FactCell(.list([$0])) }
        var marks = [CellSet](repeating: CellSet(count: statements.count), count: fact.elements.count)
        for (index, statement) in statements.enumerated() {
            let met = singles.accepting(statement.question, statement.answer, owners: owners)
            for element in marks.indices where met.contains(element) { marks[element].insert(index) }
        }
        let some = CellSet(count: statements.count) { statements[$0].isMetByOne }
        let base = best(marks.indices.map { (list: [$0], marks: marks[$0]) })
        var (kept, newest) = (base, base)
        var found: [[Int]] = []
        for _ in 1..<ElementLists.longest {
            var next: [(list: [Int], marks: CellSet)] = []
            for longer in newest {
                for single in base where !longer.list.contains(single.list[0]) {
                    let either = longer.marks.union(single.marks).intersection(some)
                    let both = longer.marks.intersection(single.marks).subtracting(some)
                    let joined = either.union(both)
                    guard !kept.contains(where: { joined.isSubset(of: $0.marks) }) else { continue }
                    next.append((longer.list + single.list, joined))
                    kept.append((longer.list + single.list, joined))
                    found.append(longer.list + single.list)
                    if found.count >= ElementLists.most { return (found, false) }
                }
            }
            if next.isEmpty { return (found, true) }
            newest = next
        }
        return (found, some.count <= ElementLists.longest)
    }

    /// Without those that another one outdoes.
    private func best(_ all: [(list: [Int], marks: CellSet)]) -> [(list: [Int], marks: CellSet)] {
        var kept: [(list: [Int], marks: CellSet)] = []
        for candidate in all where !kept.contains(where: { candidate.marks.isSubset(of: $0.marks) }) {
            kept.removeAll { $0.marks.isSubset(of: candidate.marks) }
            kept.append(candidate)
        }
        return kept
    }
}
