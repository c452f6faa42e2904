import BallastCore
import BallastRuntime
import BallastServer
import HTTPTypes
import Testing

@Suite("A request says who it is from")
struct AuthenticationTests {
    @Test("and is told nothing about why its key is not taken")
    func identicalRefusals() async throws {
        let stage = try await ServerStage()
        let other = APIKey(id: KeyID(high: 1, low: 2), random: Array(0..<32)).text
        try await stage.serve { (api) async throws in
            var seen: Set<JSONValue> = []
            for key in [nil, "nonsense", other, String(api.key?.dropLast() ?? "")] {
                let answer = try await api.with(key: key).get("/api/v1/runs")
                #expect(answer.status == 401)
                #expect(answer.headers[.wwwAuthenticate] == "Bearer realm=\"ballast\"")
                var document = answer.body.object ?? JSONObject()
                document["request_id"] = nil
                seen.insert(.object(document))
            }
            #expect(seen.count == 1)
        }
    }

    @Test("by bearer token or by x-api-key")
    func twoHeaders() async throws {
        let stage = try await ServerStage()
        let name = try #require(HTTPField.Name("x-api-key"))
        try await stage.serve { (api) async throws in
            #expect(try await api.get("/api/v1/agents").status == 200)
            let answer = try await api.with(key: nil).get("/api/v1/agents", headers: [name: stage.firstKey])
            #expect(answer.status == 200)
        }
    }

    @Test("and is refused where its key lacks the scope, by name")
    func scopes() async throws {
        let stage = try await ServerStage()
        let key = try await stage.key("customer:ana", ["run"])
        try await stage.serve { (api) async throws in
            let answer = try await api.with(key: key).post("/api/v1/halts", ["scope": "everything", "reason": "x"])
            #expect(answer.status == 403)
            #expect(answer.body["code"]?.string == "scope_missing")
            #expect(answer.body["detail"]?.string?.contains("\"halt\"") == true)
        }
    }

    @Test("and is refused from the moment its key is revoked")
    func revoked() async throws {
        let stage = try await ServerStage()
        let key = try await stage.key("customer:ana", ["run"])
        try await stage.serve { (api) async throws in
            let keys = try await api.get("/api/v1/keys").body["data"]?.array ?? []
            let id = try #require(keys.first { $0["principal"]?.string == "customer:ana" }?["key_id"]?.string)
            #expect(try await api.with(key: key).get("/api/v1/runs").status == 200)
            #expect(try await api.send(.delete, "/api/v1/keys/\(id)").status == 200)
            #expect(try await api.with(key: key).get("/api/v1/runs").status == 401)
        }
    }

    @Test("unless nobody could make keys any more")
    func lastAdmin() async throws {
        let stage = try await ServerStage()
        try await stage.serve { (api) async throws in
            let id = try await api.get("/api/v1/keys").body["data"]?[0]?["key_id"]?.string ?? ""
            #expect(try await api.send(.delete, "/api/v1/keys/\(id)").status == 409)
        }
    }

    @Test("and acts for another principal only with the scope for that")
    func onBehalfOf() async throws {
        let stage = try await ServerStage()
        let own = try await stage.key("service:shop", ["run"])
        let trusted = try await stage.key("service:desk", ["run", "act:on-behalf-of"])
        let body: JSONValue = ["agent": "clerk", "input": "hello", "principal": "customer:ana"]
        try await stage.serve { (api) async throws in
            #expect(try await api.with(key: own).post("/api/v1/runs", body).status == 403)
            let answer = try await api.with(key: trusted).post("/api/v1/runs", body)
            #expect(answer.status == 201)
            #expect(answer.body["principal"]?.string == "customer:ana")
            let name: JSONValue = ["agent": "clerk", "input": "hello", "principal": "ballast"]
            #expect(try await api.with(key: trusted).post("/api/v1/runs", name).status == 400)
        }
    }

    @Test("and cannot speak in another principal's conversation")
    func othersConversation() async throws {
        let stage = try await ServerStage()
        let run = try await stage.start("pay {\"amount\":1}", as: "customer:bruno")
        let header = try #require(try await stage.store.header(of: run, scope: TenantScope(.default)))
        let ana = try await stage.key("customer:ana", ["run"])
        let body: JSONValue = [
            "agent": "clerk", "input": "hello", "conversation_id": JSONValue(header.conversation.description),
        ]
        try await stage.serve { (api) async throws in
            #expect(try await api.with(key: ana).post("/api/v1/runs", body).status == 404)
            let events = try await api.get("/api/v1/runs/\(run)/events").body["data"]?.array ?? []
            #expect(!events.contains { $0["type"]?.string == "message_added" })
        }
    }

    @Test("and sees only runs of its own principal unless it is on the operator's side")
    func othersRuns() async throws {
        let stage = try await ServerStage()
        let run = try await stage.start("hello", as: "customer:bruno")
        let ana = try await stage.key("customer:ana", ["run"])
        let auditor = try await stage.key("auditor:eve", ["audit"])
        try await stage.serve { (api) async throws in
            #expect(try await api.with(key: ana).get("/api/v1/runs/\(run)").status == 404)
            #expect(try await api.with(key: ana).get("/api/v1/runs/\(run)/events").status == 404)
            #expect(try await api.with(key: ana).get("/api/v1/runs").body["data"]?.array?.isEmpty == true)
            #expect(try await api.with(key: ana).post("/api/v1/runs/\(run)/cancel").status == 404)
            #expect(try await api.with(key: auditor).get("/api/v1/runs/\(run)").status == 200)
        }
    }
}
