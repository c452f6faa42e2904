import BallastCore
import BallastRuntime

/// Schemas of trust.
extension OpenAPISchemas {
    private static let level = Schema.words(AutonomyLevel.allCases.map(\.name))
    private static let evidence = Schema.answer([
        "since": Schema.optionalMoment, "reviewed": Schema.count, "unchanged": Schema.count, "edited": Schema.count,
        "rejected": Schema.count, "done": Schema.count, "failed": Schema.count, "in_doubt": Schema.count,
        "error_share_below": Schema.string, "last_incident": Schema.optionalMoment, "is_partial": Schema.flag,
    ])

    static let trust: JSONObject = [
        "TrustRaise": Schema.request(
            ["reason": Schema.text(4096, "What was looked at before agreeing.")], required: ["reason"]),
        "TrustLowering": Schema.request(
            [
                "to": Schema.words([AutonomyLevel.draft.name, AutonomyLevel.confirm.name]),
                "reason": Schema.text(4096),
            ], required: ["reason"]),
        "Trust": Schema.answer([
            "agent": Schema.string, "tool": Schema.string, "level": level, "start": level, "at_most": level,
            "next": Schema.optional(level), "lacks": Schema.optional(Schema.list(Schema.string)),
            "rise": Schema.optional(
                Schema.answer([
                    "reviewed": Schema.count, "errors_at_most": Schema.string, "clean_for_ms": Schema.count,
                    "agreed_by": Schema.string, "lasts_ms": Schema.count,
                ])), "evidence": evidence,
            "history": Schema.list(
                Schema.answer([
                    "kind": Schema.words(TrustRecord.Kind.allCases.map(\.name)), "level": level, "by": Schema.string,
                    "at": Schema.moment, "reason": Schema.string, "effect_id": Schema.optionalString,
                    "evidence": Schema.optional(evidence),
                ])),
        ]),
        "TrustPage": page("Trust"),
    ]
}
