import BallastCore

/// The schemas that the API's document names; requests are checked against them.
enum OpenAPISchemas {
    static let components: JSONObject = requests.merged(with: runs).merged(with: people).merged(with: installation)
        .merged(with: policies).merged(with: trust).merged(with: escalations)

    // MARK: Parameters

    static let name: JSONValue = Schema.text(128)
    static let limit = APIOperation.QueryParameter(
        "limit", "Items of a page.",
        [
            "type": "integer", "minimum": 1, "maximum": JSONValue(PageCursor.longestPage),
            "default": JSONValue(PageCursor.defaultLimit),
        ])
    static let cursor = APIOperation.QueryParameter(
        "cursor", "The `next_cursor` of the page before, with the same filters.",
        ["type": "string", "pattern": "^[0-9a-f]+$", "maxLength": 1024])
    static let paging = [limit, cursor]
    static let statusList = list(of: RunStatus.allCases.map(\.name))
    static let effectStateList = list(of: EffectState.allCases.map(\.name))
    static let approvalStatus = Schema.words(ApprovalStatus.allCases.map(\.name))

    /// The text form of an identifier with this prefix.
    static func id(_ prefix: String) -> JSONValue {
        [
            "type": "string", "pattern": JSONValue("^\(prefix)_[0-7][0-9a-hjkmnp-tv-z]{25}$"),
            "description": JSONValue("An identifier such as \(prefix)_01jd4zq0m8f6x2w9t7y3k5h1ab."),
        ]
    }

    /// The text form of an identifier inside a run.
    static func scopedID(_ prefix: String) -> JSONValue {
        ["type": "string", "pattern": JSONValue("^\(prefix)_[0-7][0-9a-hjkmnp-tv-z]{25}_[1-9][0-9]{0,9}$")]
    }

    /// Words separated by commas.
    private static func list(of words: [String]) -> JSONValue {
        let word = "(\(words.joined(separator: "|")))"
        return [
            "type": "string", "pattern": JSONValue("^\(word)(,\(word))*$"),
            "description": JSONValue("One or more of \(words.joined(separator: ", ")), separated by commas."),
        ]
    }

    // MARK: Requests

    private static let principal: JSONValue = [
        "type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[^\\s\\x00-\\x1f\\x7f]+$",
        "description": "Whom the caller acts for, such as customer:ana; another than its own needs act:on-behalf-of.",
    ]

    /// What a run may do at all.
    private static let contract: JSONValue = Schema.request(
        [
            "tools": [
                "type": "array", "maxItems": 200,
                "items": [
                    "anyOf": [
                        Schema.text(128),
                        Schema.request(
                            [
                                "name": Schema.text(128),
                                "max_count": ["type": "integer", "minimum": 0, "maximum": 1_000_000],
                                "where": [
                                    "type": "object", "maxProperties": 200,
                                    "description": "Arguments, each with the value or the values that it may have.",
                                ],
                            ], required: ["name"]),
                    ]
                ],
            ],
            "targets": [
                "type": "array", "maxItems": 200, "items": ["type": ["string", "integer"]],
                "description": "Ids and destinations that count as named by the principal.",
            ],
            "bounds": [
                "type": "object", "maxProperties": 200,
                "description": "The most that an argument may be: a whole number, or money such as \"50.00 USD\".",
            ],
            "expires": Schema.moment,
        ], required: ["tools"])

    private static let requests: JSONObject = [
        "Nothing": Schema.request([:]),
        "RunRequest": Schema.request(
            [
                "agent": Schema.text(128), "input": Schema.text(262_144, "The task, in the principal's own words."),
                "principal": principal, "conversation_id": id("conv"), "source": Schema.words(["api", "cli"]),
                "locale": ["type": "string", "pattern": "^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8}){0,4}$"],
                "workflow": Schema.text(128), "contract": Schema.ref("TaskContract"),
                "mode": Schema.words(["gateway"]),
                "run": [
                    "type": "string", "maxLength": 200, "pattern": "^[!-~]+$",
                    "description": "With `mode: gateway`: the caller's own name of the task, as in X-Ballast-Run.",
                ],
            ], required: ["agent", "input"]),
        "TaskContract": contract,
        "RunInput": Schema.request(["text": Schema.text(262_144), "principal": principal], required: ["text"]),
        "RunReason": Schema.request(["reason": Schema.text(4096)]),
        "RollbackRequest": Schema.request([
            "reason": Schema.text(4096, "Why it is taken back."),
            "dry_run": ["type": "boolean", "description": "Say what would be done, and do nothing."],
        ]),
        "Resumption": Schema.request(
            [
                "reason": Schema.text(4096, "What the review found."),
                "cancel": [
                    "type": "array", "maxItems": 200, "items": ["type": "string", "maxLength": 64],
                    "description": "Runs that end instead of going on.",
                ],
            ], required: ["reason"]),
        "RunEnd": Schema.request(
            [
                "status": Schema.words(RunStatus.allCases.filter(\.isTerminal).map(\.name)),
                "text": Schema.text(262_144, "What the principal is told; a run of an agent outside needs none."),
            ], required: ["status"]),
        "Decision": decision,
        "RunDecision": runDecision,
        "HaltRequest": Schema.request(
            [
                "scope": [
                    "type": "string", "maxLength": 200, "pattern": "^(everything|(tenant|agent|tool|run):.+)$",
                    "description": "everything, tenant:NAME, agent:NAME, tool:NAME or run:RUN_ID.",
                ], "reason": Schema.text(4096),
            ], required: ["scope", "reason"]),
        "Settlement": Schema.request(
            ["outcome": Schema.words(["happened", "did_not"]), "reason": Schema.text(4096)],
            required: ["outcome", "reason"]),
        "Acceptance": Schema.request(
            [
                "definition": [
                    "type": "string", "pattern": "^[0-9a-f]{64}$",
                    "description": "The hash of the definition that was looked at; no other one is accepted.",
                ]
            ], required: ["definition"]),
        "KeyRequest": Schema.request(
            [
                "name": Schema.text(128), "principal": principal,
                "scopes": [
                    "type": "array", "items": Schema.words(KeyScope.allCases.map(\.rawValue)), "minItems": 1,
                    "uniqueItems": true,
                ],
            ], required: ["name", "principal", "scopes"]),
    ]

    /// A rejection says why, and an edit says what instead.
    private static let endorsement: JSONValue = [
        "type": "string", "enum": .array(EndorsementScope.allCases.map { JSONValue($0.name) }),
        "description":
            "With approve: vouch for the values under `endorsable`, or for the fields they came from, until the run ends.",
    ]

    private static let runDecision: JSONValue = [
        "type": "object",
        "properties": [
            "decision": Schema.words(["approve", "reject"]), "reason": Schema.text(4096), "principal": principal,
            "endorse": endorsement,
            "shown": [
                "type": "string", "pattern": "^[0-9a-f]{64}$",
                "description": "What was shown, as the question names it; nothing that came later is decided.",
            ],
        ],
        "required": ["decision", "shown"], "additionalProperties": false,
        "allOf": [
            [
                "if": ["properties": ["decision": ["const": "reject"]], "required": ["decision"]],
                "then": ["required": ["reason"], "properties": ["endorse": false]],
            ]
        ],
    ]

    private static let decision: JSONValue = [
        "type": "object",
        "properties": [
            "decision": Schema.words(["approve", "reject", "edit"]), "reason": Schema.text(4096),
            "arguments": ["type": "object", "description": "For edit: the arguments to use instead."],
            "principal": principal, "endorse": endorsement,
        ],
        "required": ["decision"], "additionalProperties": false,
        "allOf": [
            [
                "if": ["not": ["properties": ["decision": ["const": "approve"]], "required": ["decision"]]],
                "then": ["properties": ["endorse": false]],
            ],
            [
                "if": ["properties": ["decision": ["const": "reject"]], "required": ["decision"]],
                "then": ["required": ["reason"]],
            ],
            [
                "if": ["properties": ["decision": ["const": "edit"]], "required": ["decision"]],
                "then": ["required": ["arguments"]], "else": ["properties": ["arguments": false]],
            ],
        ],
    ]
}

extension JSONObject {
    func merged(with other: JSONObject) -> JSONObject {
        var all = self
        all.merge(other)
        return all
    }
}
