package import BallastCore

/// How often tools of a class, or all tools, may be called together. Where an operator says nothing of a class, the class
/// has a limit all the same, and a lower one the more it may break.
package struct ClassLimit: Sendable, Hashable {
    /// nil: every tool.
    package let toolClass: ToolClass?
    /// A count, for a tenant, principal, agent, conversation or run.
    package let rule: LimitRule
    /// The operator wrote that there is none.
    package let isUnlimited: Bool

    package init(_ toolClass: ToolClass?, _ rule: LimitRule, isUnlimited: Bool = false) {
        self.toolClass = toolClass
        self.rule = rule
        self.isUnlimited = isUnlimited
    }

    /// What holds of classes that nothing is said of: generous for people, and far below what a runaway does.
    package static let defaults: [ClassLimit] = [
        perPrincipal(.risky, 60), perPrincipal(.dangerous, 10),
    ]

    private static func perPrincipal(_ toolClass: ToolClass, _ most: Int64) -> ClassLimit {
        ClassLimit(
            toolClass, LimitRule(measure: .count, cap: .fixed(.integer(most)), per: .principal, every: .hour))
    }

    /// These, and the defaults of classes that they do not name; one that asks takes no default's place.
    package static func completing(_ declared: [ClassLimit]) -> [ClassLimit] {
        declared
            + defaults.filter { standard in !declared.contains { $0.toolClass == standard.toolClass && !$0.rule.asks } }
    }

    func covers(_ other: ToolClass) -> Bool { (toolClass ?? other) == other }

    /// What is counted, for the counter's name and in words.
    var counted: (name: String, words: String) {
        toolClass.map { ("class:\($0.name)", "all \($0.name) tools together") } ?? ("every", "all tools together")
    }

    package var words: String { isUnlimited ? "no limit (\(counted.words))" : "\(rule.words) (\(counted.words))" }

    func demand(_ facts: PolicyFacts) -> Result<[LimitDemand], LimitRefusal> {
        isUnlimited ? .success([]) : rule.demand(facts, rules: ToolRules(), of: counted)
    }
}
