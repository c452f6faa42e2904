import ArgumentParser
import BallastCore
import Foundation

struct RollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Take back what a run did, what happened last first.",
        discussion: """
            Every undo passes the same guard as any action, and may need an approval. The first that fails stops it; \
            given again, it goes on with what is left, and never undoes twice. Exit status: 0 all of it is taken back, \
            1 not all of it.
            """)
    @Argument(help: "The run.") var run: String
    @Option(help: "Why.") var reason = "rolled back from the command line"
    @Flag(name: .customLong("dry-run"), help: "Say what would be done, and do nothing.") var isRehearsal = false
    @Flag(help: "Start it and do not follow.") var detach = false
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let (api, path) = (try APIClient(server), "/api/v1/runs/\(APIClient.escaped(run))/rollback")
        let started = try await api.post(
            path, ["reason": JSONValue(reason), "dry_run": .bool(isRehearsal)])
        if isRehearsal || started["rollback_run_id"]?.string == nil || detach { return show(started) }
        let rollback = started.words("rollback_run_id")
        if !server.json {
            Output.line("\(rollback)  \(Output.toned("takes it back; see: ballast show \(rollback)", .faint))")
        }
        if !server.json, Output.isTerminal, isatty(STDIN_FILENO) == 1 {
            // How it ended is said below, with what is left.
            try? await RunFollower(api: api, run: rollback, principal: nil, json: false, typed: TypedLines()).follow()
        } else {
            try await follow(rollback, api)
        }
        let ended = try await api.get(path)
        show(ended)
        guard RollbackScreen.isComplete(ended) else {
            throw CommandFailure.no("Not all of it is taken back; `ballast rollback \(run)` goes on.")
        }
    }

    /// Until it is over, or only people move it.
    private func follow(_ rollback: String, _ api: APIClient) async throws {
        try await api.follow(rollback) { name, event in
            if !server.json, name != "text_delta" { EventLine.show(event) }
            guard ["run_finished", "approval_requested", "run_escalated", "run_halted"].contains(name) else {
                return true
            }
            let status = try await api.get("/api/v1/runs/\(rollback)")["status"]?.string ?? ""
            return ["queued", "running", "cancelling"].contains(status)
        }
    }

    private func show(_ report: JSONValue) {
        if server.json { return Output.json(report) }
        RollbackScreen.show(report)
    }
}

/// What was taken back of a run, what can be, and what cannot.
enum RollbackScreen {
    private static let words = [
        "undone": "taken back", "under_way": "being taken back", "waiting": "waits for people",
        "in_doubt": "in doubt", "failed": "not taken back", "left": "can be taken back",
        "impossible": "cannot be taken back",
    ]

    static func isComplete(_ report: JSONValue) -> Bool {
        (report["effects"]?.array ?? []).allSatisfy { $0["state"]?.string == "undone" }
    }

    static func show(_ report: JSONValue) {
        let effects = report["effects"]?.array ?? []
        guard !effects.isEmpty else {
            return Output.line("There is nothing to take back: it did nothing in the world.")
        }
        Output.table(
            ["EFFECT", "TOOL", "STATE", "UNDO", "GUARD", "WHY"],
            effects.map { effect in
                let undo = effect["undo"].map { "\($0.words("tool")) \($0.words("arguments"))" } ?? "-"
                let judged = effect["guard"].map { "\($0.words("outcome")) (\($0.words("code")))" } ?? "-"
                return [
                    effect.words("effect_id"), effect.words("tool"),
                    words[effect["state"]?.string ?? ""] ?? effect.words("state"), undo, judged, effect.words("why"),
                ]
            })
        let obstacle = report.words("obstacle")
        if !obstacle.isEmpty { Output.line(Output.toned("not now: \(obstacle)", .warning)) }
        for effect in effects {
            if let approval = effect["approval_id"]?.string { Output.line("next: ballast approve \(approval)") }
            if effect["state"]?.string == "in_doubt" {
                let doubtful = effect["through_effect_id"]?.string ?? effect.words("effect_id")
                Output.line("next: ballast settle \(doubtful) happened|did-not --reason TEXT")
            }
        }
    }

    /// One line for each thing that can be said of it, below a run.
    static func tail(_ document: JSONValue) {
        guard let report = document["rollback"] else { return }
        let effects = report["effects"]?.array ?? []
        for (states, heading) in [
            (["undone"], "taken back"), (["left", "failed"], "can be taken back"),
            (["under_way", "waiting", "in_doubt"], "being taken back, or in doubt"),
            (["impossible"], "cannot be taken back"),
        ] {
            let lines = effects.filter { states.contains($0["state"]?.string ?? "") }.map { effect in
                let why = effect.words("why")
                return effect.words("tool") + (why.isEmpty ? "" : " (\(why))")
            }
            if !lines.isEmpty { Output.line("\(heading): \(lines.joined(separator: ", "))") }
        }
        let rollback = report.words("rollback_run_id")
        if !rollback.isEmpty, rollback != document.words("run_id") {
            Output.line("taken back by: ballast show \(rollback) (\(report.words("status")))")
        }
        let isOpen = effects.contains { ["left", "failed"].contains($0["state"]?.string ?? "") }
        if isOpen, report.words("obstacle").isEmpty {
            Output.line(Output.toned("to take it back: ballast rollback \(report.words("run_id")) --dry-run", .faint))
        }
    }

    /// In the review of a halt: what could be taken back, and how.
    static func offer(_ runs: [JSONValue], halt: String) {
        for run in runs where !(run["can_be_taken_back"]?.array ?? []).isEmpty {
            let name = run.words("run_id")
            Output.line(
                Output.toned(
                    "to take it back: ballast resume \(halt) --reason TEXT --cancel \(name), then ballast rollback \(name)",
                    .faint))
        }
    }
}
