import ArgumentParser
import BallastCore

struct HaltCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "halt", abstract: "Stop everything in a scope, at once.",
        discussion: "Scopes: everything, tenant:T, agent:A, tool:T, run:R. No send begins after this returns.")
    @Argument(help: "The scope.") var scope: String
    @Option(help: "Why.") var reason: String
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let answer = try await APIClient(server).post(
            "/api/v1/halts", ["scope": JSONValue(scope), "reason": JSONValue(reason)])
        if server.json { return Output.json(answer) }
        let halt = answer["halt_id"]?.string ?? ""
        Output.line("halted \(scope): \(Output.toned(halt, .strong))")
        if let doubt = await unknownName() { Output.line(Output.toned(doubt, .warning)) }
        let sent = (answer["already_sent"]?.array ?? []).compactMap(\.string)
        Output.line(sent.isEmpty ? "Nothing was under way." : "Already sent: \(sent.joined(separator: ", "))")
        if answer["is_recorded"]?.bool == false {
            Output.line(Output.toned("The store did not take it; it holds in this server until it is restarted.", .bad))
        }
        Output.line(Output.toned("after review: ballast resume \(halt) --reason TEXT", .faint))
    }

    /// A halt of something that is not here stops nothing: a name may be misspelt.
    private func unknownName() async -> String? {
        let parts = scope.split(separator: ":", maxSplits: 1).map { String($0) }
        guard parts.count == 2, parts[0] == "agent" || parts[0] == "tool", let api = try? APIClient(server),
            let known = try? await api.list("/api/v1/\(parts[0])s", limit: 1000).map({ $0.words("name") }),
            !known.contains(parts[1])
        else { return nil }
        return "There is no \(parts[0]) \"\(parts[1])\" here now. There are: \(known.joined(separator: ", "))"
    }
}

struct HaltsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "halts", abstract: "List halts in force.")
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let halts = try await APIClient(server).list("/api/v1/halts", limit: 1000)
        if server.json { return Output.json(.array(halts)) }
        guard !halts.isEmpty else { return Output.line("Nothing is halted.") }
        Output.table(
            ["HALT", "SCOPE", "BY", "AT", "REASON"],
            halts.map { halt in
                ["halt_id", "scope", "by", "at", "reason"].map { halt.words(JSONString($0)) }
            })
    }
}

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Lift a halt after review; the runs that it stopped go on.")
    @Argument(help: "The halt.") var halt: String
    @Option(help: "What the review found; without it the review is shown and nothing is lifted.") var reason: String?
    @Option(help: "End this run instead of letting it go on. May be given several times.") var cancel: [String] = []
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let (api, path) = (try APIClient(server), "/api/v1/halts/\(APIClient.escaped(halt))")
        guard let reason else { return try await review(api, path) }
        var body: JSONObject = ["reason": JSONValue(reason)]
        if !cancel.isEmpty { body["cancel"] = .array(cancel.map { JSONValue($0) }) }
        let answer = try await api.post(path + "/resume", .object(body))
        if server.json { return Output.json(answer) }
        Output.line("resumed \(answer["scope"]?.string ?? "")")
        for run in cancel { Output.line("cancelled \(run)") }
    }

    private func review(_ api: APIClient, _ path: String) async throws {
        let review = try await api.get(path + "/review")
        if server.json { return Output.json(review) }
        let halted = review["halt"]
        Output.line(
            "\(halted?["scope"]?.string ?? ""), halted by \(halted?["by"]?.string ?? ""): "
                + (halted?["reason"]?.string ?? ""))
        let runs = review["runs"]?.array ?? []
        if runs.isEmpty {
            Output.line("It has stopped no run.")
        } else {
            func list(_ run: JSONValue, _ name: JSONString) -> String {
                let tools = (run[name]?.array ?? []).compactMap(\.string)
                return tools.isEmpty ? "-" : tools.joined(separator: ", ")
            }
            Output.table(
                ["RUN", "FOR", "DONE", "NOT DONE", "IN DOUBT", "CAN BE TAKEN BACK", "CANNOT"],
                runs.map { run in
                    [
                        run.words("run_id"), run.words("principal"), list(run, "done"), list(run, "not_done"),
                        list(run, "in_doubt"), list(run, "can_be_taken_back"), list(run, "cannot_be_taken_back"),
                    ]
                })
            RollbackScreen.offer(runs, halt: halt)
        }
        inDoubt(review["effects_in_doubt"]?.array ?? [])
        if review["has_more"]?.bool == true { Output.line("More runs are stopped: ballast runs --status halted") }
        let frozen = (review["frozen_approvals"]?.array ?? []).compactMap(\.string)
        if !frozen.isEmpty { Output.line("Frozen approvals: \(frozen.joined(separator: ", "))") }
        Output.line(
            Output.toned("to lift it: ballast resume \(halt) --reason TEXT [--cancel RUN]…", .faint))
    }
}

extension ResumeCommand {
    /// Nobody knows whether these happened; to lift the halt does not tell.
    private func inDoubt(_ effects: [JSONValue]) {
        guard !effects.isEmpty else { return }
        Output.line(Output.toned("Nobody knows yet whether these happened:", .warning))
        Output.table(
            ["EFFECT", "TOOL", "RUN", "STARTED"],
            effects.map { effect in
                ["effect_id", "tool", "run_id", "started_at"].map { effect.words(JSONString($0)) }
            })
        Output.line(Output.toned("after looking it up: ballast settle EFFECT happened|did-not --reason TEXT", .faint))
    }
}

struct SettleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settle", abstract: "Say whether an effect in doubt happened, after looking it up.")
    @Argument(help: "The effect.") var effect: String
    @Argument(help: "happened or did-not") var answer: Answer
    @Option(help: "How you know.") var reason: String
    @OptionGroup var server: ServerOptions

    enum Answer: String, ExpressibleByArgument, CaseIterable {
        case happened
        case didNot = "did-not"
    }

    func run() async throws {
        let outcome = answer == .happened ? "happened" : "did_not"
        let answer = try await APIClient(server).post(
            "/api/v1/effects/\(APIClient.escaped(effect))/settle",
            ["outcome": JSONValue(outcome), "reason": JSONValue(reason)])
        if server.json { return Output.json(answer) }
        Output.line("On record.  \(Output.toned("ballast show \(answer["run_id"]?.string ?? "")", .faint))")
    }
}

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Create, list and revoke API keys.",
        subcommands: [List.self, Create.self, Revoke.self], defaultSubcommand: List.self, aliases: ["keys"])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List keys, without secrets.")
        @OptionGroup var server: ServerOptions

        func run() async throws {
            let keys = try await APIClient(server).list("/api/v1/keys", limit: 1000)
            if server.json { return Output.json(.array(keys)) }
            Output.table(
                ["KEY", "NAME", "PRINCIPAL", "SCOPES", "REVOKED"],
                keys.map { key in
                    [
                        key.words("key_id"), key.words("name"), key.words("principal"),
                        (key["scopes"]?.array ?? []).compactMap(\.string).joined(separator: ","),
                        key.words("revoked_at"),
                    ]
                })
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a key; it is shown once.")
        @Option(help: "What it is for.") var name: String
        @Option(help: "Whom it stands for, such as customer:ana.") var principal: String
        @Option(help: "Scopes, separated by commas.") var scopes = "run"
        @OptionGroup var server: ServerOptions

        func run() async throws {
            let list = scopes.split(separator: ",").map { JSONValue(String($0)) }
            let key = try await APIClient(server).post(
                "/api/v1/keys",
                ["name": JSONValue(name), "principal": JSONValue(principal), "scopes": .array(list)])
            if server.json { return Output.json(key) }
            Output.line(key["key"]?.string ?? "")
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Revoke a key at once.")
        @Argument(help: "The key.") var id: String
        @OptionGroup var server: ServerOptions

        func run() async throws {
            let key = try await APIClient(server).delete("/api/v1/keys/\(APIClient.escaped(id))")
            if server.json { return Output.json(key) }
            Output.line("revoked \(id)")
        }
    }
}
