package import BallastCore

extension PolicyExplanation {
    /// The explanation for programs.
    package var document: JSONValue {
        var outcome: JSONObject = [
            "outcome": JSONValue(decision.outcome.name), "code": JSONValue(decision.code.rawValue),
            "rule": JSONValue(decision.rule), "message": JSONValue(decision.explanation),
            "would_be_allowed": JSONValue(decision.wouldBeAllowed),
            "reasons": .array(
                decision.reasons.map { reason in
                    [
                        "outcome": JSONValue(reason.outcome.name), "code": JSONValue(reason.code.rawValue),
                        "rule": JSONValue(reason.rule), "message": JSONValue(reason.sentence),
                    ]
                }),
        ]
        if let approval = decision.approval {
            outcome["approve"] = [
                "group": JSONValue(approval.group), "quorum": JSONValue(approval.quorum),
                "within_ms": JSONValue(approval.within),
            ]
        }
        if let next = decision.next { outcome["next"] = JSONValue(next.name) }
        return [
            "decision": .object(outcome), "class": JSONValue(toolClass?.name), "facts": factsDocument,
            "rules": .array(rules.map(\.document)),
            "ground_truth": .array(
                groundTruth.map { line in
                    [
                        "tool": JSONValue(line.call.tool), "arguments": line.call.arguments,
                        "answer": line.answer ?? .null, "is_dry_run": .bool(line.call.isDryRun),
                    ]
                }),
            "limits": .array(
                demands.map { demand in
                    [
                        "limit": JSONValue(demand.name), "words": JSONValue(demand.words),
                        "subject": JSONValue(demand.subject), "amount": JSONValue(demand.amount),
                        "at_most": JSONValue(demand.cap),
                    ]
                }),
            "rules_about_other_tools": JSONValue(otherRules),
        ]
    }

    private var factsDocument: JSONValue {
        func texts(_ values: [String: String]) -> JSONValue {
            .object(
                JSONObject(
                    values.sorted { $0.key < $1.key }.map { JSONMember(JSONString($0.key), JSONValue($0.value)) }))
        }
        let labels = facts.labels.sorted { $0.key < $1.key }.map { path, label in
            JSONMember(JSONString(path), .array(label.sourceNames.map { JSONValue($0) }))
        }
        return [
            "tool": JSONValue(facts.tool), "arguments": facts.arguments, "labels": .object(JSONObject(labels)),
            "agent": JSONValue(facts.agent), "tenant": JSONValue(facts.tenant.name),
            "principal": JSONValue(facts.principal.name), "attributes": texts(facts.attributes),
            "roles": .array(facts.roles.map { JSONValue($0) }), "environment": JSONValue(facts.environment),
            "confidence": JSONValue(facts.confidence?.name),
            "confidential_read": JSONValue(facts.mostConfidentialRead?.name),
            "untrusted_read": facts.hasReadUntrusted.map { .bool($0) } ?? .null, "repeat": .bool(facts.isRepeat),
            "at": JSONValue(facts.now.rfc3339),
        ]
    }
}

extension PolicyExplanation.RuleAccount {
    fileprivate var document: JSONValue {
        [
            "rule": JSONValue(id), "does": JSONValue(does), "standing": JSONValue(standing.rawValue),
            "owner": JSONValue(owner), "reason": JSONValue(reason),
            "conditions": .array(
                conditions.map { line in
                    [
                        "condition": JSONValue(line.words), "holds": line.truth.document, "seen": line.seen ?? .null,
                    ]
                }),
        ]
    }
}

extension Truth {
    /// null where it cannot be told.
    fileprivate var document: JSONValue {
        switch self {
        case .yes: true
        case .no: false
        case .unknown: .null
        }
    }
}
