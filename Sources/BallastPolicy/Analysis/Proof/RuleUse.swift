import BallastCore

extension Policy {
    /// Rules that never match, or whose absence nobody would notice.
    func uses(_ settings: ProofSettings) -> [PolicyDiagnostic] {
        var study = RuleStudy(policy: self, settings: settings)
        return rules.compactMap { study.use(of: $0) }
    }

    private static let mostCompared = 60

    /// Rules of different answers that can both match one action.
    func overlaps(_ settings: ProofSettings) -> [PolicyDiagnostic] {
        let raising = rules.filter(\.action.isRaising)
        guard raising.count <= Policy.mostCompared else { return [] }
        var study = RuleStudy(policy: self, settings: settings)
        return raising.indices.flatMap { first in
            raising[(first + 1)...].compactMap { study.overlap(raising[first], $0) }
        }
    }
}

/// Asks of single rules whether they ever match and whether they change anything. It looks at single values only, not
/// at lists of several: its answers are advice, no proofs.
private struct RuleStudy {
    let policy: Policy
    let settings: ProofSettings
    private var spaces: [String: (FactSpace, OutcomeFormula)] = [:]
    private var steps: Int

    init(policy: Policy, settings: ProofSettings) {
        self.policy = policy
        self.settings = settings
        steps = settings.steps
    }

    private func tools(of rules: PolicyRule...) -> [String] {
        policy.classes.filter { tool, toolClass in
            rules.allSatisfy { $0.scope.covers(tool: tool, class: toolClass) }
        }.keys.sorted()
    }

    private mutating func formula(_ tool: String) -> (FactSpace, OutcomeFormula, ToolEntry)? {
        guard let entry = policy.entries[tool] else { return nil }
        if let (space, formula) = spaces[tool] { return (space, formula, entry) }
        let space = FactSpace(tool: tool, entries: [entry], invariants: [], settings: settings)
        let formula = OutcomeFormula(policy, space)
        spaces[tool] = (space, formula)
        return (space, formula, entry)
    }

    /// True unless it is certain that no facts do.
    private mutating func isPossible(_ space: FactSpace, _ alternatives: [OutcomeFormula.Clauses]) -> Bool {
        space.ownerChoices.contains { owners in
            space.owners = owners
            return alternatives.contains { clauses in
                if case .none = space.search(clauses, .complete, lists: false, steps: &steps) { false } else { true }
            }
        }
    }

    // MARK: Use

    mutating func use(of rule: PolicyRule) -> PolicyDiagnostic? {
        let tools = tools(of: rule)
        guard !tools.isEmpty else {
            return finding(rule, "covers no tool of the policy, so it never matches", "correct its scope, or remove it")
        }
        guard tools.contains(where: { canMatch(rule, $0) }) else {
            return finding(
                rule, "never matches: its conditions contradict each other, or the arguments that its tool takes",
                "correct its conditions, or remove it")
        }
        guard !tools.contains(where: { changesAnything(rule, $0) }) else { return nil }
        guard rule.action.isRaising else {
            return finding(
                rule, "never lowers anything: wherever it applies, another rule raises or relaxes as well",
                "remove it, or look at what stands against it")
        }
        let cover = policy.rules.first { other in
            other.id != rule.id && other.action.isRaising && other.strictness >= rule.strictness
                && tools.allSatisfy { covers(other, rule, $0) }
        }
        let what =
            cover.map { "\($0.id) is at least as strict wherever it matches" }
            ?? "classes and other rules are at least as strict wherever it matches"
        return finding(rule, "never changes an outcome: \(what)", "remove it, or correct what it was meant for")
    }

    private mutating func canMatch(_ rule: PolicyRule, _ tool: String) -> Bool {
        guard let (space, formula, _) = formula(tool) else { return false }
        return isPossible(space, [rule.action.isRaising ? formula.matches(rule) : formula.applies(rule)])
    }

    /// A request for approval also says who and how many, so it counts where the outcome is the same without it.
    private mutating func changesAnything(_ rule: PolicyRule, _ tool: String) -> Bool {
        guard let (space, formula, entry) = formula(tool) else { return false }
        if !rule.action.isRaising {
            guard entry.relaxing.contains(rule) else { return true }
            let silence = entry.raising.map(formula.excluded)
            let others = entry.relaxing.filter { $0.id != rule.id }.map(formula.notApplying)
            return isPossible(space, [silence + others + formula.applies(rule)])
        }
        let without = formula.without(rule)
        var most = max(rule.strictness, entry.toolClass.floor)
        if case .requireApproval(let who) = rule.action, who != ApprovalRequirement() {
            most = .approve
        } else {
            most = Outcome(rawValue: most.rawValue &- 1) ?? .allow
            if rule.strictness == .allow { return false }
        }
        let matched = without.atMost(most).map { $0 + formula.matches(rule) }
        if isPossible(space, matched) { return true }
        let undecided = formula.undecided(rule)
        return isPossible(space, without.atMost(.approve).flatMap { clauses in undecided.map { clauses + $0 } })
    }

    private mutating func covers(_ other: PolicyRule, _ rule: PolicyRule, _ tool: String) -> Bool {
        guard let (space, formula, entry) = formula(tool), entry.raising.contains(other) else { return false }
        // It cannot cover what says nothing of a fact that it asks of.
        let asked = Set(other.conditions.map { $0.question(entry.rules, .any).0 })
        guard asked.isSubset(of: rule.conditions.map { $0.question(entry.rules, .any).0 }) else { return false }
        return !isPossible(space, [formula.matches(rule) + [formula.excluded(other)]])
    }

    // MARK: Overlaps

    mutating func overlap(_ first: PolicyRule, _ second: PolicyRule) -> PolicyDiagnostic? {
        guard first.strictness != second.strictness else { return nil }
        let strict = first.strictness > second.strictness ? first : second
        let other = strict.id == first.id ? second : first
        for tool in tools(of: first, second) {
            guard let (space, formula, _) = formula(tool) else { continue }
            guard isPossible(space, [formula.matches(first) + formula.matches(second)]) else { continue }
            return PolicyDiagnostic(
                .note, place: ["rules", other.id],
                problem:
                    "\(other.id) and \(strict.id) can both match an action of \(tool); then \(strict.id) wins with "
                    + strict.strictness.name,
                advice: "nothing is wrong when that is meant")
        }
        return nil
    }

    private func finding(_ rule: PolicyRule, _ problem: String, _ advice: String) -> PolicyDiagnostic {
        PolicyDiagnostic(.warning, place: ["rules", rule.id], problem: "\(rule.id) \(problem)", advice: advice)
    }
}
