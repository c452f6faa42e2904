import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Testing

@Suite("A rollback over HTTP")
struct RollbackAPITests {
    private func paid(_ stage: ServerStage) async throws -> RunID {
        let run = try await stage.start("pay {\"amount\":5}")
        let scope = TenantScope(.default)
        let approvals = try await stage.runtime.store.approvals(status: .pending, limit: 5, scope: scope)
        let approval = try #require(approvals.first)
        _ = try await stage.runtime.decide(approval.id, .approve, by: "reviewer:rita", scope: scope)
        await stage.runtime.rest(of: run)
        return run
    }

    @Test("a plan says what cannot be taken back and why, and does nothing; a rollback of nothing starts nothing")
    func plan() async throws {
        let stage = try await ServerStage()
        let run = try await paid(stage)
        try await stage.serve { (api) async throws in
            let plan = try await api.post("/api/v1/runs/\(run)/rollback", ["dry_run": true])
            #expect(plan.status == 200)
            let effect = plan.body["effects"]?.array?.first
            #expect(effect?["tool"]?.string == "pay" && effect?["state"]?.string == "impossible")
            #expect(effect?["code"]?.string == "undo.none")
            let done = try await api.post("/api/v1/runs/\(run)/rollback", ["reason": "wrong"], idempotencyKey: "k-1")
            #expect(done.status == 202 && done.body["rollback_run_id"]?.isNull == true)
            let again = try await api.post("/api/v1/runs/\(run)/rollback", ["reason": "wrong"], idempotencyKey: "k-1")
            #expect(again.body == done.body)
            let shown = try await api.get("/api/v1/runs/\(run)")
            #expect(shown.body["rollback"]?["effects"]?.array?.first?["state"]?.string == "impossible")
        }
    }

    @Test("it needs the scope rollback, and a run that the caller may see")
    func scopes() async throws {
        let stage = try await ServerStage()
        let run = try await paid(stage)
        let (ana, bruno) = (
            try await stage.key("customer:ana", ["run"]), try await stage.key("customer:bruno", ["run"])
        )
        try await stage.serve { (api) async throws in
            #expect(try await api.with(key: ana).post("/api/v1/runs/\(run)/rollback").status == 403)
            #expect(try await api.with(key: ana).get("/api/v1/runs/\(run)/rollback").status == 200)
            #expect(try await api.with(key: bruno).get("/api/v1/runs/\(run)/rollback").status == 404)
        }
    }

    @Test("whoever it was done for does not keep it from being taken back: that takes a right of the operator's side")
    func notByThePrincipal() async throws {
        let stage = try await ServerStage { workshop in
            workshop.tool("unwrite", .dangerous) { _ in .result(ToolResult(content: "{}")) }
            workshop.rules["write"]?.undo = Undo(tool: "unwrite", with: [])
        }
        let run = try await stage.start("write {}")
        let scope = TenantScope(.default)
        let asked = try #require(try await stage.store.approvals(status: .pending, limit: 5, scope: scope).first)
        _ = try await stage.runtime.decide(asked.id, .approve, by: "customer:ana", scope: scope)
        await stage.runtime.rest(of: run)
        let report = try await stage.runtime.rollBack(run, by: "operator:olga", reason: "wrong", scope: scope)
        let rollback = try #require(report.rollback)
        await stage.runtime.rest(of: rollback)
        let ana = try await stage.key("customer:ana", ["run"])
        try await stage.serve { (api) async throws in
            let path = "/api/v1/runs/\(rollback)/"
            #expect(try await api.with(key: ana).get("/api/v1/runs/\(rollback)").status == 200)
            let words: [(String, JSONValue)] = [("cancel", [:]), ("handoff", [:]), ("input", ["text": "leave it"])]
            for (word, body) in words {
                let answer = try await api.with(key: ana).post(path + word, body)
                #expect(answer.status == 403 && answer.body["code"]?.string == "scope_missing", "\(word)")
            }
            #expect(try await api.get("/api/v1/runs/\(rollback)").body["status"]?.string == "waiting_approval")
            #expect(try await api.post(path + "cancel").status == 202)
        }
    }

    @Test("a run whose agent may go on is refused, with what to do")
    func goingOn() async throws {
        let stage = try await ServerStage()
        let run = try await stage.start("pay {\"amount\":5}")
        try await stage.serve { (api) async throws in
            let answer = try await api.post("/api/v1/runs/\(run)/rollback")
            #expect(answer.status == 409 && answer.body["code"]?.string == "conflict")
            #expect(answer.body["advice"]?.string?.contains("ballast cancel") == true)
        }
    }
}
