/// One fact and the cells of it that make a statement true.
struct CellLiteral {
    let fact: Int
    let cells: CellSet
}

/// Finds cells, one set for each fact, that satisfy every clause, or shows that there are none.
///
/// A clause is true when one of its literals is. The search narrows a fact whenever a clause leaves no choice, and
/// otherwise tries a literal of the shortest open clause, then its opposite. It is complete, and its steps are
/// counted instead of timed, so that the same policy always gets the same answer.
struct ClauseSearch {
    enum Answer {
        /// Any choice from these sets satisfies all clauses.
        case found([CellSet])
        case none
        case outOfSteps
    }

    private struct Choice {
        let fact: Int
        let cells: CellSet
        let narrowed: Int
        let satisfied: Int
        let isSecond: Bool
    }

    private var cells: [CellSet]
    private let clauses: [[CellLiteral]]
    private let occurrences: [[Int]]
    private var isSatisfied: [Bool]
    private var narrowed: [(fact: Int, before: CellSet)] = []
    private var satisfied: [Int] = []
    private var choices: [Choice] = []
    private var waiting: [Int] = []
    private var isWaiting: [Bool]

    init(_ cells: [CellSet], _ clauses: [[CellLiteral]]) {
        self.cells = cells
        self.clauses = clauses
        var occurrences = [[Int]](repeating: [], count: cells.count)
        for (index, clause) in clauses.enumerated() {
            for literal in clause { occurrences[literal.fact].append(index) }
        }
        self.occurrences = occurrences
        isSatisfied = [Bool](repeating: false, count: clauses.count)
        isWaiting = [Bool](repeating: true, count: clauses.count)
        waiting = Array(clauses.indices)
    }

    /// - Parameter steps: Literals that may still be looked at; counts down.
    mutating func run(_ steps: inout Int) -> Answer {
        guard !cells.contains(where: \.isEmpty) else { return .none }
        while steps > 0 {
            if propagate(&steps) {
                guard let clause = shortestOpenClause(&steps) else { return .found(cells) }
                choose(in: clause)
            } else if !backtrack() {
                return .none
            }
        }
        return .outOfSteps
    }

    /// False on a contradiction.
    private mutating func propagate(_ steps: inout Int) -> Bool {
        while let index = waiting.popLast() {
            isWaiting[index] = false
            if isSatisfied[index] { continue }
            steps -= clauses[index].count
            var (open, last) = (0, 0)
            var holds = false
            for (place, literal) in clauses[index].enumerated() {
                if cells[literal.fact].isSubset(of: literal.cells) {
                    holds = true
                    break
                }
                if cells[literal.fact].intersects(literal.cells) { (open, last) = (open + 1, place) }
            }
            if holds {
                isSatisfied[index] = true
                satisfied.append(index)
            } else if open == 0 {
                clearWaiting()
                return false
            } else if open == 1 {
                let literal = clauses[index][last]
                narrow(literal.fact, to: cells[literal.fact].intersection(literal.cells))
            }
        }
        return true
    }

    private mutating func clearWaiting() {
        for index in waiting { isWaiting[index] = false }
        waiting = []
    }

    private mutating func narrow(_ fact: Int, to set: CellSet) {
        narrowed.append((fact, cells[fact]))
        cells[fact] = set
        for index in occurrences[fact] where !isSatisfied[index] && !isWaiting[index] {
            isWaiting[index] = true
            waiting.append(index)
        }
    }

    private func shortestOpenClause(_ steps: inout Int) -> Int? {
        var best: (index: Int, open: Int)?
        for index in clauses.indices where !isSatisfied[index] {
            steps -= clauses[index].count
            let open = clauses[index].count { cells[$0.fact].intersects($0.cells) }
            if open < best?.open ?? .max { best = (index, open) }
            if open <= 2 { break }
        }
        return best?.index
    }

    /// The literal that leaves most of its fact comes first.
    private mutating func choose(in clause: Int) {
        var best: (literal: CellLiteral, share: Double)?
        for literal in clauses[clause] {
            let common = cells[literal.fact].common(with: literal.cells)
            let share = Double(common) / Double(max(1, cells[literal.fact].count))
            if common > 0, share > best?.share ?? -1 { best = (literal, share) }
        }
        guard let literal = best?.literal else { return }
        choices.append(
            Choice(
                fact: literal.fact, cells: literal.cells, narrowed: narrowed.count, satisfied: satisfied.count,
                isSecond: false))
        narrow(literal.fact, to: cells[literal.fact].intersection(literal.cells))
    }

    /// Takes back the latest choice that has another side; false when there is none left.
    private mutating func backtrack() -> Bool {
        while let choice = choices.popLast() {
            undo(to: choice)
            guard !choice.isSecond else { continue }
            choices.append(
                Choice(
                    fact: choice.fact, cells: choice.cells, narrowed: choice.narrowed, satisfied: choice.satisfied,
                    isSecond: true))
            narrow(choice.fact, to: cells[choice.fact].subtracting(choice.cells))
            return true
        }
        return false
    }

    private mutating func undo(to choice: Choice) {
        while narrowed.count > choice.narrowed, let step = narrowed.popLast() { cells[step.fact] = step.before }
        while satisfied.count > choice.satisfied, let index = satisfied.popLast() { isSatisfied[index] = false }
    }
}
