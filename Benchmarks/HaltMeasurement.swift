import BallastClients
import BallastCore
import BallastPolicy
import BallastRuntime
import BallastStore
import BallastTesting
import Foundation
import Logging
import Synchronization

/// How long a halt takes to hold while many runs are in their calls, and whether a send begins after it. Times are taken
/// in the tool.
struct HaltMeasurement {
    let runs: Int
    let rounds: Int
    let path: String

    private final class Tool: Sendable {
        private struct State {
            var acknowledgedAt: ContinuousClock.Instant?
            var haltedAt: ContinuousClock.Instant?
            var lateSends = 0
            var cancelled: [Duration] = []
            var sends = 0
        }
        private let state = Mutex(State())

        func begin() {
            let now = ContinuousClock.now
            state.withLock { state in
                state.sends += 1
                if let end = state.acknowledgedAt, now > end { state.lateSends += 1 }
            }
        }
        func wasCancelled() {
            let now = ContinuousClock.now
            state.withLock { state in if let start = state.haltedAt { state.cancelled.append(now - start) } }
        }
        func halting() { state.withLock { $0.haltedAt = .now } }
        func acknowledged() { state.withLock { $0.acknowledgedAt = .now } }
        func lifting() { state.withLock { ($0.acknowledgedAt, $0.haltedAt) = (nil, nil) } }
        var figures: (late: Int, cancelled: [Duration], sends: Int) {
            state.withLock { ($0.lateSends, $0.cancelled, $0.sends) }
        }
    }

    func run() async throws {
        let tool = Tool()
        var workshop = Workshop(agent: "busy")
        workshop.agent.mayAskUser = false
        workshop.agent.budget.steps = 1_000_000
        workshop.tool("look", .safe) { _ in
            tool.begin()
            do {
                try await Task.sleep(for: .milliseconds(20))
            } catch {
                tool.wasCancelled()
                return .unknown(ToolFailure(code: .cancelled, message: "cancelled"))
            }
            return .result(ToolResult(content: "{}"))
        }
        workshop.model { request in .calls([("look", "{\"n\":\(request.messages.count)}")]) }
        let store = try await SQLiteRunStore.open(path: path)
        let runtime = AgentRuntime(
            store: store, clock: SystemClock(), random: SystemRandom(),
            deployment: CurrentDeployment(try workshop.deployment()), masterKey: Array(repeating: 3, count: 32),
            owner: "bench", logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
        let tending = Task { await runtime.tend() }
        for _ in 0..<runs {
            _ = try await runtime.start(StartRun(agent: "busy", text: "look", principal: Principal("bench")))
        }
        var acknowledged: [Duration] = []
        for _ in 0..<rounds {
            try await Task.sleep(for: .milliseconds(100))
            let start = ContinuousClock.now
            tool.halting()
            let receipt = await runtime.halt(.everything, reason: "measured", by: Principal("operator:bench"))
            tool.acknowledged()
            acknowledged.append(ContinuousClock.now - start)
            try await Task.sleep(for: .milliseconds(100))
            tool.lifting()
            _ = try await runtime.resume(receipt.halt.id, by: Principal("operator:bench"), reason: "measured")
        }
        let figures = tool.figures
        _ = await runtime.halt(.everything, reason: "the end", by: Principal("operator:bench"))
        tending.cancel()
        await runtime.shutdown(deadline: 1_000) { _ in }
        await store.close()
        print(
            "HALT runs=\(runs) rounds=\(rounds) sends=\(figures.sends) "
                + "acknowledged_p50=\(at(acknowledged, 0.5)) acknowledged_p99=\(at(acknowledged, 0.99)) "
                + "in_flight_cancelled=\(figures.cancelled.count) cancelled_p99=\(at(figures.cancelled, 0.99)) "
                + "sends_after=\(figures.late)")
    }

    private func at(_ times: [Duration], _ share: Double) -> String {
        guard !times.isEmpty else { return "-" }
        let sorted = times.sorted()
        let index = min(sorted.count - 1, Int(Double(sorted.count) * share))
        return String(format: "%.2f ms", sorted[index] / .milliseconds(1))
    }
}
