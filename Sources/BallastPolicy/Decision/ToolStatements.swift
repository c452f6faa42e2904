import BallastCore

/// Holds an action against what the operator stated of its tool.
struct ToolStatements {
    let facts: PolicyFacts
    let rules: ToolRules

    func refusals() -> [PolicyReason] { money() + scope() + magnitude() + dryRun() }

    private func money() -> [PolicyReason] {
        rules.money.compactMap { field in
            field.complaint(about: facts.arguments).map { complaint in
                refusal("money:\(field.path)", .money, "\(complaint).", remedy: field.rule)
            }
        }
    }

    /// A destructive action says exactly what it touches: nothing empty, no wildcard.
    private func scope() -> [PolicyReason] {
        rules.explicitScope.compactMap { path in
            let value = path.value(in: facts.arguments)
            if let value, (value.array ?? [value]).allSatisfy(ToolStatements.isExplicit), value.array?.isEmpty != true {
                return nil
            }
            let sentence = "\(path) must say exactly what is touched: a value, without wildcards."
            return refusal("scope:\(path)", .scope, sentence, remedy: "\(path) names one record or a list of them")
        }
    }

    static func isExplicit(_ value: JSONValue) -> Bool {
        guard let text = value.string else { return value.integer != nil }
        let isBlank = text.utf8.allSatisfy { $0 <= 32 }
        let isWild = text.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "%") }
        return !isBlank && !isWild && !["all", "any", "everything"].contains(text.lowercased())
    }

    private func magnitude() -> [PolicyReason] {
        rules.magnitudes.compactMap { rule in
            let name = "each:\(rule.subject)"
            // An absent argument does not touch nothing: many a tool takes it as "all of it".
            guard let units = units(of: rule) else {
                return refusal(name, .groundTruth, "How much \(rule.subject) is cannot be told.", remedy: nil)
            }
            guard let largest = units.max(), largest > rule.atMost.units else { return nil }
            return refusal(
                name, .magnitude, "\(rule.subject) is more than \(rule.atMost), the most that one action may touch.",
                remedy: "\(rule.subject) is at most \(rule.atMost)")
        }
    }

    private func units(of rule: MagnitudeRule) -> [Int64]? {
        guard let value = rule.subject.value(arguments: facts.arguments, groundTruth: facts.groundTruth) else {
            return nil
        }
        var field: MoneyField?
        if case .argument(let path) = rule.subject { field = rules.money(at: path) }
        let units = (value.array ?? [value]).map { field?.minorUnits(of: $0) ?? $0.integer }
        return units.contains(nil) ? nil : units.compactMap(\.self)
    }

    private func dryRun() -> [PolicyReason] {
        guard let rehearsal = rules.dryRun else { return [] }
        guard let call = rehearsal.guardCall(tool: facts.tool, arguments: facts.arguments),
            let count = facts.groundTruth[call].flatMap({ rehearsal.count.value(in: $0) })?.integer, count >= 0
        else {
            return [
                refusal("dry_run", .groundTruth, "How much the action would touch cannot be told.", remedy: nil)
            ]
        }
        guard count > rehearsal.atMost else { return [] }
        let sentence = "The action would touch \(count), and at most \(rehearsal.atMost) are allowed at once."
        return [refusal("dry_run", .magnitude, sentence, remedy: "it touches at most \(rehearsal.atMost)")]
    }

    private func refusal(
        _ rule: String, _ code: DecisionCode, _ sentence: String, remedy: String?
    ) -> PolicyReason {
        PolicyReason(rule: rule, outcome: .deny, code: code, sentence: sentence, remedy: remedy)
    }
}
