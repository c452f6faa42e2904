import BallastCore
import BallastRuntime
import BallastTesting
import Testing

@Suite("What rests is shown to whoever looks after the server (R47)")
struct BreakerAPITests {
    @Test("with its failures and the time of the next try, and readiness says so without being lost")
    func shown() async throws {
        let stage = try await ServerStage()
        let ana = Principal("customer:ana")
        for number in 0..<5 {
            _ = try await stage.start("lose {\"n\":\(number)}")
            let scope = TenantScope(.default)
            let approval = try #require(
                try await stage.store.approvals(status: .pending, limit: 10, after: nil, scope: scope).first)
            _ = try await stage.runtime.decide(approval.id, .approve, by: ana, scope: scope)
            await stage.runtime.rest(of: approval.id.run)
        }
        try await stage.serve { api in
            let listed = try await api.get("/api/v1/breakers")
            let breaker = try #require(listed.body["data"]?.array?.first)
            #expect(breaker["subject"]?.string == "tool:lose")
            #expect(breaker["state"]?.string == "open")
            #expect(breaker["failures"]?.integer == 5)
            #expect(breaker["last_code"]?.string == "connection_lost")
            #expect((breaker["retry_after_ms"]?.integer ?? 0) > 0)
            let ready = try await api.get("/readyz")
            #expect(ready.status == 200)
            let problems = ready.body["problems"]?.array ?? []
            #expect(problems.contains { $0["check"]?.string == "breakers" && $0["blocks"] == false })
            let metrics = try await api.get("/metrics").text
            #expect(metrics.contains("ballast_breaker_state{kind=\"tool\",name=\"lose\"} 1\n"))
            #expect(metrics.contains("ballast_breaker_failures{kind=\"tool\",name=\"lose\"} 5\n"))
            #expect(metrics.contains("ballast_breaker_openings_total{kind=\"tool\",name=\"lose\"} 1\n"))
            #expect(metrics.contains("ballast_runs_quarantined 0\n"))
            let unknown = try await api.with(key: nil).get("/metrics")
            #expect(unknown.status == 401)
        }
        let refused = try await stage.start("lose {\"n\":9}")
        let state = try await RunReader(stage.store).state(of: refused, scope: TenantScope(.default))
        #expect(state.history.first?.end == .denied)
    }

    @Test("and which other tenants are turned away is for operators alone")
    func ofOthers() async throws {
        let stage = try await ServerStage { workshop in
            var refusal = ToolResult(content: "HTTP 401", isError: true)
            refusal.refusesCredential = true
            let answer = refusal
            workshop.tools.removeAll { $0.definition.name == "look" }
            workshop.tool("look", .safe) { _ in .result(answer) }
        }
        for number in 0..<5 {
            let (run, _) = try await stage.runtime.start(
                StartRun(
                    agent: "clerk", text: "look {\"n\":\(number)}", tenant: TenantID("acme"),
                    principal: Principal("customer:bruno")))
            await stage.runtime.rest(of: run)
        }
        let ana = try await stage.key("customer:ana", ["run"])
        try await stage.serve { api in
            for path in ["/api/v1/breakers", "/metrics"] {
                let (all, own) = (try await api.get(path), try await api.with(key: ana).get(path))
                #expect(all.text.contains("acme"))
                #expect(own.status == 200 && !own.text.contains("acme"))
            }
        }
    }
}
