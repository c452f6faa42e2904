import BallastCore
import BallastRuntime
import HTTPTypes

/// Requests of one run that wait at the same time: one question, one answer.
enum RunQuestionRoutes {
    static var operations: [APIOperation] { [read, decide] }

    private static let read = APIOperation(
        method: .get, path: "/api/v1/runs/{run_id}/approvals", id: "getRunQuestion", tag: "approvals",
        summary: "What waits in a run for this caller, with the digest that an answer to all of it names.",
        scopes: [.run, .approve, .audit, .admin],
        query: [.init("principal", "Whose confirmations; the caller's own without it.", Schema.text(256))],
        answers: [.json(200, "RunQuestion", "The requests, oldest first.")]
    ) { call in
        let header = try await call.visibleRun(try call.id("run_id"))
        let decider = try decider(call, named: call.query["principal"])
        let question = try await call.ran { () async throws(RuntimeError) in
            try await call.runtime.question(of: header.run, for: decider, scope: call.scope)
        }
        let bodies = try await RunRoutes.bodies(
            question.approvals.map(\.review), call, longest: ApprovalDocument.longest)
        let documents = question.approvals.map { record in
            ApprovalDocument.full(record, halt: call.runtime.halt(on: record, scope: call.scope), bodies: bodies)
        }
        return .json([
            "run_id": JSONValue(header.run.description), "shown": JSONValue(question.shown.description),
            "approvals": .array(documents), "others": JSONValue(question.others),
        ])
    }

    private static let decide = APIOperation(
        method: .post, path: "/api/v1/runs/{run_id}/approvals/decision", id: "decideRunQuestion", tag: "approvals",
        summary: "Approves or rejects everything that was shown; what came later waits on.", scopes: [.run, .approve],
        body: "RunDecision", answers: [.json(200, "RunDecisions", "Each request as it stands after the decision.")],
        problems: [409]
    ) { call in
        let header = try await call.visibleRun(try call.id("run_id"))
        let decider = try decider(call, named: call.text("principal"))
        guard let shown = Hex.decode(call.required("shown")).flatMap({ Digest(bytes: $0) }) else {
            throw Problem.invalid("/shown", "is no digest")
        }
        let results = try await call.ran { () async throws(RuntimeError) in
            try await call.runtime.decideAll(
                of: header.run, shown: shown, ApprovalRoutes.decision(call), by: decider, scope: call.scope)
        }
        return .json([
            "run_id": JSONValue(header.run.description),
            "approvals": .array(
                results.map { id, result in
                    var document: JSONObject = ["approval_id": JSONValue(id.description)]
                    switch result {
                    case .success(let record): document["status"] = JSONValue(record.status.name)
                    case .failure(let error): document["problem"] = JSONValue("\(error.message) \(error.advice)")
                    }
                    return .object(document)
                }),
        ])
    }

    /// Confirmations may be passed on for a principal; reviews are always the key's own.
    private static func decider(_ call: APICall, named name: String?) throws(Problem) -> Decider {
        Decider(
            confirmer: try call.principal(named: name),
            reviewer: call.caller.may(.approve) ? call.caller.principal : nil)
    }
}
