import ArgumentParser
import BallastCore
import Foundation

struct EscalationsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "escalations", abstract: "List the runs that a person has or is to take, or show one.",
        subcommands: [ListEscalationsCommand.self, ShowEscalationCommand.self],
        defaultSubcommand: ListEscalationsCommand.self)
}

struct ListEscalationsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "What waits for a person now.")
    @Flag(help: "Only what you have taken, and what you or a group of yours is told of.") var mine = false
    @Flag(help: "Also those that move at the moment, are halted, or are over.") var all = false
    @Option(help: "At most so many.") var limit = 50
    @OptionGroup var server: ServerOptions

    private static let everything = "escalated,halted,running,cancelling,succeeded,partial,failed,cancelled"

    func run() async throws {
        let status = all ? ListEscalationsCommand.everything : "escalated"
        let path = "/api/v1/escalations?status=\(status)" + (mine ? "&mine=true" : "")
        let rows = try await APIClient(server).list(path, limit: max(1, limit))
        if server.json { return Output.json(.array(rows)) }
        guard !rows.isEmpty else { return Output.line("No run waits for a person.") }
        for row in rows { show(row) }
        Output.line(Output.toned("ballast escalations show RUN   |   ballast claim RUN", .faint))
    }

    private func show(_ row: JSONValue) {
        Output.line(
            "\(Output.toned(row.words("run_id"), .strong))  \(row.words("status"))  \(row.words("code"))  "
                + "agent \(row.words("agent"))  for \(row.words("principal"))  since \(row.words("since"))")
        Output.line("  \(EscalationScreen.holder(row))")
        Output.line("  task: \(row.words("task", longest: 200))")
        Output.line("  why: \(row.words("reason", longest: 400))")
    }
}

struct ShowEscalationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract:
            "Everything that taking a run over needs: what was done, what was not and why, and forms to do it by hand.")
    @Argument(help: "The run.") var run: String
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let sheet = try await APIClient(server).get("/api/v1/escalations/\(APIClient.escaped(run))")
        if server.json { return Output.json(sheet) }
        EscalationScreen.show(sheet)
    }
}

struct ClaimCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "claim", abstract: "Take a run that was handed over, so that nobody else acts in it.")
    @Argument(help: "The run.") var run: String
    @Flag(help: "Also from somebody who has it.") var takeOver = false
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let sheet = try await APIClient(server).post(
            "/api/v1/escalations/\(APIClient.escaped(run))/claim", ["take_over": .bool(takeOver)])
        if server.json { return Output.json(sheet) }
        Output.line(
            "\(sheet.words("claimed_by")) has it.  "
                + Output.toned("ballast escalations show \(sheet.words("run_id"))", .faint))
    }
}

struct ReplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reply", abstract: "Say something to the principal of a run that you have taken.")
    @Argument(help: "The run.") var run: String
    @Argument(help: "The words.") var text: String
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let answer = try await APIClient(server).post(
            "/api/v1/escalations/\(APIClient.escaped(run))/reply", ["text": JSONValue(text)])
        if server.json { return Output.json(answer) }
        Output.line("They can read it.  \(Output.toned("ballast show \(answer.words("run_id"))", .faint))")
    }
}

struct ActCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "act", abstract: "Do something by hand in a run that you have taken, through its agent's tools.",
        discussion: """
            It is judged, limited, approved and recorded like what the agent does; where the policy asks a reviewer, that \
            is somebody else than you.

              ballast act RUN --form 2
              ballast act RUN --form 2 --set amount=1500 --set reason="as agreed by phone"
              ballast act RUN lookup_order --arguments '{"order_id": "O-1001"}'
            """)
    @Argument(help: "The run.") var run: String
    @Argument(help: "The tool; a form knows its own.") var tool: String?
    @Option(help: "A JSON object.") var arguments: String?
    @Option(help: "The form to use, by its number in `ballast escalations show`.") var form: Int?
    @Option(
        name: .customLong("set"), help: "Another value, as NAME=VALUE; VALUE is JSON, or text where that is asked for.")
    var edits: [String] = []
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let api = try APIClient(server)
        var body: JSONObject = [:]
        if let form {
            let sheet = try await api.get("/api/v1/escalations/\(APIClient.escaped(run))")
            body = try filled(form, sheet)
        } else {
            guard let tool else {
                throw CommandFailure.usage("Name the tool with --arguments, or a form with --form N.")
            }
            body = ["tool": JSONValue(tool), "arguments": try FormEdits.object(arguments ?? "{}")]
            body["arguments"] = try FormEdits.apply(edits, to: body["arguments"] ?? [:], schema: .null)
        }
        let answer = try await api.post("/api/v1/runs/\(APIClient.escaped(run))/actions", .object(body))
        if server.json { return Output.json(answer) }
        try HandOutcomeScreen.show(answer)
    }

    private func filled(_ number: Int, _ sheet: JSONValue) throws -> JSONObject {
        let forms = sheet["forms"]?.array ?? []
        guard let form = forms.first(where: { $0["form"]?.int == number }) else {
            let known = forms.compactMap { $0["form"]?.int.map(String.init) }.joined(separator: ", ")
            throw CommandFailure.usage(
                "\(run) has no form \(number)" + (known.isEmpty ? "; it has none." : "; it has \(known)."))
        }
        let name = form.words("tool")
        guard tool == nil || tool == name else {
            throw CommandFailure.usage("Form \(number) is for \(name), not for \(tool ?? "").")
        }
        let given = try arguments.map(FormEdits.object) ?? form["arguments"] ?? .null
        guard given.object != nil else {
            throw CommandFailure.usage(
                "Form \(number) has no arguments that could be used; give them with --arguments.")
        }
        return [
            "tool": JSONValue(name), "form": JSONValue(number),
            "arguments": try FormEdits.apply(edits, to: given, schema: form["schema"] ?? .null),
        ]
    }
}

/// Changing values of a form.
enum FormEdits {
    static func object(_ text: String) throws -> JSONValue {
        guard let value = try? JSONReader.read(Array(text.utf8)), value.object != nil else {
            throw CommandFailure.usage("--arguments takes one JSON object, such as '{\"order_id\": \"O-1001\"}'.")
        }
        return value
    }

    /// Each edit is NAME=VALUE; a value is what the schema says of NAME, and without that JSON where it can be read.
    static func apply(_ edits: [String], to arguments: JSONValue, schema: JSONValue) throws -> JSONValue {
        var object = arguments.object ?? JSONObject()
        for edit in edits {
            let parts = edit.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw CommandFailure.usage("--set takes NAME=VALUE, not \"\(edit)\".")
            }
            let name = JSONString(String(parts[0]))
            let isText = schema["properties"]?[name]?["type"]?.string == "string"
            let read = isText ? nil : try? JSONReader.read(Array(parts[1].utf8))
            object[name] = read ?? JSONValue(String(parts[1]))
        }
        return .object(object)
    }
}
