import BallastCore
import BallastServer

/// A run that was handed over, on paper for whoever takes it.
enum EscalationScreen {
    static func show(_ sheet: JSONValue) {
        let run = sheet.words("run_id")
        Output.line(
            "\(Output.toned(run, .strong))  \(sheet.words("status"))  agent \(sheet.words("agent"))  "
                + "for \(sheet.words("principal"))  handed over at \(sheet.words("since"))")
        Output.line(holder(sheet))
        Output.line()
        Output.line("\(label("why")) \(sheet.words("reason")) (\(sheet.words("code")))")
        Output.line("\(label("asked")) \(sheet.words("task"))")
        for words in sheet["words"]?.array ?? [] {
            Output.line("\(label("then")) \(PlainText.line(words, longest: 2000))")
        }
        if !sheet.words("told").isEmpty { Output.line("\(label("was told")) \(sheet.words("told"))") }
        lines(sheet, "done", "done")
        lines(sheet, "not_done", "not done")
        lines(sheet, "in_doubt", "in doubt")
        lines(sheet, "pending", "waits")
        if let left = sheet["left_off"]?.int, left > 0 {
            Output.line(Output.toned("\(left) earlier actions: ballast show \(run)", .faint))
        }
        forms(sheet)
        tools(sheet, run)
        guard ["escalated", "running", "halted"].contains(sheet.words("status")) else { return }
        Output.line()
        if sheet["claimed_by"]?.isNull ?? true { Output.line("take it first:  ballast claim \(run)") }
        Output.line("tell them:      ballast reply \(run) TEXT")
        Output.line("to the agent:   ballast return \(run)")
        Output.line("end it:         ballast finish \(run) TEXT --outcome succeeded|partial|failed")
    }

    static func holder(_ sheet: JSONValue) -> String {
        let (holder, to) = (sheet.words("claimed_by"), sheet.words("to"))
        if !holder.isEmpty { return "\(holder) has it since \(sheet.words("claimed_at"))" }
        let due = sheet.words("due_at")
        let whom = to.isEmpty ? "nobody is named who takes it" : "\(to) is told" + (due.isEmpty ? "" : ", until \(due)")
        let isLate = sheet["overdue"]?.bool ?? false
        return Output.toned(whom + (isLate ? ": OVERDUE, nobody has taken it" : "; nobody has taken it yet"), .warning)
    }

    private static func label(_ name: String) -> String {
        Output.toned((name + ":").padded(to: 10), .faint)
    }

    private static func lines(_ sheet: JSONValue, _ name: String, _ heading: String) {
        let lines = sheet[JSONString(name)]?.array ?? []
        guard !lines.isEmpty else { return }
        Output.line(label(heading))
        for line in lines {
            let person = line.words("by_hand_of")
            let call = "\(line.words("tool")) \(line.words("arguments", longest: 1000))"
            Output.line("  \(call)" + (person.isEmpty ? "" : "  by hand of \(person)"))
            let (code, message) = (line.words("code"), line.words("message"))
            if !message.isEmpty || !code.isEmpty { Output.line("    \(code): \(message)") }
            if name == "in_doubt" {
                Output.line("    ballast settle \(line.words("effect_id")) happened|did-not --reason TEXT")
            }
            let approval = line.words("approval_id")
            if !approval.isEmpty {
                Output.line("    ballast approve \(approval)   or   ballast reject \(approval) --reason TEXT")
            }
        }
    }

    private static func forms(_ sheet: JSONValue) {
        let forms = sheet["forms"]?.array ?? []
        Output.line()
        guard !forms.isEmpty else {
            return Output.line("No form: nothing that was tried is left to be done by hand.")
        }
        if sheet["read_untrusted"]?.bool ?? false {
            Output.line(
                Output.toned(
                    "The agent had read text that nobody vouches for: look at each value before you send it.", .warning)
            )
        }
        for form in forms { show(form: form) }
    }

    private static func show(form: JSONValue) {
        let (title, kind) = (form.words("title"), form.words("class"))
        Output.line(
            Output.toned("form \(form.words("form"))", .strong)
                + "  \(form.words("tool"))\(kind.isEmpty ? "" : " (\(kind))")  "
                + (title.isEmpty ? "" : title + ": ") + form.words("description", longest: 300))
        let schema = form["schema"] ?? .null
        let required = Set((schema["required"]?.array ?? []).compactMap(\.string))
        let given = form["arguments"]?.object
        let names = (given?.members.map(\.key.text) ?? [])
        let others = (schema["properties"]?.object?.members.map(\.key.text) ?? []).filter { !names.contains($0) }
        for name in names + others {
            let value = given?[JSONString(name)].map {
                PlainText.line(JSONValue.object([JSONString(name): $0]), longest: 1000)
            }
            let about = property(schema["properties"]?[JSONString(name)] ?? .null, isRequired: required.contains(name))
            Output.line("    \((value ?? "\(name): -").padded(to: 40))  \(Output.toned(about, .faint))")
        }
        if given == nil { Output.line("    its arguments cannot be shown here: give them with --arguments") }
        Output.line("    not done: \(form.words("code")): \(form.words("message"))")
        let obstacle = form.words("obstacle")
        if !obstacle.isEmpty { Output.line(Output.toned("    not now: \(obstacle)", .warning)) }
        Output.line("    do it: \(form.words("command"))   with other values: --set NAME=VALUE")
    }

    private static func property(_ property: JSONValue, isRequired: Bool) -> String {
        let description = property.words("description", longest: 160)
        return [
            property.words("type", longest: 60), isRequired ? "required" : "", description,
        ].filter { !$0.isEmpty }.joined(separator: ", ")
    }

    private static func tools(_ sheet: JSONValue, _ run: String) {
        let tools = sheet["tools"]?.array ?? []
        guard !tools.isEmpty else { return }
        let names = tools.map { tool in
            let obstacle = tool.words("obstacle")
            return "\(tool.words("tool")) (\(tool.words("class"))\(obstacle.isEmpty ? "" : ", not now: \(obstacle)"))"
        }
        Output.line()
        Output.line("\(label("tools")) \(names.joined(separator: ", "))")
        Output.line("           ballast act \(run) TOOL --arguments JSON")
    }
}

/// What became of an action by hand.
enum HandOutcomeScreen {
    static func show(_ answer: JSONValue) throws {
        let (tool, run) = (answer.words("tool"), answer.words("run_id"))
        switch answer["standing"]?.string ?? "" {
        case "done":
            let effect = answer.words("effect_id")
            Output.line(Output.toned("\(tool): done (\(effect))", .good))
            Output.line(answer.words("result", longest: 8000))
        case "failed":
            throw CommandFailure.no("\(tool) answered with an error: \(answer.words("result", longest: 4000))")
        case "waiting_confirm", "waiting_approval":
            let (approval, group) = (answer.words("approval_id"), answer.words("approval_group"))
            let who = answer["standing"]?.string == "waiting_confirm" ? "its principal" : "somebody else than you"
            Output.line(
                "\(tool) waits for \(who)\(group.isEmpty ? "" : " of \(group)"), until \(answer.words("expires_at"))")
            Output.line("next: ballast approve \(approval)   or   ballast reject \(approval) --reason TEXT")
        case "in_doubt":
            let effect = answer.words("effect_id")
            Output.line(
                Output.toned("\(tool) was sent and its answer was lost: it is not known whether it happened.", .warning)
            )
            Output.line("next: ballast settle \(effect) happened|did-not --reason TEXT")
        case "under_way": Output.line("\(tool) is under way.  \(Output.toned("ballast show \(run)", .faint))")
        case let end:
            let refusal = answer["refusal"] ?? .null
            let error = refusal["error"] ?? .null
            let code = refusal.words("code").isEmpty ? error.words("kind") : refusal.words("code")
            let message = refusal.words("message").isEmpty ? error.words("message") : refusal.words("message")
            throw CommandFailure.refused(
                "\(tool) was not done (\(code.isEmpty ? end : code)): \(message) \(refusal.words("would_be_allowed"))")
        }
    }
}

extension String {
    /// As wide as `width`, or wider.
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
