import BallastCore

/// Holds the arguments of an action against what may flow into its tool and out with it. Nothing is fetched for it.
struct ArgumentFlow {
    let facts: PolicyFacts
    let rules: ToolRules
    private var flow: FlowRules { rules.flow }

    /// In the guard's order: flow, destinations, secrets, personal data.
    func refusals() -> [PolicyReason] { taints() + reach() + destinations() + content() }

    /// Arguments whose values must occur in a trusted source and do not.
    func ungrounded() -> [PolicyReason] {
        flow.groundings.compactMap { grounding in
            guard grounding.argument.value(in: facts.arguments) != nil,
                facts.evidence.ground(grounding, in: facts.arguments, rules: rules) == nil
            else { return nil }
            let sources = Wording.list(grounding.sources.map(\.words), last: "or")
            return refusal(
                "grounded:\(grounding.argument)", .grounding,
                "\(shown(grounding.argument)) occurs nowhere in \(sources), so nobody vouches for it.",
                remedy: "\(grounding.argument) is a value from \(sources), exactly as it stands there")
        }
    }

    private func taints() -> [PolicyReason] {
        flow.untainted.compactMap { path in
            guard path.value(in: facts.arguments) != nil else { return nil }
            let label = facts.label(of: path)
            guard label.map(isTainted) ?? true else { return nil }
            return refusal(
                "untainted:\(path)", .flow,
                "\(path) may come from text that nobody vouches for, and that text must not decide it.",
                remedy: "\(path) is in the principal's own words or in a trusted tool's answer")
        }
    }

    /// What a model wrote counts as its own until the run has read something that nobody vouches for.
    private func isTainted(_ label: Label) -> Bool {
        !label.sources.isDisjoint(with: [.untrustedTool, .claimed])
            || label.sources.contains(.model) && facts.hasReadUntrusted != false
    }

    /// Nothing is told to more people than may see what the run has read.
    private func reach() -> [PolicyReason] {
        guard let readers = flow.readers else { return [] }
        let known = facts.mostConfidentialRead ?? .secret
        guard known > readers else { return [] }
        return [
            refusal(
                "readers", .flow,
                "The run has read what only \(known.readers) may see, and what \(facts.tool) takes is seen by "
                    + "\(readers.readers).",
                remedy: "the run has read nothing that is for \(known.readers) alone")
        ]
    }

    private func destinations() -> [PolicyReason] {
        flow.destinations.compactMap { destination in
            guard destination.argument.value(in: facts.arguments) != nil else { return nil }
            let holds = destination.conditions.reduce(Truth.yes) {
                $0.and($1.evaluate(facts, rules: rules, quantifier: .every))
            }
            guard holds != .yes else { return nil }
            let words = Wording.list(destination.conditions.map(\.words), last: "and")
            return refusal(
                "destinations:\(destination.argument)", .destination,
                "\(shown(destination.argument)) is no place that \(facts.tool) may reach.", remedy: words)
        }
    }

    private func content() -> [PolicyReason] {
        let kinds = flow.forbidden
        guard !kinds.isEmpty, let found = sensitive(facts.arguments, kinds, of: "") else { return [] }
        let place = found.path.isEmpty ? "An argument" : found.path
        let sentence = "\(place) holds \(found.kind.words), and that must not leave with \(facts.tool)."
        return [
            refusal(
                "carries:\(found.kind.rawValue)", found.kind == .personal ? .personal : .secret, sentence,
                remedy: "\(place) holds nothing of that kind")
        ]
    }

    /// Depth is bounded by the reader, size by the argument limit. Where a value goes is no content of it.
    ///
    /// - Parameter name: the path of the value; empty where no path excuses anything.
    /// - Returns: what was found and its path under the value.
    private func sensitive(
        _ value: JSONValue, _ kinds: Set<SensitiveKind>, of name: String
    ) -> (path: String, kind: SensitiveKind)? {
        switch value {
        case .string(let text):
            return SensitiveText.first(of: kinds, in: text.text).map { ("", $0) }
        case .number(let number):
            guard number.source.utf8.count >= 14 else { return nil }
            return SensitiveText.first(of: kinds, in: number.source).map { ("", $0) }
        case .array(let elements): return elements.lazy.compactMap { sensitive($0, kinds, of: name) }.first
        case .object(let object):
            let isPlain = flow.types.isEmpty && flow.destinations.isEmpty
            for member in object.members {
                let inner = isPlain ? "" : name.isEmpty ? member.key.text : name + "." + member.key.text
                let left = isPlain ? kinds : kinds.subtracting(excused(inner))
                guard let found = sensitive(member.value, left, of: inner) else { continue }
                return (found.path.isEmpty ? member.key.text : member.key.text + "." + found.path, found.kind)
            }
            return nil
        default: return nil
        }
    }

    /// What a place or the id of a record may be: somebody's address, an account.
    private func excused(_ name: String) -> Set<SensitiveKind> {
        if let path = FieldPath(name), case .record = flow.types[path] { return [.personal, .accounts] }
        return flow.destinations.contains { $0.argument.text == name } ? [.personal] : []
    }

    private func shown(_ path: FieldPath) -> String {
        let text = path.value(in: facts.arguments).map(JSONWriter.canonicalString) ?? "nothing"
        return "\(path) \(text.count > 80 ? String(text.prefix(80)) + "…" : text)"
    }

    private func refusal(
        _ rule: String, _ code: DecisionCode, _ sentence: String, remedy: String
    ) -> PolicyReason {
        PolicyReason(rule: rule, outcome: .deny, code: code, sentence: sentence, remedy: remedy)
    }
}

extension GroundSource {
    /// As it follows "occurs nowhere in".
    var words: String {
        switch self {
        case .principal: "the principal's own words"
        case .field(let tool, let path): "\(path) of what \(tool) answered"
        }
    }
}

extension Label.Confidentiality {
    /// Who may see it.
    fileprivate var readers: String {
        switch self {
        case .open: "everybody"
        case .tenant: "people of the tenant"
        case .principal: "the principal"
        case .secret: "nobody"
        }
    }
}
