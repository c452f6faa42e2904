import BallastCore
import Foundation

/// Requests of one run that wait at the same time, shown and answered as one question.
enum RunQuestionScreen {
    static func isRun(_ id: String) -> Bool { id.hasPrefix("run_") }

    /// The requests of each run together, the oldest first, in the order in which the runs come.
    static func byRun(_ approvals: [JSONValue]) -> [[JSONValue]] {
        var (groups, places): ([[JSONValue]], [String: Int]) = ([], [:])
        for approval in approvals {
            let run = approval.words("run_id")
            guard let place = places[run], approval.words("status") == "pending" else {
                if approval.words("status") == "pending" { places[run] = groups.count }
                groups.append([approval])
                continue
            }
            groups[place].insert(approval, at: 0)
        }
        return groups
    }

    /// The command that answers a group at once, where whoever looks may.
    static func advise(_ group: [JSONValue], _ server: ServerOptions) async {
        let run = group[0].words("run_id")
        let principal = group.contains { $0.words("gate") == "confirm" } ? group[0].words("principal") : nil
        guard let question = try? await fetch(run, principal, server), let count = question["approvals"]?.array?.count,
            count > 1
        else { return }
        let name = principal.map { " --as \($0)" } ?? ""
        let rest = group.count - count
        let others = rest > 0 ? "  (\(rest) wait for somebody else)" : ""
        Output.line(
            Output.toned(
                "all \(count): ballast approve \(run)\(name) --shown \(question.words("shown"))\(others)", .faint))
    }

    private static func fetch(_ run: String, _ principal: String?, _ server: ServerOptions) async throws -> JSONValue {
        let name = principal.map { "?principal=\(APIClient.escaped($0))" } ?? ""
        return try await APIClient(server).get("/api/v1/runs/\(APIClient.escaped(run))/approvals\(name)")
    }

    /// Decides what was shown: by the digest that came with it, or shown here and answered at the terminal.
    static func decide(
        _ run: String, _ decision: JSONObject, shown: String?, _ server: ServerOptions
    ) async throws {
        var body = decision
        if let shown {
            body["shown"] = JSONValue(shown)
        } else {
            let question = try await fetch(run, decision["principal"]?.string, server)
            let approvals = question["approvals"]?.array ?? []
            guard !approvals.isEmpty else { throw CommandFailure.no("Nothing waits in \(run) for you.") }
            for (index, approval) in approvals.enumerated() {
                Output.line()
                Output.line(Output.toned("\(index + 1). \(approval.words("approval_id"))", .strong))
                ReviewScreen.show(approval)
            }
            let word = decision["decision"]?.string ?? "approve"
            guard Output.isTerminal, isatty(STDIN_FILENO) == 1 else {
                throw CommandFailure.usage(
                    "Nothing was decided: say that this is what you mean with --shown \(question.words("shown"))")
            }
            Output.part("\(word) all \(approvals.count)? [y, n] ")
            guard ["y", "yes"].contains(await TypedLines().next()?.lowercased()) else {
                return Output.line("nothing was decided")
            }
            body["shown"] = question["shown"]
        }
        let answer = try await APIClient(server).post(
            "/api/v1/runs/\(APIClient.escaped(run))/approvals/decision", .object(body))
        if server.json { return Output.json(answer) }
        for item in answer["approvals"]?.array ?? [] {
            let problem = item.words("problem")
            Output.line("\(item.words("approval_id"))  \(problem.isEmpty ? item.words("status") : problem)")
        }
        Output.line(Output.toned("ballast show \(run)", .faint))
    }
}
