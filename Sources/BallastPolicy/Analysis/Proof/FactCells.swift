import BallastCore

/// One class of facts that no question tells apart.
struct FactCell {
    enum Form: Hashable {
        case absent
        case single(Int)
        /// Elements, by their number.
        case list([Int])
        case band(ConfidenceBand?)
        case flag(Bool?)
        case license(IntentLicense)
        case moment(Timestamp)
        case relaxation(Int)
        /// Stands for what nobody can enumerate: every statement may be true of it.
        case anything
    }

    /// Where the argument comes from.
    enum Origin: UInt8, CaseIterable {
        case trusted
        case untrusted
        case unknown
    }

    let form: Form
    let origin: Origin
    /// True for facts that people would expect.
    let isPlain: Bool
    /// False for classes without an example.
    let isWitnessed: Bool

    init(_ form: Form, origin: Origin = .trusted, isPlain: Bool = true, isWitnessed: Bool = true) {
        self.form = form
        self.origin = origin
        self.isPlain = isPlain
        self.isWitnessed = isWitnessed
    }
}

/// One fact with its cells, and the answers of every question about it.
struct FactCells {
    let name: FactName
    let elements: [FactElement]
    var cells: [FactCell]
    /// True where a list of several values is possible.
    let allowsLists: Bool
    private var answers: [FactQuestion: [Truth]] = [:]

    init(_ name: FactName, elements: [FactElement] = [], cells: [FactCell], allowsLists: Bool = false) {
        self.name = name
        self.elements = elements
        self.cells = cells
        self.allowsLists = allowsLists
    }

    /// The cells of which a statement may be true.
    ///
    /// - Parameter owners: The attributes that questions of ownership compare with.
    mutating func accepting(
        _ question: FactQuestion, _ answer: FactAnswer, owners: [String: String], from start: Int = 0
    ) -> CellSet {
        let table = table(question, owners)
        var set = CellSet(count: cells.count)
        for index in start..<max(start, cells.count) {
            let cell = cells[index]
            if cell.form == .anything || answer.accepts(FactCells.truth(of: question, cell, table)) {
                set.insert(index)
            }
        }
        return set
    }

    /// The answers for single values, of which those for lists are made.
    private static func truth(of question: FactQuestion, _ cell: FactCell, _ table: [Truth]) -> Truth {
        switch (question, cell.form) {
        case (.value(.exists(let wanted), _, _), let form): return .of((form != .absent) == wanted)
        case (.value(_, _, let quantifier), let form), (.ownership(_, _, let quantifier), let form):
            return truth(form, quantifier, table)
        case (.role(let test), .list(let list)):
            if case .exists(let wanted) = test { return .of(list.isEmpty != wanted) }
            guard case .isNotIn = test else { return truth(cell.form, .any, table) }
            return list.isEmpty ? .yes : truth(cell.form, .every, table)
        case (.label(let isUntrusted), let form):
            if form == .absent { return .no }
            return cell.origin == .unknown ? .unknown : .of((cell.origin == .untrusted) == isUntrusted)
        case (.statement(let statement), let form): return .of(passes(statement, form, table))
        case (.confidence(let bands), .band(let band)):
            return band == nil && !bands.contains(nil) ? .unknown : .of(bands.contains(band))
        case (.readUntrusted(let wanted), .flag(let flag)): return flag.map { .of($0 == wanted) } ?? .unknown
        case (.grounded(let wanted), .flag(let flag)): return flag.map { .of($0 == wanted) } ?? .unknown
        case (.license(let some), .license(let license)): return .of(some.contains(license))
        case (.isRepeat(let wanted), .flag(let flag)): return .of(flag == wanted)
        case (.before(let end), .moment(let now)): return .of(now < end)
        case (.relaxation(let number), .relaxation(let chosen)): return .of(number == chosen)
        default: return .unknown
        }
    }

    private static func truth(_ form: FactCell.Form, _ quantifier: Quantifier, _ table: [Truth]) -> Truth {
        switch form {
        case .single(let element): return table[element]
        case .list(let list):
            if quantifier == .any { return list.reduce(.no) { $0.or(table[$1]) } }
            return list.isEmpty ? .unknown : list.reduce(.yes) { $0.and(table[$1]) }
        default: return .unknown
        }
    }

    private static func passes(
        _ statement: FactQuestion.Statement, _ form: FactCell.Form, _ table: [Truth]
    ) -> Bool {
        let (list, isList): ([Int], Bool) =
            switch form {
            case .single(let element): ([element], false)
            case .list(let list): (list, true)
            default: ([], false)
            }
        let isAbsent = form == .absent
        let all = list.allSatisfy { table[$0] == .yes }
        switch statement {
        case .present: return !isAbsent
        case .money: return all
        case .atMost, .summable: return !isAbsent && all
        case .currency: return !isAbsent && !isList && all
        case .explicit, .owned: return !list.isEmpty && all
        }
    }

    // MARK: Single values

    private mutating func table(_ question: FactQuestion, _ owners: [String: String]) -> [Truth] {
        let isFixed: Bool =
            switch question {
            case .ownership, .statement(.owned): false
            default: true
            }
        if isFixed, let known = answers[question] { return known }
        let table = elements.map { answer(question, $0, owners) }
        if isFixed { answers[question] = table }
        return table
    }

    private func answer(_ question: FactQuestion, _ element: FactElement, _ owners: [String: String]) -> Truth {
        switch question {
        case .value(let test, let money, _): return answer(test, money, element)
        case .role(let test): return answer(test, nil, element)
        case .ownership(let attribute, let isEqual, _):
            let values = owners[attribute].map { [JSONValue($0)] } ?? []
            return answer(isEqual ? .isIn(values) : .isNotIn(values), nil, element)
        case .statement(let statement): return .of(passes(statement, element, owners))
        default: return .unknown
        }
    }

    private func answer(_ test: ValueTest, _ money: MoneyField?, _ element: FactElement) -> Truth {
        switch element.content {
        case .value(let value): test.evaluate(value, money: money, quantifier: .any)
        case .shape(let shape): shape.truth(of: test)
        }
    }

    /// A text without an example passes whatever a text can pass.
    private func passes(
        _ statement: FactQuestion.Statement, _ element: FactElement, _ owners: [String: String]
    ) -> Bool {
        switch (statement, element.value) {
        case (.present, _): true
        case (.money(let field), let value?): field.minorUnits(of: value) != nil
        case (.money(let field), nil): field.form == .decimalString
        case (.currency(let code), let value): value?.string == code
        case (.atMost(let bound, let field), let value?):
            (field?.minorUnits(of: value) ?? value.integer).map { $0 <= bound } ?? false
        case (.atMost(_, let field), nil): field?.form == .decimalString
        case (.explicit, let value?): ToolStatements.isExplicit(value)
        case (.explicit, nil): true
        case (.summable(let field), let value?):
            (field == nil ? value.integer : field?.minorUnits(of: value)) != nil
        case (.summable(let field), nil): field?.form == .decimalString
        case (.owned(let attribute), let value?): owners[attribute].map { value.spells($0) } ?? false
        case (.owned, nil): false
        }
    }
}

extension JSONValue {
    /// Whether an attribute of people.yaml is this value; numbers are compared by their spelling.
    fileprivate func spells(_ text: String) -> Bool {
        switch self {
        case .string(let string): string == JSONString(text)
        case .number(let number): JSONString(number.source) == JSONString(text)
        default: false
        }
    }
}
