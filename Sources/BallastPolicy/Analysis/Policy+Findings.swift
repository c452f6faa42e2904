import BallastCore

extension Policy {
    /// What a reader of the policy should know: rules that do nothing, tools that nothing covers, sums that nothing
    /// bounds, relaxations that end. Errors are found by `problems` and `check`; these are warnings and notes.
    package func findings(_ settings: ProofSettings) -> [PolicyDiagnostic] {
        uses(settings) + overlaps(settings) + uncoveredTools(settings) + unboundedSums() + datedRules(settings.now)
            + declaredDeviations(settings.now) + launderedTrust() + unlimitedClasses()
    }

    /// A tool whose answers the operator vouches for, and which reads back what another tool lets a model write.
    private func launderedTrust() -> [PolicyDiagnostic] {
        records.values.sorted { $0.name < $1.name }.flatMap { kind -> [PolicyDiagnostic] in
            let trusted = kind.tools.sorted().filter { rules(for: $0).trust != .none }
            let writers = tools.keys.sorted().filter { tool in
                guard classes[tool] != .safe, let flow = tools[tool]?.flow else { return false }
                let writesText = flow.types.values.contains { $0 == .text || $0 == .own }
                return writesText && (kind.tools.contains(tool) || flow.types.values.contains(.record(kind.name)))
            }
            guard let writer = writers.first else { return [] }
            return trusted.map { tool in
                PolicyDiagnostic(
                    .warning, place: ["tools", tool, "trusted"],
                    problem: "`\(tool)` is vouched for, and it reads back what \(writer) lets a model write into a "
                        + "\(kind.name)",
                    advice: "name only fields that \(writer) cannot write, such as ids")
            }
        }
    }

    private func uncoveredTools(_ settings: ProofSettings) -> [PolicyDiagnostic] {
        settings.schemas.keys.filter { classes[$0] == nil }.sorted().map { tool in
            PolicyDiagnostic(
                .note, place: ["classes"], problem: "`\(tool)` is offered and stands in no class, so it never runs",
                advice: "put it into a class when an agent is to use it")
        }
    }

    /// Two partial refunds each stay below the order's total; only a sum against it stops the second.
    private func unboundedSums() -> [PolicyDiagnostic] {
        classes.keys.sorted().flatMap { tool -> [PolicyDiagnostic] in
            guard classes[tool] != .safe else { return [] }
            let stated = rules(for: tool)
            return stated.money.compactMap { field in
                let isBounded = stated.limits.contains { $0.measure == .sum(field.path) && $0.reference != nil }
                guard !isBounded else { return nil }
                return PolicyDiagnostic(
                    .warning, place: ["tools", tool, "limits"],
                    problem:
                        "nothing bounds the sum of `\(field.path)` of \(tool) by what another tool knows, so parts "
                        + "may add up to more than the whole",
                    advice: "add a limit such as `{ sum: \(field.path), at_most: lookup_order(order_id).total_cents, "
                        + "per: order_id }`")
            }
        }
    }

    private static let soon: Int64 = 30 * 86_400_000

    private func datedRules(_ now: Timestamp) -> [PolicyDiagnostic] {
        rules.compactMap { rule in
            guard let end = rule.expires else { return nil }
            let place = ["rules", rule.id, "expires"]
            switch (rule.action.isRaising, rule.isExpired(at: now)) {
            case (true, true):
                return PolicyDiagnostic(
                    .warning, place: place, problem: "the date of \(rule.id) is past, and it stays in force",
                    advice: "remove the rule, or its date")
            case (false, true):
                return PolicyDiagnostic(
                    .warning, place: place, problem: "\(rule.id) has expired and lowers nothing any more",
                    advice: "remove it, or give it a new date")
            case (false, false) where rule.isExpired(at: now.adding(milliseconds: Policy.soon)):
                let days = (end.milliseconds - now.milliseconds) / 86_400_000
                return PolicyDiagnostic(
                    .note, place: place, problem: "\(rule.id) expires in \(days == 1 ? "1 day" : "\(days) days")",
                    advice: "decide whether it is still wanted")
            default: return nil
            }
        }
    }

    private func unlimitedClasses() -> [PolicyDiagnostic] {
        limits.filter(\.isUnlimited).map { limit in
            PolicyDiagnostic(
                .note, place: ["limits"], problem: "a deviation: \(limit.words)",
                advice: "give a number that no honest use reaches, such as `count: at_most 1000`")
        }
    }

    private func declaredDeviations(_ now: Timestamp) -> [PolicyDiagnostic] {
        deviations(at: now).map { rule in
            PolicyDiagnostic(
                .note, place: ["rules", rule.id, "relax"],
                problem: "a deviation: \(rule.id) lets a dangerous tool run without approval",
                advice: "\(rule.owner ?? "nobody") answers for it")
        }
    }
}
