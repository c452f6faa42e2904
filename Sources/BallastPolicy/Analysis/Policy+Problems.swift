import BallastCore

extension Policy {
    /// What is wrong with the policy in itself, before any tool is known.
    package func problems() -> [PolicyDiagnostic] {
        unclassifiedNames() + rules.flatMap(ruleProblems) + invariants.flatMap(invariantProblems)
            + tools.keys.sorted().flatMap(toolProblems) + recordProblems() + groupProblems() + autonomyProblems()
    }

    /// Tools that rules or statements name and no class holds: they would never run, so the name is probably wrong.
    private func unclassifiedNames() -> [PolicyDiagnostic] {
        let stated = tools.keys.sorted().filter { classes[$0] == nil }.map { (["tools", $0], $0) }
        let ruled = rules.flatMap { rule in
            (rule.scope.tools ?? []).sorted().filter { classes[$0] == nil }.map { (["rules", rule.id], $0) }
        }
        let promised = invariants.flatMap { invariant in
            (invariant.scope.tools ?? []).sorted().filter { classes[$0] == nil }.map { (["never", invariant.id], $0) }
        }
        return (stated + ruled + promised).map { place, tool in
            PolicyDiagnostic(
                place: place, problem: "`\(tool)` stands in no class, so it never runs",
                advice: NearestWord.of(tool, among: classes.keys).map { "did you mean `\($0)`?" }
                    ?? "add it to `classes`, or remove it here")
        }
    }

    private func ruleProblems(_ rule: PolicyRule) -> [PolicyDiagnostic] {
        let covered = classes.keys.sorted().filter { tool in
            classes[tool].map { rule.scope.covers(tool: tool, class: $0) } ?? false
        }
        var found: Set<PolicyDiagnostic> = []
        for tool in covered {
            guard let toolClass = classes[tool] else { continue }
            let complaints = RelaxTerms.complaints(about: rule, toolClass: toolClass, rules: rules(for: tool))
            for complaint in complaints {
                found.insert(
                    PolicyDiagnostic(
                        place: ["rules", rule.id, complaint.key], problem: complaint.problem,
                        advice: complaint.advice))
            }
            for condition in rule.conditions {
                let place = ["rules", rule.id, "when"]
                if let problem = unitProblem(condition, place: place, tool: tool) { found.insert(problem) }
            }
        }
        found.formUnion(rule.conditions.compactMap { confidenceProblem($0, rule: rule) })
        return found.sorted {
            ($0.place.joined(separator: "/"), $0.problem) < ($1.place.joined(separator: "/"), $1.problem)
        }
    }

    /// Money is compared with money of the same currency, plain integers with integers.
    private func unitProblem(_ condition: Condition, place: [String], tool: String) -> PolicyDiagnostic? {
        guard case .argument(let path, .compares(_, let bound)) = condition else { return nil }
        return mismatch(of: bound, with: path, tool: tool).map { problem, advice in
            PolicyDiagnostic(place: place + [path.text], problem: problem, advice: advice)
        }
    }

    /// An invariant whose comparison can never be told would be proved without saying anything.
    private func invariantProblems(_ invariant: Invariant) -> [PolicyDiagnostic] {
        let covered = classes.keys.sorted().filter { tool in
            classes[tool].map { invariant.scope.covers(tool: tool, class: $0) } ?? false
        }
        let found = covered.flatMap { tool in
            invariant.conditions.compactMap {
                unitProblem($0, place: ["never", invariant.id, "when"], tool: tool)
            }
        }
        return Set(found).sorted { ($0.place.last ?? "", $0.problem) < ($1.place.last ?? "", $1.problem) }
    }

    private func mismatch(of bound: Quantity, with path: FieldPath, tool: String) -> (String, String)? {
        switch (bound, rules(for: tool).money(at: path)) {
        case (.integer, nil): return nil
        case (.money(let money), let field?):
            guard field.currency != money.currency else { return nil }
            return (
                "`\(path)` of \(tool) is in \(field.currency), and amounts of two currencies are not compared",
                "give the bound in \(field.currency)"
            )
        case (.money(let money), nil):
            return (
                "`\(path)` of \(tool) is compared with money and is not declared as money",
                "add `money: { \(path): \(money.currency) }` under `tools: \(tool):`"
            )
        case (.integer(let value), let field?):
            return (
                "`\(path)` of \(tool) is money, and \(value) says no currency",
                "write an amount such as `\(Money(minorUnits: value, currency: field.currency))`"
            )
        }
    }

    /// A hijacked model says whatever confidence helps it, so confidence may only ever make a decision stricter.
    private func confidenceProblem(_ condition: Condition, rule: PolicyRule) -> PolicyDiagnostic? {
        guard case .confidence(let comparison, _) = condition else { return nil }
        guard comparison.isUpperBound != rule.action.isRaising else { return nil }
        return PolicyDiagnostic(
            place: ["rules", rule.id, "when", "confidence"],
            problem: rule.action.isRaising
                ? "a raising rule that asks for high confidence is escaped by claiming little"
                : "a relaxation that asks for low confidence is gained by claiming little",
            advice: rule.action.isRaising ? "use `below` or `at_most`" : "use `at_least` or `above`")
    }

    private func toolProblems(_ tool: String) -> [PolicyDiagnostic] {
        let stated = rules(for: tool)
        var found: [PolicyDiagnostic] = []
        for (key, name) in guardTools(of: stated) where classes[name] != .safe {
            found.append(
                PolicyDiagnostic(
                    place: ["tools", tool, key], problem: "the guard calls `\(name)` by itself, and it is not safe",
                    advice: "put `\(name)` into `classes: safe`, or use a tool that only reads"))
        }
        if let undo = stated.undo, classes[undo.tool] == nil {
            found.append(
                PolicyDiagnostic(
                    place: ["tools", tool, "undo"], problem: "`\(undo.tool)` stands in no class, so it never runs",
                    advice: "add it to `classes`"))
        }
        if stated.freshness != nil, !asksTheWorld(stated) {
            found.append(
                PolicyDiagnostic(
                    place: ["tools", tool, "fresh"],
                    problem: "the guard asks nothing for `\(tool)`, so nothing of it can grow old",
                    advice:
                        "say what it asks with `entitled`, a limit that names a safe tool, or `dry_run`; or remove it"
                ))
        }
        return found + fallbackProblems(tool, stated) + boundProblems(tool, stated) + flowProblems(tool, stated)
    }

    /// The guard asks some tool before it decides, whatever the arguments are.
    private func asksTheWorld(_ rules: ToolRules) -> Bool {
        rules.dryRun != nil || guardTools(of: rules).contains { ["entitled", "limits"].contains($0.key) }
    }

    /// With the key that names them, of calls that come before the decision and of those that come after the action.
    private func guardTools(of rules: ToolRules) -> [(key: String, tool: String)] {
        let references =
            rules.entitlements.map { ("entitled", $0.owner) } + rules.magnitudes.map { ("limits", $0.subject) }
            + rules.limits.compactMap { limit in limit.reference.map { ("limits", $0) } }
        let looked = references.compactMap { key, reference in
            if case .lookup(let tool, _, _) = reference { (key: key, tool: tool) } else { nil }
        }
        let after = rules.postConditions.compactMap { condition in
            if case .check(let tool, _, _) = condition { (key: "after", tool: tool) } else { nil }
        }
        return looked + after + (rules.verification.map { [(key: "verify", tool: $0.tool)] } ?? [])
    }

    private func boundProblems(_ tool: String, _ stated: ToolRules) -> [PolicyDiagnostic] {
        var bounds: [(Quantity, FieldPath)] = []
        for limit in stated.limits {
            if case .sum(let path) = limit.measure, case .fixed(let bound) = limit.cap { bounds.append((bound, path)) }
        }
        for magnitude in stated.magnitudes {
            if case .argument(let path) = magnitude.subject { bounds.append((magnitude.atMost, path)) }
        }
        return bounds.compactMap { bound, path in
            mismatch(of: bound, with: path, tool: tool).map { problem, advice in
                PolicyDiagnostic(place: ["tools", tool, "limits"], problem: problem, advice: advice)
            }
        }
    }

    /// One request to approve goes to one group, so two rules may not ask different groups about one tool.
    private func groupProblems() -> [PolicyDiagnostic] {
        var found: [PolicyDiagnostic] = []
        for tool in classes.keys.sorted() {
            var first: (group: String, rule: String)?
            for rule in entries[tool]?.raising ?? [] {
                guard case .requireApproval(let who) = rule.action, let group = who.group else { continue }
                if let first, first.group != group {
                    found.append(
                        PolicyDiagnostic(
                            place: ["rules", rule.id, "require"],
                            problem: "\(tool) is to be approved by \(group) here and by \(first.group) in "
                                + "\(first.rule), and one request goes to one group",
                            advice: "name one group in both, or make a group that holds both"))
                }
                first = first ?? (group, rule.id)
            }
        }
        return found
    }
}
