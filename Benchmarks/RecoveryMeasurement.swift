import BallastClients
import BallastCore
import BallastPolicy
import BallastRuntime
import BallastStore
import BallastTesting
import Foundation
import Logging
import Synchronization

/// The peers' recovery workload: many runs of ten calls at once, each call takes a while after its side effect; the
/// process is killed at half of the side effects and started again. Counts calls that ran twice, or never.
struct RecoveryMeasurement {
    let runs: Int
    /// Milliseconds that a call takes after its side effect.
    let slow: Int64
    let folder: String

    private var effects: String { folder + "/effects.txt" }
    private var total: Int { runs * W1.pairs }

    // MARK: The measuring process

    func run() async throws {
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let first = try child("start")
        let start = ContinuousClock.now
        while lines().count < total / 2, first.isRunning { try await Task.sleep(for: .milliseconds(5)) }
        kill(first.processIdentifier, SIGKILL)
        first.waitUntilExit()
        print("RECOVERY runs=\(runs) calls=\(total) before_kill=\(lines().count) in \(Self.seconds(since: start))")
        let again = ContinuousClock.now
        let second = try child("resume")
        second.waitUntilExit()
        let done = Dictionary(lines().map { ($0, 1) }, uniquingKeysWith: +)
        print(
            "RECOVERY restart_to_all_done=\(Self.seconds(since: again)) distinct=\(done.count) "
                + "run_twice_or_more=\(done.values.count { $0 > 1 }) lost=\(total - done.count)")
    }

    private func child(_ phase: String) throws -> Process {
        let process = Process()
        process.executableURL = Bundle.main.executableURL
        process.arguments = [
            "recovery", "--phase", phase, "--runs", "\(runs)", "--slow", "\(slow)", "--dir", folder,
        ]
        try process.run()
        return process
    }

    private func lines() -> [Substring] {
        ((try? String(contentsOfFile: effects, encoding: .utf8)) ?? "").split(separator: "\n")
    }

    private static func seconds(since start: ContinuousClock.Instant) -> String {
        String(format: "%.2f s", (ContinuousClock.now - start) / .seconds(1))
    }

    // MARK: The killed process, and the one after it

    func perform(_ phase: String) async throws {
        let start = ContinuousClock.now
        let store = try await SQLiteRunStore.open(path: folder + "/recovery.db")
        let runtime = AgentRuntime(
            store: store, clock: SystemClock(), random: SystemRandom(),
            deployment: CurrentDeployment(try workshop().deployment()), masterKey: Array(repeating: 3, count: 32),
            owner: "bench", logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
        let tending = Task { await runtime.tend() }
        if phase == "start" {
            for _ in 0..<runs {
                _ = try await runtime.start(
                    StartRun(agent: "w1", text: "Append ten times.", principal: Principal("bench")))
            }
        } else {
            let woken = try await runtime.recover()
            print("RECOVERY resumed=\(woken) after=\(Self.seconds(since: start))")
        }
        var standing = try await account(store)
        while standing.ended < runs {
            try await Task.sleep(for: .milliseconds(20))
            standing = try await account(store)
        }
        print("RECOVERY \(phase) ended=\(standing.ended) succeeded=\(standing.succeeded) in_doubt=\(standing.doubts)")
        tending.cancel()
        await runtime.shutdown(deadline: 1_000) { _ in }
        await store.close()
    }

    private func account(_ store: SQLiteRunStore) async throws -> (ended: Int, succeeded: Int, doubts: Int) {
        let succeeded = try await store.runs(in: .succeeded, limit: runs).count
        var ended = succeeded
        for status in [RunStatus.partial, .failed, .cancelled, .escalated] {
            ended += try await store.runs(in: status, limit: runs).count
        }
        let doubts = try await store.effects(
            matching: EffectFilter(states: [.inDoubt]), limit: runs, scope: TenantScope(.default)
        ).count
        return (ended, succeeded, doubts)
    }

    /// The tool has effects and may not be repeated; whether a call happened is looked up where it leaves its trace.
    private func workshop() throws -> Workshop {
        var workshop = Workshop(agent: "w1", instructions: "Append until done.")
        workshop.agent.mayAskUser = false
        let file = open(effects, O_CREAT | O_WRONLY | O_APPEND, 0o600)
        guard file >= 0 else { throw CocoaError(.fileWriteUnknown) }
        let (path, slow) = (effects, slow)
        var rules = ToolRules()
        rules.repeatability = .never
        rules.verification = Verification(
            tool: "find", with: [BoundArgument(name: "key", source: .idempotencyKey)], landsWithin: 50,
            happenedWhen: FieldPath("found").map { [$0: .equals(true)] } ?? [:])
        let filler = String(repeating: "t", count: 460)
        workshop.tool("append", .risky, rules: rules) { invocation in
            let line = Array("\(invocation.idempotencyKey)\n".utf8)
            _ = write(file, line, line.count)
            try? await Task.sleep(for: .milliseconds(slow))
            return .result(ToolResult(content: "{\"effect\":\"\(invocation.effect)\",\"content\":\"\(filler)\"}"))
        }
        workshop.tool("find", .safe) { invocation in
            let key = (try? JSONReader.read(invocation.arguments))?["key"]?.string ?? ""
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            let isThere = text.split(separator: "\n").contains { $0 == key }
            return .result(ToolResult(content: "{\"found\":\(isThere)}"))
        }
        workshop.policyRules = [
            PolicyRule(
                id: "append-freely", action: .relax(to: .allow), scope: RuleScope(tools: ["append"]), owner: "bench",
                reason: "the workload measures recovery", expires: Timestamp.distantFuture)
        ]
        let text = String(repeating: "m", count: 950)
        workshop.model { request in
            let done = request.messages.count { $0.role == .tool }
            guard done < W1.pairs else { return .says("done") }
            return .calls([("append", "{\"i\":\(done)}")], text: text)
        }
        return workshop
    }
}
