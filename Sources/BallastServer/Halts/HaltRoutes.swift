import BallastCore
import BallastRuntime
import HTTPTypes

/// The kill switch.
enum HaltRoutes {
    static var operations: [APIOperation] { [list, create, review, resume] }

    private static let list = APIOperation(
        method: .get, path: "/api/v1/halts", id: "listHalts", tag: "halts", summary: "Halts in force.",
        query: OpenAPISchemas.paging,
        answers: [.json(200, "HaltPage", "A page of the halts in force that concern the tenant.")]
    ) { call in
        let halts = try await call.ran { () async throws(RuntimeError) in try await call.runtime.haltsInForce() }
        var shown: [HaltRecord] = []
        for halt in halts where try await concerns(halt.scope, call) { shown.append(halt) }
        return try OffsetPage.answer(shown, call, list: "halts") {
            .object(document($0))
        }
    }

    private static let create = APIOperation(
        method: .post, path: "/api/v1/halts", id: "createHalt", tag: "halts",
        summary: "Stops everything in a scope at once; answered when no send can begin any more.", scopes: [.halt],
        body: "HaltRequest", isUrgent: true, answers: [.json(201, "HaltReceipt", "The halt holds.")]
    ) { call in
        let scope = try await scope(call)
        let receipt = await call.runtime.halt(scope, reason: call.required("reason"), by: call.caller.principal)
        var answer = document(receipt.halt)
        answer["already_sent"] = .array(receipt.alreadySent.map { JSONValue($0.description) })
        answer["is_recorded"] = .bool(receipt.isRecorded)
        return .json(.object(answer), status: 201)
    }

    private static let review = APIOperation(
        method: .get, path: "/api/v1/halts/{halt_id}/review", id: "reviewHalt", tag: "halts",
        summary: "What to look at before a halt is lifted: what ran, what is in doubt, which approvals are frozen.",
        scopes: [.halt], answers: [.json(200, "HaltReview", "The review, of this tenant's runs.")]
    ) { call in
        let halt = try await inForce(call)
        let review = try await call.ran { () async throws(RuntimeError) in
            try await call.runtime.review(halt.id, scope: call.caller.scope)
        }
        return .json([
            "halt": .object(document(review.halt)), "has_more": .bool(review.hasMore),
            "frozen_approvals": .array(review.frozenApprovals.map { JSONValue($0.description) }),
            "effects_in_doubt": .array(review.effectsInDoubt.map(document)),
            "runs": .array(review.runs.map(document)),
        ])
    }

    private static func document(_ item: HaltReview.Item) -> JSONValue {
        func list(_ tools: [String]) -> JSONValue { .array(tools.map { JSONValue($0) }) }
        return [
            "run_id": JSONValue(item.run.description), "agent": JSONValue(item.agent),
            "principal": JSONValue(item.principal.name), "done": list(item.done), "not_done": list(item.notDone),
            "in_doubt": list(item.inDoubt), "can_be_taken_back": list(item.reversible),
            "cannot_be_taken_back": list(item.irreversible),
        ]
    }

    private static func document(_ effect: EffectRecord) -> JSONValue {
        [
            "effect_id": JSONValue(effect.id.description), "run_id": JSONValue(effect.id.run.description),
            "tool": JSONValue(effect.tool), "started_at": JSONValue(effect.startedAt.rfc3339),
        ]
    }

    private static func inForce(_ call: APICall) async throws -> HaltRecord {
        let id: HaltID = try call.id("halt_id")
        let halts = try await call.ran { () async throws(RuntimeError) in try await call.runtime.haltsInForce() }
        guard let halt = halts.first(where: { $0.id == id }), try await mayMove(halt.scope, call) else {
            throw Problem.notFound("halt \(id) in force", advice: "See `ballast halts`.")
        }
        return halt
    }

    private static let resume = APIOperation(
        method: .post, path: "/api/v1/halts/{halt_id}/resume", id: "resumeHalt", tag: "halts",
        summary: "Lifts a halt after review; the runs that it stopped go on, but for those to be cancelled.",
        scopes: [.halt], body: "Resumption",
        answers: [.json(200, "Halt", "The halt, ended.")]
    ) { call in
        let halt = try await inForce(call)
        let cancelled = (call.body["cancel"]?.array ?? []).compactMap(\.string)
        let runs = try cancelled.map { text throws(Problem) in
            guard let run = try? RunID(parsing: text) else { throw .invalid("/cancel", "`\(text)` is no run") }
            return run
        }
        let ended = try await call.ran { () async throws(RuntimeError) in
            try await call.runtime.resume(
                halt.id, by: call.caller.principal, reason: call.required("reason"), cancelling: runs,
                scope: call.caller.scope)
        }
        return .json(.object(document(ended)))
    }

    private static func scope(_ call: APICall) async throws -> HaltScope {
        guard let scope = HaltScope(parsing: call.required("scope")) else {
            throw Problem.invalid(
                "/scope", "a halt's scope is everything, tenant:NAME, agent:NAME, tool:NAME or run:RUN_ID")
        }
        guard try await mayMove(scope, call) else {
            throw Problem.forbidden(
                "scope_of_others", "\(scope) is not this tenant's to halt.",
                advice: "Halt tenant:\(call.caller.tenant), or a run of it.")
        }
        return scope
    }

    private static func mayMove(_ scope: HaltScope, _ call: APICall) async throws -> Bool {
        if call.caller.ownsInstallation { return true }
        return switch scope {
        case .everything, .agent, .tool: false
        case .tenant(let tenant): tenant == call.caller.tenant
        case .run(let run): try await isOfTenant(run, call)
        }
    }

    private static func isOfTenant(_ run: RunID, _ call: APICall) async throws -> Bool {
        try await call.stored { () async throws(StoreError) in
            try await call.store.header(of: run, scope: call.scope)
        } != nil
    }

    /// What stops the tenant is shown to it; the runs of others are not.
    private static func concerns(_ scope: HaltScope, _ call: APICall) async throws -> Bool {
        switch scope {
        case .everything, .agent, .tool: true
        case .tenant(let tenant): call.caller.ownsInstallation || tenant == call.caller.tenant
        case .run: call.caller.seesTenant ? try await mayMove(scope, call) : false
        }
    }

    static func document(_ halt: HaltRecord) -> JSONObject {
        [
            "halt_id": JSONValue(halt.id.description), "scope": JSONValue(halt.scope.description),
            "reason": JSONValue(halt.reason), "by": JSONValue(halt.by.name), "at": JSONValue(halt.at.rfc3339),
            "ended_by": JSONValue(halt.endedBy?.name), "ended_reason": JSONValue(halt.endedReason),
            "ended_at": JSONValue(halt.endedAt?.rfc3339),
        ]
    }
}
