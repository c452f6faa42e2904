import BallastCore
import BallastPolicy
import BallastRuntime
import BallastStore
import BallastTesting
import Logging
import Synchronization
import Testing

@Suite("Two owners of one SQLite store")
struct TwoOwnersTests {
    /// What reached the shop, and what the late owner was told when it wanted to send.
    private final class Shop: Sendable {
        private struct State {
            var sent: [String] = []
            var refusal: SendPermit.Refusal?
            var isAsleep = false
        }
        private let state = Mutex(State())
        private let (wake, waker) = AsyncStream.makeStream(of: Void.self)
        private let (asleep, fallAsleep) = AsyncStream.makeStream(of: Void.self)

        var sent: [String] { state.withLock { $0.sent } }
        var refusal: SendPermit.Refusal? { state.withLock { $0.refusal } }

        /// One call: whoever is to sleep stands still between the start of the effect and its first byte.
        func pay(_ invocation: ToolInvocation, sleeps: Bool) async -> ToolOutcome {
            if sleeps {
                fallAsleep.yield()
                for await _ in wake { break }
            }
            if let refusal = invocation.permit.claim() {
                state.withLock { $0.refusal = refusal }
                return .neverSent(ToolFailure(code: .permitRefused, message: "\(refusal)"), isRetryable: true)
            }
            state.withLock { $0.sent.append(invocation.idempotencyKey) }
            invocation.permit.release()
            return .result(ToolResult(content: "{\"paid\":true}"))
        }

        func untilAsleep() async { for await _ in asleep { break } }
        func wakeUp() { waker.yield() }
    }

    private func runtime(
        _ owner: String, _ store: SQLiteRunStore, _ clock: PatientClock, _ shop: Shop, sleeps: Bool
    ) throws -> AgentRuntime {
        var workshop = Workshop()
        var rules = ToolRules()
        rules.verification = Verification(
            tool: "find", with: [BoundArgument(name: "key", source: .idempotencyKey)], landsWithin: 2_000,
            happenedWhen: FieldPath("found").map { [$0: .equals(true)] } ?? [:])
        workshop.tool("find", .safe) { invocation in
            let key = (try? JSONReader.read(invocation.arguments))?["key"]?.string ?? ""
            return .result(ToolResult(content: "{\"found\":\(shop.sent.contains(key))}"))
        }
        workshop.tool("pay", .risky, rules: rules) { await shop.pay($0, sleeps: sleeps) }
        workshop.policyRules = [
            PolicyRule(
                id: "pay-freely", action: .relax(to: .allow), scope: RuleScope(tools: ["pay"]), owner: "test",
                reason: "nobody is asked here", expires: .distantFuture)
        ]
        workshop.model { request in
            request.messages.contains { $0.role == .tool } ? .says("Paid.") : .calls([("pay", "{\"amount\":20}")])
        }
        // This clock runs ahead of the threads that would renew a lease, so the second owner's lasts.
        var options = RuntimeOptions()
        if !sleeps { options.lease = 1_000_000_000 }
        return AgentRuntime(
            store: store, clock: clock, random: SeededRandom(seed: sleeps ? 1 : 2),
            deployment: CurrentDeployment(try workshop.deployment()), masterKey: Array(repeating: 7, count: 32),
            owner: owner, options: options, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test("one that stood still in mid-effect for longer than its lease sends nothing when it wakes (R59)")
    func lateOwner() async throws {
        try await TemporaryFolder.with { folder in
            let store = try await SQLiteRunStore.open(path: folder.file("s"))
            let (shop, early, late) = (Shop(), PatientClock(), PatientClock())
            let stopped = try runtime("first", store, late, shop, sleeps: true)
            let second = try runtime("second", store, early, shop, sleeps: false)
            let (run, _) = try await stopped.start(StartRun(agent: "worker", text: "pay", principal: Principal("ana")))
            await shop.untilAsleep()
            // The first owner is stopped; time passes for both.
            early.jump(milliseconds: 120_000)
            late.jump(milliseconds: 120_000)
            _ = try await second.recover()
            let tending = Task { await second.tend() }
            let scope = TenantScope(.default)
            while try await store.header(of: run, scope: scope)?.status.isTerminal != true { await Task.yield() }
            #expect(shop.sent.count == 1)
            let before = try await store.entries(of: run, after: 0, limit: 100, scope: scope)
            shop.wakeUp()
            await stopped.shutdown(deadline: 1_000) { _ in }
            #expect(shop.refusal == .leaseEnding)
            #expect(shop.sent.count == 1)
            #expect(try await store.entries(of: run, after: 0, limit: 100, scope: scope) == before)
            #expect(before.contains { $0.type == .effectInDoubt })
            tending.cancel()
            await second.shutdown(deadline: 1_000) { _ in }
            await store.close()
        }
    }
}
