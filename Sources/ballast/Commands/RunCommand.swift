import ArgumentParser
import BallastCore
import Foundation

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Start a run and follow it live.",
        discussion: "On a terminal you can confirm, approve and answer in place. Without one it ends when the run waits.")

    @Argument(help: "The agent's name.") var agent: String
    @Argument(help: "What is to be done, in words.") var task: String
    @Option(name: .customLong("as"), help: "Act for this principal (needs a key with act:on-behalf-of).")
    var principal: String?
    @Option(help: "Continue this conversation.") var conversation: String?
    @Flag(help: "Start it and do not follow.") var detach = false
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let api = try APIClient(server)
        var request: JSONObject = ["agent": JSONValue(agent), "input": JSONValue(task), "source": "cli"]
        if let principal { request["principal"] = JSONValue(principal) }
        if let conversation { request["conversation_id"] = JSONValue(conversation) }
        let started = try await api.post("/api/v1/runs", .object(request))
        guard let run = started["run_id"]?.string else { throw CommandFailure.no("The server's answer names no run.") }
        if detach {
            if server.json { Output.json(started) } else { Output.line(run) }
            return
        }
        if !server.json { Output.line("\(run)  \(Output.toned("follow again with: ballast show \(run)", .faint))") }
        try await RunFollower(api: api, run: run, json: server.json, isInteractive: Output.isTerminal && isatty(STDIN_FILENO) == 1)
            .follow()
    }
}

/// Shows a run's events as they come, and lets the person at the terminal answer what waits for them.
struct RunFollower {
    let api: APIClient
    let run: String
    let json: Bool
    let isInteractive: Bool

    func follow() async throws {
        var isTyping = false
        try await api.follow(run) { name, event in
            if json {
                Output.line(String(decoding: JSONWriter.compact(event), as: UTF8.self))
            } else if name == "text_delta" {
                if Output.isTerminal, let text = event["text"]?.string {
                    FileHandle.standardOutput.write(Data(Output.toned(text, .faint).utf8))
                    isTyping = true
                }
            } else {
                if isTyping { Output.line() }
                isTyping = false
                EventLine.show(event)
            }
            return try await react(name, event)
        }
    }

    /// Whether to go on following after this event.
    private func react(_ name: String, _ event: JSONValue) async throws -> Bool {
        switch name {
        case "run_finished": return try await end()
        case "approval_requested": return try await decide(event)
        case "question_asked": return try await answer(event)
        case "run_escalated":
            if !json { Output.line(Output.toned("A person has it now: ballast show \(run)", .warning)) }
            return false
        default: return true
        }
    }

    private func end() async throws -> Bool {
        let document = try await api.get("/api/v1/runs/\(run)")
        let status = document["status"]?.string ?? ""
        if !json {
            Output.line()
            Output.line(document["outcome"]?["text"]?.string ?? status)
        }
        if status == "failed" { throw CommandFailure.no("The run failed; `ballast show \(run)` explains every step.") }
        return false
    }

    private func decide(_ event: JSONValue) async throws -> Bool {
        guard let approval = event["approval_id"]?.string else { return true }
        guard isInteractive else {
            if !json {
                Output.line(
                    Output.toned("Waiting: ballast approve \(approval)   or   ballast reject \(approval) --reason TEXT", .warning))
            }
            return false
        }
        FileHandle.standardOutput.write(Data("approve \(approval)? [y/n, Enter leaves it waiting] ".utf8))
        switch readLine()?.lowercased() {
        case "y", "yes": return await send(approval, ["decision": "approve"])
        case "n", "no": return await send(approval, ["decision": "reject", "reason": "rejected at the terminal"])
        default:
            Output.line("It waits. Decide with: ballast approve \(approval)")
            return false
        }
    }

    private func send(_ approval: String, _ body: JSONValue) async -> Bool {
        do {
            _ = try await api.post("/api/v1/approvals/\(approval)/decision", body)
            return true
        } catch let failure as CommandFailure {
            Output.complain(failure.message)
            Output.line("The run waits for somebody else: ballast approve \(approval)")
        } catch {
            Output.complain("\(error)")
        }
        return false
    }

    private func answer(_ event: JSONValue) async throws -> Bool {
        guard isInteractive else {
            if !json { Output.line(Output.toned("Waiting: ballast answer \(run) TEXT", .warning)) }
            return false
        }
        FileHandle.standardOutput.write(Data("> ".utf8))
        guard let text = readLine(), !text.isEmpty else {
            Output.line("It waits. Answer with: ballast answer \(run) TEXT")
            return false
        }
        _ = try await api.post("/api/v1/runs/\(run)/input", ["text": JSONValue(text)])
        return true
    }
}

/// One event as one line for people.
enum EventLine {
    static func show(_ event: JSONValue) {
        let sequence = event["sequence"]?.integer.map { String($0) } ?? ""
        let type = event["type"]?.string ?? ""
        let summary = event["summary"]?.string ?? ""
        let number = String(repeating: " ", count: max(0, 4 - sequence.count)) + sequence
        Output.line("\(Output.toned(number, .faint))  \(Output.toned(type, tone(type)))  \(summary)")
    }

    private static func tone(_ type: String) -> Output.Tone {
        switch type {
        case "approval_requested", "question_asked", "effect_in_doubt", "run_escalated", "run_halted": .warning
        case "effect_settled", "run_finished", "approval_resolved": .good
        case "model_failed", "reply_rejected", "effect_withdrawn": .bad
        default: .strong
        }
    }
}
