import ArgumentParser
import BallastConfiguration
import BallastCore
import BallastEvals
import BallastInstallation
import BallastRuntime
import BallastServer

struct PolicyShadowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shadow", abstract: "Show what would change if the shadow policies were in force.",
        discussion: """
            Every action of an agent with `shadow: NAME` is also decided under that policy; this sums up what it said. \
            With --url or BALLAST_URL the server is asked, otherwise the store's file is read. Exit status 1 when some \
            action would have gone otherwise or could not be decided, 0 when none.
            """)

    @Argument(help: "Only this agent.") var agent: String?
    @Option(help: "From when on: a span such as 7d, or a date; otherwise all that is recorded.") var since: String?
    @OptionGroup var files: PolicyFileOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let report = server.isNamed ? try await served() : try stored()
        if server.json { Output.json(report) } else { ShadowPrinter(report).show() }
        let isEqual = ["stricter", "looser", "undecided"].allSatisfy { (report[JSONString($0)]?.integer ?? 0) == 0 }
        if !isEqual { throw ExitCode(1) }
    }

    private func served() async throws -> JSONValue {
        let query = [("agent", agent), ("since", since)].compactMap { name, value in
            value.map { "\(name)=\(APIClient.escaped($0))" }
        }
        return try await APIClient(server).get(
            "/api/v1/policies/shadow" + (query.isEmpty ? "" : "?" + query.joined(separator: "&")))
    }

    private func stored() throws -> JSONValue {
        let configuration = try files.load()
        if let agent, configuration.agents[agent] == nil {
            throw CommandFailure.usage(
                "There is no agent \"\(agent)\". There are: \(configuration.agents.keys.sorted().joined(separator: ", "))."
            )
        }
        let since = try since.map { try Since.moment($0) }
        let (archive, _) = try files.archive(configuration, readers: 1)
        var report = ShadowReport(
            shadows: ShadowReport.shadows(of: configuration.agents, agent: agent), since: since)
        do {
            try report.read(archive, ArchiveFilter(movedSince: since, agent: agent))
        } catch let failure as StoreError {
            throw InstallationError(.unavailable, failure.message, advice: failure.advice)
        }
        return report.document
    }
}

/// The summary of shadows for people.
private struct ShadowPrinter {
    private let report: JSONValue

    init(_ report: JSONValue) { self.report = report }

    func show() {
        let shadows = report["shadows"]?.array ?? []
        if shadows.isEmpty {
            Output.line("No agent has a shadow policy; one is named under `shadow` in agents/NAME.yaml.")
        }
        for shadow in shadows {
            Output.line(
                "\(Output.toned(shadow.words("agent"), .strong)): shadow \(shadow.words("name")) "
                    + Output.toned("(\(shadow.words("policy").prefix(12)))", .faint))
        }
        let actions = report["actions"]?.integer ?? 0
        if !shadows.isEmpty {
            Output.line(
                actions == 0
                    ? "No action was decided beside it yet."
                    : "\(actions) actions: " + ShadowPrinter.counts(report).joined(separator: ", "))
        }
        for rule in report["rules"]?.array ?? [] { show(rule) }
        if let others = report["under_other_shadows"]?.integer, others > 0 {
            Output.line(Output.toned("\(others) under shadows of earlier are not counted", .faint))
        }
        if report["is_partial"]?.bool == true {
            Output.line(
                Output.toned("Not all runs were read: give a later --since, or read the store's file.", .warning))
        }
    }

    private func show(_ rule: JSONValue) {
        let name = rule.words("rule")
        Output.line(
            "\(rule.words("agent"))  \(rule.words("tool"))  \(name.isEmpty ? "no rule" : name): "
                + ShadowPrinter.counts(rule).joined(separator: ", "))
        for (name, tone) in [("stricter", Output.Tone.warning), ("looser", .bad), ("undecided", .faint)] {
            guard let example = rule["examples"]?[JSONString(name)] else { continue }
            let (now, then) = (example["in_force"] ?? .null, example["shadow"] ?? .null)
            let quorum = then["quorum"]?.integer ?? 0
            let who =
                quorum > 0
                ? " by \(quorum) of \(then["group"]?.string.map { PlainText.line($0) } ?? "the reviewers")" : ""
            let outcome = then.words("outcome") + who
            Output.line(
                "    \(Output.toned(name, tone)): \(now.words("outcome")) (\(now.words("rule"))) would be "
                    + "\(outcome.isEmpty ? "undecided" : outcome)  "
                    + Output.toned("ballast policy explain \(example.words("action_id"))", .faint))
        }
    }

    private static func counts(_ document: JSONValue) -> [String] {
        ["agreed", "stricter", "looser", "undecided"].compactMap { name in
            let count = document[JSONString(name)]?.integer ?? 0
            return count > 0 ? "\(count) \(name)" : nil
        }
    }
}
