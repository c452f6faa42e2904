import BallastCore
import BallastRuntime

/// Schemas of runs that people have, and of what they do in them.
extension OpenAPISchemas {
    private static let head: JSONObject = [
        "run_id": id("run"), "status": Schema.words(RunStatus.allCases.map(\.name)), "agent": Schema.string,
        "principal": Schema.string, "task": Schema.optionalString, "code": Schema.string,
        "reason": Schema.optionalString, "since": Schema.moment, "to": Schema.optionalString,
        "due_at": Schema.optionalMoment, "overdue": Schema.flag, "claimed_by": Schema.optionalString,
        "claimed_at": Schema.optionalMoment,
    ]

    private static let actionLine = Schema.answer(
        ["action_id": scopedID("act"), "tool": Schema.string, "arguments": Schema.anything],
        optional: [
            "effect_id": scopedID("eff"), "code": Schema.string, "message": Schema.string,
            "by_hand_of": Schema.string, "approval_id": scopedID("apr"),
        ])

    private static let form = Schema.answer([
        "form": ["type": "integer", "minimum": 1], "action_id": scopedID("act"), "tool": Schema.string,
        "title": Schema.optionalString, "description": Schema.string, "class": Schema.optionalString,
        "arguments": Schema.anything, "schema": Schema.anything, "code": Schema.string, "message": Schema.string,
        "obstacle": Schema.optionalString, "command": Schema.string,
    ])

    static let escalations: JSONObject = [
        "EscalationSummary": Schema.answer(head),
        "EscalationPage": page("EscalationSummary"),
        "Escalation": Schema.answer(
            head.merged(with: [
                "started_by": Schema.string, "conversation_id": Schema.optional(id("conv")),
                "words": Schema.list(Schema.string), "by": Schema.string, "told": Schema.optionalString,
                "chain": Schema.list(
                    Schema.answer([
                        "to": Schema.string, "within_ms": Schema.count, "told_at": Schema.optionalMoment,
                    ])),
                "done": Schema.list(actionLine), "not_done": Schema.list(actionLine),
                "in_doubt": Schema.list(actionLine), "pending": Schema.list(actionLine), "left_off": Schema.count,
                "forms": Schema.list(form),
                "tools": Schema.list(
                    Schema.answer([
                        "tool": Schema.string, "description": Schema.string, "class": Schema.optionalString,
                        "schema": Schema.anything, "obstacle": Schema.optionalString,
                    ])), "read_untrusted": Schema.flag,
            ])),
        "Claim": Schema.request([
            "take_over": ["type": "boolean", "description": "Take it from whoever has it."]
        ]),
        "Reply": Schema.request(
            ["text": Schema.text(262_144, "What the principal reads.")], required: ["text"]),
        "ActionByHand": Schema.request(
            [
                "tool": Schema.text(128),
                "arguments": ["type": "object", "description": "They are judged like the agent's."],
                "form": [
                    "type": "integer", "minimum": 1, "maximum": 4_294_967_295,
                    "description": "The form that they were filled in with.",
                ],
            ], required: ["tool", "arguments"]),
        "HandOutcome": Schema.answer([
            "run_id": id("run"), "action_id": scopedID("act"), "tool": Schema.string, "arguments": Schema.anything,
            "by": Schema.string,
            "standing": Schema.words([
                "done", "failed", "denied", "rejected", "expired", "withdrawn", "answered", "superseded",
                "waiting_confirm", "waiting_approval", "in_doubt", "under_way",
            ]), "is_error": Schema.flag, "approval_id": Schema.optional(scopedID("apr")),
            "approval_group": Schema.optionalString, "expires_at": Schema.optionalMoment,
            "effect_id": Schema.optional(scopedID("eff")), "result": Schema.anything, "refusal": Schema.anything,
        ]),
    ]
}
