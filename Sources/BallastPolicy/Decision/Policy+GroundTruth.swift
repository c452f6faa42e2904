package import BallastCore

extension Policy {
    /// The calls that the guard must make before it can decide about these arguments, each once, in a stable order.
    /// Their answers go into `PolicyFacts.groundTruth`; an error of the tool is no answer.
    package func guardCalls(for tool: String, arguments: JSONValue) -> [GuardCall] {
        guard let rules = tools[tool] else { return [] }
        let references =
            rules.entitlements.map(\.owner) + rules.magnitudes.map(\.subject) + rules.limits.compactMap(\.reference)
        var calls = references.compactMap { $0.guardCall(for: arguments) }
        if let call = rules.dryRun?.guardCall(tool: tool, arguments: arguments) { calls.append(call) }
        var seen: Set<GuardCall> = []
        return calls.filter { seen.insert($0).inserted }
    }

    /// The calls that the entitlement needs; only these may be made before it holds.
    package func entitlementCalls(for tool: String, arguments: JSONValue) -> [GuardCall] {
        var seen: Set<GuardCall> = []
        return (tools[tool]?.entitlements ?? []).compactMap { $0.owner.guardCall(for: arguments) }
            .filter { seen.insert($0).inserted }
    }

    /// nil when the principal is entitled to the records that the arguments name; otherwise why not, saying nothing
    /// of the record itself. What cannot be evaluated is denied.
    package func entitlementRefusal(_ facts: PolicyFacts) -> PolicyReason? {
        guard let entitlements = tools[facts.tool]?.entitlements else { return nil }
        for entitlement in entitlements {
            if let refusal = entitlement.refusal(facts) { return refusal }
        }
        return nil
    }
}

extension LimitRule {
    /// The ground truth that the cap refers to.
    package var reference: ValueReference? {
        if case .reference(let reference) = cap { reference } else { nil }
    }
}

extension Entitlement {
    fileprivate func refusal(_ facts: PolicyFacts) -> PolicyReason? {
        let shown = argument.value(in: facts.arguments).map(JSONWriter.canonicalString) ?? "nothing"
        guard let own = facts.attributes[attribute] else {
            return reason("\(facts.principal) has no \(attribute) in people.yaml, so no record can be theirs.")
        }
        guard let owner = owner.value(arguments: facts.arguments, groundTruth: facts.groundTruth) else {
            return reason("Whether \(argument) \(shown) belongs to \(facts.principal) cannot be told.")
        }
        let owners = owner.array ?? [owner]
        let isOwn = !owners.isEmpty && owners.allSatisfy { Entitlement.text($0) == JSONString(own) }
        return isOwn ? nil : reason("\(argument) \(shown) does not belong to \(facts.principal).")
    }

    /// Attributes are text; a number is compared by its spelling.
    private static func text(_ value: JSONValue) -> JSONString? {
        switch value {
        case .string(let string): string
        case .number(let number): JSONString(number.source)
        default: nil
        }
    }

    private func reason(_ sentence: String) -> PolicyReason {
        PolicyReason(
            rule: "entitled:\(argument)", outcome: .deny, code: .entitlement, sentence: sentence,
            remedy: "\(argument) names a record of the principal's own")
    }
}
