import ArgumentParser
import BallastCore
import BallastServer
import Foundation

struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Explain a run: every step, who decided, by which rule, and what came of it.")

    @Argument(help: "The run.") var run: String
    @Option(help: "Why the entry with this sequence is there: the whole story of its action, and all of it.")
    var why: Int?
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let api = try APIClient(server)
        let path = "/api/v1/runs/\(APIClient.escaped(run))"
        let document = try await api.get(path)
        let events = try await api.list(path + "/events", limit: 20_000)
        if let why { return try explain(why, events) }
        if server.json {
            var whole = document.object ?? JSONObject()
            whole["events"] = .array(events)
            return Output.json(.object(whole))
        }
        head(document)
        for event in events { EventLine.show(event) }
        shadows(events)
        tail(document, events)
    }

    /// Where a shadow said the same as the policy in force, it is counted.
    private func shadows(_ events: [JSONValue]) {
        let said = events.filter { $0["type"]?.string == "action_shadowed" }
        guard !said.isEmpty else { return }
        let agreed = said.filter(EventLine.isQuiet).count
        let names = Set(said.map { $0.words("shadow") }).sorted().joined(separator: ", ")
        Output.line()
        Output.line(Output.toned("shadow \(names): agrees with \(agreed) of \(said.count) decisions", .faint))
    }

    private func explain(_ sequence: Int, _ events: [JSONValue]) throws {
        guard let event = events.first(where: { $0["sequence"]?.int == sequence }) else {
            throw CommandFailure.no("\(run) has no entry \(sequence); it has 1 to \(events.count).")
        }
        let story = ActionStory(of: event, in: events)
        if server.json {
            var whole = event.object ?? JSONObject()
            whole["story"] = .array(story?.events ?? [])
            return Output.json(.object(whole))
        }
        if let story { story.show(marking: sequence) } else { EventLine.show(event) }
        Output.line()
        Output.line(Output.toned("entry \(sequence) in full:", .faint))
        Output.line(PlainText.lines(JSONWriter.pretty(event)))
    }

    private func head(_ document: JSONValue) {
        Output.line(
            "\(document.words("run_id"))  \(Output.toned(document.words("status"), .strong))  "
                + "agent \(document.words("agent"))  for \(document.words("principal"))  "
                + "started by \(document.words("started_by"))  at \(document.words("created_at"))")
        Output.line("task: \(document.words("task"))")
        Output.line()
    }

    private func tail(_ document: JSONValue, _ events: [JSONValue]) {
        Output.line()
        let quarantine = document.words("quarantine")
        if !quarantine.isEmpty {
            Output.line(Output.toned("it stands still: \(quarantine). \(Quarantine.advice)", .bad))
        }
        account(document["account"] ?? .null)
        RollbackScreen.tail(document)
        HaltLine.show(on: document)
        if let outcome = document["outcome"], !outcome.isNull { Output.line("outcome: \(outcome.paragraph("text"))") }
        if let question = document["question"], document["status"]?.string == "waiting_input" {
            Output.line("it asks: \(question.words("text"))")
            Output.line("next: ballast answer \(run) TEXT")
        }
        if let escalation = document["escalation"], !escalation.isNull {
            let holder = escalation.words("claimed_by")
            let to = escalation.words("to")
            let isOver = !(document["outcome"]?.isNull ?? true)
            let who =
                isOver
                ? "it was with a person (\(holder.isEmpty ? to : holder))"
                : !holder.isEmpty ? "\(holder) has it" : to.isEmpty ? "a person is to take it" : "\(to) is to take it"
            Output.line("\(who): \(escalation.words("reason"))")
            if document["outcome"]?.isNull ?? true {
                Output.line("next: ballast escalations show \(run)")
            }
        }
        for approval in document["open_approvals"]?.array ?? [] {
            let id = approval.words("approval_id")
            let asked = events.last { $0["type"]?.string == "approval_requested" && $0.words("approval_id") == id }
            ReviewScreen.showEndorsable(asked?["review"]?["endorsable"], indent: "  ")
            Output.line("next: ballast approve \(id)   or   ballast reject \(id) --reason TEXT")
        }
        Output.line(Output.toned("why an entry is there: ballast show \(run) --why SEQ", .faint))
    }

    private func account(_ account: JSONValue) {
        for (name, heading) in [("done", "done"), ("not_done", "not done"), ("in_doubt", "in doubt")] {
            let lines = account[JSONString(name)]?.array ?? []
            guard !lines.isEmpty else { continue }
            let tools = lines.map { line in
                let why = line.words("why")
                return line.words("tool") + (why.isEmpty ? "" : " (\(why))")
            }
            Output.line("\(heading): \(tools.joined(separator: ", "))")
        }
        for doubt in account["in_doubt"]?.array ?? [] {
            Output.line("next: ballast settle \(doubt.words("effect_id")) happened|did-not --reason TEXT")
        }
    }
}

/// Everything that a journal says of one action: who proposed it, what was checked and decided, who approved it, what
/// was sent under which key, and what came back.
struct ActionStory {
    let action: String
    let events: [JSONValue]

    /// The story of the action that an event is about; nil for an event that is about none.
    init?(of event: JSONValue, in all: [JSONValue]) {
        guard let action = ActionStory.actions(of: event).first else { return nil }
        self.action = action
        events = all.filter { ActionStory.actions(of: $0).contains(action) }
    }

    /// The actions that an event proposes or speaks of.
    private static func actions(of event: JSONValue) -> [String] {
        let calls = (event["calls"]?.array ?? []) + (event["call"].map { [$0] } ?? [])
        let ids = [event["action_id"], event["new_action_id"]] + calls.map { $0["action_id"] }
        return ids.compactMap { $0?.string }
    }

    func show(marking sequence: Int) {
        Output.line(Output.toned(action, .strong))
        for event in events {
            let isMarked = event["sequence"]?.int == sequence
            let heading = ActionStory.headings[event["type"]?.string ?? ""] ?? event.words("type")
            let padded = heading.padding(toLength: max(heading.count, 12), withPad: " ", startingAt: 0)
            let place = "entry \(event.words("sequence")), \(event.words("at"))"
            Output.line(
                "\(isMarked ? Output.toned(">", .warning) : " ") \(Output.toned(padded, .faint)) "
                    + "\(event.words("summary"))  \(Output.toned(place, .faint))")
        }
    }

    private static let headings = [
        "model_replied": "proposed by", "playbook_stepped": "proposed by", "action_by_hand": "proposed by",
        "guard_checked": "checked",
        "confidence_estimated": "estimated",
        "action_decided": "decided", "action_shadowed": "shadow", "approval_requested": "asked",
        "approval_resolved": "answered", "endorsement_given": "endorsed",
        "effect_started": "started", "effect_retried": "tried again", "effect_settled": "result",
        "effect_in_doubt": "in doubt", "effect_verified": "looked up", "effect_withdrawn": "withdrawn",
    ]
}
