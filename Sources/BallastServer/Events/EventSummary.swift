import BallastCore

/// One line for people about an event, from the event's JSON.
enum EventSummary {
    static func line(of event: JSONObject) -> String {
        let sentence = EventSentence(event)
        switch event["type"]?.string ?? "" {
        case "run_created": return sentence.created
        case "message_added": return sentence.message
        case "model_requested": return "asks the model \(sentence["model"])"
        case "model_replied": return sentence.reply
        case "model_failed": return "the model \(sentence["model"]) failed (\(sentence["code"])): \(sentence["detail"])"
        case "reply_rejected": return "the reply could not be used (\(sentence["code"])): \(sentence["message"])"
        case "playbook_stepped": return sentence.step
        case "actions_proposed": return sentence.proposals
        case "rollback_requested": return sentence.rollback
        case "effect_compensated": return sentence.compensation
        case "contract_stated": return sentence.contract
        case "contract_drafted": return sentence.draft
        case "labels_recalled": return "what \(sentence["tool"]) answered holds what an earlier run wrote"
        case "endorsement_given": return sentence.endorsement
        case "action_decided": return sentence.decision
        case "action_shadowed": return sentence.shadow
        case "guard_checked": return sentence.check
        case "confidence_estimated":
            return "confidence \(sentence["band"]) (\(sentence["source"])): \(sentence["detail"])"
        case "breaker_changed": return sentence.breaker
        case "fallback_chosen": return sentence.fallback
        case "confusion_noticed": return sentence.confusion
        case "context_reset": return "from here on the model reads: \(sentence["summary_for_model"])"
        case "approval_requested": return sentence.request
        case "approval_resolved": return sentence.resolution
        case "question_asked": return sentence.question
        case "run_escalated": return sentence.escalation
        case "escalation_claimed": return "\(sentence["by"]) takes it"
        case "escalation_passed_on": return "nobody took it in time, so \(sentence["to"]) is told"
        case "action_by_hand":
            return "\(sentence["by"]) by hand: \(EventSentence.call(event["call"] ?? .null))"
        case "run_handed_back": return "\(sentence["by"]) gave the run back to the agent"
        case "run_halted": return "halted (\(sentence["halt_id"])): \(sentence["reason"])"
        case "run_resumed": return "resumed after \(sentence["halt_id"])"
        case "cancel_requested": return "\(sentence["by"]) cancels: \(sentence["reason"])"
        case "run_claimed": return "taken over by another owner; what was under way is looked into"
        case "run_finished": return "\(sentence["status"]): \(sentence["text"])"
        default: return sentence.effect
        }
    }
}

/// The parts of a summary, read from one event.
struct EventSentence {
    let event: JSONObject

    init(_ event: JSONObject) { self.event = event }

    /// A field as words; a place-holder when its content is gone.
    subscript(name: JSONString) -> String {
        guard let value = event[name], !value.isNull else {
            return event[JSONString(name.text + "_unavailable")] == nil ? "" : "(content not available)"
        }
        return PlainText.line(value)
    }

    func has(_ name: JSONString) -> Bool { event[name].map { !$0.isNull } ?? false }
    func isTrue(_ name: JSONString) -> Bool { event[name]?.bool ?? false }

    var created: String {
        let other = self["started_by"] == self["principal"] ? "" : " (started by \(self["started_by"]))"
        return "\(self["principal"]) asks \(self["agent"])\(other): \(self["task"])"
    }

    var message: String {
        if event["role"]?.string == "user" { return "\(self["by"]) says: \(self["text"])" }
        let isPerson = event["label"]?["sources"]?.array?.contains("reviewer") ?? false
        return (isPerson ? "\(self["by"]) " : "") + "says to the user: \(self["text"])"
    }

    // MARK: Proposals

    var reply: String {
        let calls = event["calls"]?.array ?? []
        let usage = event["usage"]
        let tokens = (usage?["input"]?.integer ?? 0).addingReportingOverflow(usage?["output"]?.integer ?? 0)
            .partialValue
        let cost = " (\(tokens) tokens, \(EventSentence.duration(event["duration_ms"])))"
        guard !calls.isEmpty else { return "\(self["model"]) answers\(cost): \(self["text"])" }
        return "\(self["model"]) proposes\(cost): " + calls.map(EventSentence.call).joined(separator: "; ")
    }

    var rollback: String {
        let steps = event["steps"]?.array ?? []
        let possible = steps.count { $0["impossible"] == nil }
        return
            "\(self["by"]) wants \(self["of_run_id"]) taken back (\(self["reason"])): \(possible) of \(steps.count) effects"
    }

    var contract: String { "\(self["by"]) bounds the run to \(contractTools)" }

    /// Drafted from the principal's words, or why not.
    var draft: String {
        event["outcome"]?.string == "drafted"
            ? "\(self["model"]) drafts that the run is bound to \(contractTools)"
            : "no contract is drafted (\(self["model"])): \(self["detail"])"
    }

    private var contractTools: String {
        let tools = (event["contract"]?["tools"]?.array ?? []).compactMap { $0.string ?? $0["name"]?.string }
        return tools.isEmpty ? "reading" : tools.joined(separator: ", ")
    }

    var endorsement: String {
        let isSource = event["endorsed"]?.string == "source"
        let items = (event["items"]?.array ?? []).map { item in
            let place = item["source"].map {
                "\(PlainText.line($0["tool"] ?? .null)).\(PlainText.line($0["field"] ?? .null))"
            }
            let what = isSource ? place ?? "" : PlainText.line(item["value"] ?? .null)
            let allows = (isSource ? item["source"]?["allows"] : item["allows"]) ?? .null
            return "\(what) (\(PlainText.line(allows)))"
        }
        return
            "\(self["by"]) endorses the \(self["endorsed"]) with \(self["approval_id"]): \(items.joined(separator: "; "))"
    }

    var compensation: String {
        let effect = "\(self["tool"]) \(self["effect_id"])"
        switch event["how"]?.string ?? "" {
        case "undone": return "\(effect) is taken back by \(self["through_effect_id"])"
        case "before":
            return "\(effect) had been taken back before"
                + (has("through_effect_id") ? " by \(self["through_effect_id"])" : "")
        default: return "\(effect) never happened, says \(self["by"])"
        }
    }

    /// What an agent outside wants, or what is to be taken back.
    var proposals: String {
        "proposes: " + (event["calls"]?.array ?? []).map(EventSentence.call).joined(separator: "; ")
    }

    var step: String {
        if let call = event["call"] { return "playbook \(self["playbook"]) proposes: \(EventSentence.call(call))" }
        return has("say") ? "playbook \(self["playbook"]) says: \(self["say"])" : "playbook \(self["playbook"]) goes on"
    }

    static func call(_ call: JSONValue) -> String {
        "\(PlainText.line(call["tool"] ?? .null)) \(PlainText.line(call["arguments"] ?? .null))"
    }

    static func duration(_ milliseconds: JSONValue?) -> String {
        let value = milliseconds?.integer ?? 0
        return value < 1000 ? "\(value) ms" : "\(value / 1000).\(value % 1000 / 100) s"
    }

    // MARK: Decisions

    var decision: String {
        let rule = has("rule") ? ", rule \(self["rule"])" : ""
        let given = has("given_approval_id") ? ", as given by \(self["given_approval_id"])" : ""
        return "\(self["tool"]): \(self["outcome"])\(given) (\(self["code"])\(rule)). \(self["message"])"
    }

    var shadow: String {
        let name = "\(self["tool"]): shadow \(self["shadow"])"
        guard has("outcome") else { return "\(name) could not be decided. \(self["message"])" }
        if event["standing"]?.string == "agreed" { return "\(name) agrees (\(self["outcome"]))" }
        let rule = has("rule") ? " (rule \(self["rule"]))" : ""
        let quorum = event["quorum"]?.integer ?? 0
        let who = quorum > 0 ? " by \(quorum) of \(has("group") ? self["group"] : "the reviewers")" : ""
        return "\(name) would have: \(self["outcome"])\(who)\(rule)"
    }

    var check: String {
        let answer = isTrue("passed") ? "passed" : "did not pass"
        return "checked \(self["purpose"]) with \(self["tool"]): \(answer)"
    }

    var request: String {
        let what = event["gate"]?.string == "confirm" ? "the principal's confirmation" : "approval"
        let group = has("group") ? " by \(self["group"])" : ""
        return "\(self["tool"]) waits for \(what)\(group) until \(self["expires_at"]): \(self["approval_id"])"
    }

    var resolution: String {
        let edit = has("edited_arguments") ? " with other arguments \(self["edited_arguments"])" : ""
        let reason = has("reason") ? ": \(self["reason"])" : ""
        return "\(self["approval_id"]) \(self["status"]) by \(self["by"])\(edit)\(reason)"
    }

    var question: String {
        let options = (event["options"]?.array ?? []).map { PlainText.line($0) }.joined(separator: " / ")
        return "asks: \(self["question"])" + (options.isEmpty ? "" : " (\(options))")
    }

    var escalation: String {
        let to = has("to") ? " to \(self["to"])" : ""
        return "handed\(to) by \(self["by"]) (\(self["code"])): \(self["reason"])"
    }

    // MARK: Effects

    var effect: String {
        let tool = self["tool"]
        switch event["type"]?.string ?? "" {
        case "effect_started":
            let attempt = event["attempt"]?.integer ?? 1
            return "\(tool) started as \(self["effect_id"])" + (attempt > 1 ? ", attempt \(attempt)" : "")
        case "effect_retried":
            return "\(tool) attempt \(self["attempt"]) failed (\(self["code"])): \(self["detail"]); "
                + "next at \(self["retry_at"])"
        case "effect_settled":
            let verb = isTrue("is_error") ? "answered with an error" : "answered"
            return "\(tool) \(verb) after \(EventSentence.duration(event["duration_ms"])): \(self["result"])"
        case "effect_in_doubt":
            return "\(tool) is in doubt (\(self["code"])): \(self["detail"])"
        case "effect_verified": return "\(tool): \(answer), says \(self["by"]): \(self["detail"])"
        case "sub_run_started": return "\(tool): the agent \(self["agent"]) works on it in \(self["sub_run_id"])"
        case "sub_run_finished": return "\(tool): \(self["sub_run_id"]) \(self["status"]): \(self["result"])"
        case "effect_withdrawn": return "\(tool) was not sent (\(self["code"])): \(self["detail"])"
        case let type: return type
        }
    }

    private var answer: String {
        switch event["answer"]?.string ?? "" {
        case "happened": "it happened"
        case "did_not": "it did not happen"
        default: "still not known"
        }
    }
}
