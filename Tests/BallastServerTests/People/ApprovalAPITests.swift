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

    @Test("is not needed any more once a person has the run, and that person can end it")
    func handOff() async throws {
        let stage = try await ServerStage()
        let run = try await stage.start("pay {\"amount\":1}")
        let approval = try await approval(stage)
        try await stage.serve { (api) async throws in
            #expect(try await api.post("/api/v1/runs/\(run)/handoff").status == 202)
            await stage.runtime.rest(of: run)
            let shown = try await api.get("/api/v1/runs/\(run)").body
            #expect(shown["status"]?.string == "escalated")
            #expect(shown["open_approvals"]?.array == [])
            #expect(try await api.get("/api/v1/approvals/\(approval)").body["status"]?.string == "withdrawn")
            let late = try await api.post("/api/v1/approvals/\(approval)/decision", ["decision": "approve"])
            #expect(late.status == 409)
            let end: JSONValue = ["status": "partial", "text": "I have called Ana."]
            #expect(try await api.post("/api/v1/runs/\(run)/finish", end).status == 202)
            await stage.runtime.rest(of: run)
            let over = try await api.get("/api/v1/runs/\(run)").body
            #expect(over["status"]?.string == "partial")
            #expect(over["outcome"]?["text"]?.string == "I have called Ana.")
            #expect(stage.payments.value == 0)
            let again = try await api.post("/api/v1/runs/\(run)/finish", end)
            #expect(again.body["code"]?.string == "finished")
        }
    }

    @Test("under a halt is kept and not used; the run and the request say which halt, until it is lifted")
    func frozen() async throws {
        let stage = try await ServerStage()
        let run = try await stage.start("pay {\"amount\":1}")
        let approval = try await approval(stage)
        try await stage.serve { (api) async throws in
            let halt = try await api.post("/api/v1/halts", ["scope": "tenant:default", "reason": "Wait a moment."])
            let id = try #require(halt.body["halt_id"]?.string)
            let shown = try await api.get("/api/v1/runs/\(run)")
            #expect(try check.violations(of: shown, to: "getRun") == [])
            #expect(shown.body["status"]?.string == "waiting_approval")
            #expect(shown.body["halt"]?["reason"]?.string == "Wait a moment.")
            #expect(
                try await api.get("/api/v1/runs").body["data"]?.array?.first?["halt"]?["halt_id"]?.string == id)
            let kept = try await api.post("/api/v1/approvals/\(approval)/decision", ["decision": "approve"])
            #expect(kept.body["status"]?.string == "pending")
            #expect(kept.body["halt"]?["halt_id"]?.string == id)
            #expect(stage.payments.value == 0)
            _ = try await api.post("/api/v1/halts/\(id)/resume", ["reason": "Nothing was wrong."])
            await stage.runtime.rest(of: run)
            let over = try await api.get("/api/v1/runs/\(run)").body
            #expect(over["status"]?.string == "succeeded")
            #expect(over["halt"]?.isNull == true)
            #expect(stage.payments.value == 1)
        }
    }

    @Test("may endorse only with an approval, and only what the request shows")
    func endorsement() async throws {
        let stage = try await ServerStage()
        _ = try await stage.start("pay {\"amount\":1}")
        let approval = try await approval(stage)
        try await stage.serve { (api) async throws in
            let path = "/api/v1/approvals/\(approval)"
            let shown = try await api.get(path)
            #expect(try check.violations(of: shown, to: "getApproval") == [])
            #expect(shown.body["endorsable"] == [], "no word for a value would change that a dangerous tool asks")
            let wrong: [JSONValue] = [
                ["decision": "reject", "reason": "no", "endorse": "value"],
                ["decision": "approve", "endorse": "everything"],
                ["decision": "edit", "arguments": [:], "endorse": "value"],
            ]
            for body in wrong { #expect(try await api.post(path + "/decision", body).status == 400, "\(body)") }
            let nothing = try await api.post(path + "/decision", ["decision": "approve", "endorse": "value"])
            #expect(nothing.status == 400 && nothing.body["detail"]?.string?.contains("can be endorsed") == true)
            #expect(try await api.get(path).body["status"] == "pending")
        }
    }

    @Test("is listed in pages that stand still while new ones come in")
    func pages() async throws {
        let stage = try await ServerStage()
        for amount in 1...3 { _ = try await stage.start("pay {\"amount\":\(amount)}") }
        try await stage.serve { (api) async throws in
            let all = try await api.get("/api/v1/approvals").body["data"]?.array?.compactMap {
                $0["approval_id"]?.string
            }
            #expect(all?.count == 3)
            var (paged, cursor): ([String], String?) = ([], nil)
            repeat {
                let page = try await api.get("/api/v1/approvals?limit=1" + (cursor.map { "&cursor=\($0)" } ?? ""))
                #expect(try check.violations(of: page, to: "listApprovals") == [])
                paged += page.body["data"]?.array?.compactMap { $0["approval_id"]?.string } ?? []
                cursor = page.body["next_cursor"]?.string
                if paged.count == 1 { _ = try await stage.start("pay {\"amount\":9}") }
            } while cursor != nil
            #expect(paged == all)
            let foreign = try #require(try await api.get("/api/v1/approvals?limit=1").body["next_cursor"]?.string)
            #expect(try await api.get("/api/v1/effects?limit=1&cursor=\(foreign)").status == 400)
        }
    }

    @Test("leads to effects, which are listed in pages too")
    func effectPages() async throws {
        let stage = try await ServerStage()
        try await stage.serve { (api) async throws in
            func pay() async throws {
                let run = try await stage.start("pay {\"amount\":1}")
                let path = "/api/v1/approvals/\(try await approval(stage))/decision"
                #expect(try await api.post(path, ["decision": "approve"]).status == 200)
                await stage.runtime.rest(of: run)
            }
            for _ in 1...3 { try await pay() }
            let all = try await api.get("/api/v1/effects").body["data"]?.array?.compactMap { $0["effect_id"]?.string }
            #expect(all?.count == 3)
            var (paged, cursor): ([String], String?) = ([], nil)
            repeat {
                let page = try await api.get("/api/v1/effects?limit=1" + (cursor.map { "&cursor=\($0)" } ?? ""))
                #expect(try check.violations(of: page, to: "listEffects") == [])
                paged += page.body["data"]?.array?.compactMap { $0["effect_id"]?.string } ?? []
                cursor = page.body["next_cursor"]?.string
                if paged.count == 1 { try await pay() }
            } while cursor != nil
            #expect(paged == all)
        }
    }

    @Test("is listed for its principal, however many others there are")
    func ownPages() async throws {
        let stage = try await ServerStage()
        let own = try await stage.start("pay {\"amount\":1}", as: "customer:bruno")
        for amount in 1...5 { _ = try await stage.start("pay {\"amount\":\(amount)}") }
        let bruno = try await stage.key("customer:bruno", ["run"])
        try await stage.serve { (api) async throws in
            let page = try await api.with(key: bruno).get("/api/v1/approvals?limit=1").body
            #expect(page["data"]?[0]?["run_id"]?.string == own.description)
            #expect(page["has_more"]?.bool == false)
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
