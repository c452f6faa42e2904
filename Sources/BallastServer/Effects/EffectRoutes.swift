import BallastCore
import BallastRuntime
import HTTPTypes

/// The ledger of what was done in the world.
enum EffectRoutes {
    static var operations: [APIOperation] { [list, settle] }

    private static let list = APIOperation(
        method: .get, path: "/api/v1/effects", id: "listEffects", tag: "effects", summary: "Effects, newest first.",
        scopes: [.settle, .audit, .rollback, .approve, .admin],
        query: [
            .init("state", "States, separated by commas, such as in_doubt.", OpenAPISchemas.effectStateList),
            .init("run_id", "Effects of this run.", OpenAPISchemas.id("run")), OpenAPISchemas.limit,
            OpenAPISchemas.cursor,
        ], answers: [.json(200, "EffectPage", "A page of effects.")]
    ) { call in
        let names = call.query["state"]?.split(separator: ",") ?? []
        let cursor = PageCursor(
            secret: call.server.cursorSecret,
            list: ["effects", call.caller.tenant.name, call.query["state"] ?? "", call.query["run_id"] ?? ""])
        let position = try call.query["cursor"].map { (given) throws(Problem) in try cursor.decode(given) }
        let filter = EffectFilter(
            states: Set(names.compactMap { EffectState(name: String($0)) }),
            run: call.query["run_id"].flatMap { try? RunID(parsing: $0) },
            before: position.flatMap { try? EffectID(parsing: $0) })
        let found = try await call.stored { () async throws(StoreError) in
            try await call.store.effects(matching: filter, limit: call.limit + 1, scope: call.scope)
        }
        let page = found.prefix(call.limit)
        let next = found.count > page.count ? page.last.map { cursor.encode($0.id.description) } : nil
        return .page(page.map(document), next: next)
    }

    private static let settle = APIOperation(
        method: .post, path: "/api/v1/effects/{effect_id}/settle", id: "settleEffect", tag: "effects",
        summary: "A person says whether an effect in doubt happened.", scopes: [.settle], body: "Settlement",
        answers: [.json(202, "Effect", "On record; the run takes it next.")], problems: [409]
    ) { call in
        let id: EffectID = try call.scopedID("effect_id")
        try await call.ran { () async throws(RuntimeError) in
            try await call.runtime.settle(
                id, happened: call.required("outcome") == "happened", by: call.caller.principal,
                reason: call.required("reason"), scope: call.scope)
        }
        let found = try await call.stored { () async throws(StoreError) in
            try await call.store.effects(matching: EffectFilter(id: id), limit: 1, scope: call.scope)
        }
        guard let record = found.first else { throw Problem.notFound("effect \(id)") }
        return .json(document(record), status: 202)
    }

    private static func document(_ record: EffectRecord) -> JSONValue {
        var document: JSONObject = [
            "effect_id": JSONValue(record.id.description), "run_id": JSONValue(record.id.run.description),
            "action_id": JSONValue(ActionID(run: record.id.run, ordinal: record.id.ordinal).description),
            "tool": JSONValue(record.tool), "state": JSONValue(record.state.name),
            "idempotency_key": JSONValue(record.id.description), "started_at": JSONValue(record.startedAt.rfc3339),
            "updated_at": JSONValue(record.updatedAt.rfc3339),
        ]
        document.merge(record.repeatability.document)
        return .object(document)
    }
}
