package import BallastCore

extension Policy {
    /// What is wrong once the tools are known: names that no provider offers, fields that a schema does not have,
    /// comparisons with another type.
    ///
    /// - Parameter schemas: JSON Schemas of the arguments of every tool that is offered, by tool name.
    package func check(against schemas: [String: JSONValue]) -> [PolicyDiagnostic] {
        let checker = SchemaChecker(policy: self, schemas: schemas)
        return checker.unknownTools() + tools.keys.sorted().flatMap(checker.statements)
            + rules.flatMap { checker.conditions($0.conditions, of: $0.scope, place: ["rules", $0.id, "when"]) }
            + invariants.flatMap { checker.conditions($0.conditions, of: $0.scope, place: ["never", $0.id, "when"]) }
    }
}

private struct SchemaChecker {
    let policy: Policy
    let schemas: [String: JSONValue]

    func unknownTools() -> [PolicyDiagnostic] {
        policy.classes.sorted { $0.key < $1.key }.compactMap { tool, toolClass in
            guard schemas[tool] == nil else { return nil }
            let nearest = NearestWord.of(tool, among: schemas.keys)
            return PolicyDiagnostic(
                place: ["classes", toolClass.name, tool], problem: "no provider offers a tool named `\(tool)`",
                advice: nearest.map { "did you mean `\($0)`?" } ?? "correct the name, or start its provider")
        }
    }

    func conditions(_ conditions: [Condition], of scope: RuleScope, place: [String]) -> [PolicyDiagnostic] {
        let covered = policy.classes.filter { scope.covers(tool: $0.key, class: $0.value) }.keys.sorted()
        return covered.flatMap { tool in
            conditions.compactMap { condition in
                guard let path = condition.path else { return nil }
                let key = if case .label = condition { "\(path).label" } else { path.text }
                return field(path, of: tool, expected: expected(condition, tool), place: place + [key])
            }
        }
    }

    private func expected(_ condition: Condition, _ tool: String) -> Set<String>? {
        guard case .argument(let path, let test) = condition else { return nil }
        if let money = policy.rules(for: tool).money(at: path), case .compares = test { return money.types }
        return test.types
    }

    func statements(_ tool: String) -> [PolicyDiagnostic] {
        let rules = policy.rules(for: tool)
        var fields: [(String, FieldPath, Set<String>?)] = []
        for money in rules.money {
            fields.append(("money", money.path, money.types))
            if case .argument(let path, _) = money.source { fields.append(("money", path, ["string"])) }
        }
        fields += rules.entitlements.map { ("entitled", $0.argument, nil) }
        fields += rules.businessKey.map { ("business_key", $0, nil) }
        fields += rules.explicitScope.map { ("scope", $0, nil) }
        fields += rules.flow.namedArguments.map { ($0.key, $0.path, nil) }
        for limit in rules.limits {
            if case .sum(let path) = limit.measure { fields.append(("limits", path, numeric(path, rules))) }
            if case .elements(let path) = limit.measure { fields.append(("limits", path, nil)) }
            if case .argument(let path) = limit.scope { fields.append(("limits", path, nil)) }
        }
        for magnitude in rules.magnitudes {
            if case .argument(let path) = magnitude.subject { fields.append(("limits", path, numeric(path, rules))) }
        }
        return fields.compactMap { field($0.1, of: tool, expected: $0.2, place: ["tools", tool, $0.0]) }
            + calls(of: tool, rules).flatMap { call($0.1, $0.2, of: tool, place: ["tools", tool, $0.0]) }
    }

    private func numeric(_ path: FieldPath, _ rules: ToolRules) -> Set<String> {
        rules.money(at: path)?.types ?? ["integer", "number"]
    }

    /// Calls that the guard makes: the key that declares each, its tool, its arguments.
    private func calls(of tool: String, _ rules: ToolRules) -> [(String, String, [BoundArgument])] {
        let references =
            rules.entitlements.map { ("entitled", $0.owner) } + rules.magnitudes.map { ("limits", $0.subject) }
            + rules.limits.compactMap { limit in limit.reference.map { ("limits", $0) } }
        var calls: [(String, String, [BoundArgument])] = references.compactMap { key, reference in
            if case .lookup(let name, let bound, _) = reference { (key, name, bound) } else { nil }
        }
        if let verify = rules.verification { calls.append(("verify", verify.tool, verify.with)) }
        for case .check(let tool, let bound, _) in rules.postConditions { calls.append(("after", tool, bound)) }
        if let undo = rules.undo { calls.append(("undo", undo.tool, undo.with)) }
        return calls
    }

    private func call(
        _ name: String, _ bound: [BoundArgument], of tool: String, place: [String]
    ) -> [PolicyDiagnostic] {
        // A tool that nobody offers has been reported by its class.
        guard let schema = schemas[name] else { return [] }
        let unknown = bound.compactMap { argument in
            FieldPath(argument.name).flatMap { field($0, of: name, expected: nil, place: place) }
        }
        let missing = SchemaField.required(in: schema).filter { needed in !bound.contains { $0.name == needed } }
        let absent = missing.map { needed in
            PolicyDiagnostic(
                place: place, problem: "`\(name)` needs the argument `\(needed)`, which is not given",
                advice: "add `\(needed)` to its arguments")
        }
        let sources = bound.compactMap { argument -> PolicyDiagnostic? in
            guard case .argument(let path) = argument.source else { return nil }
            return field(path, of: tool, expected: nil, place: place)
        }
        return unknown + absent + sources
    }

    private func field(
        _ path: FieldPath, of tool: String, expected: Set<String>?, place: [String]
    ) -> PolicyDiagnostic? {
        guard let schema = schemas[tool] else { return nil }
        switch SchemaField.look(up: path, in: schema) {
        case .open: return nil
        case .absent(let known):
            let nearest = NearestWord.of(path.text, among: known)
            return PolicyDiagnostic(
                place: place, problem: "`\(tool)` has no argument `\(path)`, so this could never be evaluated",
                advice: nearest.map { "did you mean `\($0)`?" }
                    ?? "its arguments are \(known.sorted().joined(separator: ", "))")
        case .declared(let types):
            guard let expected, !types.isEmpty, types.isDisjoint(with: expected) else { return nil }
            return PolicyDiagnostic(
                place: place,
                problem: "`\(path)` of `\(tool)` is \(words(types)), and this needs \(words(expected))",
                advice: "use a test for \(words(types)), or name another argument")
        }
    }

    private func words(_ types: Set<String>) -> String { types.sorted().joined(separator: " or ") }
}

extension MoneyField {
    /// JSON Schema types in which an amount of this form can be written.
    fileprivate var types: Set<String> {
        switch form {
        case .minor: ["integer", "number"]
        case .decimalNumber: ["number", "integer"]
        case .decimalString: ["string"]
        }
    }
}

extension ValueTest {
    /// JSON Schema types that the test can be evaluated on; nil for all.
    fileprivate var types: Set<String>? {
        switch self {
        case .exists: nil
        case .equals(let value): ValueTest.types(of: [value])
        case .isIn(let values), .isNotIn(let values): ValueTest.types(of: values)
        case .compares: ["integer", "number"]
        case .hasPrefix, .hasSuffix, .domainIn, .domainNotIn: ["string"]
        }
    }

    private static func types(of values: [JSONValue]) -> Set<String> {
        Set(values.flatMap { $0.integer == nil ? [$0.kindName] : ["integer", "number"] })
    }
}
