import BallastCore
import BallastRuntime
import HTTPTypes

/// Keys of the caller's tenant. A key's text is shown once, when it is made.
enum KeyRoutes {
    static var operations: [APIOperation] { [list, create, revoke] }

    private static let list = APIOperation(
        method: .get, path: "/api/v1/keys", id: "listKeys", tag: "keys",
        summary: "Keys, newest first, without secrets.",
        scopes: [.admin], query: OpenAPISchemas.paging, answers: [.json(200, "KeyPage", "A page of the tenant's keys.")]
    ) { call in
        try OffsetPage.answer(call.server.keys.keys(of: call.caller.tenant), call, list: "keys") {
            .object(document($0))
        }
    }

    private static let create = APIOperation(
        method: .post, path: "/api/v1/keys", id: "createKey", tag: "keys",
        summary: "Makes a key; its text is in this answer and nowhere else.", scopes: [.admin], body: "KeyRequest",
        answers: [.json(201, "KeyCreated", "The key with its text.")]
    ) { call in
        let scopes = Set((call.body["scopes"]?.array ?? []).compactMap { $0.string.flatMap(KeyScope.init(rawValue:)) })
        let (record, text) = try await call.stored { () async throws(StoreError) in
            try await call.server.keys.create(
                name: call.required("name"), tenant: call.caller.tenant,
                principal: Principal(call.required("principal")),
                scopes: scopes)
        }
        var shown = document(record)
        shown["key"] = JSONValue(text)
        var kept = shown
        kept["key"] = .null
        return APIAnswer(201, .json(.object(shown)), kept: .object(kept))
    }

    private static let revoke = APIOperation(
        method: .delete, path: "/api/v1/keys/{key_id}", id: "revokeKey", tag: "keys",
        summary: "Revokes a key at once.", scopes: [.admin], answers: [.json(200, "Key", "The key, revoked.")],
        problems: [409]
    ) { call in
        let id: KeyID = try call.id("key_id")
        let others = call.server.keys.keys(of: call.caller.tenant).filter {
            $0.id != id && $0.revokedAt == nil && $0.scopes.contains(KeyScope.admin.rawValue)
        }
        guard !others.isEmpty || call.caller.key != id else {
            throw Problem.conflict(
                "last_admin_key", "This is the last key that can make keys.", advice: "Make another one first.")
        }
        let revoked = try await call.stored { () async throws(StoreError) in
            try await call.server.keys.revoke(id, of: call.caller.tenant)
        }
        guard let revoked else { throw Problem.notFound("key \(id)", advice: "See `ballast keys`.") }
        return .json(.object(document(revoked)))
    }

    private static func document(_ record: APIKeyRecord) -> JSONObject {
        [
            "key_id": JSONValue(record.id.description), "name": JSONValue(record.name),
            "tenant": JSONValue(record.tenant.name), "principal": JSONValue(record.principal.name),
            "scopes": .array(record.scopes.map { JSONValue($0) }), "created_at": JSONValue(record.createdAt.rfc3339),
            "revoked_at": JSONValue(record.revokedAt?.rfc3339),
        ]
    }
}
