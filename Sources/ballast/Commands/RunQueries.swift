import ArgumentParser
import BallastCore

struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "runs", abstract: "List runs, newest first.")

    @Option(help: "Only these statuses, separated by commas.") var status: String?
    @Option(help: "Only this agent's runs.") var agent: String?
    @Flag(help: "Only runs that the server does not drive any more, and why.") var quarantined = false
    @Option(help: "At most so many.") var limit = 30
    @OptionGroup var server: ServerOptions

    func run() async throws {
        var path = "/api/v1/runs"
        let filters =
            [("status", status), ("agent", agent)].compactMap { name, value in
                value.map { "\(name)=\(APIClient.escaped($0))" }
            } + (quarantined ? ["quarantined=true"] : [])
        if !filters.isEmpty { path += "?" + filters.joined(separator: "&") }
        let runs = try await APIClient(server).list(path, limit: max(1, limit))
        if server.json { return Output.json(.array(runs)) }
        guard !runs.isEmpty else { return Output.line(nothing(isFiltered: !filters.isEmpty)) }
        Output.table(
            ["RUN", "STATUS", "AGENT", "PRINCIPAL", "STEPS", "TASK"],
            runs.map { run in
                [
                    run.words("run_id"), status(of: run), run.words("agent"), run.words("principal"),
                    run.words("steps"), run.words("task", longest: 60),
                ]
            })
        let standing = runs.filter { !$0.words("quarantine").isEmpty }
        for run in standing {
            let line = "\(run.words("run_id")) stands still: \(run.words("quarantine"))"
            Output.line(Output.toned(line, .bad))
        }
        if !standing.isEmpty { Output.line(Quarantine.advice) }
    }

    private func status(of run: JSONValue) -> String {
        if !run.words("quarantine").isEmpty { return run.words("status") + " (stands still)" }
        let isHalted = run["halt"]?.object != nil && run["status"]?.string != "halted"
        return run.words("status") + (isHalted ? " (halted)" : "")
    }

    private func nothing(isFiltered: Bool) -> String {
        if quarantined { return "No run stands still." }
        return isFiltered
            ? "No run is like that. All of them: ballast runs"
            : "No runs yet. Start one: ballast run AGENT \"TASK\""
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
                ["effect_id", "state", "tool", "updated_at"].map { effect.words(JSONString($0)) }
            })
        if inDoubt {
            Output.line(Output.toned("settle by hand: ballast settle EFFECT happened|did-not --reason TEXT", .faint))
        }
    }
}
