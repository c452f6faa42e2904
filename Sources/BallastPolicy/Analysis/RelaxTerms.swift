package import BallastCore

/// The terms on which a rule may lower the floor of a tool. They hold in the engine, not only in the loader.
enum RelaxTerms {
    struct Complaint: Sendable, Hashable {
        /// The key of the rule that is wrong or missing.
        let key: String
        let problem: String
        let advice: String
    }

    /// What is wrong with a relaxing rule for a tool of this class; empty for one that may apply.
    static func complaints(about rule: PolicyRule, toolClass: ToolClass, rules: ToolRules) -> [Complaint] {
        guard case .relax(let target) = rule.action else { return [] }
        return signature(of: rule) + floor(of: target, toolClass: toolClass)
            + (toolClass == .dangerous ? dangerous(rule, target: target, rules: rules) : [])
    }

    private static func signature(of rule: PolicyRule) -> [Complaint] {
        var complaints: [Complaint] = []
        if rule.owner?.isEmpty ?? true {
            complaints.append(
                Complaint(
                    key: "owner", problem: "a relaxation has no owner, so nobody answers for it",
                    advice: "add `owner: TEAM`"))
        }
        if rule.reason?.isEmpty ?? true {
            complaints.append(
                Complaint(
                    key: "reason", problem: "a relaxation has no reason, so nobody can judge it later",
                    advice: "add `reason: why this is acceptable`"))
        }
        if rule.expires == nil {
            complaints.append(
                Complaint(
                    key: "expires", problem: "a relaxation has no end, so it would outlive its reason",
                    advice: "add `expires: YYYY-MM-DD`"))
        }
        if rule.scope.tools == nil {
            complaints.append(
                Complaint(
                    key: "relax", problem: "a relaxation names no tool, and it may lower only those that it names",
                    advice: "write `relax: TOOL to confirm`"))
        }
        return complaints
    }

    private static func floor(of target: Outcome, toolClass: ToolClass) -> [Complaint] {
        guard target >= toolClass.floor else { return [] }
        return [
            Complaint(
                key: "relax",
                problem: "a \(toolClass.name) tool is at \(toolClass.floor.name) anyway, so this changes nothing",
                advice: "remove the rule, or relax to something looser than \(toolClass.floor.name)")
        ]
    }

    private static func dangerous(_ rule: PolicyRule, target: Outcome, rules: ToolRules) -> [Complaint] {
        var complaints: [Complaint] = []
        if target < .confirm {
            complaints.append(
                Complaint(
                    key: "relax", problem: "a dangerous tool may be relaxed to confirm at most",
                    advice: "write `relax: TOOL to confirm`"))
        }
        if !rule.conditions.contains(where: isMagnitudeBound) {
            complaints.append(
                Complaint(
                    key: "when", problem: "a dangerous tool is relaxed without a bound on how much it may touch",
                    advice: "add a bound such as `when: { amount: { at_most: 50.00 USD } }`"))
        }
        if rules.undo == nil {
            complaints.append(
                Complaint(
                    key: "relax", problem: "a dangerous tool that cannot be undone may not be relaxed",
                    advice: "declare `undo` for the tool, or remove this rule"))
        }
        return complaints
    }

    private static func isMagnitudeBound(_ condition: Condition) -> Bool {
        guard case .argument(_, .compares(let comparison, _)) = condition else { return false }
        return comparison.isUpperBound
    }
}

extension ToolClass {
    /// The outcome of an action of this class when no rule speaks.
    package var floor: Outcome {
        switch self {
        case .safe: .allow
        case .risky: .confirm
        case .dangerous: .approve
        }
    }
}
