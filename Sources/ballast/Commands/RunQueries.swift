import ArgumentParser
import BallastCore

struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "runs", abstract: "List runs, newest first.")

    @Option(help: "Only these statuses, separated by commas.") var status: String?
    @Option(help: "Only this agent's runs.") var agent: String?
    @Option(help: "At most so many.") var limit = 30
    @OptionGroup var server: ServerOptions

    func run() async throws {
        var path = "/api/v1/runs"
        let filters = [("status", status), ("agent", agent)].compactMap { name, value in
            value.map { "\(name)=\(APIClient.escaped($0))" }
        }
        if !filters.isEmpty { path += "?" + filters.joined(separator: "&") }
        let runs = try await APIClient(server).list(path, limit: max(1, limit))
        if server.json { return Output.json(.array(runs)) }
        guard !runs.isEmpty else { return Output.line("No runs yet. Start one: ballast run AGENT \"TASK\"") }
        Output.table(
            ["RUN", "STATUS", "AGENT", "PRINCIPAL", "STEPS", "TASK"],
            runs.map { run in
                [
                    run["run_id"]?.string ?? "", run["status"]?.string ?? "", run["agent"]?.string ?? "",
                    run["principal"]?.string ?? "", run["steps"]?.integer.map { String($0) } ?? "",
                    String((run["task"]?.string ?? "").prefix(60)),
                ]
            })
    }
}

struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Explain a run: every step, who decided, by which rule, and what came of it.")

    @Argument(help: "The run.") var run: String
    @Option(help: "Everything about the entry with this sequence.") var why: Int?
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let api = try APIClient(server)
        let document = try await api.get("/api/v1/runs/\(APIClient.escaped(run))")
        let events = try await api.list("/api/v1/runs/\(run)/events", limit: 20_000)
        if let why {
            guard let event = events.first(where: { $0["sequence"]?.int == why }) else {
                throw CommandFailure.no("\(run) has no entry \(why); it has 1 to \(events.count).")
            }
            return Output.json(event)
        }
        if server.json {
            var whole = document.object ?? JSONObject()
            whole["events"] = .array(events)
            return Output.json(.object(whole))
        }
        head(document)
        for event in events { EventLine.show(event) }
        tail(document)
    }

    private func head(_ document: JSONValue) {
        Output.line(
            "\(run)  \(Output.toned(document["status"]?.string ?? "", .strong))  agent \(document["agent"]?.string ?? "")  "
                + "for \(document["principal"]?.string ?? "")  started by \(document["started_by"]?.string ?? "")")
        Output.line("task: \(document["task"]?.string ?? "")")
        Output.line()
    }

    private func tail(_ document: JSONValue) {
        Output.line()
        if let outcome = document["outcome"]?["text"]?.string { Output.line("outcome: \(outcome)") }
        if let question = document["question"]?["text"]?.string, document["status"]?.string == "waiting_input" {
            Output.line("it asks: \(question)")
            Output.line("next: ballast answer \(run) TEXT")
        }
        if let escalation = document["escalation"]?.object {
            Output.line("with a person: \(escalation["reason"]?.string ?? "")")
        }
        for approval in document["open_approvals"]?.array ?? [] {
            Output.line("next: ballast approve \(approval["approval_id"]?.string ?? "")")
        }
        Output.line(Output.toned("one entry in full: ballast show \(run) --why SEQ", .faint))
    }
}

struct EffectsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "effects", abstract: "List the effect ledger.")

    @Flag(help: "Only effects whose outcome nobody knows.") var inDoubt = false
    @Option(help: "Only this run's.") var run: String?
    @Option(help: "At most so many.") var limit = 50
    @OptionGroup var server: ServerOptions

    func run() async throws {
        var filters = inDoubt ? ["state=in_doubt"] : []
        if let run { filters.append("run_id=\(APIClient.escaped(run))") }
        let path = "/api/v1/effects" + (filters.isEmpty ? "" : "?" + filters.joined(separator: "&"))
        let effects = try await APIClient(server).list(path, limit: max(1, limit))
        if server.json { return Output.json(.array(effects)) }
        guard !effects.isEmpty else { return Output.line(inDoubt ? "Nothing is in doubt." : "No effects yet.") }
        Output.table(
            ["EFFECT", "STATE", "TOOL", "UPDATED"],
            effects.map { effect in
                ["effect_id", "state", "tool", "updated_at"].map { effect[JSONString($0)]?.string ?? "" }
            })
        if inDoubt { Output.line(Output.toned("settle by hand: ballast settle EFFECT happened|did-not --reason TEXT", .faint)) }
    }
}
