package import BallastCore

/// How a policy differs from another in what it decides: exact over facts, tool by tool.
package struct PolicyDifference: Sendable {
    /// One change of outcome that some facts of a tool meet.
    package struct Change: Sendable {
        package let tool: String
        package let old: Outcome
        package let new: Outcome
        /// Facts that meet it, by the word of both engines.
        package let example: PolicyFacts

        package var isLooser: Bool { new < old }
    }

    /// A statement of a tool that needs more than facts to be compared: limits, ground truth, entitlements.
    package struct StatementChange: Sendable, Hashable {
        package let tool: String
        package let what: String
        package let isLooser: Bool
    }

    package let changes: [Change]
    package let statements: [StatementChange]
    /// Tools and questions that were not answered, with the reason.
    package let open: [(tool: String, reason: String)]

    package enum Loosening: Sendable {
        /// Nothing is decided less strictly.
        case none
        case loosened([Change], [StatementChange])
        /// Counts as loosening.
        case unknown(String)
    }

    /// What overlays ask: is the new policy nowhere less strict?
    package var loosening: Loosening {
        let (looser, stated) = (changes.filter(\.isLooser), statements.filter(\.isLooser))
        if !looser.isEmpty || !stated.isEmpty { return .loosened(looser, stated) }
        return open.first.map { .unknown("\($0.tool): \($0.reason)") } ?? .none
    }

    package var isEmpty: Bool { changes.isEmpty && statements.isEmpty && open.isEmpty }

    package init(from old: Policy, to new: Policy, _ settings: ProofSettings) {
        var (changes, statements): ([Change], [StatementChange]) = ([], [])
        var open: [(tool: String, reason: String)] = []
        for tool in Set(old.classes.keys).union(new.classes.keys).sorted() {
            var comparison = ToolComparison(tool: tool, old: old, new: new, settings: settings)
            comparison.run()
            changes += comparison.changes
            open += comparison.open.map { (tool: tool, reason: $0) }
            if old.records != new.records, new.asksForGrounds(of: tool) {
                let what = "what tools' answers are made of has changed, and with it what is grounded"
                statements.append(StatementChange(tool: tool, what: what, isLooser: true))
            }
            if old.intent != new.intent, !new.rules(for: tool).flow.acts.isEmpty {
                let what = "what counts as asked for by the principal's words has changed"
                statements.append(StatementChange(tool: tool, what: what, isLooser: true))
            }
            statements += StatementComparison(tool: tool, old: old.rules(for: tool), new: new.rules(for: tool)).changes
            statements += comparison.reviewers
        }
        statements += ClassLimitComparison(old: old.limits, new: new.limits).changes
        self.changes = changes
        self.statements = statements
        self.open = open
    }
}

/// Compares what two policies decide of one tool.
private struct ToolComparison {
    let tool: String
    let old: Policy
    let new: Policy
    let search: ProofSearch
    let oldFormula: OutcomeFormula
    let newFormula: OutcomeFormula
    private(set) var changes: [PolicyDifference.Change] = []
    private(set) var open: Set<String> = []
    fileprivate(set) var reviewers: [PolicyDifference.StatementChange] = []
    private var steps: Int

    init(tool: String, old: Policy, new: Policy, settings: ProofSettings) {
        self.tool = tool
        self.old = old
        self.new = new
        let entries = [old, new].compactMap { $0.entries[tool] }
        let space = FactSpace(tool: tool, entries: entries, invariants: [], settings: settings)
        search = ProofSearch(space: space, policies: [old, new])
        oldFormula = OutcomeFormula(old, space)
        newFormula = OutcomeFormula(new, space, side: 1)
        steps = settings.steps
    }

    mutating func run() {
        compareReviewers()
        for boundary in [Outcome.allow, .confirm, .approve] {
            cross(boundary, from: oldFormula, to: newFormula)
            cross(boundary, from: newFormula, to: oldFormula)
        }
        // A crossing shows one pair of outcomes; others across the same boundary are looked for one by one.
        guard !changes.isEmpty else { return }
        for from in Outcome.allCases {
            for to in Outcome.allCases where from != to { look(for: from, to) }
        }
    }

    /// Facts that `looser` decides at most so strictly, and `stricter` more strictly.
    private mutating func cross(_ boundary: Outcome, from stricter: OutcomeFormula, to looser: OutcomeFormula) {
        let least = stricter.above(boundary, besides: looser.entry)
        let alternatives = looser.atMost(boundary).flatMap { most in least.map { most + $0 } }
        note(alternatives) { [old, new] facts in
            let (before, after) = (old.decide(facts).outcome, new.decide(facts).outcome)
            return (before > boundary && after <= boundary) || (after > boundary && before <= boundary)
        }
    }

    private mutating func look(for from: Outcome, _ to: Outcome) {
        guard !changes.contains(where: { $0.old == from && $0.new == to }) else { return }
        let alternatives = oldFormula.exactly(from).flatMap { before in newFormula.exactly(to).map { before + $0 } }
        note(alternatives) { [old, new] facts in
            old.decide(facts).outcome == from && new.decide(facts).outcome == to
        }
    }

    private mutating func note(
        _ alternatives: [OutcomeFormula.Clauses], where isWanted: (PolicyFacts) -> Bool
    ) {
        guard !alternatives.isEmpty else { return }
        switch search.find(alternatives, steps: &steps, where: isWanted) {
        case .none: return
        case .unknown(let reason): open.insert(reason)
        case .facts(let facts):
            let (before, after) = (old.decide(facts).outcome, new.decide(facts).outcome)
            guard !changes.contains(where: { $0.old == before && $0.new == after }) else { return }
            changes.append(PolicyDifference.Change(tool: tool, old: before, new: after, example: facts))
        }
    }
}

extension OutcomeFormula {
    /// Any of these makes the outcome exactly this one.
    func exactly(_ outcome: Outcome) -> [Clauses] {
        outcome == .deny ? above(.approve) : between(outcome, outcome)
    }
}

/// Compares limits over all tools of a class.
private struct ClassLimitComparison {
    let old: [ClassLimit]
    let new: [ClassLimit]

    var changes: [PolicyDifference.StatementChange] {
        let gone = old.filter { !isKept($0, by: new) }
        let added = new.filter { !isKept($0, by: old) }
        return gone.map { change($0, "the limit of \($0.words) is gone or wider", isLooser: true) }
            + added.map { change($0, "a limit of \($0.words) is new or narrower", isLooser: false) }
    }

    private func isKept(_ limit: ClassLimit, by others: [ClassLimit]) -> Bool {
        limit.isUnlimited
            || others.contains {
                !$0.isUnlimited && $0.toolClass == limit.toolClass && $0.rule.isAtLeast(limit.rule)
            }
    }

    private func change(_ limit: ClassLimit, _ what: String, isLooser: Bool) -> PolicyDifference.StatementChange {
        PolicyDifference.StatementChange(tool: limit.counted.name, what: what, isLooser: isLooser)
    }
}

/// Compares statements of a tool that are kept by reservations and by asking other tools.
private struct StatementComparison {
    let tool: String
    let old: ToolRules
    let new: ToolRules

    var changes: [PolicyDifference.StatementChange] {
        guard old != new else { return [] }
        return limits + magnitudes + entitlements + rehearsal + freshness + trust + repetition + flow + others
    }

    private func change(_ what: String, isLooser: Bool) -> PolicyDifference.StatementChange {
        PolicyDifference.StatementChange(tool: tool, what: what, isLooser: isLooser)
    }

    private var limits: [PolicyDifference.StatementChange] {
        let gone = old.limits.filter { limit in !new.limits.contains { $0.isAtLeast(limit) } }
        let added = new.limits.filter { limit in !old.limits.contains { $0.isAtLeast(limit) } }
        return gone.map { change("the limit of \($0.words) is gone or wider", isLooser: true) }
            + added.map { change("a limit of \($0.words) is new or narrower", isLooser: false) }
    }

    /// Those of arguments are compared with the facts.
    private var magnitudes: [PolicyDifference.StatementChange] {
        let (before, after) = (old.magnitudes.filter(\.isFetched), new.magnitudes.filter(\.isFetched))
        let gone = before.filter { rule in
            !after.contains { $0.subject == rule.subject && $0.atMost.units <= rule.atMost.units }
        }
        let added = after.filter { rule in
            !before.contains { $0.subject == rule.subject && $0.atMost.units <= rule.atMost.units }
        }
        return gone.map { change("the bound of \($0.subject) is gone or wider", isLooser: true) }
            + added.map { change("the bound of \($0.subject) is new or narrower", isLooser: false) }
    }

    private var entitlements: [PolicyDifference.StatementChange] {
        old.entitlements.filter { !new.entitlements.contains($0) }
            .map { change("whose `\($0.argument)` it is, is not asked any more: \($0)", isLooser: true) }
            + new.entitlements.filter { !old.entitlements.contains($0) }
            .map { change("whose `\($0.argument)` it is, is asked now: \($0)", isLooser: false) }
    }

    private var freshness: [PolicyDifference.StatementChange] {
        let (before, after) = (old.freshness ?? .max, new.freshness ?? .max)
        guard before != after else { return [] }
        return [
            change(
                after < before
                    ? "what the guard learned is learned anew after \(DurationText.text(after))"
                    : "what the guard learned may be older when an attempt starts",
                isLooser: after > before)
        ]
    }

    /// Results that are vouched for lift the labels that rules ask for.
    private var trust: [PolicyDifference.StatementChange] {
        guard old.trust != new.trust else { return [] }
        return [change("whose results are trusted has changed", isLooser: new.trust != .none)]
    }

    private var repetition: [PolicyDifference.StatementChange] {
        guard old.repeatability != new.repeatability else { return [] }
        return [change("how the tool may be repeated has changed", isLooser: new.repeatability != .never)]
    }

    private var flow: [PolicyDifference.StatementChange] {
        guard old.flow != new.flow else { return [] }
        return new.flow.isAtLeast(old.flow)
            ? [change("less may flow into the tool, or out with it", isLooser: false)]
            : [change("what may flow into the tool, or out with it, has changed", isLooser: true)]
    }

    /// Whatever is not compared one by one counts as looser when it changes.
    private var others: [PolicyDifference.StatementChange] {
        var (before, after) = (old, new)
        (before.limits, after.limits) = ([], [])
        (before.magnitudes, after.magnitudes) = ([], [])
        (before.entitlements, after.entitlements) = ([], [])
        (before.money, after.money) = ([], [])
        (before.explicitScope, after.explicitScope) = ([], [])
        (before.dryRun, after.dryRun) = (nil, nil)
        (before.repeatability, after.repeatability) = (nil, nil)
        (before.trust, after.trust) = (.none, .none)
        (before.flow, after.flow) = (FlowRules(), FlowRules())
        (before.timeout, after.timeout) = (nil, nil)
        // What is tried again is the same action, and what takes another's place is judged by itself.
        (before.retry, after.retry) = (nil, nil)
        (before.fallbacks, after.fallbacks) = ([], [])
        (before.freshness, after.freshness) = (nil, nil)
        (before.undo, after.undo) = (nil, nil)
        (before.isSequential, after.isSequential) = (false, false)
        return before == after ? [] : [change("statements have changed that nobody can compare", isLooser: true)]
    }

    private var rehearsal: [PolicyDifference.StatementChange] {
        switch (old.dryRun, new.dryRun) {
        case (let before?, nil): [change("the dry run with at most \(before.atMost) is gone", isLooser: true)]
        case (nil, let after?): [change("a dry run counts at most \(after.atMost) first", isLooser: false)]
        case (let before?, let after?) where before != after:
            [
                change(
                    "the dry run counts at most \(after.atMost), and was at most \(before.atMost)",
                    isLooser: before.with != after.with || before.count != after.count || after.atMost > before.atMost)
            ]
        default: []
        }
    }
}

extension ToolComparison {
    /// Who is asked: the outcome is `approve` either way, but by other people, or by fewer.
    fileprivate mutating func compareReviewers() {
        guard let before = oldFormula.entry, let after = newFormula.entry else { return }
        for rule in before.raising where !isKept(rule, of: oldFormula, by: newFormula, after) {
            reviewers.append(
                PolicyDifference.StatementChange(
                    tool: tool, what: "the reviewers of \(rule.id) are not asked everywhere as before", isLooser: true))
        }
        for rule in after.raising where !isKept(rule, of: newFormula, by: oldFormula, before) {
            reviewers.append(
                PolicyDifference.StatementChange(
                    tool: tool, what: "the reviewers of \(rule.id) are asked where they were not", isLooser: false))
        }
    }

    /// Whether one rule of the other policy asks as much wherever this one matches.
    private mutating func isKept(
        _ rule: PolicyRule, of own: OutcomeFormula, by other: OutcomeFormula, _ entry: ToolEntry
    ) -> Bool {
        guard case .requireApproval(let who) = rule.action, who != ApprovalRequirement() else { return true }
        return entry.raising.contains { candidate in
            switch candidate.action {
            case .deny: break
            case .requireApproval(let others)
            where others.group == who.group && others.quorum >= who.quorum && others.within <= who.within: break
            default: return false
            }
            guard candidate.conditions != rule.conditions || candidate.scope.agents != rule.scope.agents else {
                return true
            }
            let clauses = own.matches(rule) + [other.excluded(candidate)]
            return search.space.ownerChoices.allSatisfy { owners in
                search.space.owners = owners
                if case .none = search.space.search(clauses, .complete, steps: &steps) { return true }
                return false
            }
        }
    }
}

extension LimitRule {
    /// The same count with the same or a smaller bound.
    fileprivate func isAtLeast(_ other: LimitRule) -> Bool {
        guard measure == other.measure, scope == other.scope, window == other.window, !asks || other.asks else {
            return false
        }
        switch (cap, other.cap) {
        case (.fixed(let own), .fixed(let bound)): return own.isSameUnit(as: bound) && own.units <= bound.units
        default: return cap == other.cap
        }
    }
}

extension FlowRules {
    /// Nothing may flow that the other keeps out.
    fileprivate func isAtLeast(_ other: FlowRules) -> Bool {
        let grounded = other.groundings.allSatisfy { wider in
            groundings.contains { $0.argument == wider.argument && Set($0.sources).isSubset(of: Set(wider.sources)) }
        }
        let bound = other.destinations.allSatisfy { wider in
            destinations.contains {
                $0.argument == wider.argument && Set($0.conditions).isSuperset(of: Set(wider.conditions))
            }
        }
        // A destination is searched for no personal data, so a new one may let some out.
        let places = Set(destinations.map(\.argument)).isSubset(of: Set(other.destinations.map(\.argument)))
        let seen = other.readers.map { wider in readers.map { $0 <= wider } ?? false } ?? true
        let asked = acts == other.acts || other.acts.isEmpty
        return grounded && bound && (places || !deniesPersonal) && seen && asked && types == other.types
            && Set(other.untainted).isSubset(of: Set(untainted))
            && forbidden.isSuperset(of: other.forbidden) && confidentiality >= other.confidentiality
    }
}

extension MagnitudeRule {
    fileprivate var isFetched: Bool { if case .lookup = subject { true } else { false } }
}

extension Quantity {
    fileprivate func isSameUnit(as other: Quantity) -> Bool {
        switch (self, other) {
        case (.integer, .integer): true
        case (.money(let a), .money(let b)): a.currency == b.currency
        default: false
        }
    }
}
