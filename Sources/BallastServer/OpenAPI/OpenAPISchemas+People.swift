import BallastCore

/// Schemas of approvals, halts and effects.
extension OpenAPISchemas {
    private static let approvalFields: JSONObject = [
        "approval_id": scopedID("apr"), "run_id": id("run"), "action_id": scopedID("act"),
        "gate": Schema.words(["confirm", "approve"]), "status": approvalStatus, "tool": Schema.string,
        "agent": Schema.string, "principal": Schema.string, "group": Schema.optionalString,
        "requested_at": Schema.moment, "expires_at": Schema.moment, "decided_by": Schema.optionalString,
        "decided_at": Schema.optionalMoment, "arguments": Schema.anything, "money": Schema.anything,
        "reasons": Schema.anything, "undo": Schema.anything,
        "endorsable": Schema.list(Schema.anything), "halt": Schema.optional(Schema.ref("Halt")),
    ]

    private static let haltFields: JSONObject = [
        "halt_id": id("halt"), "scope": Schema.string, "reason": Schema.string, "by": Schema.string,
        "at": Schema.moment, "ended_by": Schema.optionalString, "ended_reason": Schema.optionalString,
        "ended_at": Schema.optionalMoment,
    ]

    static let people: JSONObject = [
        "ApprovalSummary": Schema.answer(approvalFields),
        "ApprovalPage": page("ApprovalSummary"),
        "Approval": Schema.answer(
            approvalFields.merged(with: ["binding": Schema.string, "review": Schema.anything])),
        "RunQuestion": Schema.answer([
            "run_id": id("run"), "shown": Schema.string, "approvals": Schema.list(Schema.ref("Approval")),
            "others": Schema.count,
        ]),
        "RunDecisions": Schema.answer([
            "run_id": id("run"),
            "approvals": Schema.list(
                Schema.answer(
                    ["approval_id": scopedID("apr")], optional: ["status": approvalStatus, "problem": Schema.string])),
        ]),
        "Halt": Schema.answer(haltFields),
        "HaltPage": page("Halt"),
        "HaltReceipt": Schema.answer(
            haltFields.merged(with: [
                "already_sent": Schema.list(scopedID("eff")), "is_recorded": Schema.flag,
            ])),
        "HaltReview": Schema.answer([
            "halt": Schema.answer(haltFields), "has_more": Schema.flag,
            "frozen_approvals": Schema.list(scopedID("apr")),
            "effects_in_doubt": Schema.list(
                Schema.answer([
                    "effect_id": scopedID("eff"), "run_id": id("run"), "tool": Schema.string,
                    "started_at": Schema.moment,
                ])),
            "runs": Schema.list(
                Schema.answer([
                    "run_id": id("run"), "agent": Schema.string, "principal": Schema.string,
                    "done": Schema.list(Schema.string), "not_done": Schema.list(Schema.string),
                    "in_doubt": Schema.list(Schema.string), "can_be_taken_back": Schema.list(Schema.string),
                    "cannot_be_taken_back": Schema.list(Schema.string),
                ])),
        ]),
        "Effect": Schema.answer(
            [
                "effect_id": scopedID("eff"), "run_id": id("run"), "action_id": scopedID("act"), "tool": Schema.string,
                "state": Schema.words(EffectState.allCases.map(\.name)), "idempotency_key": Schema.string,
                "started_at": Schema.moment, "updated_at": Schema.moment,
                "repeat": Schema.words(["never", "naturally", "by_key"]),
            ], optional: ["repeat_within_ms": Schema.count]),
        "EffectPage": page("Effect"),
    ]
}
