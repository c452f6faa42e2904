import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Synchronization
import Testing

@Suite("What the guard has learned of the world holds as long as the policy says (R21, R24)")
struct FreshnessTests {
    /// An order whose owner somebody else changes, and the refunds of it.
    private final class Desk: Sendable {
        let owner = Mutex("C-1")
        let looks = Mutex(0)
        let refunds = Calls()
        /// The answer to the look of that number takes so many milliseconds.
        let slow: @Sendable (_ look: Int) -> Int64

        init(slow: @escaping @Sendable (_ look: Int) -> Int64 = { _ in 0 }) { self.slow = slow }
    }

    /// One refund whose first attempt cannot be sent: the tool asks for two seconds of patience.
    private func stage(
        _ desk: Desk, fresh: Int64?, after: @escaping @Sendable (Desk) -> Void = { _ in }
    ) throws -> Stage {
        let owner = try #require(ValueReference("lookup(order).customer_id"))
        let clock = Mutex<SimulatedClock?>(nil)
        var workshop = try Shop.refunds(
            desk.refunds, repeatability: .byKey(milliseconds: 3_600_000)
        ) { _ in
            guard desk.refunds.count > 1 else {
                after(desk)
                return .neverSent(
                    ToolFailure(code: .unreachable, message: "come back", retryAfter: 2_000), isRetryable: true)
            }
            return .result(ToolResult(content: "{}"))
        }
        workshop.rules["refund"]?.freshness = fresh
        workshop.rules["refund"]?.entitlements = [
            Entitlement(argument: try Shop.path("order"), owner: owner, attribute: "customer_id")
        ]
        workshop.attributes = ["customer_id": "C-1"]
        var trusted = ToolRules()
        trusted.trust = .all
        workshop.tool("lookup", .safe, rules: trusted) { _ in
            let look = desk.looks.withLock { looks in
                looks += 1
                return looks
            }
            try? await clock.withLock { $0 }?.sleep(milliseconds: desk.slow(look))
            return .result(ToolResult(content: "{\"customer_id\":\"\(desk.owner.withLock { $0 })\"}"))
        }
        workshop.model("main", once("refund", #"{"amount":600,"order":"A-1"}"#))
        let stage = try Stage(workshop)
        clock.withLock { $0 = stage.clock }
        return stage
    }

    @Test("an attempt after a wait is judged on what is so now: what is not allowed any more is not sent")
    func learnedAnew() throws {
        let desk = Desk()
        let stage = try stage(desk, fresh: 1_000) { $0.owner.withLock { $0 = "C-2" } }
        let run = try stage.start("refund")
        try stage.settle(120_000)
        #expect(desk.refunds.count == 1, "the second attempt never left")
        #expect(desk.looks.withLock { $0 } > 1)
        let ends = try stage.events(run).compactMap { if case .effectWithdrawn(let end) = $0 { end.code } else { nil } }
        #expect(ends == [DecisionCode.entitlement.rawValue])
    }

    @Test(
        "within its time, and without a time, what was learned holds for the next attempt",
        arguments: [60_000, nil] as [Int64?])
    func holds(fresh: Int64?) throws {
        let desk = Desk()
        let stage = try stage(desk, fresh: fresh) { $0.owner.withLock { $0 = "C-2" } }
        _ = try stage.start("refund")
        try stage.settle(120_000)
        #expect(desk.refunds.count == 2)
        #expect(desk.looks.withLock { $0 } == 1)
    }

    @Test("a tool that answers too slowly has told nothing: nothing is sent, and it is asked a bounded number of times")
    func neverFresh() throws {
        let desk = Desk { _ in 6_000 }
        let stage = try stage(desk, fresh: 5_000)
        let run = try stage.start("refund")
        try stage.settle(600_000)
        #expect(desk.refunds.count == 0)
        #expect(desk.looks.withLock { $0 } == 1)
        let codes = try stage.events(run).compactMap {
            if case .actionDecided(let decided) = $0 { decided.code } else { nil }
        }
        #expect(codes == [DecisionCode.entitlement.rawValue])
    }
}
