import BallastCore
import BallastRuntime

/// Schemas of runs, their events, and errors.
extension OpenAPISchemas {
    private static let summaryFields: JSONObject = [
        "run_id": id("run"), "status": Schema.words(RunStatus.allCases.map(\.name)), "agent": Schema.string,
        "principal": Schema.string, "conversation_id": id("conv"),
        "parent_action_id": Schema.optional(scopedID("act")), "created_at": Schema.moment, "updated_at": Schema.moment,
        "last_sequence": Schema.count, "steps": Schema.count, "tokens": Schema.count, "microdollars": Schema.count,
        "quarantine": Schema.optionalString, "task": Schema.optionalString, "halt": Schema.optional(Schema.ref("Halt")),
    ]

    static func page(_ schema: String) -> JSONValue {
        Schema.answer([
            "data": Schema.list(Schema.ref(schema)), "next_cursor": Schema.optionalString, "has_more": Schema.flag,
        ])
    }

    static let runs: JSONObject = [
        "Problem": Schema.answer(
            [
                "type": ["type": "string", "format": "uri"], "title": Schema.string,
                "status": ["type": "integer", "minimum": 400, "maximum": 599], "detail": Schema.string,
                "code": Schema.string, "request_id": Schema.string,
            ],
            optional: [
                "advice": Schema.string,
                "errors": Schema.list(Schema.answer(["pointer": Schema.string, "detail": Schema.string])),
            ]),
        "RunSummary": Schema.answer(summaryFields),
        "RunStarted": Schema.answer(summaryFields.merged(with: ["joined": Schema.flag])),
        "RunPage": page("RunSummary"),
        "Run": Schema.answer(
            summaryFields.merged(with: [
                "usage": Schema.answer([
                    "steps": Schema.count, "tokens": Schema.count, "microdollars": Schema.count,
                    "active_ms": Schema.count, "lost_model_calls": Schema.count,
                ]),
                "outcome": Schema.optional(outcome), "question": Schema.optional(question),
                "escalation": Schema.optional(escalation), "halt_id": Schema.optional(id("halt")),
                "open_approvals": Schema.list(openApproval), "account": account,
            ]),
            optional: [
                "agent_version": Schema.string, "started_by": Schema.string, "source": Schema.string,
                "environment": Schema.string, "locale": Schema.string, "workflow": Schema.string,
                "budget": Schema.ref("Budget"), "rollback": Schema.ref("Rollback"),
            ]),
        "Rollback": rollback,
        "Budget": Schema.answer([
            "steps": Schema.count, "active_ms": Schema.count, "tokens": Schema.count, "microdollars": Schema.count,
            "parallel_calls": Schema.count,
        ]),
        "Event": event, "EventPage": page("Event"),
    ]

    /// What was taken back of a run.
    private static let rollback = Schema.answer([
        "run_id": id("run"), "rollback_run_id": Schema.optional(id("run")), "status": Schema.optionalString,
        "text": Schema.optionalString, "obstacle": Schema.optionalString,
        "effects": Schema.list(
            Schema.answer(
                [
                    "effect_id": scopedID("eff"), "run_id": id("run"), "tool": Schema.string, "agent": Schema.string,
                    "state": Schema.words(RollbackReport.State.allCases.map(\.rawValue)),
                ],
                optional: [
                    "undo": Schema.answer(["tool": Schema.string, "arguments": Schema.anything]),
                    "code": Schema.string, "why": Schema.string, "through_effect_id": scopedID("eff"),
                    "approval_id": scopedID("apr"),
                    "guard": Schema.answer([
                        "outcome": Schema.words(Outcome.allCases.map(\.name)), "code": Schema.string,
                        "message": Schema.string,
                    ]),
                ])),
    ])

    private static let outcome = Schema.answer([
        "status": Schema.string, "code": Schema.string, "text": Schema.optionalString, "label": Schema.anything,
    ])
    private static let question = Schema.answer([
        "text": Schema.optionalString, "options": Schema.list(Schema.string),
    ])
    private static let escalation = Schema.answer([
        "code": Schema.string, "reason": Schema.optionalString, "to": Schema.optionalString, "by": Schema.string,
        "told": Schema.optionalString, "claimed_by": Schema.optionalString,
    ])
    private static let openApproval = Schema.answer([
        "approval_id": scopedID("apr"), "action_id": scopedID("act"), "tool": Schema.string,
        "gate": Schema.words(["confirm", "approve"]), "group": Schema.optionalString, "expires_at": Schema.moment,
        "approved_by": Schema.list(Schema.string), "quorum": Schema.count,
    ])

    private static let account: JSONValue = {
        let line = Schema.answer(
            ["action_id": scopedID("act"), "tool": Schema.string],
            optional: ["effect_id": scopedID("eff"), "why": Schema.string])
        return Schema.answer([
            "done": Schema.list(line), "not_done": Schema.list(line), "in_doubt": Schema.list(line),
            "pending": Schema.list(line),
        ])
    }()

    /// What every event has; the other members follow from its type.
    private static let event = Schema.answer([
        "sequence": ["type": "integer", "minimum": 1], "type": Schema.words(EntryType.allCases.map(\.name)),
        "at": Schema.moment, "run_id": id("run"), "summary": Schema.string,
    ])
}
