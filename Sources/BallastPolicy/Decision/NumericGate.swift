import BallastCore

/// The first comparison of a rule with a number, in a form that is tested without touching the rule: most rules of a
/// long policy are passed over here, in nanoseconds.
struct NumericGate: Sendable {
    /// Which of the entry's compared arguments; negative when the rule compares none.
    private let slot: Int
    private let comparison: Comparison
    private let bound: Int64

    /// - Parameter slots: The compared arguments so far; a new one is added at the end.
    init(rule: PolicyRule, rules: ToolRules, slots: inout [FieldPath]) {
        for case .argument(let path, .compares(let comparison, let quantity)) in rule.conditions
        where NumericGate.isComparable(quantity, rules.money(at: path)) {
            let known = slots.firstIndex(of: path)
            if known == nil { slots.append(path) }
            self.slot = known ?? slots.count - 1
            self.comparison = comparison
            self.bound = quantity.units
            return
        }
        self.slot = -1
        self.comparison = .atMost
        self.bound = 0
    }

    /// Other pairs are unknown, never false, so they are left to the full evaluation.
    private static func isComparable(_ quantity: Quantity, _ field: MoneyField?) -> Bool {
        switch (quantity, field) {
        case (.integer, nil): true
        case (.money(let money), let field?): money.currency == field.currency
        default: false
        }
    }

    /// True when the comparison is known to fail, so the rule does not match whatever else it says.
    func excludes(_ units: [Int64?]) -> Bool {
        guard slot >= 0, let value = units[slot] else { return false }
        return !comparison.holds(value, bound)
    }

    /// The numbers in the compared arguments; nil where there is none, or a list.
    static func units(of slots: [FieldPath], in arguments: JSONValue, rules: ToolRules) -> [Int64?] {
        slots.map { path in
            guard let value = path.value(in: arguments) else { return nil }
            guard let field = rules.money(at: path) else { return value.integer }
            return field.minorUnits(of: value)
        }
    }
}
