import ArgumentParser
import BallastCore

struct TrustCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust", abstract: "How far each agent is trusted with each tool, and what it rests on.",
        discussion: """
            Levels: draft (a reviewer decides each time), confirm (somebody agrees first), allow (the policy alone). A \
            level rises by one when the evidence that the policy asks for is there and a person agrees; it falls at once.
            """,
        subcommands: [Show.self, Raise.self, Lower.self], defaultSubcommand: Show.self)

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List levels, what the next one lacks, and changes.")
        @Argument(help: "Only this agent, with its changes.") var agent: String?
        @OptionGroup var server: ServerOptions

        func run() async throws {
            let all = try await APIClient(server).list("/api/v1/trust", limit: 1000)
            let shown = all.filter { agent == nil || $0["agent"]?.string == agent }
            if server.json { return Output.json(.array(shown)) }
            guard !shown.isEmpty else { return Output.line("No autonomy is stated.") }
            Output.table(
                ["AGENT", "TOOL", "LEVEL", "AT MOST", "REVIEWED", "ERRORS", "SHARE UNDER", "NEXT"],
                shown.map(TrustScreen.row))
            guard agent != nil else { return }
            for trust in shown { TrustScreen.history(trust) }
        }
    }

    struct Raise: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Agree that the level rises by one.")
        @Argument(help: "The agent.") var agent: String
        @Argument(help: "The tool.") var tool: String
        @Option(help: "What you looked at.") var reason: String
        @OptionGroup var server: ServerOptions

        func run() async throws {
            try await TrustScreen.change(agent, tool, "raise", ["reason": JSONValue(reason)], server)
        }
    }

    struct Lower: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Narrow the level, at once.")
        @Argument(help: "The agent.") var agent: String
        @Argument(help: "The tool.") var tool: String
        @Option(help: "draft or confirm") var to = "draft"
        @Option(help: "Why.") var reason: String
        @OptionGroup var server: ServerOptions

        func run() async throws {
            try await TrustScreen.change(
                agent, tool, "lower", ["to": JSONValue(to), "reason": JSONValue(reason)], server)
        }
    }
}

private enum TrustScreen {
    static func change(
        _ agent: String, _ tool: String, _ verb: String, _ body: JSONValue, _ server: ServerOptions
    ) async throws {
        let answer = try await APIClient(server).post(
            "/api/v1/trust/\(APIClient.escaped(agent))/\(APIClient.escaped(tool))/\(verb)", body)
        if server.json { return Output.json(answer) }
        Output.line("\(agent) is at \(Output.toned(answer.words("level"), .strong)) with \(tool).")
    }

    static func row(_ trust: JSONValue) -> [String] {
        func count(_ name: JSONString) -> Int64 { trust["evidence"]?[name]?.integer ?? 0 }
        let lacks = trust["lacks"]?.array?.compactMap(\.string)
        let next = trust["next"]?.string
        let step =
            next.map { level in
                lacks?.isEmpty == true
                    ? "\(level), if you agree" : "\(level) lacks \(lacks?.joined(separator: "; ") ?? "")"
            } ?? "-"
        return [
            trust.words("agent"), trust.words("tool"), trust.words("level"), trust.words("at_most"),
            "\(count("reviewed"))", "\(count("edited") + count("rejected"))",
            trust["evidence"]?["error_share_below"]?.string ?? "", step,
        ]
    }

    static func history(_ trust: JSONValue) {
        let changes = trust["history"]?.array ?? []
        guard !changes.isEmpty else { return }
        Output.line(Output.toned(trust.words("tool"), .strong))
        Output.table(
            ["AT", "CHANGE", "LEVEL", "BY", "REASON"],
            changes.map { change in
                ["at", "kind", "level", "by", "reason"].map { change.words(JSONString($0)) }
            })
    }
}
