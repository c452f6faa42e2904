import BallastCore
import BallastRuntime
import BallastTesting
import Testing

@Suite("Taking runs over, over HTTP (R57)")
struct EscalationAPITests {
    /// A run that waits for an approval until its principal wants a person.
    private func handedOver(_ stage: ServerStage) async throws -> RunID {
        let run = try await stage.start("pay {\"amount\":5}")
        try await stage.serve { (api) async throws in
            #expect(try await api.post("/api/v1/runs/\(run)/handoff", ["reason": "I want a person"]).status == 202)
        }
        await stage.runtime.rest(of: run)
        return run
    }

    @Test("a run is found, taken, done by hand with another's approval, and ended; its principal reads what was done")
    func whole() async throws {
        let stage = try await ServerStage()
        let run = try await handedOver(stage)
        let rita = try await stage.key("reviewer:rita", ["approve"])
        try await stage.serve { (api) async throws in
            let list = try await api.get("/api/v1/escalations")
            #expect(list.body["has_more"] == false && list.body["next_cursor"]?.isNull == true)
            let row = try #require(list.body["data"]?.array?.first)
            #expect(row["run_id"]?.string == run.description && row["claimed_by"]?.isNull == true)
            #expect(row["to"] == "operators" && row["overdue"] == false)

            let sheet = try await api.get("/api/v1/escalations/\(run)").body
            let form = try #require(sheet["forms"]?.array?.first)
            #expect(form["tool"] == "pay" && form["arguments"] == ["amount": 5] && form["code"] == "approval.withdrawn")
            let body: JSONValue = ["tool": "pay", "arguments": ["amount": 6], "form": form["form"] ?? .null]
            let early = try await api.post("/api/v1/runs/\(run)/actions", body)
            #expect(early.status == 409 && early.body["advice"]?.string?.contains("ballast claim") == true)

            let claimed = try await api.post("/api/v1/escalations/\(run)/claim")
            #expect(claimed.status == 200 && claimed.body["claimed_by"] == "operator:first-key")
            #expect(try await api.get("/api/v1/escalations?mine=true").body["data"]?.array?.count == 1)
            let other = try await api.with(key: rita).post("/api/v1/escalations/\(run)/claim")
            #expect(other.status == 409, "\(other.text)")
            #expect(try await api.with(key: rita).get("/api/v1/escalations?mine=true").body["data"]?.array == [])
            let end = try await api.with(key: rita).post(
                "/api/v1/escalations/\(run)/finish", ["status": "succeeded", "text": "Done."])
            #expect(end.body["code"] == "claimed_by_other")

            let asked = try await api.post("/api/v1/runs/\(run)/actions", body, idempotencyKey: "k")
            #expect(asked.status == 202 && asked.body["standing"] == "waiting_approval", "\(asked.text)")
            let approval = try #require(asked.body["approval_id"]?.string)
            let shown = try await api.get("/api/v1/approvals/\(approval)").body
            #expect(shown["review"]?["by_hand_of"] == "operator:first-key")
            #expect(try await api.post("/api/v1/approvals/\(approval)/decision", ["decision": "approve"]).status == 403)
            let approved = try await api.with(key: rita)
                .post("/api/v1/approvals/\(approval)/decision", ["decision": "approve"])
            #expect(approved.status == 200, "\(approved.text)")
            await stage.runtime.rest(of: run)
            #expect(stage.payments.value == 1)

            let after = try await api.get("/api/v1/escalations/\(run)").body
            #expect(after["forms"]?.array == [] && after["done"]?.array?.first?["by_hand_of"] == "operator:first-key")
            #expect(try await api.post("/api/v1/escalations/\(run)/reply", ["text": "Nearly there."]).status == 202)
            #expect(
                try await api.post(
                    "/api/v1/escalations/\(run)/finish", ["status": "succeeded", "text": "It is paid."]
                ).status == 202)
            await stage.runtime.rest(of: run)
            let outcome = try await api.get("/api/v1/runs/\(run)").body["outcome"]
            #expect(outcome?["text"] == "It is paid.\n\nOn record. Done: pay (by hand).")
            #expect(try await api.get("/api/v1/escalations").body["data"]?.array == [])
            let over = try await api.get("/api/v1/escalations?status=succeeded").body["data"]?.array
            #expect(over?.count == 1)
        }
    }

    @Test("the events of a takeover are on record, and say who, in words")
    func events() async throws {
        let stage = try await ServerStage()
        let run = try await handedOver(stage)
        try await stage.serve { (api) async throws in
            _ = try await api.post("/api/v1/escalations/\(run)/claim")
            let outcome = try await api.post("/api/v1/runs/\(run)/actions", ["tool": "look", "arguments": [:]])
            #expect(outcome.status == 200 && outcome.body["standing"] == "done")
            #expect(outcome.body["result"] == ["total": 12])
            _ = try await api.post("/api/v1/escalations/\(run)/return")
            await stage.runtime.rest(of: run)
            let events = try await api.get("/api/v1/runs/\(run)/events?limit=200").body["data"]?.array ?? []
            func summary(_ type: String) -> String {
                events.first { $0["type"]?.string == type }?["summary"]?.string ?? ""
            }
            #expect(summary("escalation_claimed") == "operator:first-key takes it")
            #expect(summary("action_by_hand") == "operator:first-key by hand: look {}")
            #expect(
                events.first { $0["type"] == "run_escalated" }?["told"]?.string?.contains("A person takes over") == true
            )
            let status = try await api.get("/api/v1/runs/\(run)").body["status"]
            #expect(status == "succeeded", "the agent went on")
        }
    }

    @Test("it takes the right to review: a key that only runs sees no sheet, claims nothing and acts in nothing")
    func scopes() async throws {
        let stage = try await ServerStage()
        let run = try await handedOver(stage)
        let (ana, halter, own) = (
            try await stage.key("customer:ana", ["run"]), try await stage.key("operator:olga", ["halt"]),
            try await stage.key("customer:ana", ["run", "approve"])
        )
        try await stage.serve { (api) async throws in
            for key in [ana, halter] {
                let api = api.with(key: key)
                #expect(try await api.get("/api/v1/escalations").status == 403)
                #expect(try await api.get("/api/v1/escalations/\(run)").status == 403)
                #expect(try await api.post("/api/v1/escalations/\(run)/claim").status == 403)
                #expect(
                    try await api.post("/api/v1/runs/\(run)/actions", ["tool": "look", "arguments": [:]]).status == 403)
            }
            let claim = try await api.with(key: own).post("/api/v1/escalations/\(run)/claim")
            #expect(claim.status == 403 && claim.body["code"] == "forbidden", "nobody takes over their own task")
            let mine = try await api.with(key: ana).get("/api/v1/runs/\(run)").body["escalation"]
            #expect(mine?["told"]?.string == "A person takes over this task. Nothing was done. Not done: pay.")
        }
    }
}
