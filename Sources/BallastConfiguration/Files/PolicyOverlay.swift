import BallastCore
import BallastPolicy

/// A file that tightens a policy in one environment, and loosens nothing.
///
/// That is so by what it may hold, with no search for a counterexample: rules that raise (which a decision takes the
/// strictest of), higher classes, and further or lower limits (each of which must have room). Whatever could also
/// replace or lower something is refused.
struct PolicyOverlay {
    let list: DiagnosticList
    /// The policy file that it tightens.
    let name: String
    private static let why = "an overlay only tightens, and this could also loosen"
    private var home: String { "policies/\(name).yaml" }

    /// What the file says, with complaints about what no overlay may say.
    func read(_ node: YAMLNode) -> PolicyDraft? {
        guard let draft = PolicyFile(list: list).read(node) else { return nil }
        for (_, position) in draft.includes {
            refuse(position, "an overlay includes no other file", "name the file in \(home)")
        }
        for entry in node["tools"]?.entries ?? [] {
            for key in entry.value.entries ?? [] where key.key != "limits" {
                refuse(key.position, "an overlay does not state `\(key.key)` of a tool", "state it in \(home)")
            }
        }
        for limit in draft.limits where limit.isUnlimited {
            refuse(
                draft.positions["limits"] ?? draft.position, "an overlay lifts no limit of a class (\(limit.words))",
                "lift it in \(home)")
        }
        for rule in draft.rules where !rule.action.isRaising {
            let position = draft.positions["rules/\(rule.id)/relax"] ?? draft.position
            refuse(position, "an overlay does not relax", "relax in \(home), or remove the rule")
        }
        return draft
    }

    private func refuse(_ position: SourcePosition, _ problem: String, _ advice: String) {
        list.add(position, problem, why: PolicyOverlay.why, advice)
    }

    /// Adds the overlay to the policy of an agent.
    func tighten(_ base: inout PolicyAssembly, with overlay: PolicyDraft) {
        for (tool, toolClass, position) in overlay.classes { raise(tool, to: toolClass, position, in: &base) }
        for (tool, stated) in overlay.tools.sorted(by: { $0.key < $1.key }) {
            let position = overlay.positions["tools/\(tool)/limits"] ?? overlay.position
            guard base.classes[tool] != nil else {
                refuse(position, "`\(tool)` stands in no class of what this tightens", "classify it in \(home)")
                continue
            }
            var rules = base.tools[tool] ?? ToolRules()
            for limit in stated.limits { add(limit, of: tool, at: position, to: &rules) }
            rules.magnitudes += stated.magnitudes
            base.tools[tool] = rules
        }
        // The limits that hold where nothing is said stay beside what is said here.
        if !overlay.limits.isEmpty { base.limits = ClassLimit.completing(base.limits) + overlay.limits }
        for rule in overlay.rules { checkGroup(rule, overlay, base) }
        base.addRules(of: overlay)
        base.note(overlay, named: name)
    }

    /// A rule that holds for a class would no longer hold for a tool that leaves it.
    private func raise(
        _ tool: String, to toolClass: ToolClass, _ position: SourcePosition, in base: inout PolicyAssembly
    ) {
        guard let current = base.classes[tool] else {
            return refuse(
                position, "`\(tool)` stands in no class of what this tightens, so it does not run",
                "classify it in \(home)")
        }
        guard toolClass >= current else {
            return refuse(
                position, "`\(tool)` is \(current.name), and \(toolClass.name) is less",
                "leave it out, or name a higher class")
        }
        let left = base.rules.values.filter { rule in
            rule.action.isRaising && rule.scope.classes.map { $0.contains(current) && !$0.contains(toolClass) } ?? false
        }
        if let rule = left.map(\.id).min() {
            return refuse(
                position, "the rule `\(rule)` holds for \(current.name) tools and not for \(toolClass.name) ones",
                "add \(toolClass.name) to the rule's `class`")
        }
        base.classes[tool] = toolClass
    }

    /// A limit of what is counted already takes the place of the one that counts it, so it must be lower.
    private func add(_ limit: LimitRule, of tool: String, at position: SourcePosition, to rules: inout ToolRules) {
        guard let index = rules.limits.firstIndex(where: { $0.name == limit.name }) else {
            rules.limits.append(limit)
            return
        }
        guard let lower = limit.cap.isLower(than: rules.limits[index].cap) else {
            return refuse(
                position, "two limits of \(tool) count \(limit.name), and nobody can tell which is lower",
                "give both a number, or count something else")
        }
        guard lower else {
            return refuse(
                position, "the limit of \(tool) that counts \(limit.name) is not lower than the one that is there",
                "lower it, or remove it")
        }
        rules.limits[index] = limit
    }

    /// Where two groups are asked for, one of them could take the other's place.
    private func checkGroup(_ rule: PolicyRule, _ overlay: PolicyDraft, _ base: PolicyAssembly) {
        guard case .requireApproval(let wanted) = rule.action, let group = wanted.group else { return }
        let other = base.rules.values.filter { present in
            guard case .requireApproval(let asked) = present.action, let name = asked.group else { return false }
            return name != group && present.scope.mayMeet(rule.scope)
        }
        guard let id = other.map(\.id).min() else { return }
        refuse(
            overlay.positions["rules/\(rule.id)/require"] ?? overlay.position,
            "`\(group)` would be asked where the rule `\(id)` asks another group",
            "ask the same group, or more people of it with `quorum`")
    }
}

extension LimitRule.Cap {
    /// nil when the two cannot be compared.
    fileprivate func isLower(than other: LimitRule.Cap) -> Bool? {
        switch (self, other) {
        case (.fixed(.integer(let mine)), .fixed(.integer(let theirs))): mine < theirs
        case (.fixed(.money(let mine)), .fixed(.money(let theirs))):
            mine.currency == theirs.currency ? mine.minorUnits < theirs.minorUnits : nil
        default: nil
        }
    }
}

extension RuleScope {
    /// Whether an action may be in both scopes, as far as tools say.
    fileprivate func mayMeet(_ other: RuleScope) -> Bool {
        guard let mine = tools, let theirs = other.tools else { return true }
        return !mine.isDisjoint(with: theirs)
    }
}
