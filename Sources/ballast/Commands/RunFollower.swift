import BallastCore
import BallastServer

/// Shows a run's events as they come, and lets the person at the terminal answer what waits for them.
struct RunFollower {
    let api: APIClient
    let run: String
    /// For whom the person at the terminal speaks; nil for themselves.
    let principal: String?
    let json: Bool
    /// nil without a terminal: then following ends when the run waits for somebody.
    let typed: TypedLines?

    func follow() async throws {
        let watch = json ? nil : Task { await StoreWatch(api: api).report() }
        defer { watch?.cancel() }
        var isWriting = false
        try await api.follow(run) { name, event in
            if json {
                Output.line(String(decoding: JSONWriter.compact(event), as: UTF8.self))
            } else if name == "text_delta" {
                guard Output.isTerminal else { return true }
                Output.part(Output.toned(event.paragraph("text"), .faint))
                isWriting = true
                return true
            } else {
                if isWriting { Output.line() }
                isWriting = false
                EventLine.show(event)
            }
            return try await react(name, event)
        }
    }

    /// Whether to go on following after this event.
    private func react(_ name: String, _ event: JSONValue) async throws -> Bool {
        switch name {
        case "run_finished": return try await end()
        case "approval_requested": return try await decide(event)
        case "question_asked": return try await answer(event)
        case "run_escalated":
            if !json {
                let told = event.paragraph("told")
                if !told.isEmpty { Output.line("\n" + told) }
                Output.line(Output.toned("A person has it now: ballast escalations show \(run)", .warning))
            }
            return false
        default: return true
        }
    }

    private func end() async throws -> Bool {
        let document = try await api.get("/api/v1/runs/\(run)")
        let status = document["status"]?.string ?? ""
        if !json {
            let words = document["outcome"]?.paragraph("text") ?? ""
            Output.line()
            Output.line(words.isEmpty ? status : words)
        }
        if status == "failed" { throw CommandFailure.no("The run failed; `ballast show \(run)` explains every step.") }
        return false
    }

    // MARK: Decisions

    private func decide(_ event: JSONValue) async throws -> Bool {
        guard let approval = event["approval_id"]?.string else { return true }
        guard let typed else {
            wait("ballast approve \(approval)   or   ballast reject \(approval) --reason TEXT")
            return false
        }
        // Whoever follows late, or is slow, finds out that somebody else has decided.
        let stands = try await api.get("/api/v1/approvals/\(approval)")
        guard stands["status"]?.string == "pending" else { return true }
        ReviewScreen.show(stands)
        let isConfirmation = stands["gate"]?.string == "confirm"
        while true {
            let edit = isConfirmation ? "" : "e(dit), "
            Output.part(
                "\(isConfirmation ? "do it" : "approve")? [y, n, \(endorsing(stands))\(edit)Enter leaves it waiting] ")
            switch await typed.next()?.lowercased() {
            case "y", "yes": return await send(approval, ["decision": "approve"], isConfirmation)
            case "v", "value": return await send(approval, ["decision": "approve", "endorse": "value"], isConfirmation)
            case "s", "source":
                return await send(approval, ["decision": "approve", "endorse": "source"], isConfirmation)
            case "n", "no":
                Output.part("why? ")
                let reason = await typed.next() ?? ""
                let words = reason.isEmpty ? "rejected at the terminal" : reason
                return await send(approval, ["decision": "reject", "reason": JSONValue(words)], isConfirmation)
            case "e", "edit":
                Output.part("new arguments, a JSON object: ")
                guard let arguments = try? JSONReader.read(await typed.next() ?? ""), arguments.object != nil else {
                    Output.line("That is not a JSON object.")
                    continue
                }
                return await send(approval, ["decision": "edit", "arguments": arguments], isConfirmation)
            case nil, "":
                wait("ballast approve \(approval)")
                return false
            default: continue
            }
        }
    }

    /// What may be endorsed with a yes.
    private func endorsing(_ approval: JSONValue) -> String {
        let items = approval["endorsable"]?.array ?? []
        guard !items.isEmpty else { return "" }
        return items.allSatisfy { $0["source"] != nil }
            ? "v (yes, and endorse the value), s (and its source), " : "v (yes, and endorse the value), "
    }

    private func send(_ approval: String, _ body: JSONObject, _ isConfirmation: Bool) async -> Bool {
        var body = body
        // A confirmation is the principal's; a review is always the reviewer's own.
        if isConfirmation, let principal { body["principal"] = JSONValue(principal) }
        do {
            _ = try await api.post("/api/v1/approvals/\(approval)/decision", .object(body))
            return true
        } catch let failure as CommandFailure {
            Output.complain(failure.message)
        } catch {
            Output.complain("\(error)")
        }
        if await isDecided(approval) { return true }
        wait("somebody else decides, with a key of their own: ballast approve \(approval)")
        return false
    }

    private func isDecided(_ approval: String) async -> Bool {
        let stands = try? await api.get("/api/v1/approvals/\(approval)")
        return stands.map { $0["status"]?.string != "pending" } ?? false
    }

    // MARK: Questions

    private func answer(_ event: JSONValue) async throws -> Bool {
        guard let typed else {
            wait("ballast answer \(run) TEXT")
            return false
        }
        Output.part("> ")
        guard let text = await typed.next(), !text.isEmpty else {
            wait("ballast answer \(run) TEXT")
            return false
        }
        var body: JSONObject = ["text": JSONValue(text)]
        if let principal { body["principal"] = JSONValue(principal) }
        _ = try await api.post("/api/v1/runs/\(run)/input", .object(body))
        return true
    }

    private func wait(_ next: String) {
        if !json { Output.line(Output.toned("Waiting: \(next)", .warning)) }
    }
}

/// Says why nothing comes while the server's store takes no writes, rather than waiting without a word.
private struct StoreWatch: Sendable {
    let api: APIClient

    func report() async {
        var said: Set<String> = []
        while (try? await Task.sleep(for: .seconds(3))) != nil {
            for problem in await api.problems() where problem["check"]?.string == "store" {
                let words = problem.words("detail")
                if said.insert(words).inserted { Output.complain("the run waits for the store: \(words)") }
            }
        }
    }
}

/// What a person who decides is shown: the whole review document, nothing folded away.
enum ReviewScreen {
    static func show(_ approval: JSONValue) {
        let review = approval["review"] ?? .null
        Output.line()
        Output.line(Output.toned("  \(approval.words("tool"))", .strong) + "  for \(approval.words("principal"))")
        for member in review["arguments"]?.object?.members ?? [] {
            Output.line("    \(PlainText.line(member.key.text)): \(PlainText.line(member.value, longest: 4000))")
        }
        showMoney(review["money"], indent: "    ")
        for (name, heading) in [("task", "asked"), ("reasons", "why"), ("repeat_of", "repeats")] {
            let words = review.words(JSONString(name))
            if !words.isEmpty { Output.line("    \(Output.toned(heading, .faint)) \(words)") }
        }
        if let effect = review["takes_back"] {
            let words = "\(effect.words("tool")) \(effect.words("effect_id"))"
            Output.line("    \(Output.toned("takes back", .faint)) \(words)")
        }
        showUndo(review["undo"], indent: "    ")
        showEndorsable(review["endorsable"], indent: "    ")
        Output.line("    \(Output.toned("until", .faint)) \(approval.words("expires_at"))")
    }

    /// What a person may vouch for with their decision, and what that would allow.
    static func showEndorsable(_ list: JSONValue?, indent: String) {
        for item in list?.array ?? [] {
            let value = "\(item.words("path")) \(item.words("value"))"
            Output.line("\(indent)\(Output.toned("--endorse value", .faint)) \(value): \(item.words("allows"))")
            guard let source = item["source"], source.object != nil else { continue }
            let place = "\(source.words("tool")).\(source.words("field"))"
            Output.line("\(indent)\(Output.toned("--endorse source", .faint)) \(place): \(source.words("allows"))")
            let values = (source["first_values"]?.array ?? []).map { PlainText.line($0, longest: 120) }
            let rest = (source["values"]?.int ?? values.count) - values.count
            Output.line("\(indent)  \(values.joined(separator: ", "))\(rest > 0 ? " and \(rest) more" : "")")
        }
    }

    /// Whether it can be taken back afterwards, before it is done.
    static func showUndo(_ undo: JSONValue?, indent: String) {
        guard let undo, undo.object != nil else { return }
        guard undo["possible"]?.bool == true else {
            let why = undo.words("why")
            let words = "this cannot be taken back" + (why.isEmpty ? "" : ": \(why)")
            return Output.line(indent + Output.toned(words, .bad))
        }
        let call = "\(undo.words("tool")) \(undo.words("with"))"
        Output.line("\(indent)\(Output.toned("can be taken back with", .faint)) \(call)")
    }

    /// Amounts as people write them, below the arguments that have them in the tool's own form.
    static func showMoney(_ money: JSONValue?, indent: String) {
        for member in money?.object?.members ?? [] {
            let line = "\(PlainText.line(member.key.text)) is \(PlainText.line(member.value))"
            Output.line(indent + Output.toned(line, .strong))
        }
    }
}

/// One event as one line for people.
enum EventLine {
    /// A shadow that agrees is not worth a line.
    static func isQuiet(_ event: JSONValue) -> Bool {
        event["type"]?.string == "action_shadowed" && event["standing"]?.string == "agreed"
    }

    static func show(_ event: JSONValue) {
        if isQuiet(event) { return }
        let sequence = event["sequence"]?.integer.map { String($0) } ?? ""
        let type = event["type"]?.string ?? ""
        let number = String(repeating: " ", count: max(0, 4 - sequence.count)) + sequence
        let kind = Output.toned(PlainText.line(type), tone(type))
        Output.line("\(Output.toned(number, .faint))  \(kind)  \(event.words("summary"))")
    }

    private static func tone(_ type: String) -> Output.Tone {
        switch type {
        case "approval_requested", "question_asked", "effect_in_doubt", "run_escalated", "run_halted": .warning
        case "effect_settled", "run_finished", "approval_resolved": .good
        case "model_failed", "reply_rejected", "effect_withdrawn": .bad
        case "action_shadowed": .faint
        default: .strong
        }
    }
}
