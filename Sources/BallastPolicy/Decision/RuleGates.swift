import BallastCore

/// The comparisons of a tool's raising rules with numbers, texts and truth values, in a form that is tested without
/// touching a rule: most rules of a long policy are passed over here, in nanoseconds.
///
/// A gate only ever says that a rule is known not to match; what it cannot tell is left to the full evaluation.
struct RuleGates: Sendable {
    /// One comparison that can be known to fail.
    private struct Bar: Sendable {
        enum Kind: UInt8, Sendable { case number, textIn, textNotIn, truth }
        let slot: Int
        let kind: Kind
        let comparison: Comparison
        let bound: Int64
        /// The texts, or truth values, of the comparison: one bit each.
        let mask: UInt64
    }

    /// An argument that is compared, and the bit of each text that it is compared with.
    private struct Slot: Sendable {
        let path: FieldPath
        let money: MoneyField?
        var texts: [JSONString: UInt64] = [:]

        /// nil when there are more texts than bits.
        mutating func bit(of text: JSONString) -> UInt64? {
            if let known = texts[text] { return known }
            guard texts.count < UInt64.bitWidth else { return nil }
            let bit: UInt64 = 1 << UInt64(texts.count)
            texts[text] = bit
            return bit
        }
    }

    /// What an argument of one action is, as far as bars care: each is nil where it is something else.
    struct Value {
        var units: Int64?
        /// The bit of the text; no bit for one that no rule names.
        var text: UInt64?
        var truth: UInt64?
    }

    private var slots: [Slot] = []
    private var bars: [Bar] = []
    /// The bars of each rule, as a range of `bars`.
    private var ranges: [Range<Int>] = []

    init(_ rules: [PolicyRule], of tool: ToolRules) {
        for rule in rules {
            let start = bars.count
            for case .argument(let path, let test) in rule.conditions { add(test, of: path, tool) }
            ranges.append(start..<bars.count)
        }
    }

    private mutating func add(_ test: ValueTest, of path: FieldPath, _ tool: ToolRules) {
        switch test {
        case .compares(let comparison, let quantity):
            // Other pairs are unknown, never false.
            guard RuleGates.isComparable(quantity, tool.money(at: path)) else { return }
            bars.append(
                Bar(
                    slot: slot(path, tool), kind: .number, comparison: comparison, bound: quantity.units, mask: 0))
        case .equals(let value): add([value], isIn: true, path, tool)
        case .isIn(let values): add(values, isIn: true, path, tool)
        case .isNotIn(let values): add(values, isIn: false, path, tool)
        case .exists, .hasPrefix, .hasSuffix, .domainIn, .domainNotIn: return
        }
    }

    /// Lists of one kind only: where kinds are mixed, some value is comparable with only a part of the list.
    private mutating func add(_ values: [JSONValue], isIn: Bool, _ path: FieldPath, _ tool: ToolRules) {
        var mask: UInt64 = 0
        if isIn, !values.isEmpty, values.allSatisfy({ $0.bool != nil }) {
            for value in values { mask |= RuleGates.bit(of: value.bool ?? false) }
            bars.append(Bar(slot: slot(path, tool), kind: .truth, comparison: .atMost, bound: 0, mask: mask))
            return
        }
        let texts = values.compactMap { if case .string(let text) = $0 { text } else { nil } }
        guard !texts.isEmpty, texts.count == values.count else { return }
        let slot = slot(path, tool)
        for text in texts {
            guard let bit = slots[slot].bit(of: text) else { return }
            mask |= bit
        }
        bars.append(
            Bar(slot: slot, kind: isIn ? .textIn : .textNotIn, comparison: .atMost, bound: 0, mask: mask))
    }

    private mutating func slot(_ path: FieldPath, _ tool: ToolRules) -> Int {
        if let known = slots.firstIndex(where: { $0.path == path }) { return known }
        slots.append(Slot(path: path, money: tool.money(at: path)))
        return slots.count - 1
    }

    private static func isComparable(_ quantity: Quantity, _ field: MoneyField?) -> Bool {
        switch (quantity, field) {
        case (.integer, nil): true
        case (.money(let money), let field?): money.currency == field.currency
        default: false
        }
    }

    private static func bit(of truth: Bool) -> UInt64 { truth ? 2 : 1 }

    /// The arguments that are compared.
    func values(in arguments: JSONValue) -> [Value] {
        slots.map { slot in
            guard let value = slot.path.value(in: arguments) else { return Value() }
            switch value {
            case .string(let text):
                return Value(units: slot.money?.minorUnits(of: value), text: slot.texts[text] ?? 0)
            case .bool(let truth): return Value(truth: RuleGates.bit(of: truth))
            case .number: return Value(units: slot.money.map { $0.minorUnits(of: value) } ?? value.integer)
            default: return Value()
            }
        }
    }

    /// True when a comparison of the rule at this place is known to fail, so it does not match whatever else it says.
    func excludes(_ rule: Int, _ values: [Value]) -> Bool {
        for index in ranges[rule] {
            let bar = bars[index]
            let value = values[bar.slot]
            switch bar.kind {
            case .number: if let units = value.units, !bar.comparison.holds(units, bar.bound) { return true }
            case .textIn: if let text = value.text, text & bar.mask == 0 { return true }
            case .textNotIn: if let text = value.text, text & bar.mask != 0 { return true }
            case .truth: if let truth = value.truth, truth & bar.mask == 0 { return true }
            }
        }
        return false
    }
}
