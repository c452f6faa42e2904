import BallastCore

/// The comparisons of a tool's raising rules with its arguments, in a form that is tested without touching a rule: of a
/// long policy most rules are passed over here in nanoseconds, and what each argument is is found out once.
///
/// A gate only says what is known for certain, that a rule does not match or that it does; everything else is left to the
/// full evaluation.
struct RuleGates: Sendable {
    /// A rule that the gates did not pass over.
    struct Candidate {
        /// Its place among the raising rules.
        let rule: Int
        /// It matches for certain; otherwise it must be evaluated.
        let isKnown: Bool
    }

    /// One comparison. Plain numbers only: nothing is retained while they are walked.
    private struct Bar: Sendable {
        enum Test: UInt8, Sendable { case shares, isAtMost, isAtLeast }
        /// The place of what it looks at among all facets of all slots.
        let facet: Int
        let test: Test
        /// It passes where the test fails.
        let isNegated: Bool
        /// A number, or one bit for each of the texts, truth values, beginnings, ends or domains of the comparison.
        let operand: Int64

        /// Those first that few values pass.
        var rank: Int {
            let facets = Facet.allCases.count
            return facet % facets + (isNegated && test == .shares ? facets : 0)
        }

        func passes(_ value: Int64) -> Bool {
            let holds =
                switch test {
                case .shares: value & operand != 0
                case .isAtMost: value <= operand
                case .isAtLeast: value >= operand
                }
            return holds != isNegated
        }
    }

    /// What of an argument is compared.
    private enum Facet: Int, CaseIterable {
        /// In the order in which bars are tried: those first that few values pass.
        case text, domain, start, end, truth, number, given
    }

    /// What one facet of an argument is in one action, as a number or as bits.
    private struct Reading {
        var isKnown = false
        var value: Int64 = 0
    }

    /// An argument that is compared, and the bit of each thing that it is compared with.
    private struct Slot: Sendable {
        let path: FieldPath
        let money: MoneyField?
        var texts: [JSONString: UInt64] = [:]
        var starts = Bits<String>()
        var ends = Bits<String>()
        var domains = Bits<DomainPattern>()

        /// nil when there are more texts than bits.
        mutating func bit(of text: JSONString) -> UInt64? {
            if let known = texts[text] { return known }
            guard texts.count < UInt64.bitWidth else { return nil }
            let bit: UInt64 = 1 << UInt64(texts.count)
            texts[text] = bit
            return bit
        }
    }

    /// Things that have a bit each, in the order of their bits.
    private struct Bits<Thing: Sendable & Hashable>: Sendable {
        private var things: [Thing] = []

        mutating func bit(of thing: Thing) -> UInt64? {
            if let known = things.firstIndex(of: thing) { return 1 << UInt64(known) }
            guard things.count < UInt64.bitWidth else { return nil }
            things.append(thing)
            return 1 << UInt64(things.count - 1)
        }

        var isEmpty: Bool { things.isEmpty }

        /// The bits of those for which it is true.
        func mask(_ isSo: (Thing) -> Bool) -> UInt64 {
            var (mask, bit): (UInt64, UInt64) = (0, 1)
            for thing in things {
                if isSo(thing) { mask |= bit }
                bit <<= 1
            }
            return mask
        }
    }

    private var slots: [Slot] = []
    private var bars: [Bar] = []
    /// Where the bars of each rule end; they begin where those of the one before it end.
    private var ends: [Int] = []
    /// Whether the bars of each rule are all that it says.
    private var isWhole: [Bool] = []

    init(_ rules: [PolicyRule], of tool: ToolRules) {
        for rule in rules {
            var isWhole = rule.scope.agents == nil
            for condition in rule.conditions {
                guard case .argument(let path, let test) = condition, add(test, of: path, tool) else {
                    isWhole = false
                    continue
                }
            }
            bars[(ends.last ?? 0)...].sort { $0.rank < $1.rank }
            ends.append(bars.count)
            self.isWhole.append(isWhole)
        }
    }

    // MARK: Building

    /// False when no bar says the same as the test.
    private mutating func add(_ test: ValueTest, of path: FieldPath, _ tool: ToolRules) -> Bool {
        switch test {
        case .compares(let comparison, let quantity):
            // Other pairs are unknown, never false.
            guard RuleGates.isComparable(quantity, tool.money(at: path)) else { return false }
            add(comparison, quantity.units, slot(path, tool))
            return true
        case .equals(let value): return add([value], isIn: true, path, tool)
        case .isIn(let values): return add(values, isIn: true, path, tool)
        case .isNotIn(let values): return add(values, isIn: false, path, tool)
        case .hasPrefix(let text): return add(.start, slot(path, tool)) { $0.starts.bit(of: text) }
        case .hasSuffix(let text): return add(.end, slot(path, tool)) { $0.ends.bit(of: text) }
        case .domainIn(let domains): return add(domains, isIn: true, slot(path, tool))
        case .domainNotIn(let domains): return add(domains, isIn: false, slot(path, tool))
        case .exists(let wanted): return add(.given, slot(path, tool), isNegated: !wanted) { _ in 1 }
        }
    }

    /// Lists of one kind only: where kinds are mixed, some value is comparable with only a part of the list.
    private mutating func add(_ values: [JSONValue], isIn: Bool, _ path: FieldPath, _ tool: ToolRules) -> Bool {
        let truths = values.compactMap(\.bool)
        if !truths.isEmpty, truths.count == values.count {
            return add(.truth, slot(path, tool), isNegated: !isIn) { _ in
                truths.reduce(0) { $0 | RuleGates.bit(of: $1) }
            }
        }
        let texts = values.compactMap { if case .string(let text) = $0 { text } else { nil } }
        guard !texts.isEmpty, texts.count == values.count else { return false }
        return add(.text, slot(path, tool), isNegated: !isIn) { slot in
            RuleGates.joined(texts.map { slot.bit(of: $0) })
        }
    }

    private mutating func add(_ domains: [DomainPattern], isIn: Bool, _ slot: Int) -> Bool {
        add(.domain, slot, isNegated: !isIn) { slot in
            RuleGates.joined(domains.map { slot.domains.bit(of: $0) })
        }
    }

    private mutating func add(
        _ facet: Facet, _ slot: Int, isNegated: Bool = false, _ mask: (inout Slot) -> UInt64?
    ) -> Bool {
        guard let mask = mask(&slots[slot]) else { return false }
        bars.append(
            Bar(
                facet: RuleGates.place(facet, slot), test: .shares, isNegated: isNegated,
                operand: Int64(bitPattern: mask)))
        return true
    }

    private mutating func add(_ comparison: Comparison, _ bound: Int64, _ slot: Int) {
        let (test, isNegated): (Bar.Test, Bool) =
            switch comparison {
            case .atMost: (.isAtMost, false)
            case .above: (.isAtMost, true)
            case .atLeast: (.isAtLeast, false)
            case .below: (.isAtLeast, true)
            }
        bars.append(
            Bar(facet: RuleGates.place(.number, slot), test: test, isNegated: isNegated, operand: bound))
    }

    private static func place(_ facet: Facet, _ slot: Int) -> Int { slot * Facet.allCases.count + facet.rawValue }

    /// nil when one of them has no bit.
    private static func joined(_ bits: [UInt64?]) -> UInt64? {
        bits.contains(nil) ? nil : bits.reduce(0) { $0 | ($1 ?? 0) }
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

    fileprivate static func bit(of truth: Bool) -> UInt64 { truth ? 2 : 1 }

    // MARK: Deciding

    /// The rules that may match, or do, in their order.
    func candidates(for arguments: JSONValue) -> [Candidate] {
        let readings = readings(of: arguments)
        var found: [Candidate] = []
        var place = 0
        for rule in ends.indices {
            let end = ends[rule]
            var isKnown = isWhole[rule]
            while place < end {
                let reading = readings[bars[place].facet]
                if !reading.isKnown {
                    isKnown = false
                } else if !bars[place].passes(reading.value) {
                    break
                }
                place += 1
            }
            if place == end { found.append(Candidate(rule: rule, isKnown: isKnown)) }
            place = end
        }
        return found
    }

    /// Of all facets of all slots.
    private func readings(of arguments: JSONValue) -> [Reading] {
        var readings = [Reading](repeating: Reading(), count: slots.count * Facet.allCases.count)
        for slot in slots.indices {
            let value = slots[slot].path.value(in: arguments)
            func take(_ facet: Facet, _ read: Int64?) {
                guard let read else { return }
                readings[RuleGates.place(facet, slot)] = Reading(isKnown: true, value: read)
            }
            take(.given, value == nil ? 0 : 1)
            switch value {
            case .string(let text):
                for (facet, bits) in bits(of: text, slots[slot]) { take(facet, Int64(bitPattern: bits)) }
                take(.number, slots[slot].money?.minorUnits(of: .string(text)))
            case .bool(let truth): take(.truth, Int64(bitPattern: RuleGates.bit(of: truth)))
            case .number(let number):
                take(.number, slots[slot].money.map { $0.minorUnits(of: .number(number)) } ?? number.integer)
            default: break
            }
        }
        return readings
    }

    /// What a text is, as bits; no bit for a text that no rule names. What is no address says nothing of domains.
    private func bits(of text: JSONString, _ slot: borrowing Slot) -> [(Facet, UInt64)] {
        var bits: [(Facet, UInt64)] = [(.text, slot.texts[text] ?? 0)]
        if !slot.starts.isEmpty { bits.append((.start, slot.starts.mask { text.text.utf8.starts(with: $0.utf8) })) }
        if !slot.ends.isEmpty {
            bits.append((.end, slot.ends.mask { text.text.utf8.reversed().starts(with: $0.utf8.reversed()) }))
        }
        if !slot.domains.isEmpty, let address = MailAddress(text.text) {
            bits.append((.domain, slot.domains.mask { $0.matches(address.domain) }))
        }
        return bits
    }
}
