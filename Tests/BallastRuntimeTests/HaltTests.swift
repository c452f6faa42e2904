import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Synchronization
import Testing

@Suite("A halt stops at once, is told, and is lifted after review")
struct HaltTests {
    private let olga = Principal("operator:olga")

    /// Looks twice; the second look takes a second.
    private func looking(_ calls: Calls, _ clock: @escaping @Sendable () -> SimulatedClock?) -> Workshop {
        var workshop = Workshop()
        workshop.tool("look", .safe) { invocation in
            calls.note(invocation)
            if calls.count == 2 { try? await clock()?.sleep(milliseconds: 1_000) }
            return .result(ToolResult(content: "{}"))
        }
        workshop.model { request in
            let looks = request.messages.count { $0.role == .tool }
            return looks < 2 ? .calls([("look", "{\"n\":\(looks)}")]) : .says("All done.")
        }
        return workshop
    }

    @Test("the principal is told what was done and what is pending, in the conversation and by the outbox")
    func told() throws {
        let calls = Calls()
        let clock = Mutex<SimulatedClock?>(nil)
        let stage = try Stage(looking(calls) { clock.withLock { $0 } })
        clock.withLock { $0 = stage.clock }
        let ana = stage.ana
        let (run, _) = try stage.perform { try await $0.start(StartRun(agent: "worker", text: "go", principal: ana)) }
        let olga = olga
        let receipt = try stage.perform { await $0.halt(.agent("worker"), reason: "it looked odd", by: olga) }
        try stage.settle(2_000)
        #expect(stage.status(run) == .halted)
        let told = try stage.events(run).compactMap { if case .halted(let halted) = $0 { halted.told } else { nil } }
        let text = try stage.text(told.first)
        #expect(text.hasPrefix("This task was stopped by an operator: it looked odd. Done: look"))
        #expect(text.hasSuffix("Nothing more is done until it is resumed."))
        #expect(stage.store.outbox(of: .default).map(\.kind) == ["run_halted"])
        _ = try stage.perform { try await $0.resume(receipt.halt.id, by: olga, reason: "a false alarm") }
        try stage.settle(5_000)
        #expect(stage.status(run) == .succeeded)
        let by = try stage.events(run).compactMap { if case .resumed(let resumed) = $0 { resumed.by } else { nil } }
        #expect(by == [olga])
        #expect(stage.store.outbox(of: .default).map(\.kind) == ["run_halted", "run_resumed"])
    }

    @Test(
        "a review lists what ran and the approvals that are frozen, and may cancel runs instead of resuming them (R63)")
    func review() throws {
        let calls = Calls()
        let stage = try Stage(paying(calls))
        let (first, second) = (try stage.start("pay"), try stage.start("pay again"))
        let (scope, olga) = (stage.scope, olga)
        let receipt = try stage.perform { await $0.halt(.everything, reason: "drill", by: olga) }
        #expect(receipt.isRecorded)
        let approvals = try stage.pendingApprovals()
        let review = try stage.perform { try await $0.review(receipt.halt.id, scope: scope) }
        #expect(Set(review.frozenApprovals) == Set(approvals.map(\.id)))
        for approval in approvals { _ = try stage.decide(approval.id, .approve, by: stage.rita) }
        try stage.settle(5_000)
        #expect(calls.count == 0)
        let stopped = try stage.perform { try await $0.review(receipt.halt.id, scope: scope) }
        #expect(Set(stopped.runs.map(\.run)) == [first, second])
        #expect(stopped.runs.allSatisfy { $0.done.isEmpty && $0.notDone == ["pay"] && $0.inDoubt.isEmpty })
        _ = try stage.perform {
            try await $0.resume(receipt.halt.id, by: olga, reason: "one was wrong", cancelling: [first], scope: scope)
        }
        for approval in try stage.pendingApprovals() { _ = try stage.decide(approval.id, .approve, by: stage.rita) }
        try stage.settle(5_000)
        #expect(stage.status(first) == .cancelled)
        #expect(stage.status(second) == .succeeded)
        #expect(calls.count == 1)
    }

    @Test("two halts of one scope hold until both are lifted")
    func twoHalts() throws {
        let stage = try Stage(paying(Calls()))
        let olga = olga
        let one = try stage.perform { await $0.halt(.everything, reason: "one", by: olga) }
        let two = try stage.perform { await $0.halt(.everything, reason: "two", by: olga) }
        _ = try stage.perform { try await $0.resume(two.halt.id, by: olga, reason: "over") }
        #expect(throws: RuntimeError.self) { try stage.start("pay") }
        _ = try stage.perform { try await $0.resume(one.halt.id, by: olga, reason: "over") }
        let run = try stage.start("pay")
        #expect(stage.status(run) == .waitingApproval)
    }

    @Test("with the dead man's switch, a journal that cannot be written halts everything until a person resumes")
    func deadMan() throws {
        let isBroken = Mutex(false)
        let store = InMemoryRunStore { _ throws(StoreError) in
            guard isBroken.withLock({ $0 }) else { return }
            throw StoreError(code: .full, message: "The disk is full.", advice: "Make room.")
        }
        var options = RuntimeOptions()
        options.deadMan = 10_000
        let stage = try Stage(paying(Calls()), options: options, store: store)
        let run = try stage.start("pay")
        let olga = olga
        isBroken.withLock { $0 = true }
        let approval = try #require(try stage.pendingApprovals().first)
        #expect(throws: RuntimeError.self) { try stage.decide(approval.id, .approve, by: stage.rita) }
        _ = try? stage.perform { try await $0.start(StartRun(agent: "worker", text: "x", principal: olga)) }
        try stage.settle(30_000)
        isBroken.withLock { $0 = false }
        try stage.settle(5_000)
        let halts = try stage.perform { try await $0.haltsInForce() }
        #expect(halts.map(\.scope) == [.everything])
        let halt = try #require(halts.first)
        #expect(halt.by == .ballast)
        _ = try stage.decide(approval.id, .approve, by: stage.rita)
        try stage.settle(5_000)
        #expect(stage.status(run) == .halted || stage.status(run) == .waitingApproval)
        _ = try stage.perform { try await $0.resume(halt.id, by: olga, reason: "room was made") }
        if let again = try stage.pendingApprovals().first { _ = try stage.decide(again.id, .approve, by: stage.rita) }
        try stage.settle(5_000)
        #expect(stage.status(run) == .succeeded)
    }
}
