import BallastCore
import BallastServer

/// What a policy makes of an action, for people: from the explanation as programs get it.
struct ExplanationPrinter {
    private let explanation: JSONValue

    init(_ explanation: JSONValue) { self.explanation = explanation }

    func show() {
        let decision = explanation["decision"] ?? .null
        let facts = explanation["facts"] ?? .null
        let named = explanation.words("class")
        let toolClass = named.isEmpty ? "in no class" : "class \(named)"
        Output.line(
            "\(facts.words("tool")) (\(toolClass)) of agent \(facts.words("agent")) for \(facts.words("principal"))")
        let outcome = decision.words("outcome")
        let tone: Output.Tone = outcome == "deny" ? .bad : outcome == "allow" ? .good : .warning
        Output.line("\(Output.toned(outcome, tone))  \(decision.words("code")), \(decision.words("rule"))")
        for reason in decision["reasons"]?.array ?? [] {
            Output.line("  \(reason.words("outcome")): \(reason.words("message"))")
        }
        Output.line("would be allowed: \(decision.words("would_be_allowed"))")
        showFacts(facts)
        showRules()
        showGroundTruth()
        for limit in explanation["limits"]?.array ?? [] {
            let subject = limit.words("subject")
            Output.line(
                "limit: \(limit.words("words"))\(subject.isEmpty ? "" : " for \(subject)"): this takes "
                    + "\(limit.words("amount")) of \(limit.words("at_most"))")
        }
        if let others = explanation["rules_about_other_tools"]?.integer, others > 0 {
            Output.line(Output.toned("\(others) rules are about other tools", .faint))
        }
    }

    private func showFacts(_ facts: JSONValue) {
        Output.line(Output.toned("facts", .faint))
        for member in facts["arguments"]?.object?.members ?? [] {
            let label = facts["labels"]?[member.key].map { words($0, none: "nobody") } ?? "unknown"
            Output.line("  \(PlainText.line(member.key.text)) = \(value(member.value))  (from: \(label))")
        }
        let attributes = (facts["attributes"]?.object?.members ?? []).map {
            "\(PlainText.line($0.key.text)) = \(PlainText.line($0.value))"
        }
        let rest: [(String, String?)] = [
            ("principal has", attributes.isEmpty ? "no attributes" : attributes.joined(separator: ", ")),
            ("groups", words(facts["roles"] ?? .null, none: "none")),
            ("untrusted text was read", facts["untrusted_read"]?.bool.map { $0 ? "yes" : "no" }),
            ("equal action done before", facts["repeat"]?.bool == true ? "yes" : "no"),
            ("confidence", facts["confidence"]?.string), ("environment", facts.words("environment")),
            ("moment", facts.words("at")),
        ]
        for (name, text) in rest { Output.line("  \(name): \(text ?? "unknown")") }
    }

    private func showRules() {
        let rules = explanation["rules"]?.array ?? []
        guard !rules.isEmpty else { return }
        Output.line(Output.toned("rules about this tool", .faint))
        for rule in rules {
            Output.line("  \(standing(rule.words("standing"))): \(rule.words("rule")) \(rule.words("does"))")
            for condition in rule["conditions"]?.array ?? [] {
                let seen = condition["seen"].flatMap { $0.isNull ? nil : value($0) } ?? "nothing"
                let answer = condition["holds"]?.bool.map { $0 ? "yes" : "no" } ?? "cannot be told"
                Output.line("      \(answer): \(condition.words("condition")) (it is \(seen))")
            }
        }
    }

    private func showGroundTruth() {
        for line in explanation["ground_truth"]?.array ?? [] {
            let answer = line["answer"].flatMap { $0.isNull ? nil : value($0) } ?? "unknown"
            Output.line("\(line.words("tool"))(\(value(line["arguments"] ?? .null))) answers: \(answer)")
        }
    }

    private func value(_ value: JSONValue) -> String {
        PlainText.line(JSONWriter.canonicalString(value), longest: 200)
    }

    private func words(_ list: JSONValue, none: String) -> String {
        let words = (list.array ?? []).map { PlainText.line($0) }
        return words.isEmpty ? none : words.joined(separator: ", ")
    }

    private func standing(_ name: String) -> String {
        switch name {
        case "matched": Output.toned("matches", .warning)
        case "not_matched": "does not match"
        case "cannot_evaluate": Output.toned("cannot be evaluated", .bad)
        case "other_agent": "is for another agent"
        case "expired": "is past its date"
        case "outweighed": "would apply, but something asks for more"
        case "against_terms": "breaks the terms of relaxations"
        default: PlainText.line(name)
        }
    }
}
