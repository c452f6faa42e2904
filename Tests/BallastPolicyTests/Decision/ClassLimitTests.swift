import BallastCore
import BallastPolicy
import Testing

@Suite("Limits hold over all tools of a class, and are lower where more can break (R41, R42)")
struct ClassLimitTests {
    private func demands(_ limits: [ClassLimit], of tool: String) -> [LimitDemand] {
        let policy = Policy(
            classes: ["look": .safe, "send": .risky, "post": .risky, "pay": .dangerous], limits: limits)
        return policy.decide(
            PolicyFacts(
                tool: tool, arguments: .object(JSONObject()), agent: "support", principal: Principal("customer:ana"),
                run: "run_1", now: Timestamp(milliseconds: 1_795_000_000_000))
        ).demands
    }

    private func limit(_ toolClass: ToolClass?, _ most: Int64, per scope: LimitScope = .principal) -> ClassLimit {
        ClassLimit(toolClass, LimitRule(measure: .count, cap: .fixed(.integer(most)), per: scope, every: .hour))
    }

    @Test("one counter for all tools of the class, whatever the agent")
    func together() {
        let (send, post) = (demands([limit(.risky, 30)], of: "send"), demands([limit(.risky, 30)], of: "post"))
        #expect(send == post)
        #expect(send.map(\.name) == ["class:risky/count/principal/hour"])
        #expect(send.map(\.subject) == ["customer:ana"])
        #expect(send.first?.words == "at most 30 times per principal and hour (all risky tools together)")
        #expect(demands([limit(.risky, 30)], of: "pay").isEmpty)
        #expect(demands([limit(nil, 100, per: .agent)], of: "pay").map(\.name) == ["every/count/agent/hour"])
    }

    @Test("where nothing is said the risky are bounded, the dangerous more tightly, and the safe not at all")
    func standard() {
        let limits = ClassLimit.completing([])
        #expect(demands(limits, of: "look").isEmpty)
        #expect(demands(limits, of: "send").map(\.cap) == [60])
        #expect(demands(limits, of: "pay").map(\.cap) == [10])
    }

    @Test("one that asks stands beside the one that denies, with a counter of its own")
    func asking() {
        let asks = ClassLimit(
            .risky, LimitRule(measure: .count, cap: .fixed(.integer(5)), per: .principal, every: .hour, asks: true))
        let all = ClassLimit.completing([asks])
        #expect(all.count == 3, "it takes no standard's place")
        var facts = Desk.facts("send_email", [:])
        facts.run = "run_1"
        let names = Policy(classes: Desk.classes, limits: all).decide(facts).demands
        #expect(Set(names.map(\.name)) == ["class:risky/count/principal/hour/ask", "class:risky/count/run/hour"])
        #expect(names.filter(\.asks).map(\.cap) == [5])
        #expect(asks.words == "at most 5 times per principal and hour without being asked (all risky tools together)")
    }

    @Test("what is said of a class takes the place of its standard, also that it has no limit")
    func declared() {
        let wide = ClassLimit.completing([limit(.risky, 5_000, per: .tenant)])
        #expect(demands(wide, of: "send").map(\.cap) == [5_000])
        #expect(demands(wide, of: "pay").map(\.cap) == [10])
        let none = LimitRule(measure: .count, cap: .fixed(.integer(.max)), per: .principal, every: .total)
        let free = ClassLimit.completing([ClassLimit(.dangerous, none, isUnlimited: true)])
        #expect(demands(free, of: "pay").isEmpty)
    }

    @Test(
        "a full limit says when there is room again",
        arguments: [
            (LimitWindow.minute, 1_795_000_020_000), (.hour, 1_795_003_200_000), (.day, 1_795_046_400_000),
            (.rolling(milliseconds: 10_000), 1_795_000_005_000),
        ] as [(LimitWindow, Int64)])
    func end(window: LimitWindow, moment: Int64) throws {
        let now = Timestamp(milliseconds: 1_795_000_000_000)
        let ends = window.starts(at: now).compactMap { window.end(of: $0) }
        #expect(ends.map(\.milliseconds).min() == moment)
        #expect(ends.allSatisfy { $0 > now })
    }

    @Test("months end on their first of the next, in the tenant's zone; a total never does")
    func monthEnd() throws {
        let now = Timestamp(milliseconds: 1_795_000_000_000)
        let start = try #require(LimitWindow.month.starts(at: now, zoneOffset: 3_600_000).first)
        #expect(LimitWindow.month.end(of: start, zoneOffset: 3_600_000)?.rfc3339 == "2026-11-30T23:00:00.000Z")
        #expect(LimitWindow.total.end(of: Timestamp(milliseconds: 0)) == nil)
    }
}
