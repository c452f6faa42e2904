import BallastCore

extension PolicyRule {
    var relaxTarget: Outcome? { if case .relax(let target) = action { target } else { nil } }

    /// Scope first, then all conditions. The order of conditions does not matter: one that fails settles it.
    func matches(_ facts: PolicyFacts, entry: ToolEntry, quantifier: Quantifier) -> Truth {
        if let agents = scope.agents, !agents.contains(facts.agent) { return .no }
        var answer = Truth.yes
        for condition in conditions {
            answer = answer.and(condition.evaluate(facts, rules: entry.rules, quantifier: quantifier))
            if answer == .no { return .no }
        }
        return answer
    }

    /// A relaxation that cannot be evaluated, or is past its date, does not apply.
    func applies(_ facts: PolicyFacts, entry: ToolEntry) -> Bool {
        !isExpired(at: facts.now) && matches(facts, entry: entry, quantifier: .every) == .yes
    }

    /// The reason of a rule that matches.
    func matched() -> PolicyReason {
        let (outcome, code, verb): (Outcome, DecisionCode, String) =
            switch action {
            case .relax(let target): (target, .relaxed, target == .allow ? "lets this run" : "asks for a confirmation")
            case .requireConfirm: (.confirm, .required, "asks for a confirmation")
            case .requireApproval(let who): (.approve, .required, "asks for approval by \(who.words)")
            case .deny: (.deny, .denied, "forbids this")
            }
        let cause = conditions.isEmpty ? "" : ", as \(Wording.list(conditions.map(\.words), last: "and"))"
        let why = reason.map { " (\($0))" } ?? ""
        return PolicyReason(
            rule: id, outcome: outcome, code: code, sentence: "Rule \(id) \(verb)\(cause)\(why).", remedy: remedy)
    }

    /// What would not match: any one condition turned round.
    private var remedy: String? {
        conditions.isEmpty ? nil : Wording.list(conditions.map(\.oppositeWords), last: "or")
    }

    /// The reason of a raising rule whose facts are missing or of another type.
    func undecided(_ facts: PolicyFacts, entry: ToolEntry) -> PolicyReason {
        let open = conditions.filter { $0.evaluate(facts, rules: entry.rules, quantifier: .any) == .unknown }
        let facts = Wording.list(open.map(\.words), last: "and")
        return PolicyReason(
            rule: id, outcome: .deny, code: .cannotEvaluate,
            sentence: "Rule \(id) cannot be evaluated: whether \(facts) cannot be told.",
            remedy: "\(facts) can be told: the value is given and of the declared type")
    }
}

extension Condition {
    func evaluate(_ facts: PolicyFacts, rules: ToolRules, quantifier: Quantifier) -> Truth {
        switch self {
        case .argument(let path, let test):
            test.evaluate(path.value(in: facts.arguments), money: rules.money(at: path), quantifier: quantifier)
        case .argumentIsAttribute(let path, let attribute, let isEqual):
            Condition.ownership(facts.attributes[attribute], isEqual)
                .evaluate(path.value(in: facts.arguments), quantifier: quantifier)
        case .label(let path, let isUntrusted): Condition.label(path, isUntrusted, facts)
        case .principal(let test): test.evaluate(JSONValue(facts.principal.name), quantifier: quantifier)
        case .attribute(let name, let test):
            test.evaluate(facts.attributes[name].map { JSONValue($0) }, quantifier: quantifier)
        case .role(let test): Condition.role(test, facts)
        case .tenant(let test): test.evaluate(JSONValue(facts.tenant.name), quantifier: quantifier)
        case .environment(let test): test.evaluate(JSONValue(facts.environment), quantifier: quantifier)
        case .confidence(let comparison, let band):
            facts.confidence.map { .of(comparison.holds($0, band)) } ?? .unknown
        case .readUntrusted(let wanted): facts.hasReadUntrusted.map { .of($0 == wanted) } ?? .unknown
        case .grounded(let wanted): facts.grounds.map { .of($0.isGrounded == wanted) } ?? .unknown
        }
    }

    /// A principal without the attribute leaves the test unknown: a list of nothing compares with nothing.
    private static func ownership(_ own: String?, _ isEqual: Bool) -> ValueTest {
        let values = own.map { [JSONValue($0)] } ?? []
        return isEqual ? .isIn(values) : .isNotIn(values)
    }

    private static func label(_ path: FieldPath, _ isUntrusted: Bool, _ facts: PolicyFacts) -> Truth {
        guard path.value(in: facts.arguments) != nil else { return .no }
        return facts.label(of: path).map { .of($0.isUntrusted == isUntrusted) } ?? .unknown
    }

    /// Being in one group is enough for a positive test; `not_in` speaks of all groups.
    private static func role(_ test: ValueTest, _ facts: PolicyFacts) -> Truth {
        let roles = facts.roles.map { JSONValue($0) }
        switch test {
        case .exists(let wanted): return .of(roles.isEmpty != wanted)
        case .isNotIn: return roles.isEmpty ? .yes : test.evaluate(.array(roles), quantifier: .every)
        default: return test.evaluate(.array(roles), quantifier: .any)
        }
    }
}
