import BallastCore
import BallastPolicy

/// What a person is shown, as one canonical JSON document; every renderer draws from it and the decision is bound to it.
enum ReviewDocument {
    static func make(
        action: ActionID, tool: ToolCatalog.Entry, verdict: GuardVerdict, created: RunCreated, task: String,
        gate: Gate, group: String?, quorum: Int, requestedAt: Timestamp, expiresAt: Timestamp, rules: ToolRules,
        policy: [UInt8], confidence: ConfidenceBand?, assumptions: JSONValue?, repeats: Bool, undo: UndoNotice,
        takesBack: RollbackStep?, actedBy: Principal?, endorsable: [EndorsableValue], nonce: UInt64
    ) -> JSONValue {
        var document: JSONObject = [
            "action_id": JSONValue(action.description), "run_id": JSONValue(action.run.description),
            "agent": JSONValue(created.agent.name), "agent_version": JSONValue(Hex.encode(created.agent.version)),
            "principal": JSONValue(created.principal.name), "tenant": JSONValue(created.tenant.name),
            "tool": JSONValue(tool.definition.name), "server": JSONValue(tool.definition.provider),
            "tool_definition": JSONValue(tool.hash.description),
            "class": JSONValue(verdict.toolClass?.name), "arguments": verdict.arguments, "task": JSONValue(task),
            "gate": JSONValue(gate.name), "quorum": JSONValue(quorum), "reasons": JSONValue(verdict.sentence),
            "policy": JSONValue(Hex.encode(policy)), "requested_at": JSONValue(requestedAt.rfc3339),
            "expires_at": JSONValue(expiresAt.rfc3339), "irreversible": JSONValue.bool(!undo.isPossible),
            "undo": undo.document, "nonce": JSONValue(String(nonce, radix: 16)),
        ]
        if let rule = verdict.rule { document["rule"] = JSONValue(rule) }
        if let confidence { document["confidence"] = JSONValue(confidence.name) }
        if let assumptions { document["assumptions"] = assumptions }
        if let group { document["group"] = JSONValue(group) }
        if let actedBy { document["by_hand_of"] = JSONValue(actedBy.name) }
        if !endorsable.isEmpty { document["endorsable"] = .array(endorsable.map(\.document)) }
        if let takesBack {
            document["takes_back"] = [
                "effect_id": JSONValue(takesBack.effect.description), "tool": JSONValue(takesBack.tool),
                "agent": JSONValue(takesBack.agent),
            ]
        }
        let money = amounts(in: verdict.arguments, rules.money)
        if !money.isEmpty { document["money"] = .object(money) }
        if repeats { document["repeat_of"] = JSONValue("an equal action was done before in this run") }
        return .object(document)
    }

    /// What the arguments say of money, as people write it: tools count in cents, and nobody should have to.
    private static func amounts(in arguments: JSONValue, _ fields: [MoneyField]) -> JSONObject {
        fields.reduce(into: [:]) { money, field in
            guard let words = field.amounts(in: arguments) else { return }
            money[JSONString(field.path.description)] = JSONValue(words)
        }
    }

    /// SHA-256 over everything that must still be equal when the approval is used: what people saw, and what would be
    /// sent now, on whose behalf, by which agent, to which tool.
    static func binding(
        review: [UInt8], arguments: [UInt8], tool: ToolCatalog.Entry, created: RunCreated, action: ActionID
    ) -> Digest {
        .lengthPrefixed(
            domain: "ballast.approval.v1",
            [
                Array(created.tenant.name.utf8), action.run.bytes, Array(String(action.ordinal).utf8),
                Array(created.principal.name.utf8), Array(created.agent.name.utf8), created.agent.version,
                Array(tool.definition.provider.utf8), tool.hash.bytes, arguments, review,
            ])
    }
}
