package import BallastCore

/// What an agent may do: classes of tools, what the operator states of each tool, and rules. Order-free: the strictest
/// answer wins, so neither the order of rules nor that of files matters.
package struct Policy: Sendable {
    /// First 16 bytes of SHA-256 over the canonical form of what was loaded.
    package let hash: [UInt8]
    package let classes: [String: ToolClass]
    package let tools: [String: ToolRules]
    /// Sorted by id.
    package let rules: [PolicyRule]
    /// What the rules must never bring about, sorted by id. It is proved, not decided by.
    package let invariants: [Invariant]
    /// What tools' answers are made of, by name.
    package let records: [String: RecordKind]
    package let intent: IntentRules
    let lexicon: ActLexicon
    /// Limits over all tools of a class, or over all tools.
    package let limits: [ClassLimit]
    let entries: [String: ToolEntry]

    package init(
        classes: [String: ToolClass], tools: [String: ToolRules] = [:], rules: [PolicyRule] = [],
        never invariants: [Invariant] = [], records: [RecordKind] = [], intent: IntentRules = IntentRules(),
        limits: [ClassLimit] = [], hash: [UInt8] = []
    ) {
        self.records = Dictionary(records.map { ($0.name, $0) }) { first, _ in first }
        self.intent = intent
        lexicon = intent == IntentRules() ? .english : ActLexicon(intent)
        self.hash = hash
        self.classes = classes
        self.tools = tools
        self.rules = rules.sorted { $0.id < $1.id }
        self.invariants = invariants.sorted { $0.id < $1.id }
        self.limits = limits.sorted { $0.rule.name < $1.rule.name }
        self.entries = ToolEntry.index(classes: classes, tools: tools, rules: self.rules, limits: self.limits)
    }

    /// The policy of an agent that has none: no tool stands in a class, so nothing runs.
    package static let empty = Policy(classes: [:])

    /// The same policy with a class for tools that it puts into none.
    package func classifying(_ names: [String], as toolClass: ToolClass) -> Policy {
        let missing = names.filter { classes[$0] == nil }
        guard !missing.isEmpty else { return self }
        let all = classes.merging(missing.map { ($0, toolClass) }) { first, _ in first }
        return Policy(
            classes: all, tools: tools, rules: rules, never: invariants, records: Array(records.values), intent: intent,
            limits: limits, hash: hash)
    }

    /// The class of a tool; nil for one that nobody classified.
    package func toolClass(of tool: String) -> ToolClass? { classes[tool] }

    /// What is stated of a tool; the defaults for one that the policy says nothing of.
    package func rules(for tool: String) -> ToolRules { tools[tool] ?? ToolRules() }

    /// How a tool may be repeated; `never` unless it is safe or the policy says otherwise.
    package func repeatability(of tool: String) -> Repeatability {
        tools[tool]?.repeatability ?? (classes[tool] == .safe ? .naturally : .never)
    }

    /// True when the confidence of this tool's actions must be estimated before `decide`.
    package func asksForConfidence(of tool: String) -> Bool { entries[tool]?.asksForConfidence ?? false }

    /// Relaxations of dangerous tools that are in force now: declared deviations, to be shown with the policy.
    package func deviations(at now: Timestamp) -> [PolicyRule] {
        rules.filter { rule in
            guard case .relax = rule.action, !rule.isExpired(at: now) else { return false }
            return rule.scope.tools?.contains { classes[$0] == .dangerous } ?? false
        }
    }

    /// Rules past their date: relaxations that no longer apply, and raising rules that stay in force all the same.
    package func expiredRules(at now: Timestamp) -> [PolicyRule] { rules.filter { $0.isExpired(at: now) } }
}

/// All that one decision about one tool looks at, put together when the policy is loaded. A class, so that a decision
/// shares it and does not copy its many parts.
final class ToolEntry: Sendable {
    let toolClass: ToolClass
    let rules: ToolRules
    let raising: [PolicyRule]
    /// What each raising rule says where it matches: the same whatever the facts are.
    let sayings: [PolicyReason]
    let relaxing: [PolicyRule]
    /// What it counts for beside its own limits.
    let limits: [ClassLimit]
    /// Which of the raising rules certainly do not match.
    let gates: RuleGates
    let asksForConfidence: Bool
    /// Some rule asks whether the arguments are what the principal asked for.
    let asksForGrounds: Bool

    static func index(
        classes: [String: ToolClass], tools: [String: ToolRules], rules: [PolicyRule], limits: [ClassLimit]
    ) -> [String: ToolEntry] {
        var named: [String: [PolicyRule]] = [:]
        var general: [PolicyRule] = []
        for rule in rules {
            guard let scope = rule.scope.tools else {
                general.append(rule)
                continue
            }
            for tool in scope { named[tool, default: []].append(rule) }
        }
        var entries: [String: ToolEntry] = [:]
        for (tool, toolClass) in classes {
            let candidates = (named[tool] ?? []) + general.filter { $0.scope.covers(tool: tool, class: toolClass) }
            entries[tool] = ToolEntry(
                tool, toolClass, tools[tool] ?? ToolRules(), candidates, limits.filter { $0.covers(toolClass) })
        }
        return entries
    }

    private init(
        _ tool: String, _ toolClass: ToolClass, _ rules: ToolRules, _ candidates: [PolicyRule],
        _ limits: [ClassLimit]
    ) {
        let inScope = candidates.filter { $0.scope.covers(tool: tool, class: toolClass) }.sorted { $0.id < $1.id }
        let raising = inScope.filter(\.action.isRaising)
        self.gates = RuleGates(raising, of: rules)
        self.toolClass = toolClass
        self.rules = rules
        self.limits = limits
        self.raising = raising
        self.sayings = raising.map { $0.matched() }
        // A relaxation that breaks its own terms never applies, even if nobody read the loader's complaint.
        self.relaxing = inScope.filter {
            RelaxTerms.complaints(about: $0, toolClass: toolClass, rules: rules).isEmpty && !$0.action.isRaising
        }
        self.asksForGrounds = inScope.contains { rule in
            rule.conditions.contains { if case .grounded = $0 { true } else { false } }
        }
        self.asksForConfidence =
            rules.confidence != nil
            || inScope.contains { rule in
                rule.conditions.contains { if case .confidence = $0 { true } else { false } }
            }
    }
}
