import ArgumentParser
import BallastCore

struct ApprovalsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "approvals", abstract: "List what waits for a person.")
    @Flag(help: "Also those that are decided.") var all = false
    @Option(help: "At most so many.") var limit = 50
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let path = "/api/v1/approvals" + (all ? "" : "?status=pending")
        let approvals = try await APIClient(server).list(path, limit: max(1, limit))
        if server.json { return Output.json(.array(approvals)) }
        guard !approvals.isEmpty else { return Output.line("Nothing waits for a person.") }
        for group in RunQuestionScreen.byRun(approvals) {
            if group.count > 1 { Output.line("\(group[0].words("run_id")): \(group.count) wait together") }
            for approval in group { show(approval) }
            if group.count > 1 { await RunQuestionScreen.advise(group, server) }
        }
        Output.line(Output.toned("ballast approve ID   |   ballast reject ID --reason TEXT", .faint))
    }

    private func show(_ approval: JSONValue) {
        let group = approval.words("group")
        Output.line(
            "\(Output.toned(approval.words("approval_id"), .strong))  \(approval.words("status"))  "
                + "\(approval.words("gate"))\(group.isEmpty ? "" : " by \(group)")")
        Output.line(
            "  \(approval.words("tool")) for \(approval.words("principal"))  until \(approval.words("expires_at"))")
        Output.line("  \(approval.words("arguments", longest: 4000))")
        ReviewScreen.showMoney(approval["money"], indent: "  ")
        ReviewScreen.showUndo(approval["undo"], indent: "  ")
        ReviewScreen.showEndorsable(approval["endorsable"], indent: "  ")
        HaltLine.show(on: approval, indent: "  ")
    }
}

struct ApproveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Approve an action, or approve it with other arguments.")
    @Argument(help: "The approval, or a run: all that waits in it for you.") var id: String
    @Option(help: "With a run: what was shown, as `ballast approvals` names it.") var shown: String?
    @Option(help: "New arguments, a JSON object; they are judged again.") var edit: String?
    @Option(help: "Also vouch for what is doubted until the run ends: value, or source, as `ballast approvals` shows.")
    var endorse: String?
    @Option(name: .customLong("as"), help: "Confirm for this principal.") var principal: String?
    @OptionGroup var server: ServerOptions

    func run() async throws {
        var body: JSONObject = ["decision": edit == nil ? "approve" : "edit"]
        if let endorse {
            guard EndorsementScope(name: endorse) != nil, edit == nil else {
                throw CommandFailure.usage(
                    edit == nil
                        ? "--endorse takes value or source."
                        : "--endorse is about the arguments as they are: leave out --edit.")
            }
            body["endorse"] = JSONValue(endorse)
        }
        if let edit {
            guard let arguments = try? JSONReader.read(Array(edit.utf8)), case .object = arguments else {
                throw CommandFailure.usage("--edit takes one JSON object, such as --edit '{\"amount\": 1000}'.")
            }
            body["arguments"] = arguments
        }
        if let principal { body["principal"] = JSONValue(principal) }
        if RunQuestionScreen.isRun(id) {
            guard edit == nil else { throw CommandFailure.usage("--edit is about one approval, not about a run.") }
            return try await RunQuestionScreen.decide(id, body, shown: shown, server)
        }
        try await DecisionLine.send(id, .object(body), server)
    }
}

struct RejectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reject", abstract: "Reject an action; the reason reaches the agent.")
    @Argument(help: "The approval, or a run: all that waits in it for you.") var id: String
    @Option(help: "With a run: what was shown, as `ballast approvals` names it.") var shown: String?
    @Option(help: "Why, in words that the agent and the user will read.") var reason: String
    @Option(name: .customLong("as"), help: "Decline for this principal.") var principal: String?
    @OptionGroup var server: ServerOptions

    func run() async throws {
        var body: JSONObject = ["decision": "reject", "reason": JSONValue(reason)]
        if let principal { body["principal"] = JSONValue(principal) }
        if RunQuestionScreen.isRun(id) {
            return try await RunQuestionScreen.decide(id, body, shown: shown, server)
        }
        try await DecisionLine.send(id, .object(body), server)
    }
}

enum DecisionLine {
    static func send(_ id: String, _ body: JSONValue, _ server: ServerOptions) async throws {
        let answer = try await APIClient(server).post("/api/v1/approvals/\(APIClient.escaped(id))/decision", body)
        if server.json { return Output.json(answer) }
        let run = answer["run_id"]?.string ?? ""
        let words = DecisionLine.words(body["decision"]?.string ?? "", status: answer["status"]?.string ?? "")
        let halt = answer["halt"] ?? .null
        let isFrozen = !halt.isNull && answer["status"]?.string == "pending"
        let later = "your decision is kept; it counts when \(halt.words("halt_id")) (\(halt.words("reason"))) is lifted"
        Output.line("\(isFrozen ? later : words)  \(Output.toned("ballast show \(run)", .faint))")
    }

    private static func words(_ decision: String, status: String) -> String {
        switch (decision, status) {
        case ("approve", "pending"): "your approval counts; it needs more of them"
        case ("approve", _): "approved"
        case ("edit", _): "approved as edited; the new arguments are judged again"
        default: "rejected"
        }
    }
}
