import BallastCore

/// Events of people, halts and ends.
extension EventFields {
    func addPeople(_ event: RunEvent, to document: inout JSONObject) {
        switch event {
        case .questionAsked(let fields):
            document.add("question", fields.question, from: bodies)
            document["options"] = .array(fields.options.map { JSONValue($0) })
            if let ordinal = fields.action { document["action_id"] = action(ordinal) }
            if let slot = fields.slot { document["slot"] = JSONValue(slot) }
        case .escalated(let fields):
            document["code"] = JSONValue(fields.code)
            document.add("reason", fields.reason, from: bodies)
            document.merge(["to": JSONValue(fields.to), "by": JSONValue(fields.by.name)])
            if let told = fields.told { document.add("told", told, from: bodies) }
        case .escalationClaimed(let fields): document["by"] = JSONValue(fields.by.name)
        case .escalationPassedOn(let fields):
            document.merge(["to": JSONValue(fields.to), "step": JSONValue(fields.step)])
        case .actedByHand(let fields):
            document.merge([
                "by": JSONValue(fields.by.name), "call": proposal(fields.proposal, ordinal: after.lastAction),
            ])
            if let form = fields.form { document["form_action_id"] = action(form) }
            document.add("note", fields.note, from: bodies)
        case .handedBack(let fields):
            document["by"] = JSONValue(fields.by.name)
        case .halted(let fields):
            document.merge(["halt_id": JSONValue(fields.halt.description), "reason": JSONValue(fields.reason)])
            if let told = fields.told { document.add("told", told, from: bodies) }
        case .resumed(let fields):
            document.merge(["halt_id": JSONValue(fields.halt.description), "by": JSONValue(fields.by.name)])
        case .cancelRequested(let fields):
            document.merge(["by": JSONValue(fields.by.name), "reason": JSONValue(fields.reason)])
        case .claimed(let fields):
            document.merge([
                "owner": JSONValue(fields.owner), "fence": JSONValue(fields.fence),
                "foreign_until": JSONValue(fields.foreignUntil.rfc3339),
            ])
        case .finished(let fields):
            document.merge(["status": JSONValue(fields.status.name), "code": JSONValue(fields.code)])
            document.add("text", fields.text, from: bodies)
            document["label"] = fields.label.document
        default: break
        }
    }
}

extension JSONObject {
    mutating func merge(_ other: JSONObject) {
        for member in other.members { self[member.key] = member.value }
    }
}

extension Label {
    var document: JSONValue {
        [
            "sources": .array(sourceNames.map { JSONValue($0) }), "confidentiality": JSONValue(confidentiality.name),
            "untrusted": .bool(isUntrusted),
        ]
    }
}

extension RunBudget {
    var document: JSONValue {
        [
            "steps": JSONValue(steps), "active_ms": JSONValue(activeMilliseconds), "tokens": JSONValue(tokens),
            "microdollars": JSONValue(microdollars), "parallel_calls": JSONValue(parallelCalls),
        ]
    }
}

extension Repeatability {
    var document: JSONObject {
        switch self {
        case .never: ["repeat": "never"]
        case .naturally: ["repeat": "naturally"]
        case .byKey(let milliseconds): ["repeat": "by_key", "repeat_within_ms": JSONValue(milliseconds)]
        }
    }
}
