import BallastCore

/// Events of taking back.
extension EventFields {
    func add(_ fields: RollbackRequested, to document: inout JSONObject) {
        document.merge(["of_run_id": JSONValue(fields.of.description), "by": JSONValue(fields.by.name)])
        document.add("reason", fields.reason, from: bodies)
        document["steps"] = .array(fields.steps.map(step))
    }

    func add(_ fields: EffectCompensated, to document: inout JSONObject) {
        document.merge([
            "effect_id": JSONValue(fields.effect.description), "tool": JSONValue(after.takenBack[fields.effect]),
            "how": JSONValue(fields.how.name), "by": JSONValue(fields.by.name),
        ])
        if let through = fields.through { document["through_effect_id"] = JSONValue(through.description) }
    }

    private func step(_ step: RollbackStep) -> JSONValue {
        var line: JSONObject = [
            "effect_id": JSONValue(step.effect.description), "tool": JSONValue(step.tool),
            "agent": JSONValue(step.agent),
        ]
        line.addJSON("arguments", step.arguments, from: bodies)
        switch step.way {
        case .call(let call):
            var undo: JSONObject = ["tool": JSONValue(call.tool)]
            undo.addJSON("arguments", call.arguments, from: bodies)
            undo["label"] = call.label.document
            line["undo"] = .object(undo)
        case .inDoubt(let since): line["in_doubt_since"] = JSONValue(since.rfc3339)
        case .impossible(let code, let why):
            line["impossible"] = JSONValue(code)
            line.add("why", why, from: bodies)
        }
        return .object(line)
    }
}
