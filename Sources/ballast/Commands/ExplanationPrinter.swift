import BallastCore
import BallastPolicy
import BallastServer

/// What a policy makes of an action, for people.
struct ExplanationPrinter {
    private let explanation: PolicyExplanation

    init(_ explanation: PolicyExplanation) { self.explanation = explanation }

    func show() {
        let decision = explanation.decision
        let facts = explanation.facts
        let toolClass = explanation.toolClass.map { "class \($0.name)" } ?? "in no class"
        Output.line("\(facts.tool) (\(toolClass)) of agent \(facts.agent) for \(facts.principal.name)")
        let tone: Output.Tone =
            decision.outcome == .deny ? .bad : decision.outcome == .allow ? .good : .warning
        Output.line(
            "\(Output.toned(decision.outcome.name, tone))  \(decision.code.rawValue), \(decision.rule)")
        for reason in decision.reasons { Output.line("  \(reason.outcome.name): \(PlainText.line(reason.sentence))") }
        Output.line("would be allowed: \(PlainText.line(decision.wouldBeAllowed))")
        showFacts(facts)
        showRules()
        showGroundTruth()
        for demand in explanation.demands {
            let subject = demand.subject.isEmpty ? "" : " for \(PlainText.line(demand.subject))"
            Output.line("limit: \(demand.words)\(subject): this takes \(demand.amount) of \(demand.cap)")
        }
        if explanation.otherRules > 0 {
            Output.line(Output.toned("\(explanation.otherRules) rules are about other tools", .faint))
        }
    }

    private func showFacts(_ facts: PolicyFacts) {
        Output.line(Output.toned("facts", .faint))
        for member in facts.arguments.object?.members ?? [] {
            let label = facts.labels[member.key.text]?.sourceNames.joined(separator: ", ") ?? "unknown"
            Output.line("  \(PlainText.line(member.key.text)) = \(value(member.value))  (from: \(label))")
        }
        let attributes = facts.attributes.sorted { $0.key < $1.key }.map { "\($0.key) = \(PlainText.line($0.value))" }
        let rest: [(String, String?)] = [
            ("principal has", attributes.isEmpty ? "no attributes" : attributes.joined(separator: ", ")),
            ("groups", facts.roles.isEmpty ? "none" : facts.roles.joined(separator: ", ")),
            ("untrusted text was read", facts.hasReadUntrusted.map { $0 ? "yes" : "no" }),
            ("equal action done before", facts.isRepeat ? "yes" : "no"), ("confidence", facts.confidence?.name),
            ("environment", facts.environment), ("moment", facts.now.rfc3339),
        ]
        for (name, text) in rest { Output.line("  \(name): \(text ?? "unknown")") }
    }

    private func showRules() {
        guard !explanation.rules.isEmpty else { return }
        Output.line(Output.toned("rules about this tool", .faint))
        for rule in explanation.rules {
            Output.line("  \(words(rule.standing)): \(rule.id) \(rule.does)")
            for condition in rule.conditions {
                let seen = condition.seen.map(value) ?? "nothing"
                Output.line("      \(answer(condition.truth)): \(condition.words) (it is \(seen))")
            }
        }
    }

    private func showGroundTruth() {
        for line in explanation.groundTruth {
            let call = "\(line.call.tool)(\(value(line.call.arguments)))"
            Output.line("\(call) answers: \(line.answer.map(value) ?? "unknown")")
        }
    }

    private func value(_ value: JSONValue) -> String {
        PlainText.line(JSONWriter.canonicalString(value), longest: 200)
    }

    private func answer(_ truth: Truth) -> String {
        switch truth {
        case .yes: "yes"
        case .no: "no"
        case .unknown: "cannot be told"
        }
    }

    private func words(_ standing: PolicyExplanation.Standing) -> String {
        switch standing {
        case .matched: Output.toned("matches", .warning)
        case .notMatched: "does not match"
        case .cannotEvaluate: Output.toned("cannot be evaluated", .bad)
        case .otherAgent: "is for another agent"
        case .expired: "is past its date"
        case .outweighed: "would apply, but something asks for more"
        case .againstTerms: "breaks the terms of relaxations"
        }
    }
}
