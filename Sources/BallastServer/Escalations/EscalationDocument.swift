package import BallastCore
package import BallastRuntime

/// A run that was handed over, as the API shows it.
package enum EscalationDocument {
    /// Characters of the task and the reason that are shown in lists.
    private static let excerpt = 200

    static func summary(
        _ header: RunHeader, _ state: RunState, _ takeover: Takeover, _ bodies: EventBodies, _ call: APICall
    ) -> JSONValue {
        let chain = call.runtime.deployment.now.agents[header.agent]?.definition.escalation ?? []
        let due =
            chain.indices.contains(takeover.step)
            ? takeover.toldAt.adding(milliseconds: chain[takeover.step].within) : nil
        let isOverdue = takeover.claimedBy == nil && due.map { $0 <= call.runtime.clock.now } == true
        func line(_ body: BodyReference?) -> JSONValue {
            JSONValue(body.flatMap { bodies.text($0) }.map { PlainText.line($0, longest: excerpt) })
        }
        return [
            "run_id": JSONValue(header.run.description), "status": JSONValue(header.status.name),
            "agent": JSONValue(header.agent), "principal": JSONValue(header.principal.name),
            "task": line(header.task), "code": JSONValue(state.escalation?.code ?? ""),
            "reason": line(state.escalation?.reason), "since": JSONValue(takeover.since.rfc3339),
            "to": JSONValue(takeover.to), "due_at": JSONValue(due?.rfc3339), "overdue": .bool(isOverdue),
            "claimed_by": JSONValue(takeover.claimedBy?.name), "claimed_at": JSONValue(takeover.claimedAt?.rfc3339),
        ]
    }

    package static func full(_ sheet: EscalationSheet, now: Timestamp) -> JSONValue {
        [
            "run_id": JSONValue(sheet.run.description), "status": JSONValue(sheet.status.name),
            "agent": JSONValue(sheet.agent), "principal": JSONValue(sheet.principal.name),
            "started_by": JSONValue(sheet.startedBy.name),
            "conversation_id": JSONValue(sheet.conversation?.description), "task": JSONValue(sheet.task),
            "words": .array(sheet.words.map { JSONValue($0) }), "code": JSONValue(sheet.code),
            "reason": JSONValue(sheet.reason), "by": JSONValue(sheet.by.name),
            "since": JSONValue(sheet.since.rfc3339), "to": JSONValue(sheet.current?.to),
            "due_at": JSONValue(sheet.current?.dueAt?.rfc3339), "overdue": .bool(sheet.isOverdue(at: now)),
            "chain": .array(
                sheet.chain.map { step in
                    [
                        "to": JSONValue(step.to), "within_ms": JSONValue(step.within),
                        "told_at": JSONValue(step.toldAt?.rfc3339),
                    ]
                }), "told": JSONValue(sheet.told), "claimed_by": JSONValue(sheet.claimedBy?.name),
            "claimed_at": JSONValue(sheet.claimedAt?.rfc3339), "done": .array(sheet.done.map(line)),
            "not_done": .array(sheet.notDone.map(line)), "in_doubt": .array(sheet.inDoubt.map(line)),
            "pending": .array(sheet.pending.map(line)), "left_off": JSONValue(sheet.leftOff),
            "forms": .array(sheet.forms.map(form)), "tools": .array(sheet.tools.map(tool)),
            "read_untrusted": .bool(sheet.hasReadUntrusted),
        ]
    }

    private static func line(_ line: EscalationSheet.Line) -> JSONValue {
        var document: JSONObject = [
            "action_id": JSONValue(line.action.description), "tool": JSONValue(line.tool),
            "arguments": line.arguments ?? .null,
        ]
        if let effect = line.effect { document["effect_id"] = JSONValue(effect.description) }
        if let code = line.code { document["code"] = JSONValue(code) }
        if let sentence = line.sentence { document["message"] = JSONValue(sentence) }
        if let person = line.byHandOf { document["by_hand_of"] = JSONValue(person.name) }
        if let approval = line.approval { document["approval_id"] = JSONValue(approval.description) }
        return .object(document)
    }

    private static func form(_ form: EscalationForm) -> JSONValue {
        [
            "form": JSONValue(Int(form.number)), "action_id": JSONValue(form.action.description),
            "tool": JSONValue(form.tool), "title": JSONValue(form.title), "description": JSONValue(form.description),
            "class": JSONValue(form.toolClass?.name), "arguments": form.arguments ?? .null, "schema": form.schema,
            "code": JSONValue(form.code), "message": JSONValue(form.sentence),
            "obstacle": JSONValue(form.obstacle), "command": JSONValue(form.command),
        ]
    }

    private static func tool(_ tool: EscalationSheet.Tool) -> JSONValue {
        [
            "tool": JSONValue(tool.name), "description": JSONValue(tool.description),
            "class": JSONValue(tool.toolClass?.name), "schema": tool.schema, "obstacle": JSONValue(tool.obstacle),
        ]
    }

    /// Where an action by hand stands. What was refused stands there as everywhere, under `refusal`.
    static func outcome(_ outcome: HandOutcome) -> JSONValue {
        let isRefused = outcome.end.map { $0 != .done && $0 != .failed } ?? false
        let said = outcome.answer.flatMap { try? JSONReader.read($0) }
        var document: JSONObject = [
            "run_id": JSONValue(outcome.action.run.description), "action_id": JSONValue(outcome.action.description),
            "tool": JSONValue(outcome.tool), "arguments": outcome.arguments, "by": JSONValue(outcome.by.name),
            "standing": JSONValue(outcome.standing), "is_error": .bool(outcome.isError),
            "approval_id": JSONValue(
                outcome.wait.map { ApprovalID(run: outcome.action.run, ordinal: $0.approval).description }),
            "approval_group": JSONValue(outcome.wait?.group), "expires_at": JSONValue(outcome.wait?.expiresAt.rfc3339),
            "effect_id": JSONValue(
                outcome.end == .done || outcome.isInDoubt
                    ? EffectID(run: outcome.action.run, ordinal: outcome.action.ordinal).description : nil),
            "result": .null, "refusal": .null,
        ]
        guard let answer = outcome.answer else { return .object(document) }
        document[isRefused ? "refusal" : "result"] = said ?? JSONValue(answer)
        return .object(document)
    }
}
