import ArgumentParser
import BallastCore

struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Have the server read its configuration again, as a whole or not at all.",
        discussion: "When it returns, nothing is sent any more that was decided under the configuration before.")
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let answer = try await APIClient(server).post("/api/v1/configuration/reload")
        if server.json { return Output.json(answer) }
        let agents = (answer["agents"]?.array ?? []).map { $0.words("name") }.joined(separator: ", ")
        let what = answer["outcome"]?.string == "loaded" ? "loaded" : "nothing changed:"
        Output.line("\(what) \(Output.toned(String(answer.words("hash").prefix(12)), .strong)); agents: \(agents)")
    }
}
