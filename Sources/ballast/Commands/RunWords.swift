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
        let answer = try await APIClient(server).post("/api/v1/runs/\(APIClient.escaped(run))/input", .object(body))
        RunSummaryLine.show(answer, json: server.json, "It has your words.")
    }
}

struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "End a run: what is under way is settled, nothing new starts.")
    @Argument(help: "The run.") var run: String
    @Option(help: "Why.") var reason = "cancelled from the command line"
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let answer = try await APIClient(server).post(
            "/api/v1/runs/\(APIClient.escaped(run))/cancel", ["reason": JSONValue(reason)])
        RunSummaryLine.show(answer, json: server.json, "It is being cancelled.")
    }
}

struct HandOffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "handoff", abstract: "Give a run to a person.")
    @Argument(help: "The run.") var run: String
    @Option(help: "Why.") var reason = "A person was asked for."
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let answer = try await APIClient(server).post(
            "/api/v1/runs/\(APIClient.escaped(run))/handoff", ["reason": JSONValue(reason)])
        RunSummaryLine.show(answer, json: server.json, "A person takes over.")
    }
}

/// What the server says of the run after words were put on record.
enum RunSummaryLine {
    static func show(_ answer: JSONValue, json: Bool, _ sentence: String) {
        if json { return Output.json(answer) }
        let run = answer["run_id"]?.string ?? ""
        Output.line("\(sentence)  \(Output.toned("ballast show \(run)", .faint))")
    }
}
