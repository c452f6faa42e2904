import BallastCore
import BallastPolicy
import BallastRuntime
import BallastServer
import Testing

@Suite("What policies make of recorded actions, over the API")
struct PolicyAPITests {
    private let check = AnswerCheck()

    /// Puts a shadow that lets pay without asking beside the clerk's policy.
    private func shadowed() async throws -> ServerStage {
        let stage = try await ServerStage()
        let shadow = ShadowPolicy(
            name: "trusting",
            policy: Policy(
                classes: ["look": .safe, "pay": .safe, "write": .dangerous], hash: Array(repeating: 8, count: 16)))
        await stage.runtime.deploy { deployment in
            var next = deployment
            next.agents["clerk"]?.shadow = shadow
            return next
        }
        return stage
    }

    @Test("an action is explained to whoever may read its run, and to nobody else")
    func explanation() async throws {
        let stage = try await ServerStage()
        let run = try await stage.start("pay {\"amount\":5}")
        let (ana, bruno) = (
            try await stage.key("customer:ana", ["run"]), try await stage.key("customer:bruno", ["run"])
        )
        try await stage.serve { (api) async throws in
            let path = "/api/v1/actions/\(ActionID(run: run, ordinal: 1))/explanation"
            for key in [stage.firstKey, ana] {
                let answer = try await api.with(key: key).get(path)
                #expect(answer.status == 200)
                #expect(try check.violations(of: answer, to: "explainAction") == [])
                let decision = try #require(answer.body["decisions"]?.array?.first)
                #expect(decision["recorded"]?["outcome"] == "approve" && decision["is_same_policy"] == true)
                #expect(decision["explanation"]?["decision"]?["rule"] == "class:dangerous")
                #expect(decision["explanation"]?["facts"]?["arguments"] == ["amount": 5])
                #expect(decision["explanation"]?["decision"]?["reasons"]?.array?.count == 1)
            }
            #expect(try await api.with(key: bruno).get(path).status == 404)
            let none = try await api.get("/api/v1/actions/\(ActionID(run: run, ordinal: 7))/explanation")
            #expect(none.status == 404 && none.body["detail"]?.string?.contains("decision about") == true)
            #expect(try await api.get("/api/v1/actions/act_1/explanation").status == 400)
        }
    }

    @Test("a policy that changed since says so, and explains by the one in force")
    func changedSince() async throws {
        let stage = try await ServerStage()
        let run = try await stage.start("pay {\"amount\":5}")
        await stage.runtime.deploy { deployment in
            var next = deployment
            next.agents["clerk"]?.policy = Policy(classes: ["pay": .safe], hash: Array(repeating: 2, count: 16))
            return next
        }
        try await stage.serve { (api) async throws in
            let answer = try await api.get("/api/v1/actions/\(ActionID(run: run, ordinal: 1))/explanation")
            let decision = answer.body["decisions"]?.array?.first
            #expect(decision?["is_same_policy"] == false)
            #expect(decision?["explanation"]?["decision"]?["outcome"] == "allow")
        }
    }

    @Test("shadows are compared with the decisions in force, and shown in the run's events and with the agent")
    func shadows() async throws {
        let stage = try await shadowed()
        let run = try await stage.start("pay {\"amount\":5}")
        _ = try await stage.start("look")
        try await stage.serve { (api) async throws in
            let answer = try await api.get("/api/v1/policies/shadow?agent=clerk&since=7d")
            #expect(answer.status == 200)
            #expect(try check.violations(of: answer, to: "compareShadows") == [])
            #expect(answer.body["agreed"] == 1 && answer.body["looser"] == 1 && answer.body["stricter"] == 0)
            #expect(answer.body["shadows"]?.array?.first?["name"] == "trusting")
            let row = answer.body["rules"]?.array?.first
            #expect(row?["tool"] == "pay" && row?["examples"]?["looser"]?["in_force"]?["outcome"] == "approve")
            let events = try await api.get("/api/v1/runs/\(run)/events").body["data"]?.array ?? []
            let event = try #require(events.first { $0["type"] == "action_shadowed" })
            #expect(event["standing"] == "looser" && event["outcome"] == "allow" && event["in_force"] == "approve")
            #expect(event["summary"] == "pay: shadow trusting would have: allow (rule class:safe)")
            let agents = try await api.get("/api/v1/agents")
            #expect(try check.violations(of: agents, to: "listAgents") == [])
            #expect(agents.body["data"]?.array?.first?["shadow"]?["name"] == "trusting")
        }
    }

    @Test("a comparison needs a scope of the operator's side, a known agent and a moment")
    func asked() async throws {
        let stage = try await shadowed()
        let ana = try await stage.key("customer:ana", ["run"])
        try await stage.serve { (api) async throws in
            #expect(try await api.with(key: ana).get("/api/v1/policies/shadow").status == 403)
            #expect(try await api.get("/api/v1/policies/shadow?agent=nobody").status == 404)
            #expect(try await api.get("/api/v1/policies/shadow?since=soon").status == 400)
            #expect(try await api.get("/api/v1/policies/shadow?since=2026-01-01").status == 200)
        }
    }

    @Test("the review of a halt lists the effects of its tool that are in doubt, though it stopped no run")
    func doubts() async throws {
        let stage = try await ServerStage()
        let run = try await stage.start("lose {}")
        let approvals = try await stage.store.approvals(status: .pending, limit: 5, scope: TenantScope(.default))
        for approval in approvals {
            _ = try await stage.runtime.decide(
                approval.id, .approve, by: Principal("customer:ana"), scope: TenantScope(.default))
        }
        await stage.runtime.rest(of: run)
        try await stage.serve { (api) async throws in
            for (scope, expected) in [("tool:lose", 1), ("tool:pay", 0), ("agent:clerk", 1), ("run:\(run)", 1)] {
                let halt = try await api.post("/api/v1/halts", ["scope": JSONValue(scope), "reason": "Look."])
                let id = try #require(halt.body["halt_id"]?.string)
                let review = try await api.get("/api/v1/halts/\(id)/review")
                #expect(try check.violations(of: review, to: "reviewHalt") == [])
                let doubts = review.body["effects_in_doubt"]?.array ?? []
                #expect(doubts.count == expected, "\(scope)")
                if scope == "tool:lose" {
                    #expect(review.body["runs"]?.array?.isEmpty == true)
                    #expect(doubts.first?["effect_id"]?.string == EffectID(run: run, ordinal: 1).description)
                    #expect(doubts.first?["tool"] == "lose")
                }
                _ = try await api.post("/api/v1/halts/\(id)/resume", ["reason": "Looked."])
            }
        }
    }
}
