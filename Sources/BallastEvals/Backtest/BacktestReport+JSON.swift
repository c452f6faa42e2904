package import BallastCore

extension BacktestReport {
    /// The report for programs; the fields are in Docs/operations/policies.md.
    package var document: JSONValue {
        [
            "runs": JSONValue(runs), "decisions": JSONValue(decisions), "decided_again": JSONValue(decidedAgain),
            "from": JSONValue(from?.rfc3339), "to": JSONValue(to?.rfc3339), "flipped": JSONValue(flipped),
            "looser": JSONValue(looser), "flips": .array(flips.map(\.document)),
            "otherwise_asked": .array(otherwiseAsked.map(\.document)),
            "load": .array(
                load.map { line in
                    [
                        "day": JSONValue(line.day), "asked": JSONValue(line.asked), "before": JSONValue(line.before),
                        "after": JSONValue(line.after),
                    ]
                }),
            "money": .array(
                money.map { line in
                    [
                        "day": JSONValue(line.day), "currency": JSONValue(line.currency),
                        "before": line.before.document, "after": line.after.document,
                    ]
                }),
            "not_decided_again": .array(
                gaps.map { gap in
                    [
                        "code": JSONValue(gap.why.code), "why": JSONValue(gap.why.description),
                        "count": JSONValue(gap.count), "example": JSONValue(gap.example?.description),
                    ]
                }),
            "beyond_policy": .object(
                JSONObject(
                    beyondPolicy.sorted { $0.key < $1.key }.map { JSONMember(JSONString($0.key), JSONValue($0.value)) })
            ),
            "refused_when_used": JSONValue(refusedAtUse),
        ]
    }
}

extension BacktestReport.Flip {
    fileprivate var document: JSONValue {
        [
            "tool": JSONValue(tool), "before": before.document, "after": after.document, "count": JSONValue(count),
            "looser": .bool(isLooser), "under_same_policy": JSONValue(underSamePolicy),
            "examples": .array(examples.map { JSONValue($0.description) }),
        ]
    }
}

extension DecisionAnswer {
    fileprivate var document: JSONValue {
        [
            "outcome": JSONValue(outcome.name), "code": JSONValue(code), "rule": JSONValue(rule),
            "asks": JSONValue(asked == .nobody ? nil : asked.description),
        ]
    }
}

extension BacktestReport.Split {
    fileprivate var document: JSONValue {
        ["alone": JSONValue(alone), "asked": JSONValue(asked), "refused": JSONValue(refused)]
    }
}
