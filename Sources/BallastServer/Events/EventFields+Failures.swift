import BallastCore

/// Events of what did not work.
extension EventFields {
    func add(_ fields: FallbackChosen, to document: inout JSONObject) {
        addAction(fields.action, to: &document)
        document["code"] = JSONValue(fields.code)
        document.addFailure(fields.detail, from: bodies)
        document.add("note", fields.note, from: bodies)
        document["call"] = proposal(fields.proposal, ordinal: after.lastAction)
    }
}

extension BreakerChanged {
    var document: JSONObject {
        [
            "subject": JSONValue(subject), "tenant": JSONValue(tenant), "state": JSONValue(state.name),
            "code": code.isEmpty ? .null : JSONValue(code), "failures": JSONValue(failures),
            "until": JSONValue(until?.rfc3339),
        ]
    }
}

extension ConfusionNoticed {
    var document: JSONObject {
        [
            "kind": JSONValue(kind.name), "response": JSONValue(response.name),
            "tool": tool.isEmpty ? .null : JSONValue(tool), "count": JSONValue(count),
        ]
    }
}

extension JSONObject {
    /// Why something was not done: its words, and beside them the error as the model read it.
    mutating func addFailure(_ reference: BodyReference, from bodies: EventBodies) {
        guard let error = bodies.json(reference)?["error"], let message = error["message"] else {
            return add("detail", reference, from: bodies)
        }
        self["detail"] = message
        self["error"] = error
    }
}

extension EventSentence {
    var breaker: String {
        let whom = has("tenant") ? " for \(self["tenant"])" : ""
        switch event["state"]?.string ?? "" {
        case "open":
            return
                "the breaker of \(self["subject"])\(whom) opened after \(self["failures"]) failures (\(self["code"])): "
                + "nothing is sent until \(self["until"])"
        case "half_open": return "the breaker of \(self["subject"])\(whom) lets one call through, to see"
        default: return "the breaker of \(self["subject"])\(whom) closed: it answers again"
        }
    }

    var confusion: String {
        let what = has("tool") ? "\(self["kind"]), \(self["tool"])" : self["kind"]
        let response =
            switch event["response"]?.string ?? "" {
            case "reset": "it is shown what is done and what is pending, without the rest"
            case "ask": "the user is asked how to go on"
            default: "a person takes over"
            }
        return "the agent goes round in circles (\(what), \(self["count"]) times): \(response)"
    }

    var fallback: String {
        "\(self["tool"]) was not done (\(self["code"])): \(self["detail"]) In its place: "
            + EventSentence.call(event["call"] ?? .null)
    }
}
