import ArgumentParser
import BallastCore
import Foundation

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Start a run and follow it live.",
        discussion:
            "On a terminal you can confirm, approve and answer in place. Without one it ends when the run waits.")

    @Argument(help: "The agent's name.") var agent: String
    @Argument(help: "What is to be done, in words.") var task: String
    @Option(name: .customLong("as"), help: "Act for this principal (needs a key with act:on-behalf-of).")
    var principal: String?
    @Option(help: "Continue this conversation.") var conversation: String?
    @Option(help: "A JSON file with what the run may do at all: tools with counts and values, targets, bounds, expiry.")
    var contract: String?
    @Flag(help: "Start it and do not follow.") var detach = false
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let api = try APIClient(server)
        var request: JSONObject = ["agent": JSONValue(agent), "input": JSONValue(task), "source": "cli"]
        if let principal { request["principal"] = JSONValue(principal) }
        if let conversation { request["conversation_id"] = JSONValue(conversation) }
        if let contract { request["contract"] = try RunCommand.json(contract) }
        let started = try await api.post("/api/v1/runs", .object(request))
        guard let run = started["run_id"]?.string else { throw CommandFailure.no("The server's answer names no run.") }
        if detach {
            if server.json { Output.json(started) } else { Output.line(run) }
            return
        }
        if !server.json { Output.line("\(run)  \(Output.toned("follow again with: ballast show \(run)", .faint))") }
        let isInteractive = !server.json && Output.isTerminal && isatty(STDIN_FILENO) == 1
        try await RunFollower(
            api: api, run: run, principal: principal, json: server.json, typed: isInteractive ? TypedLines() : nil
        ).follow()
    }

    private static func json(_ path: String) throws -> JSONValue {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw ValidationError("The file \(path) cannot be read.")
        }
        do throws(JSONError) {
            return try JSONReader.read([UInt8](bytes))
        } catch {
            throw ValidationError("\(path) is not JSON: \(error)")
        }
    }
}
