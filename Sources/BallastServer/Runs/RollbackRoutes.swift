import BallastCore
import BallastRuntime
import HTTPTypes

/// Taking back what a run did.
enum RollbackRoutes {
    static var operations: [APIOperation] { [read, start] }
    private static let path = "/api/v1/runs/{run_id}/rollback"

    private static let read = APIOperation(
        method: .get, path: path, id: "getRollback", tag: "runs",
        summary: "What was taken back of a run, what can be, and what cannot, effect by effect; the last comes first.",
        scopes: RunRoutes.readers, answers: [.json(200, "Rollback", "As it stands now.")], problems: [409]
    ) { call in
        let header = try await call.visibleRun(try call.id("run_id"))
        let report = try await call.ran { () async throws(RuntimeError) in
            try await call.runtime.rollbackReport(of: header.run, scope: call.scope)
        }
        return .json(try await RollbackDocument.full(report, call))
    }

    private static let start = APIOperation(
        method: .post, path: path, id: "rollBackRun", tag: "runs",
        summary:
            "Takes back what a run and its sub-runs did, what happened last first, through the same guard. Asked for "
            + "again it joins what is under way, or goes on with what is left. `dry_run` only says what would be done.",
        scopes: [.rollback], body: "RollbackRequest", isBodyOptional: true,
        answers: [
            .json(200, "Rollback", "The plan, with what the guard would say of each undo; nothing was done."),
            .json(202, "Rollback", "On record, and under way in the run that `rollback_run_id` names."),
        ], problems: [409]
    ) { call in
        let header = try await call.visibleRun(try call.id("run_id"))
        let isRehearsal = call.body["dry_run"]?.bool ?? false
        let report = try await call.ran { () async throws(RuntimeError) in
            isRehearsal
                ? try await call.runtime.rollbackReport(
                    of: header.run, rehearsing: true, by: call.caller.principal, scope: call.scope)
                : try await call.runtime.rollBack(
                    header.run, by: call.caller.principal, reason: call.text("reason") ?? "asked for",
                    scope: call.scope)
        }
        return .json(try await RollbackDocument.full(report, call), status: isRehearsal ? 200 : 202)
    }
}

/// A rollback as the API shows it.
enum RollbackDocument {
    fileprivate static func full(_ report: RollbackReport, _ call: APICall) async throws -> JSONValue {
        let bodies = try await RunRoutes.bodies([report.text].compactMap(\.self), call)
        return document(report, text: report.text.flatMap { bodies.text($0) })
    }

    static func document(_ report: RollbackReport, text: String? = nil) -> JSONValue {
        [
            "run_id": JSONValue(report.run.description), "rollback_run_id": JSONValue(report.rollback?.description),
            "status": JSONValue(report.status?.name), "text": JSONValue(text), "obstacle": JSONValue(report.obstacle),
            "effects": .array(report.items.map(line)),
        ]
    }

    private static func line(_ item: RollbackReport.Item) -> JSONValue {
        var line: JSONObject = [
            "effect_id": JSONValue(item.effect.description), "run_id": JSONValue(item.effect.run.description),
            "tool": JSONValue(item.tool), "agent": JSONValue(item.agent), "state": JSONValue(item.state.rawValue),
        ]
        if let undo = item.undo { line["undo"] = ["tool": JSONValue(undo.tool), "arguments": undo.arguments] }
        if let code = item.code { line["code"] = JSONValue(code) }
        if let why = item.why { line["why"] = JSONValue(why) }
        if let through = item.through { line["through_effect_id"] = JSONValue(through.description) }
        if let approval = item.approval { line["approval_id"] = JSONValue(approval.description) }
        if let rehearsed = item.rehearsed {
            line["guard"] = [
                "outcome": JSONValue(rehearsed.outcome.name), "code": JSONValue(rehearsed.code),
                "message": JSONValue(rehearsed.sentence),
            ]
        }
        return .object(line)
    }
}
