import BallastCore

/// When one policy decides one tool's actions at most, or more, strictly than an outcome: clauses over facts.
///
/// Says the same as `Policy.decide`, read backwards. Statements that need answers of other tools are left out: they
/// only ever make a decision stricter, so what holds without them holds with them.
struct OutcomeFormula {
    /// A conjunction of clauses.
    typealias Clauses = [[Int]]

    let entry: ToolEntry?
    let space: FactSpace
    /// 0 for the first of two policies in one space, 1 for the second.
    private let side: Int
    /// A raising rule that is thought away.
    private var omitted: String?
    /// What is decided of acts that the principal's words do not ask for.
    private let unlicensed: Outcome

    init(_ policy: Policy, _ space: FactSpace, side: Int = 0) {
        entry = policy.entries[space.tool]
        unlicensed = policy.intent.asksForUnlicensed ? .approve : .deny
        self.space = space
        self.side = side
    }

    /// The same policy without one of its raising rules.
    func without(_ rule: PolicyRule) -> OutcomeFormula {
        var formula = self
        formula.omitted = rule.id
        return formula
    }

    private func raising(_ entry: ToolEntry) -> [PolicyRule] {
        omitted == nil ? entry.raising : entry.raising.filter { $0.id != omitted }
    }

    // MARK: At most

    /// Any of these makes the outcome at most `outcome`, which is below `deny`.
    func atMost(_ outcome: Outcome) -> [Clauses] {
        guard let entry else { return [] }
        let common =
            statements(entry.rules).map { $0.holds(space) } + flow(entry.rules.flow)
            + fixedParts(entry, atMost: outcome) + licensed(entry, atMost: outcome)
        guard entry.toolClass.floor > outcome else {
            return [common + raising(entry).flatMap { silent($0, atMost: outcome) }]
        }
        let relaxing = entry.relaxing.filter { $0.relaxTarget ?? .deny <= outcome }
        guard !relaxing.isEmpty else { return [] }
        return [common + raising(entry).map(excluded) + appliesOne(of: relaxing)]
    }

    /// Clauses: the relaxation of the chosen number applies.
    private func appliesOne(of relaxing: [PolicyRule]) -> Clauses {
        let name = FactName.relaxation(side: side)
        let chosen = relaxing.indices.map { space.number(name, .relaxation($0), .yes) }
        return [chosen]
            + relaxing.indices.flatMap { index in
                let other = space.number(name, .relaxation(index), .no)
                return applies(relaxing[index]).map { [other] + $0 }
            }
    }

    /// A rule that is stricter does not match; any other can be told.
    private func silent(_ rule: PolicyRule, atMost outcome: Outcome) -> Clauses {
        guard rule.strictness <= outcome else { return [excluded(rule)] }
        let no = excluded(rule)
        return rule.conditions.map { no + [number($0, .any, .yes)] }
    }

    /// Clause: the rule does not match.
    func excluded(_ rule: PolicyRule) -> [Int] {
        let agents = rule.scope.agents.map { [agent($0, .no)] } ?? []
        return agents + rule.conditions.map { number($0, .any, .no) }
    }

    /// Clauses: the relaxation applies.
    func applies(_ rule: PolicyRule) -> Clauses {
        scope(rule) + rule.conditions.map { [number($0, .every, .yes)] }
            + (rule.expires.map { [[space.number(.time, .before($0), .yes)]] } ?? [])
    }

    /// Clause: the relaxation does not apply.
    func notApplying(_ rule: PolicyRule) -> [Int] {
        (rule.scope.agents.map { [agent($0, .no)] } ?? [])
            + rule.conditions.map { number($0, .every, .notYes) }
            + (rule.expires.map { [space.number(.time, .before($0), .no)] } ?? [])
    }

    private func fixedParts(_ entry: ToolEntry, atMost outcome: Outcome) -> Clauses {
        guard entry.toolClass != .safe else { return [] }
        let isRaisable = entry.toolClass.floor <= outcome
        let bands: Set<ConfidenceBand?> = isRaisable && outcome >= .confirm ? [nil, .high, .medium] : [nil, .high]
        let band = [space.number(.confidence, .confidence(bands), .yes)]
        return isRaisable && outcome >= .approve ? [band] : [band, [space.number(.isRepeat, .isRepeat(false), .yes)]]
    }

    // MARK: More than

    /// Any of these makes the outcome stricter than `outcome`, as far as the facts alone tell.
    ///
    /// - Parameter known: Rules and statements of another policy that is known to decide at most `outcome`; the same
    ///   ones cannot be the reason here.
    func above(_ outcome: Outcome, besides known: ToolEntry? = nil) -> [Clauses] {
        guard let entry else { return [[]] }
        var reasons: [Clauses] = []
        let same = Set((known?.raising ?? []).map { RuleMeaning($0, known?.rules ?? ToolRules()) })
        for rule in entry.raising where !same.contains(RuleMeaning(rule, entry.rules)) {
            reasons += rule.strictness > outcome ? [possible(rule)] : undecided(rule)
        }
        let others = Set(known.map { statements($0.rules) } ?? [])
        reasons += statements(entry.rules).filter { !others.contains($0) }.map { $0.fails(space) }
        if unlicensed > outcome { reasons += unasked(entry).map { [$0] } }
        return reasons + fixedParts(entry, above: outcome) + floor(entry, above: outcome, besides: known)
    }

    /// Clauses: the rule matches, or cannot be told.
    func possible(_ rule: PolicyRule) -> Clauses {
        scope(rule) + rule.conditions.map { [number($0, .any, .notNo)] }
    }

    /// Clauses: the rule matches.
    func matches(_ rule: PolicyRule) -> Clauses { scope(rule) + rule.conditions.map { [number($0, .any, .yes)] } }

    /// Any of these makes the rule undecided, which denies.
    func undecided(_ rule: PolicyRule) -> [Clauses] {
        rule.conditions.map { possible(rule) + [[number($0, .any, .notYes)]] }
    }

    private func fixedParts(_ entry: ToolEntry, above outcome: Outcome) -> [Clauses] {
        guard entry.toolClass != .safe else { return [] }
        let bands: Set<ConfidenceBand?> = outcome < .confirm ? [.medium, .low, .veryLow] : [.low, .veryLow]
        let isRepeat = [[space.number(.isRepeat, .isRepeat(true), .yes)]]
        return [[[space.number(.confidence, .confidence(bands), .yes)]]] + (outcome < .approve ? [isRepeat] : [])
    }

    /// The class's own floor, where no relaxation lowers it far enough.
    private func floor(_ entry: ToolEntry, above outcome: Outcome, besides known: ToolEntry?) -> [Clauses] {
        guard entry.toolClass.floor > outcome else { return [] }
        let lower = entry.relaxing.filter { $0.relaxTarget ?? .deny <= outcome }
        let unrelaxed = lower.map(notApplying)
        // Whatever raises at all keeps relaxations from applying; where the other policy relaxes, the same rules of
        // its own do not match.
        let others = known.flatMap { $0.toolClass.floor > outcome ? $0 : nil }
        let same = Set((others?.raising ?? []).map { RuleMeaning($0, others?.rules ?? ToolRules()) })
        let raised = entry.raising.filter { !same.contains(RuleMeaning($0, entry.rules)) }.map(matches)
        let band = [[space.number(.confidence, .confidence([.medium]), .yes)]]
        return [unrelaxed] + raised + unasked(entry).map { [$0] } + (entry.toolClass == .safe ? [] : [band])
    }

    // MARK: Statements

    private func scope(_ rule: PolicyRule) -> Clauses { rule.scope.agents.map { [[agent($0, .yes)]] } ?? [] }

    private func agent(_ names: Set<String>, _ answer: FactAnswer) -> Int {
        space.number(.agent, .value(.isIn(names.sorted().map { JSONValue($0) }), nil, .any), answer)
    }

    private func number(_ condition: Condition, _ quantifier: Quantifier, _ answer: FactAnswer) -> Int {
        let (name, question) = condition.question(entry?.rules ?? ToolRules(), quantifier)
        return space.number(name, question, answer)
    }

    /// Clauses: the facts are among those that an invariant speaks of.
    func among(_ invariant: Invariant) -> Clauses {
        (invariant.scope.agents.map { [[agent($0, .yes)]] } ?? [])
            + invariant.conditions.map { [number($0, .any, .yes)] }
    }

    /// Clauses: the principal's words ask for such an act, where anything else would be decided more strictly.
    private func licensed(_ entry: ToolEntry, atMost outcome: Outcome) -> Clauses {
        // Whatever raises at all keeps relaxations from applying.
        guard unlicensed > outcome || entry.toolClass.floor > outcome else { return [] }
        return unasked(entry).map { _ in
            [space.number(.license, .license(Set(IntentLicense.allCases).subtracting([.none])), .yes)]
        }
    }

    /// The clause that the principal's words do not ask for such an act; none where the tool says nothing of its acts.
    private func unasked(_ entry: ToolEntry) -> Clauses {
        entry.rules.flow.acts.isEmpty ? [] : [[space.number(.license, .license([.none]), .yes)]]
    }

    /// What may flow into the tool, as far as the arguments and their labels tell.
    private func flow(_ flow: FlowRules) -> Clauses {
        let absent = { (path: FieldPath) in space.number(.argument(path), .statement(.present), .no) }
        let places = flow.destinations.flatMap { destination in
            destination.conditions.map { [absent(destination.argument), number($0, .every, .yes)] }
        }
        // What a model wrote taints nothing until the run has read something that nobody vouches for.
        let untouched = space.number(.readUntrusted, .readUntrusted(false), .yes)
        return places
            + flow.untainted.map { path in
                [absent(path), space.number(.argument(path), .label(isUntrusted: false), .yes), untouched]
            }
    }

    /// What the operator stated of the tool, as far as the arguments alone tell.
    private func statements(_ rules: ToolRules) -> [ToolStatement] {
        var found: [ToolStatement] = []
        for field in rules.money {
            found.append(ToolStatement(path: field.path, statement: .money(field)))
            if case .argument(let path, let expected) = field.source {
                found.append(ToolStatement(path: path, statement: .currency(expected.code), unless: field.path))
            }
        }
        found += rules.explicitScope.map { ToolStatement(path: $0, statement: .explicit) }
        for magnitude in rules.magnitudes {
            guard case .argument(let path) = magnitude.subject else { continue }
            found.append(
                ToolStatement(path: path, statement: .atMost(magnitude.atMost.units, rules.money(at: path))))
        }
        for limit in rules.limits {
            guard case .sum(let path) = limit.measure else { continue }
            found.append(ToolStatement(path: path, statement: .summable(rules.money(at: path))))
        }
        for entitlement in rules.entitlements {
            switch entitlement.owner {
            case .argument(let path):
                found.append(ToolStatement(path: path, statement: .owned(attribute: entitlement.attribute)))
            case .lookup: found += entitlement.owner.callPaths.map { ToolStatement(path: $0, statement: .present) }
            }
        }
        for magnitude in rules.magnitudes {
            found += magnitude.subject.callPaths.map { ToolStatement(path: $0, statement: .present) }
        }
        return found
    }
}

/// A statement of the tool about one argument; with `unless`, only where that argument is given.
private struct ToolStatement: Hashable {
    let path: FieldPath
    let statement: FactQuestion.Statement
    var unless: FieldPath?

    func holds(_ space: FactSpace) -> [Int] {
        [space.number(.argument(path), .statement(statement), .yes)]
            + (unless.map { [space.number(.argument($0), .statement(.present), .no)] } ?? [])
    }

    func fails(_ space: FactSpace) -> OutcomeFormula.Clauses {
        [[space.number(.argument(path), .statement(statement), .no)]]
            + (unless.map { [[space.number(.argument($0), .statement(.present), .yes)]] } ?? [])
    }
}

/// What a rule means, whatever its name.
private struct RuleMeaning: Hashable {
    let action: Outcome
    let agents: Set<String>?
    let conditions: Set<Condition>
    let money: [MoneyField?]

    init(_ rule: PolicyRule, _ rules: ToolRules) {
        action = rule.strictness
        agents = rule.scope.agents
        conditions = Set(rule.conditions)
        money = conditions.compactMap(\.path).sorted().map { rules.money(at: $0) }
    }
}

extension PolicyRule {
    /// The outcome that the rule raises to where it matches.
    var strictness: Outcome {
        switch action {
        case .relax(let target): target
        case .requireConfirm: .confirm
        case .requireApproval: .approve
        case .deny: .deny
        }
    }
}
