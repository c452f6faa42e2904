import BallastCore
import BallastRuntime
import BallastServer
import HTTPTypes
import Testing

@Suite("A run through the API")
struct RunAPITests {
    private let check = AnswerCheck()

    private func expect(_ answer: Requests.Answer, _ status: Int, as id: String) throws {
        #expect(answer.status == status, "\(answer.text)")
        #expect(try check.violations(of: answer, to: id) == [])
    }

    @Test("is started, waits for its approval, is approved, and ends with what was done")
    func whole() async throws {
        let stage = try await ServerStage()
        let reviewer = try await stage.key("reviewer:rita", ["approve"])
        try await stage.serve { (api) async throws in
            let started = try await api.post(
                "/api/v1/runs", ["agent": "clerk", "input": "pay {\"amount\":1250}", "principal": "customer:ana"])
            try expect(started, 201, as: "createRun")
            let run = try #require(started.body["run_id"]?.string)
            #expect(started.headers[.location] == "/api/v1/runs/\(run)")
            await stage.runtime.rest(of: try RunID(parsing: run))

            let waiting = try await api.get("/api/v1/runs/\(run)")
            try expect(waiting, 200, as: "getRun")
            #expect(waiting.body["status"]?.string == "waiting_approval")
            let approval = try #require(waiting.body["open_approvals"]?[0]?["approval_id"]?.string)
            #expect(waiting.body["account"]?["pending"]?[0]?["why"]?.string == "waiting_approval")

            let shown = try await api.with(key: reviewer).get("/api/v1/approvals/\(approval)")
            try expect(shown, 200, as: "getApproval")
            #expect(shown.body["review"]?["arguments"] == ["amount": 1250])
            let decided = try await api.with(key: reviewer).post(
                "/api/v1/approvals/\(approval)/decision", ["decision": "approve"])
            try expect(decided, 200, as: "decideApproval")
            await stage.runtime.rest(of: try RunID(parsing: run))

            let done = try await api.get("/api/v1/runs/\(run)")
            try expect(done, 200, as: "getRun")
            #expect(done.body["status"]?.string == "succeeded")
            #expect(done.body["outcome"]?["text"]?.string == "Done: {\"paid\":true}")
            #expect(done.body["account"]?["done"]?[0]?["tool"]?.string == "pay")
            #expect(stage.payments.value == 1)

            let events = try await api.get("/api/v1/runs/\(run)/events").body["data"]?.array ?? []
            let decisions = events.filter { $0["type"]?.string == "action_decided" }
            #expect(decisions.map { $0["given_approval_id"]?.string } == [nil, approval])
        }
    }

    @Test("keeps to the contract that its caller states: nothing else is done, and nobody is asked")
    func contract() async throws {
        let stage = try await ServerStage()
        try await stage.serve { (api) async throws in
            let started = try await api.post(
                "/api/v1/runs",
                [
                    "agent": "clerk", "input": "pay {\"amount\":1250}", "principal": "customer:ana",
                    "contract": ["tools": [["name": "pay", "max_count": 1]], "bounds": ["amount": 1000]],
                ])
            try expect(started, 201, as: "createRun")
            let run = try #require(started.body["run_id"]?.string)
            await stage.runtime.rest(of: try RunID(parsing: run))
            let events = try await api.get("/api/v1/runs/\(run)/events").body["data"]?.array ?? []
            #expect(events.dropFirst().first?["contract"]?["bounds"] == ["amount": 1000])
            #expect(events.first { $0["type"] == "action_decided" }?["code"] == "guard.contract")
            for (contract, words): (JSONValue, String) in [
                (["tools": ["pey"]], "there is no tool pey"), (["tools": ["pay"], "goals": 1], "goals"),
                (["tools": ["pay"], "bounds": ["amout": 1]], "amout"),
            ] {
                let refused = try await api.post(
                    "/api/v1/runs", ["agent": "clerk", "input": "pay", "contract": contract])
                #expect((400..<500).contains(refused.status) && refused.text.contains(words), "\(refused.text)")
            }
        }
        #expect(stage.payments.value == 0)
    }

    @Test("is refused for an agent that is not there, with those that are")
    func unknownAgent() async throws {
        try await ServerStage().serve { (api) async throws in
            let answer = try await api.post("/api/v1/runs", ["agent": "nobody", "input": "hello"])
            try expect(answer, 404, as: "createRun")
            #expect(answer.body["advice"]?.string?.contains("clerk") == true)
        }
    }

    @Test("asks, takes the answer, and goes on")
    func question() async throws {
        let stage = try await ServerStage()
        let run = try await stage.start("ask_user {\"question\":\"Which one?\"}")
        try await stage.serve { (api) async throws in
            let asking = try await api.get("/api/v1/runs/\(run)")
            #expect(asking.body["status"]?.string == "waiting_input")
            #expect(asking.body["question"]?["text"]?.string == "Which one?")
            let answer = try await api.post(
                "/api/v1/runs/\(run)/input", ["text": "The blue one", "principal": "customer:ana"])
            try expect(answer, 202, as: "sendRunInput")
            await stage.runtime.rest(of: run)
            let done = try await api.get("/api/v1/runs/\(run)")
            #expect(done.body["outcome"]?["text"]?.string == "Done: The blue one")
        }
    }

    @Test("is cancelled, and then takes nothing more")
    func cancel() async throws {
        let stage = try await ServerStage()
        let run = try await stage.start("pay {\"amount\":1}")
        try await stage.serve { (api) async throws in
            try expect(try await api.send(.post, "/api/v1/runs/\(run)/cancel"), 202, as: "cancelRun")
            await stage.runtime.rest(of: run)
            let done = try await api.get("/api/v1/runs/\(run)")
            #expect(done.body["status"]?.string == "cancelled")
            #expect(stage.payments.value == 0)
            let late = try await api.post("/api/v1/runs/\(run)/input", ["text": "wait"])
            try expect(late, 409, as: "sendRunInput")
            #expect(late.body["code"]?.string == "finished")
        }
    }

    @Test("is handed to a person, who ends it")
    func handOff() async throws {
        let stage = try await ServerStage()
        let run = try await stage.start("pay {\"amount\":1}")
        try await stage.serve { (api) async throws in
            let early = try await api.post("/api/v1/runs/\(run)/finish", ["status": "failed", "text": "Sorry."])
            try expect(early, 409, as: "finishRun")
            try expect(
                try await api.post("/api/v1/runs/\(run)/handoff", ["reason": "She is angry."]), 202, as: "handOffRun")
            await stage.runtime.rest(of: run)
            let held = try await api.get("/api/v1/runs/\(run)")
            try expect(held, 200, as: "getRun")
            #expect(held.body["escalation"]?["reason"]?.string == "She is angry.")
            let end: JSONValue = ["status": "partial", "text": "We called you."]
            #expect(held.body["status"]?.string == "escalated")
            #expect(held.body["account"]?["not_done"]?[0]?["why"]?.string == "withdrawn")
            try expect(try await api.post("/api/v1/runs/\(run)/finish", end), 202, as: "finishRun")
            await stage.runtime.rest(of: run)
            let done = try await api.get("/api/v1/runs/\(run)")
            #expect(done.body["status"]?.string == "partial")
            #expect(done.body["outcome"]?["text"]?.string == "We called you.")
        }
    }

    @Test("is listed newest first, page by page, under the same filter")
    func pages() async throws {
        let stage = try await ServerStage()
        var runs: [String] = []
        for text in ["one", "two", "three", "four", "five"] { runs.append(try await stage.start(text).description) }
        _ = try await stage.start("pay {\"amount\":1}")
        try await stage.serve { [runs] (api) async throws in
            var (seen, cursor) = ([String](), "")
            repeat {
                let query = "status=succeeded&limit=2" + (cursor.isEmpty ? "" : "&cursor=\(cursor)")
                let page = try await api.get("/api/v1/runs?\(query)")
                try expect(page, 200, as: "listRuns")
                seen += page.body["data"]?.array?.compactMap { $0["run_id"]?.string } ?? []
                cursor = page.body["next_cursor"]?.string ?? ""
                if !cursor.isEmpty {
                    let other = try await api.get("/api/v1/runs?status=failed&cursor=\(cursor)")
                    #expect(other.status == 400)
                }
            } while !cursor.isEmpty
            #expect(seen == runs.reversed())
        }
    }

    @Test("of one tenant is not halted, reviewed or let go by another, nor shown as halted to it")
    func haltsOfOthers() async throws {
        let stage = try await ServerStage()
        let run = try await stage.start("hello")
        let stranger = try await stage.keys.create(
            name: "eve", tenant: TenantID("acme"), principal: Principal("operator:eve"), scopes: [.halt, .run]
        ).text
        try await stage.serve { (api) async throws in
            let body: JSONValue = ["scope": JSONValue("run:\(run)"), "reason": "x"]
            #expect(try await api.with(key: stranger).post("/api/v1/halts", body).status == 403)
            let id = try #require(try await api.post("/api/v1/halts", body).body["halt_id"]?.string)
            let theirs = api.with(key: stranger)
            #expect(try await theirs.get("/api/v1/halts").body["data"]?.array?.isEmpty == true)
            #expect(try await theirs.get("/api/v1/halts/\(id)/review").status == 404)
            #expect(try await theirs.post("/api/v1/halts/\(id)/resume", ["reason": "mine now"]).status == 404)
            #expect(try await api.get("/api/v1/halts/\(id)/review").status == 200)
        }
    }

    @Test("is not started under a halt, and is told which")
    func halted() async throws {
        let stage = try await ServerStage()
        try await stage.serve { (api) async throws in
            let halt = try await api.post("/api/v1/halts", ["scope": "agent:clerk", "reason": "It misbehaves."])
            try expect(halt, 201, as: "createHalt")
            #expect(halt.body["is_recorded"]?.bool == true)
            let refused = try await api.post("/api/v1/runs", ["agent": "clerk", "input": "hello"])
            try expect(refused, 409, as: "createRun")
            #expect(refused.body["code"]?.string == "halted")
            let halts = try await api.get("/api/v1/halts")
            try expect(halts, 200, as: "listHalts")
            let id = try #require(halts.body["data"]?[0]?["halt_id"]?.string)
            let review = try await api.get("/api/v1/halts/\(id)/review")
            try expect(review, 200, as: "reviewHalt")
            #expect(review.body["halt"]?["reason"]?.string == "It misbehaves.")
            let wrong = try await api.post("/api/v1/halts/\(id)/resume", ["reason": "x", "cancel": ["nonsense"]])
            #expect(wrong.status == 400)
            let ended = try await api.post("/api/v1/halts/\(id)/resume", ["reason": "Looked at.", "cancel": []])
            try expect(ended, 200, as: "resumeHalt")
            #expect(ended.body["ended_by"]?.string == "operator:first-key")
            #expect(try await api.post("/api/v1/runs", ["agent": "clerk", "input": "hello"]).status == 201)
            #expect(try await api.post("/api/v1/halts/\(id)/resume", ["reason": "Again."]).status == 404)
        }
    }
}
