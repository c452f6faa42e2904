import BallastCore
import BallastRuntime
import BallastServer
import Testing

@Suite("The installation through the API")
struct InstallationAPITests {
    private let check = AnswerCheck()

    @Test("shows its agents, tools and keys as described")
    func lists() async throws {
        let stage = try await ServerStage()
        try await stage.serve { (api) async throws in
            for (path, id) in [
                ("/api/v1/agents", "listAgents"), ("/api/v1/tools", "listTools"), ("/api/v1/keys", "listKeys"),
                ("/api/v1/halts", "listHalts"), ("/api/v1/effects", "listEffects"),
            ] {
                let answer = try await api.get(path)
                #expect(answer.status == 200)
                #expect(try check.violations(of: answer, to: id) == [], "\(id)")
            }
            let tools = try await api.get("/api/v1/tools").body["data"]?.array ?? []
            #expect(tools.map { $0["name"]?.string } == ["look", "lose", "pay", "write"])
            #expect(tools.first { $0["name"]?.string == "pay" }?["class_by_agent"]?["clerk"]?.string == "dangerous")
        }
    }

    @Test("shows the configuration in force, and reads it again for who owns the installation")
    func configuration() async throws {
        let stage = try await ServerStage()
        let auditor = try await stage.key("auditor:ada", ["audit"])
        try await stage.serve { (api) async throws in
            let shown = try await api.get("/api/v1/configuration")
            #expect(try check.violations(of: shown, to: "getConfiguration") == [])
            #expect(shown.body["state"]?.string == "current")
            #expect(shown.body["agents"]?.array?.first?["policy"]?.string == String(repeating: "07", count: 16))
            let fixed = try await api.post("/api/v1/configuration/reload")
            #expect(fixed.status == 409 && fixed.body["code"]?.string == "not_reloadable")
            let desk = stage.desk
            desk.connect { person in
                let complaint = ConfigurationDesk.Complaint(
                    place: "policies/x.yaml:7:3", text: "policies/x.yaml:7:3: unknown key `secret-word`.")
                desk.update { $0.refusal = .init(hash: "bb", at: $0.loadedAt, complaints: [complaint]) }
                return person == Principal("operator:first-key") ? .refused : .loaded
            }
            let refused = try await api.post("/api/v1/configuration/reload")
            #expect(refused.status == 422 && refused.body["code"]?.string == "configuration_refused")
            #expect(refused.body["errors"]?.array?.first?["pointer"]?.string == "policies/x.yaml:7:3")
            let ready = try await api.with(key: nil).get("/readyz")
            #expect(ready.status == 200 && ready.body["configuration"]?["state"]?.string == "stale")
            #expect(ready.text.contains("policies/x.yaml:7:3") && !ready.text.contains("secret-word"))
            #expect(try check.violations(of: ready, to: "getReadiness") == [])
            #expect(try await api.with(key: auditor).get("/api/v1/configuration").status == 200)
            #expect(try await api.with(key: auditor).post("/api/v1/configuration/reload").status == 403)
        }
    }

    @Test("accepts a tool's definition by its hash")
    func accept() async throws {
        let stage = try await ServerStage()
        stage.runtime.deployment.update { $0.catalog.setPin(.sha256([1]), of: "look") }
        try await stage.serve { (api) async throws in
            let changed = try await api.get("/api/v1/tools").body["data"]?.array?.first { $0["name"]?.string == "look" }
            #expect(changed?["is_accepted"]?.bool == false)
            let other = try await api.post(
                "/api/v1/tools/look/accept", ["definition": JSONValue(String(repeating: "0", count: 64))])
            #expect(other.status == 409)
            let definition = try #require(changed?["definition"])
            let accepted = try await api.post("/api/v1/tools/look/accept", ["definition": definition])
            #expect(try check.violations(of: accepted, to: "acceptTool") == [])
            #expect(accepted.body["is_accepted"]?.bool == true)
            #expect(try await api.post("/api/v1/tools/none/accept", ["definition": definition]).status == 404)
            #expect(
                try await api.post("/api/v1/tools/look/accept").status == 400, "nobody accepts what they did not see")
        }
    }

    @Test("shows runs that stand still, with the reason, and stays ready")
    func quarantine() async throws {
        let stage = try await ServerStage()
        let run = try await stage.start("pay {\"amount\":1}")
        stage.runtime.deployment.update { $0.agents = [:] }
        stage.runtime.wake(run)
        await stage.runtime.rest(of: run)
        let ana = try await stage.key("customer:bruno", ["run"])
        try await stage.serve { (api) async throws in
            let ready = try await api.with(key: nil).get("/readyz")
            #expect(ready.status == 200)
            #expect(try check.violations(of: ready, to: "getReadiness") == [])
            #expect(ready.body["problems"]?[0]?["code"]?.string == "quarantined")
            #expect(!ready.text.contains("clerk"), "why is for callers with a key")
            let list = try await api.get("/api/v1/runs?quarantined=true")
            #expect(try check.violations(of: list, to: "listRuns") == [])
            #expect(list.body["data"]?.array?.count == 1)
            #expect(list.body["data"]?[0]?["quarantine"]?.string == "its agent clerk is not configured any more")
            #expect(try await api.get("/api/v1/runs/\(run)").body["quarantine"]?.string?.contains("clerk") == true)
            #expect(try await api.get("/api/v1/runs?quarantined=true&agent=other").body["data"]?.array == [])
            #expect(try await api.with(key: ana).get("/api/v1/runs?quarantined=true").body["data"]?.array == [])
        }
    }

    @Test("is ready once runs are recovered and tools listed, and says what is missing")
    func readiness() async throws {
        let stage = try await ServerStage()
        try await stage.serve { (api) async throws in
            let ready = try await api.with(key: nil).get("/readyz")
            #expect(ready.status == 200)
            #expect(try check.violations(of: ready, to: "getReadiness") == [])
            #expect(try await api.with(key: nil).get("/healthz").body["status"]?.string == "ok")
            await stage.store.close()
            let closed = try await api.with(key: nil).get("/readyz")
            #expect(closed.status == 503)
            #expect(try check.violations(of: closed, to: "getReadiness") == [])
            #expect(closed.body["problems"]?[0]?["check"]?.string == "store")
        }
    }
}
