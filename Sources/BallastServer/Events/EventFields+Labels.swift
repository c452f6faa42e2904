import BallastCore

/// Events of what a run may do at all, and of where values come from.
extension EventFields {
    func add(_ fields: ContractStated, to document: inout JSONObject) {
        document["by"] = JSONValue(fields.by.name)
        document.addJSON("contract", fields.contract, from: bodies)
        document["label"] = fields.label.document
    }

    func add(_ fields: ContractDrafted, to document: inout JSONObject) {
        document.merge(["model": JSONValue(fields.model), "outcome": JSONValue(fields.outcome.name)])
        if let contract = fields.contract { document.addJSON("contract", contract, from: bodies) }
        if let detail = fields.detail { document.add("detail", detail, from: bodies) }
        document.merge(["tokens": JSONValue(fields.tokens), "microdollars": JSONValue(fields.microdollars)])
    }

    func add(_ fields: LabelsRecalled, to document: inout JSONObject) {
        document.merge(["action_id": action(fields.action), "tool": JSONValue(after.tool(fields.action))])
        document.addJSON("recalled", fields.recalled, from: bodies)
    }

    func add(_ fields: EndorsementGiven, to document: inout JSONObject) {
        document["approval_id"] = approval(fields.approval)
        if let action = after.action(approval: fields.approval) { addAction(action, to: &document) }
        document.merge(["by": JSONValue(fields.by.name), "endorsed": JSONValue(fields.scope.name)])
        document.addJSON("items", fields.items, from: bodies)
    }
}
