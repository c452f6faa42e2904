import BallastCore

/// Schemas of agents, tools, keys and health.
extension OpenAPISchemas {
    static let installation: JSONObject = [
        "Agent": Schema.answer([
            "name": Schema.string, "version": Schema.string, "description": Schema.string,
            "models": Schema.list(Schema.string),
            "tools": Schema.list(
                Schema.answer(["name": Schema.string, "class": Schema.optionalString, "offered": Schema.flag])),
            "playbooks": Schema.list(Schema.string), "policy": Schema.string,
            "shadow": Schema.optional(Schema.answer(["name": Schema.string, "policy": Schema.string])),
            "budget": Schema.ref("Budget"),
            "may_ask_user": Schema.flag,
            "escalation": Schema.list(Schema.answer(["to": Schema.string, "within_ms": Schema.count])),
            "deviations": Schema.list(
                Schema.answer([
                    "rule": Schema.string, "owner": Schema.optionalString, "reason": Schema.optionalString,
                    "expires": Schema.optionalMoment,
                ])),
        ]),
        "AgentPage": page("Agent"),
        "Tool": Schema.answer([
            "name": Schema.string, "provider": Schema.string, "description": Schema.string,
            "is_accepted": Schema.flag, "quarantine": Schema.optionalString, "definition": Schema.string,
            "accepted_definition": Schema.optionalString, "class_by_agent": ["type": "object"],
            "input_schema": Schema.anything, "output_schema": Schema.anything, "annotations": Schema.anything,
            "document": Schema.anything, "accepted_document": Schema.anything,
        ]),
        "ToolPage": Schema.answer([
            "data": Schema.list(Schema.ref("Tool")), "next_cursor": Schema.optionalString, "has_more": Schema.flag,
            "providers": Schema.list(
                Schema.answer([
                    "provider": Schema.string, "status": Schema.words(["asked", "offering", "failed"]),
                    "tools": Schema.count, "why": Schema.optionalString,
                ])),
            "not_offered": Schema.list(Schema.answer(["name": Schema.string, "why": Schema.string])),
        ]),
        "Key": Schema.answer(keyFields), "KeyPage": page("Key"),
        "KeyCreated": Schema.answer(keyFields.merged(with: ["key": Schema.optionalString])),
        "Breaker": Schema.answer([
            "subject": Schema.string, "kind": Schema.words(["tool", "model"]), "name": Schema.string,
            "tenant": Schema.optionalString, "state": Schema.words(["closed", "open", "half_open"]),
            "failures": Schema.count, "last_code": Schema.optionalString, "changed_at": Schema.optionalMoment,
            "last_failure_at": Schema.optionalMoment, "retry_after_ms": Schema.optional(Schema.count),
        ]),
        "BreakerPage": page("Breaker"),
        "Health": Schema.answer(["status": Schema.words(["ok"]), "version": Schema.string]),
        "Readiness": Schema.answer([
            "status": Schema.words(["ready", "not_ready"]), "version": Schema.string,
            "problems": Schema.list(
                Schema.answer([
                    "check": Schema.string, "code": Schema.string, "detail": Schema.string, "blocks": Schema.flag,
                ])),
            "configuration": Schema.answer([
                "state": configurationState, "hash": Schema.string, "loaded_at": Schema.moment,
                "diagnostics": Schema.list(Schema.string),
            ]),
        ]),
        "Configuration": Schema.answer(configurationFields),
        "Reload": Schema.answer(
            configurationFields.merged(with: [
                "outcome": Schema.words(["loaded", "unchanged"])
            ])),
    ]

    private static let shadowCounts: JSONObject = JSONObject(
        ShadowStanding.allCases.map { JSONMember(JSONString($0.rawValue), Schema.count) })
    private static let shadowDecision: JSONObject = ["outcome": Schema.optionalString, "rule": Schema.optionalString]
    private static let shadowExample = Schema.answer([
        "action_id": scopedID("act"), "at": Schema.moment, "in_force": Schema.answer(shadowDecision),
        "shadow": Schema.answer(
            shadowDecision.merged(with: [
                "code": Schema.string, "group": Schema.optionalString, "quorum": Schema.count,
            ])),
    ])
    static let policies: JSONObject = [
        "ActionExplanation": Schema.answer([
            "action_id": scopedID("act"),
            "decisions": Schema.list(
                Schema.answer(
                    [
                        "action_id": scopedID("act"), "at": Schema.moment, "is_first": Schema.flag,
                        "recorded": Schema.answer(shadowDecision.merged(with: ["code": Schema.string])),
                        "is_same_policy": Schema.flag, "is_beyond_policy": Schema.flag,
                    ], optional: ["not_decided_again": Schema.string, "explanation": Schema.anything])),
        ]),
        "ShadowReport": Schema.answer(
            shadowCounts.merged(with: [
                "since": Schema.optionalMoment,
                "shadows": Schema.list(
                    Schema.answer(["agent": Schema.string, "name": Schema.string, "policy": Schema.string])),
                "actions": Schema.count, "under_other_shadows": Schema.count, "is_partial": Schema.flag,
                "rules": Schema.list(
                    Schema.answer(
                        shadowCounts.merged(with: [
                            "agent": Schema.string, "tool": Schema.string, "rule": Schema.optionalString,
                            "examples": [
                                "type": "object",
                                "properties": .object(
                                    JSONObject(
                                        ShadowStanding.allCases.map {
                                            JSONMember(JSONString($0.rawValue), shadowExample)
                                        })),
                            ],
                        ]))),
            ])),
    ]

    private static let configurationState = Schema.words(["current", "stale"])
    private static let configurationFields: JSONObject = [
        "state": configurationState, "hash": Schema.string, "loaded_at": Schema.moment,
        "reload": Schema.words(["auto", "manual"]),
        "agents": Schema.list(
            Schema.answer(["name": Schema.string, "version": Schema.string, "policy": Schema.string])),
        "warnings": Schema.list(Schema.string),
        "refused": Schema.optional(
            Schema.answer([
                "hash": Schema.optionalString, "at": Schema.moment,
                "diagnostics": Schema.list(Schema.answer(["place": Schema.string, "text": Schema.string])),
            ])),
    ]

    private static let keyFields: JSONObject = [
        "key_id": id("key"), "name": Schema.string, "tenant": Schema.string, "principal": Schema.string,
        "scopes": Schema.list(Schema.words(KeyScope.allCases.map(\.rawValue))), "created_at": Schema.moment,
        "revoked_at": Schema.optionalMoment,
    ]
}
