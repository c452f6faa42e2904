import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Testing

@Suite("Trust through the API")
struct TrustAPITests {
    private let check = AnswerCheck()

    @Test("is shown with its evidence, rises only as far as that carries, and falls on demand (R08)")
    func life() async throws {
        let rise = RiseTerms(reviewed: 10, errorsAtMost: 3_000, cleanFor: 0, agreedBy: "leads")
        let stage = try await ServerStage(adding: {
            $0.rules["write"]?.autonomy = AutonomyRule(start: .draft, atMost: .confirm, rise: rise)
        })
        let rita = Principal("reviewer:rita")
        try await stage.serve { (api) async throws in
            let none = try await api.get("/api/v1/trust")
            #expect(try check.violations(of: none, to: "listTrust") == [])
            #expect(none.body["data"]?.array?.first?["level"]?.string == "draft")
            let early = try await api.post("/api/v1/trust/clerk/write/raise", ["reason": "I like it"])
            #expect(early.status == 409)
            #expect(early.body["detail"]?.string?.contains("0 of 10 reviews") == true)
            for number in 1...10 {
                let run = try await stage.start("write {\"n\":\(number)}")
                let asked = try await stage.store.approvals(status: .pending, limit: 1, scope: TenantScope(.default))
                _ = try await stage.runtime.decide(
                    try #require(asked.first).id, .approve, by: rita, scope: TenantScope(.default))
                await stage.runtime.rest(of: run)
            }
            let raised = try await api.post("/api/v1/trust/clerk/write/raise", ["reason": "read them"])
            #expect(try check.violations(of: raised, to: "raiseTrust") == [])
            #expect(raised.body["level"]?.string == "confirm")
            #expect(raised.body["history"]?.array?.first?["evidence"]?["unchanged"]?.integer == 10)
            let again = try await api.post("/api/v1/trust/clerk/write/raise", ["reason": "more"])
            #expect(again.status == 409)
            let lowered = try await api.post("/api/v1/trust/clerk/write/lower", ["to": "draft", "reason": "odd"])
            #expect(try check.violations(of: lowered, to: "lowerTrust") == [])
            #expect(lowered.body["level"]?.string == "draft")
            #expect(
                try await api.post("/api/v1/trust/clerk/nothing/lower", ["to": "draft", "reason": "x"]).status == 404)
        }
    }

    @Test("is changed only with the scope for it")
    func scopes() async throws {
        let stage = try await ServerStage(adding: { $0.rules["write"]?.autonomy = AutonomyRule(start: .confirm) })
        let key = try await stage.key("customer:ana", ["run"])
        try await stage.serve { (api) async throws in
            let ana = api.with(key: key)
            #expect(try await ana.get("/api/v1/trust").status == 403)
            #expect(
                try await ana.post("/api/v1/trust/clerk/write/lower", ["to": "draft", "reason": "x"]).status == 403)
        }
    }
}
