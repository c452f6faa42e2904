import ArgumentParser
import BallastCore

struct AnswerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "answer", abstract: "Answer a run's question, or tell it something new.")
    @Argument(help: "The run.") var run: String
    @Argument(help: "The words.") var text: String
    @Option(name: .customLong("as"), help: "Act for this principal.") var principal: String?
    @OptionGroup var server: ServerOptions

    func run() async throws {
        var body: JSONObject = ["text": JSONValue(text)]
        if let principal { body["principal"] = JSONValue(principal) }
        try await RunWords.send("input", to: run, .object(body), server, "It has your words.")
    }
}

struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "End a run: what is under way is settled, nothing new starts.")
    @Argument(help: "The run.") var run: String
    @Option(help: "Why.") var reason = "cancelled from the command line"
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await RunWords.send(
            "cancel", to: run, ["reason": JSONValue(reason)], server, "It is being cancelled.")
    }
}

struct HandOffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "handoff", abstract: "Give a run to a person.")
    @Argument(help: "The run.") var run: String
    @Option(help: "Why.") var reason = "A person was asked for."
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await RunWords.send("handoff", to: run, ["reason": JSONValue(reason)], server, "A person takes over.")
    }
}

struct HandBackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "handback", abstract: "Give a run that a person has back to its agent.", aliases: ["return"])
    @Argument(help: "The run.") var run: String
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await RunWords.send("handback", to: run, [:], server, "The agent goes on.")
    }
}

struct FinishCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "finish", abstract: "End a run that a person has, with what its principal is told.")
    @Argument(help: "The run.") var run: String
    @Argument(help: "What the principal is told.") var text: String
    @Option(help: "succeeded, partial, failed or cancelled") var outcome = "succeeded"
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await RunWords.send(
            "finish", to: run, ["status": JSONValue(outcome), "text": JSONValue(text)], server, "It is ending.")
    }
}

/// Puts words to a run on record and says what the server answered.
enum RunWords {
    static func send(
        _ what: String, to run: String, _ body: JSONValue, _ server: ServerOptions, _ sentence: String
    ) async throws {
        let answer = try await APIClient(server).post("/api/v1/runs/\(APIClient.escaped(run))/\(what)", body)
        if server.json { return Output.json(answer) }
        Output.line("\(sentence)  \(Output.toned("ballast show \(answer.words("run_id"))", .faint))")
    }
}
