import BallastCore
import BallastRuntime
import HTTPTypes

/// The kill switch.
enum HaltRoutes {
    static var operations: [APIOperation] { [list, create, resume] }

    private static let list = APIOperation(
        method: .get, path: "/api/v1/halts", id: "listHalts", tag: "halts", summary: "Halts in force.",
        query: OpenAPISchemas.paging,
        answers: [.json(200, "HaltPage", "A page of the halts in force that concern the tenant.")]
    ) { call in
        let halts = try await call.ran { () async throws(RuntimeError) in try await call.runtime.haltsInForce() }
        return try OffsetPage.answer(halts.filter { concerns($0.scope, call.caller) }, call, list: "halts") {
            .object(document($0))
        }
    }

    private static let create = APIOperation(
        method: .post, path: "/api/v1/halts", id: "createHalt", tag: "halts",
        summary: "Stops everything in a scope at once; answered when no send can begin any more.", scopes: [.halt],
        body: "HaltRequest", isUrgent: true, answers: [.json(201, "HaltReceipt", "The halt holds.")]
    ) { call in
        let scope = try scope(call)
        let receipt = await call.runtime.halt(scope, reason: call.required("reason"), by: call.caller.principal)
        var answer = document(receipt.halt)
        answer["already_sent"] = .array(receipt.alreadySent.map { JSONValue($0.description) })
        answer["is_recorded"] = .bool(receipt.isRecorded)
        return .json(.object(answer), status: 201)
    }

    private static let resume = APIOperation(
        method: .post, path: "/api/v1/halts/{halt_id}/resume", id: "resumeHalt", tag: "halts",
        summary: "Lifts a halt after review; the runs that it stopped go on.", scopes: [.halt], body: "ReasonRequired",
        answers: [.json(200, "Halt", "The halt, ended.")]
    ) { call in
        let id: HaltID = try call.id("halt_id")
        let halts = try await call.ran { () async throws(RuntimeError) in try await call.runtime.haltsInForce() }
        guard let halt = halts.first(where: { $0.id == id }), mayMove(halt.scope, call.caller) else {
            throw Problem.notFound("halt \(id) in force", advice: "See `ballast halts`.")
        }
        let ended = try await call.ran { () async throws(RuntimeError) in
            try await call.runtime.resume(halt.id, by: call.caller.principal, reason: call.required("reason"))
        }
        return .json(.object(document(ended)))
    }

    private static func scope(_ call: APICall) throws(Problem) -> HaltScope {
        guard let scope = HaltScope(parsing: call.required("scope")) else {
            throw .invalid(
                "/scope", "a halt's scope is everything, tenant:NAME, agent:NAME, tool:NAME or run:RUN_ID")
        }
        guard mayMove(scope, call.caller) else {
            throw .forbidden(
                "scope_of_others", "\(scope) is not this tenant's to halt.",
                advice: "Halt tenant:\(call.caller.tenant), or a run of it.")
        }
        return scope
    }

    private static func mayMove(_ scope: HaltScope, _ caller: Caller) -> Bool {
        switch scope {
        case .everything, .agent, .tool: caller.ownsInstallation
        case .tenant(let tenant): caller.ownsInstallation || tenant == caller.tenant
        case .run: true
        }
    }

    /// What stops the tenant is shown to it; the runs of others are not.
    private static func concerns(_ scope: HaltScope, _ caller: Caller) -> Bool {
        switch scope {
        case .everything, .agent, .tool: true
        case .tenant(let tenant): caller.ownsInstallation || tenant == caller.tenant
        case .run: caller.seesTenant
        }
    }

    private static func document(_ halt: HaltRecord) -> JSONObject {
        [
            "halt_id": JSONValue(halt.id.description), "scope": JSONValue(halt.scope.description),
            "reason": JSONValue(halt.reason), "by": JSONValue(halt.by.name), "at": JSONValue(halt.at.rfc3339),
            "ended_by": JSONValue(halt.endedBy?.name), "ended_reason": JSONValue(halt.endedReason),
            "ended_at": JSONValue(halt.endedAt?.rfc3339),
        ]
    }
}
