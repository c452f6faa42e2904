import BallastClients
import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Logging
import Synchronization

/// Workload W1: a run of ten pairs of a model call (1 KiB reply) and a tool call (512 B result), both instant.
struct W1: Sendable {
    static let pairs = 10
    /// Durable steps of one run, as the peers count them.
    static let steps = pairs * 2

    let runtime: AgentRuntime

    /// - Parameter hasLedger: false makes the tool a safe one, whose calls are in the journal alone: the difference is
    ///   what the ledger costs.
    init(store: any RunStore, durability: RuntimeOptions.Durability, hasLedger: Bool = true) throws {
        var options = RuntimeOptions()
        options.durability = durability
        var workshop = Workshop(agent: "w1", instructions: "Append until done.")
        workshop.agent.mayAskUser = false
        var rules = ToolRules()
        rules.repeatability = durability == .byNeed ? .naturally : nil
        let filler = String(repeating: "t", count: 460)
        workshop.tool("append", hasLedger ? .risky : .safe, rules: rules) { invocation in
            .result(ToolResult(content: "{\"effect\":\"\(invocation.effect)\",\"content\":\"\(filler)\"}"))
        }
        workshop.policyRules = [
            PolicyRule(
                id: "append-freely", action: .relax(to: .allow), scope: RuleScope(tools: ["append"]), owner: "bench",
                reason: "the workload measures the loop", expires: Timestamp.distantFuture)
        ]
        let text = String(repeating: "m", count: 950)
        let replies = Replies()
        workshop.model { request in
            let done = request.messages.count { $0.role == .tool }
            guard done < W1.pairs else { return .says("done") }
            return .calls([("append", "{\"i\":\(done)}")], text: "\(replies.next()) \(text)")
        }
        runtime = AgentRuntime(
            store: store, clock: SystemClock(), random: SystemRandom(),
            deployment: CurrentDeployment(try workshop.deployment()),
            masterKey: Array(repeating: 3, count: 32), owner: "bench", options: options,
            logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Starts one run and waits for its end.
    func run() async throws -> RunID {
        let (run, _) = try await runtime.start(
            StartRun(agent: "w1", text: "Append ten times.", principal: Principal("bench")))
        await runtime.rest(of: run)
        return run
    }
}

/// Numbers the replies, so that no two have the same text: equal content would be stored once.
private final class Replies: Sendable {
    private let count = Atomic(0)
    func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}
