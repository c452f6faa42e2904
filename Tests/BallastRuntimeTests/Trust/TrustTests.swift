import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Synchronization
import Testing

@Suite("A level of autonomy only ever makes a decision stricter (R08)")
struct TrustTests {
    private func earn(_ stage: Stage, _ count: Int = 30) throws {
        for number in 1...count { try stage.send("e\(number)-\(stage.clock.monotonic)") }
    }

    private func deploy(_ workshop: Workshop, on stage: Stage) throws {
        let next = try workshop.deployment()
        try stage.perform { runtime in await runtime.deploy { _ in next } }
    }

    @Test("draft asks a reviewer for what the policy lets pass, and nothing is done without one")
    func draft() throws {
        let books = Books()
        let stage = try Stage(TrustBench.workshop(books))
        let run = try stage.start("one")
        let asked = try #require(try stage.pendingApprovals().first)
        #expect(asked.gate == .approve && books.made.isEmpty)
        let decided = try stage.events(run).compactMap {
            if case .actionDecided(let fields) = $0 { fields } else { nil }
        }
        #expect(decided.map(\.code) == ["guard.autonomy"])
        _ = try stage.decide(asked.id, .reject(reason: "no"), by: stage.rita)
        try stage.settle(1_000)
        #expect(books.made.isEmpty)
        #expect(try stage.trust().evidence.rejected == 1)
    }

    @Test("the widest level gives nothing that the policy itself does not")
    func widest() throws {
        var workshop = try TrustBench.workshop(Books(), AutonomyRule(start: .allow))
        workshop.policyRules = []
        let stage = try Stage(workshop)
        _ = try stage.start("one")
        #expect(try stage.pendingApprovals().map(\.gate) == [.confirm])
    }

    @Test("nobody raises it without the evidence, and only those of the group do with it")
    func terms() throws {
        var workshop = try TrustBench.workshop(Books())
        workshop.rules["send"]?.autonomy?.rise?.reviewed = 29
        let stage = try Stage(workshop)
        var deployment = try workshop.deployment()
        deployment.isMember = { person, group in group == "leads" && person == Principal("lead:lea") }
        let next = deployment
        try stage.perform { runtime in await runtime.deploy { _ in next } }
        try earn(stage, 28)
        #expect(throws: RuntimeError.self) { try stage.raise() }
        try earn(stage, 1)
        #expect(throws: RuntimeError.self) { try stage.raise(by: Principal("operator:olga")) }
        #expect(try stage.raise().level == .confirm)
    }

    @Test("the yes of an outside agent's own principal, which it may give itself, is no review of it; their no is one")
    func ownYes() throws {
        let books = Books()
        let rule = AutonomyRule(start: .confirm, atMost: .allow, rise: TrustBench.rise)
        var workshop = try TrustBench.workshop(books, rule)
        workshop.agent.isGateway = true
        let stage = try Stage(workshop)
        for (name, decision) in [("one", PersonDecision.approve), ("two", .reject(reason: "no"))] {
            let (heard, _, _) = try stage.call("send", "{\"id\":\"\(name)\"}", canConfirm: true)
            let approval = try #require(heard.approval)
            try stage.perform { [ana = stage.ana, scope = stage.scope] runtime in
                try await runtime.decideElicited(approval.id, decision, by: ana, scope: scope)
            }
            try stage.settle(500)
        }
        #expect(books.made == ["one"])
        let evidence = try stage.trust().evidence
        #expect(evidence.unchanged == 0 && evidence.rejected == 1)
    }

    @Test("a change of the tool, of the agent or of the policy takes back what was earned, on record", arguments: 0...2)
    func drift(which: Int) throws {
        let workshop = try TrustBench.workshop(Books())
        let stage = try Stage(workshop)
        try earn(stage)
        try stage.raise()
        var changed = workshop
        switch which {
        case 0: changed.describe("send", as: "Sends a letter, and a copy to everybody.")
        case 1: changed.version = 2
        default: changed.policyHash = Array(repeating: 8, count: 16)
        }
        try deploy(changed, on: stage)
        #expect(try stage.trust().level == .draft)
        #expect(try stage.send("after").gate == .approve)
        let last = try #require(try stage.trust().history.first)
        #expect(last.kind == .drifted)
        #expect(last.reason.contains(["the tool's definition", "the agent or its model", "the policy"][which]))
    }

    @Test("a rise ends by itself when its time is over")
    func lapse() throws {
        let stage = try Stage(TrustBench.workshop(Books()))
        try earn(stage)
        #expect(try stage.raise().level == .confirm)
        stage.clock.jump(milliseconds: 91 * TrustBench.day)
        #expect(try stage.trust().level == .draft)
        #expect(try stage.send("late").gate == .approve)
    }

    @Test("a halt of the tool is an incident")
    func halted() throws {
        let stage = try Stage(TrustBench.workshop(Books()))
        try earn(stage)
        try stage.raise()
        let lea = stage.lea
        let receipt = try stage.perform { await $0.halt(.tool("send"), reason: "odd letters", by: lea) }
        _ = try stage.perform { try await $0.resume(receipt.halt.id, by: lea, reason: "looked") }
        #expect(try stage.trust().level == .draft)
        #expect(try stage.trust().history.first?.reason == "halted: odd letters")
    }

    @Test("what is found wrong after the tool did its work is an incident of the same commit")
    func afterCheck() throws {
        var workshop = try TrustBench.workshop(Books(), AutonomyRule(start: .allow))
        workshop.rules["send"]?.postConditions = [.result([try #require(FieldPath("id")): .equals("other")])]
        let stage = try Stage(workshop)
        try stage.send("one")
        #expect(try stage.trust().level == .draft)
        #expect(try stage.send("two").gate == .approve)
    }

    @Test("a crash keeps what was narrowed, and what was earned")
    func crash() throws {
        let stage = try Stage(TrustBench.workshop(Books()))
        try earn(stage)
        try stage.raise()
        try stage.crash()
        #expect(try stage.trust().level == .confirm)
        try stage.lower(to: .draft)
        try stage.crash()
        #expect(try stage.trust().level == .draft)
        #expect(try stage.send("one").gate == .approve)
    }

    @Test("what had started and was not sent when the level fell is not sent")
    func startedBefore() throws {
        let books = Books()
        let held = Mutex<Stage?>(nil)
        let armed = Mutex(true)
        let store = InMemoryRunStore { point throws(StoreError) in
            guard point.operation == .append, point.moment == .after, let run = point.run,
                let stage = held.withLock({ $0 }),
                stage.store.journal(of: run).contains(where: { $0.type == .effectStarted }),
                armed.withLock({ armed in
                    defer { armed = false }
                    return armed
                })
            else { return }
            try? await stage.clock.sleep(milliseconds: 1_000)
        }
        let stage = try Stage(TrustBench.workshop(books, AutonomyRule(start: .allow)), store: store)
        held.withLock { $0 = stage }
        let ana = stage.ana
        let run = try stage.perform { try await $0.start(StartRun(agent: "worker", text: "go", principal: ana)).run }
        try stage.lower(to: .draft)
        #expect(try stage.events(run).contains { $0.type == .effectStarted })
        try stage.settle(10_000)
        #expect(books.made.isEmpty)
        let ends = try stage.events(run).compactMap { if case .effectWithdrawn(let end) = $0 { end } else { nil } }
        #expect(ends.map(\.code) == ["guard.autonomy"])
    }

    @Test("a shape has levels of its own where the policy states none; an amplifier drafts whatever it states")
    func shapes() throws {
        func gate(_ shape: AgentShape?, _ rule: AutonomyRule?) throws -> Gate? {
            var workshop = try TrustBench.workshop(Books(), rule)
            workshop.agent.shape = shape
            let stage = try Stage(workshop)
            _ = try stage.start("one")
            return try stage.pendingApprovals().first?.gate
        }
        let free = AutonomyRule(start: .allow)
        #expect(try gate(nil, nil) == nil)
        #expect(try gate(.worker, nil) == nil)
        #expect(try gate(.assistant, nil) == .confirm)
        #expect(try gate(.assistant, free) == nil)
        #expect(try gate(.amplifier, nil) == .approve)
        #expect(try gate(.amplifier, free) == .approve)
    }
}
