import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Synchronization
import Testing

@Suite("With every dependency down in turn, every run ends as stated, safely and in time (R55, R56)")
struct EveryDependencyTests {
    enum Part: String, CaseIterable { case look, pay, proof, model }
    enum Way: String, CaseIterable { case refused, slow, cut, garbage, fault, throttled, answersNo }

    /// The end of one run, as people see it.
    private struct End: Hashable, CustomStringConvertible {
        let part: Part
        let way: Way
        let status: RunStatus
        let code: String
        let paid: Int
        let seconds: Int64
        var description: String {
            [part.rawValue, way.rawValue, status.name, code, "\(paid) paid", "\(seconds) s"].joined(separator: " | ")
        }
    }

    private static let budget: Int64 = 120_000

    /// What the tool is when it is down in this way, and whether the books were written all the same.
    private static func outcome(_ way: Way, clock: SimulatedClock) async -> ToolOutcome {
        func failure(_ code: ToolFailure.Code, _ message: String, retryAfter: Int64? = nil) -> ToolFailure {
            ToolFailure(code: code, message: message, retryAfter: retryAfter)
        }
        switch way {
        case .refused: return .neverSent(failure(.unreachable, "connection refused"), isRetryable: true)
        case .slow:
            try? await clock.sleep(milliseconds: 10_000)
            return .unknown(failure(.timeout, "no answer in 10 s"))
        case .cut: return .unknown(failure(.connectionLost, "the connection was cut"))
        case .garbage: return .unknown(failure(.protocolError, "the answer is no JSON"))
        case .fault: return .unknown(failure(.serverError, "503"))
        case .throttled:
            return .neverSent(failure(.rateLimited, "slow down", retryAfter: 600_000), isRetryable: true)
        case .answersNo: return .result(ToolResult(content: "not today", isError: true))
        }
    }

    private static func modelFailure(_ way: Way, clock: SimulatedClock) async -> ModelFailure {
        switch way {
        case .refused: ModelFailure(code: .unreachable, message: "connection refused", isRetryable: true)
        case .slow, .cut:
            ModelFailure(code: .timeout, message: "no answer", isRetryable: true)
        case .garbage: ModelFailure(code: .malformedResponse, message: "no JSON", isRetryable: true)
        case .fault: ModelFailure(code: .serverError, message: "503", isRetryable: true)
        case .throttled:
            ModelFailure(code: .rateLimited, message: "slow down", isRetryable: true, retryAfter: 600_000)
        case .answersNo: ModelFailure(code: .badRequest, message: "no", isRetryable: false)
        }
    }

    private func end(_ part: Part, _ way: Way) throws -> End {
        let paid = Calls()
        let clock = ClockToCome()
        var workshop = Workshop()
        workshop.agent.budget.activeMilliseconds = Self.budget
        func body(_ own: Part, _ answer: @escaping @Sendable (ToolInvocation) -> ToolOutcome)
            -> @Sendable (ToolInvocation) async -> ToolOutcome
        {
            { invocation in
                if own == part, let clock = clock.clock { return await Self.outcome(way, clock: clock) }
                return answer(invocation)
            }
        }
        workshop.tool("look", .safe, body: body(.look) { _ in .result(ToolResult(content: "{\"total\":20}")) })
        workshop.tool("proof", .safe, body: body(.proof) { _ in .result(ToolResult(content: "{\"found\":false}")) })
        var rules = ToolRules()
        rules.verification = Verification(
            tool: "proof", with: [BoundArgument(name: "key", source: .idempotencyKey)], landsWithin: 1_000,
            happenedWhen: [try #require(FieldPath("found")): .equals(true)])
        workshop.tool(
            "pay", .risky, rules: rules,
            body: body(.pay) { invocation in
                paid.note(invocation)
                // Where its proof is down its answer is lost, so that somebody wants to know.
                return part == .proof
                    ? .unknown(ToolFailure(code: .connectionLost, message: "cut"))
                    : .result(ToolResult(content: "{\"paid\":true}"))
            })
        workshop.policyRules = [
            PolicyRule(
                id: "alone", action: .relax(to: .allow), scope: RuleScope(tools: ["pay"]), owner: "tests",
                reason: "failures are what is tested", expires: .distantFuture)
        ]
        workshop.model { (request) throws(ModelFailure) in
            if part == .model, let clock = clock.clock { throw await Self.modelFailure(way, clock: clock) }
            let results = request.messages.flatMap(\.parts).count { if case .toolResult = $0 { true } else { false } }
            switch results {
            case 0: return .calls([("look", "{\"order\":1}")])
            case 1: return .calls([("pay", "{\"order\":1}")])
            default: return .says("That is how far it went.")
            }
        }
        let stage = try Stage(workshop)
        clock.set(stage.clock)
        let ana = stage.ana
        let run = try stage.perform { runtime in
            try await runtime.start(StartRun(agent: "worker", text: "Look the order up and pay it.", principal: ana))
                .run
        }
        try stage.settle(600_000)
        let state = try stage.state(run)
        let ended = state.updatedAt.since(state.createdAt)
        return End(
            part: part, way: way, status: state.status,
            code: state.outcome?.code ?? state.escalation?.code ?? "open", paid: paid.count, seconds: ended / 1_000)
    }

    @Test("whatever is down, and in whichever way")
    func everyEnd() throws {
        var ends: [End] = []
        for part in Part.allCases { for way in Way.allCases { ends.append(try end(part, way)) } }
        print("dependency | is | end | code | effects | after")
        for end in ends { print(end) }
        for end in ends {
            #expect([.succeeded, .escalated, .partial, .failed].contains(end.status), "\(end)")
            #expect(end.code != "open", "\(end)")
            #expect(end.seconds <= Self.budget / 1_000, "\(end)")
            #expect(end.paid <= 1, "\(end)")
        }
        // What may have happened is never tried again, and never told as done.
        #expect(ends.filter { $0.part == .proof && $0.way != .answersNo }.allSatisfy { $0.status == .escalated })
        // What only reads leaves no doubt behind: the run goes on with what it has.
        #expect(ends.filter { $0.part == .look }.allSatisfy { $0.status == .succeeded })
        #expect(ends.filter { $0.part == .model }.allSatisfy { $0.status == .escalated && $0.paid == 0 })
    }
}

/// The clock of a stage that is not built yet.
private final class ClockToCome: Sendable {
    private let box = Mutex<SimulatedClock?>(nil)
    var clock: SimulatedClock? { box.withLock { $0 } }
    func set(_ clock: SimulatedClock) { box.withLock { $0 = clock } }
}
