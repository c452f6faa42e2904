import BallastClients
import BallastCore
import BallastPolicy
import BallastRuntime
import BallastStore
import BallastTesting
import Foundation
import Logging
import Synchronization

/// What the runtime adds to a call of an outside agent: from the proposal to the answer, with a tool that answers at once.
struct GatewayMeasurement {
    let path: String
    let seconds: Double

    /// Where a server runs it.
    func run() async throws { try await withTaskExecutorPreference(WorkerPool.shared) { try await measureAll() } }

    private func measureAll() async throws {
        for tool in ["look", "note"] {
            for (concurrency, runs) in [(1, 1), (32, 32), (32, 1)] {
                try await measure(tool, concurrency: concurrency, runs: runs)
            }
        }
    }

    private func measure(_ tool: String, concurrency: Int, runs: Int) async throws {
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        let store = try await SQLiteRunStore.open(path: path)
        let runtime = AgentRuntime(
            store: store, clock: SystemClock(), random: SystemRandom(),
            deployment: CurrentDeployment(try workshop().deployment()), masterKey: Array(repeating: 3, count: 32),
            owner: "bench", executor: WorkerPool.shared,
            logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
        let end = ContinuousClock.now + .seconds(seconds)
        let times = try await withThrowingTaskGroup(of: [Duration].self) { group in
            for caller in 0..<concurrency {
                let name = "\(caller % runs)"
                group.addTask { try await call(tool, caller, under: name, runtime, until: end) }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }.sorted()
        func micros(_ share: Double) -> String {
            guard !times.isEmpty else { return "-" }
            let time = times[min(times.count - 1, Int(Double(times.count) * share))]
            return String(format: "%.0f", Double(time / .nanoseconds(1)) / 1000)
        }
        print(
            "gateway tool=\(tool == "look" ? "safe" : "effect") callers=\(concurrency) runs=\(runs) "
                + "calls_per_s=\(Int(Double(times.count) / seconds)) p50_us=\(micros(0.5)) p99_us=\(micros(0.99))")
        await runtime.shutdown(deadline: 5_000) { _ in }
        await store.close()
    }

    private func call(
        _ tool: String, _ caller: Int, under name: String, _ runtime: AgentRuntime, until end: ContinuousClock.Instant
    ) async throws -> [Duration] {
        let binding = GatewayBinding(
            tenant: .default, principal: Principal("bench"), startedBy: Principal("bench"), agent: "bench", name: name,
            words: "Look at everything.", isAsserted: true)
        var times: [Duration] = []
        var number = 0
        while ContinuousClock.now < end {
            number += 1
            let start = ContinuousClock.now
            let (_, call) = try await runtime.propose(
                GatewayProposal(tool: tool, arguments: Array("{\"caller\":\(caller),\"n\":\(number)}".utf8)),
                under: binding)
            for await turn in call.turns {
                if case .ended(.refused(let why)) = turn { print("refused: \(JSONWriter.canonicalString(why))") }
            }
            times.append(ContinuousClock.now - start)
        }
        return times
    }

    private func workshop() -> Workshop {
        var workshop = Workshop(agent: "bench")
        (workshop.agent.isGateway, workshop.agent.bounds) = (true, .gateway)
        workshop.agent.budget = RunBudget(steps: 10_000_000, activeMilliseconds: 86_400_000)
        let text = "{\"content\":\"\(String(repeating: "t", count: 460))\"}"
        for (name, toolClass) in [("look", ToolClass.safe), ("note", .risky)] {
            workshop.tool(name, toolClass) { _ in .result(ToolResult(content: text)) }
        }
        workshop.policyRules = [
            PolicyRule(
                id: "free", action: .relax(to: .allow), scope: RuleScope(tools: ["note"]), owner: "bench",
                reason: "the bench measures the path", expires: Timestamp.distantFuture)
        ]
        return workshop
    }
}
