import BallastCore
import BallastRuntime
import Testing

@Suite("A decision through the API")
struct ApprovalAPITests {
    private let check = AnswerCheck()

    private func approval(_ stage: ServerStage) async throws -> String {
        let found = try await stage.store.approvals(status: .pending, limit: 1, scope: TenantScope(.default))
        return try #require(found.first).id.description
    }

    @Test("is not the starter's own")
    func selfReview() async throws {
        let stage = try await ServerStage()
        try await stage.serve { (api) async throws in
            let started = try await api.post("/api/v1/runs", ["agent": "clerk", "input": "pay {\"amount\":1}"])
            await stage.runtime.rest(of: try RunID(parsing: started.body["run_id"]?.string ?? ""))
            let answer = try await api.post(
                "/api/v1/approvals/\(try await approval(stage))/decision", ["decision": "approve"])
            #expect(answer.status == 403)
            #expect(answer.body["code"]?.string == "forbidden")
            #expect(stage.payments.value == 0)
        }
    }

    @Test("may be the starter's own where the installation says so")
    func allowedSelfReview() async throws {
        let stage = try await ServerStage(selfReview: true)
        try await stage.serve { (api) async throws in
            let started = try await api.post("/api/v1/runs", ["agent": "clerk", "input": "pay {\"amount\":1}"])
            let run = try RunID(parsing: started.body["run_id"]?.string ?? "")
            await stage.runtime.rest(of: run)
            let answer = try await api.post(
                "/api/v1/approvals/\(try await approval(stage))/decision", ["decision": "approve"])
            #expect(answer.status == 200)
            await stage.runtime.rest(of: run)
            #expect(stage.payments.value == 1)
        }
    }

    @Test("to confirm is the principal's, or passed on for the principal")
    func confirmation() async throws {
        let stage = try await ServerStage()
        let run = try await stage.start("write {}")
        let bruno = try await stage.key("customer:bruno", ["run"])
        let ana = try await stage.key("customer:ana", ["run"])
        try await stage.serve { (api) async throws in
            let path = "/api/v1/approvals/\(try await approval(stage))"
            #expect(try await api.with(key: bruno).get(path).status == 404)
            #expect(try await api.with(key: bruno).post(path + "/decision", ["decision": "approve"]).status == 404)
            #expect(try await api.post(path + "/decision", ["decision": "approve"]).status == 403)
            let shown = try await api.with(key: ana).get("/api/v1/approvals?status=pending")
            #expect(try check.violations(of: shown, to: "listApprovals") == [])
            #expect(shown.body["data"]?.array?.count == 1)
            let answer = try await api.post(
                path + "/decision", ["decision": "approve", "principal": "customer:ana"])
            #expect(answer.status == 200)
            await stage.runtime.rest(of: run)
            #expect(try await api.get("/api/v1/runs/\(run)").body["status"]?.string == "succeeded")
        }
    }

    @Test("to approve cannot be given in another's name")
    func impersonation() async throws {
        let stage = try await ServerStage()
        _ = try await stage.start("pay {\"amount\":1}")
        try await stage.serve { (api) async throws in
            let answer = try await api.post(
                "/api/v1/approvals/\(try await approval(stage))/decision",
                ["decision": "approve", "principal": "reviewer:rita"])
            #expect(answer.status == 403)
            #expect(answer.body["code"]?.string == "review_is_personal")
        }
    }

    @Test("to reject says why, and the reason reaches the model")
    func rejection() async throws {
        let stage = try await ServerStage()
        let run = try await stage.start("pay {\"amount\":1}")
        try await stage.serve { (api) async throws in
            let path = "/api/v1/approvals/\(try await approval(stage))/decision"
            #expect(try await api.post(path, ["decision": "reject"]).status == 400)
            #expect(try await api.post(path, ["decision": "reject", "reason": "Too much."]).status == 200)
            await stage.runtime.rest(of: run)
            let done = try await api.get("/api/v1/runs/\(run)")
            #expect(done.body["outcome"]?["text"]?.string?.contains("Too much.") == true)
            #expect(done.body["account"]?["not_done"]?[0]?["why"]?.string == "rejected")
            let late = try await api.post(path, ["decision": "approve"])
            #expect(late.status == 409)
        }
    }

    @Test("to edit gives other arguments, which must fit the tool")
    func edit() async throws {
        let stage = try await ServerStage()
        let run = try await stage.start("pay {\"amount\":100}")
        try await stage.serve { (api) async throws in
            let path = "/api/v1/approvals/\(try await approval(stage))/decision"
            let wrong = try await api.post(path, ["decision": "edit", "arguments": ["amount": "much"]])
            #expect(wrong.status == 400)
            #expect(try await api.post(path, ["decision": "edit"]).status == 400)
            let edited = try await api.post(path, ["decision": "edit", "arguments": ["amount": 5]])
            #expect(edited.status == 200, "\(edited.text)")
            await stage.runtime.rest(of: run)
            #expect(stage.payments.value == 1)
            let events = try await api.get("/api/v1/runs/\(run)/events").body["data"]?.array ?? []
            let resolved = try #require(events.first { $0["edited_arguments"] != nil })
            #expect(resolved["edited_arguments"] == ["amount": 5])
        }
    }

    @Test("about an effect in doubt is put on record with its reason")
    func settlement() async throws {
        let stage = try await ServerStage()
        let run = try await stage.start("lose {}")
        try await stage.serve { (api) async throws in
            let confirm = "/api/v1/approvals/\(try await approval(stage))/decision"
            _ = try await api.post(confirm, ["decision": "approve", "principal": "customer:ana"])
            await stage.runtime.rest(of: run)
            let doubts = try await api.get("/api/v1/effects?state=in_doubt")
            #expect(try check.violations(of: doubts, to: "listEffects") == [])
            let effect = try #require(doubts.body["data"]?[0]?["effect_id"]?.string)
            let path = "/api/v1/effects/\(effect)/settle"
            #expect(try await api.post(path, ["outcome": "happened"]).status == 400)
            let settled = try await api.post(path, ["outcome": "happened", "reason": "I saw it."])
            #expect(try check.violations(of: settled, to: "settleEffect") == [])
            #expect(settled.status == 202)
            await stage.runtime.rest(of: run)
            #expect(try await api.get("/api/v1/effects?state=settled").body["data"]?.array?.count == 1)
            #expect(try await api.post(path, ["outcome": "happened", "reason": "Again."]).status == 409)
        }
    }
}
