import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Synchronization
import Testing

@Suite("What nobody knows is found out before it is taken back, and no undo is made twice (R58, R60)")
struct RollbackDoubtTests {
    @Test("an undo whose answer is lost is asked about, joined when it is asked for again, and never repeated")
    func undoInDoubt() throws {
        let books = Books()
        let stage = try Stage(UndoBench.workshop(books, UndoBench.things("a", "b")))
        let run = try stage.start("make two")
        books.lose("b")
        let doubtful = try stage.rollBack(run)
        #expect(doubtful.items.map(\.state) == [.inDoubt, .left])
        let rollback = try #require(doubtful.rollback)
        #expect(stage.status(rollback) == .escalated)
        #expect(try stage.rollBack(run).rollback == rollback)
        #expect(books.undone == ["b"])
        let (scope, olga) = (stage.scope, stage.olga)
        // Not even a cancel gives it up: whether it happened is needed later.
        try stage.perform { try await $0.cancel(rollback, by: olga, reason: "stop", scope: scope) }
        try stage.settle(5_000)
        #expect(stage.status(rollback) == .cancelling)
        let effect = EffectID(run: rollback, ordinal: 1)
        try stage.perform {
            try await $0.settle(effect, happened: true, by: olga, reason: "it is gone", scope: scope)
        }
        try stage.settle(1_000)
        #expect(stage.status(rollback) == .cancelled)
        #expect(stage.ledger(run) == [.settled, .compensated])
        try stage.rollBack(run)
        #expect(books.undone == ["b", "a"])
    }

    /// A worker whose `post` is in doubt at the end of its run.
    private func doubtful(_ books: Books, verify: Bool, happened: Bool) throws -> (Stage, RunID) {
        var workshop = try UndoBench.workshop(books, [("make", "a"), ("post", "p")])
        var post = ToolRules()
        post.undo = UndoBench.undo(.argument(try #require(FieldPath("name"))))
        if verify {
            post.verification = Verification(
                tool: "find", with: [BoundArgument(name: "key", source: .idempotencyKey)], landsWithin: 1_000_000,
                happenedWhen: [try #require(FieldPath("found")): .equals(.bool(true))])
        }
        workshop.tool("find", .safe) { _ in
            .result(ToolResult(content: "{\"found\":\(happened)}", structured: ["found": .bool(happened)]))
        }
        workshop.tool("post", .risky, rules: post) { _ in
            if happened { books.make("p") }
            return .unknown(ToolFailure(code: .timeout, message: "no answer"))
        }
        workshop.policyRules += UndoBench.alone(["post"])
        // While the run is under way its provider cannot say.
        if verify { workshop.rules["post"]?.verification = nil }
        let stage = try Stage(workshop)
        let run = try stage.start("make, then post")
        #expect(stage.status(run) == .escalated)
        if verify {
            workshop.rules["post"] = post
            let deployment = try workshop.deployment()
            try stage.perform { await $0.deploy { _ in deployment } }
        }
        return (stage, run)
    }

    private func finish(_ run: RunID, _ stage: Stage) throws {
        let (scope, olga) = (stage.scope, stage.olga)
        try stage.perform { try await $0.finish(run, as: .partial, text: "enough", by: olga, scope: scope) }
        try stage.settle(1_000)
        #expect(stage.status(run) == .partial)
    }

    @Test("an effect in doubt of a run that goes on is settled there first: the rollback stops before it, and says so")
    func ownRunSettles() throws {
        let books = Books()
        let (stage, run) = try doubtful(books, verify: false, happened: true)
        let report = try stage.rollBack(run)
        #expect(report.items.map(\.state) == [.inDoubt, .left])
        #expect(report.status == .failed)
        #expect(try stage.words(report.rollback).contains("post (it is not known whether it happened)"))
        #expect(books.undone.isEmpty)
        let (scope, olga) = (stage.scope, stage.olga)
        try stage.perform {
            try await $0.handOff(run, by: olga, reason: "mine", scope: scope)
            try await $0.settle(
                EffectID(run: run, ordinal: 2), happened: true, by: olga, reason: "seen", scope: scope)
        }
        try stage.settle(1_000)
        try finishIfOpen(run, stage)
        try stage.rollBack(run)
        #expect(books.undone == ["p", "a"])
    }

    private func finishIfOpen(_ run: RunID, _ stage: Stage) throws {
        guard stage.status(run)?.isTerminal == false else { return }
        let (scope, olga) = (stage.scope, stage.olga)
        try stage.perform { try await $0.cancel(run, by: olga, reason: "stop", scope: scope) }
        try stage.settle(1_000)
    }

    @Test("of a run that is over, the rollback asks the declared tool", arguments: [true, false])
    func toolSays(happened: Bool) throws {
        let books = Books()
        let (stage, run) = try doubtful(books, verify: true, happened: happened)
        try finish(run, stage)
        // Long enough after it was sent that "not found" means "did not".
        try stage.settle(2_000_000)
        let report = try stage.rollBack(run)
        #expect(books.undone == (happened ? ["p", "a"] : ["a"]))
        #expect(report.status == .succeeded)
        #expect(stage.ledger(run) == [.compensated, happened ? .compensated : .withdrawn])
        if !happened { #expect(try stage.words(report.rollback).contains("not to have happened: post")) }
    }

    @Test("of a run that is over and a tool that cannot say, a person is asked", arguments: [true, false])
    func personSays(happened: Bool) throws {
        let books = Books()
        let (stage, run) = try doubtful(books, verify: false, happened: happened)
        try finish(run, stage)
        let (scope, olga) = (stage.scope, stage.olga)
        let effect = EffectID(run: run, ordinal: 2)
        #expect(throws: RuntimeError.self) {
            try stage.perform { try await $0.settle(effect, happened: true, by: olga, reason: "?", scope: scope) }
        }
        let asked = try stage.rollBack(run)
        #expect(stage.status(try #require(asked.rollback)) == .escalated)
        #expect(books.undone.isEmpty)
        try stage.perform {
            try await $0.settle(effect, happened: happened, by: olga, reason: "looked it up", scope: scope)
        }
        try stage.settle(1_000)
        #expect(books.undone == (happened ? ["p", "a"] : ["a"]))
        #expect(stage.ledger(run) == [.compensated, happened ? .compensated : .withdrawn])
    }

    @Test("what somebody else has taken back by the same business key counts as taken back")
    func takenBackBefore() throws {
        let books = Books()
        var workshop = try UndoBench.workshop(books, UndoBench.things("a", "b") + [("unmake", "")])
        workshop.rules["unmake"]?.businessKey = [try #require(FieldPath("id"))]
        workshop.agent.tools.append("unmake")
        workshop.models["main"] = nil
        workshop.agent.models = []
        workshop.model("main") { request in
            let calls = [("make", "{\"name\":\"a\"}"), ("make", "{\"name\":\"b\"}"), ("unmake", "{\"id\":\"a\"}")]
            let done = request.messages.count { $0.role == .tool }
            return done < calls.count ? .calls([calls[done]]) : .says("All done.")
        }
        let stage = try Stage(workshop)
        let run = try stage.start("make two, unmake one")
        #expect(books.undone == ["a"])
        let report = try stage.rollBack(run)
        #expect(books.undone == ["a", "b"])
        #expect(stage.ledger(run) == [.compensated, .compensated, .settled])
        let closed = try stage.state(try #require(report.rollback)).rollback?.closed.map(\.how)
        #expect(closed == [.undone, .before])
    }

    @Test("a crash at any write: every effect is taken back once", arguments: 1...24)
    func crashes(at write: Int) throws {
        let books = Books()
        let death = DeathAt(write)
        let store = InMemoryRunStore(hook: death.hook)
        let stage = try Stage(UndoBench.workshop(books, UndoBench.things("a", "b", "c")), store: store)
        let run = try stage.start("make three")
        death.arm()
        let (scope, olga) = (stage.scope, stage.olga)
        let asked = try? stage.perform { try await $0.rollBack(run, by: olga, reason: "a mistake", scope: scope) }
        death.disarm()
        try stage.crash()
        try stage.settle(60_000)
        // Whoever asked and got no answer asks again; so does somebody who does not know that it was asked for.
        _ = asked
        for _ in 0..<3 {
            try stage.rollBack(run)
            for effect in stage.store.effects() where effect.state == .inDoubt {
                let happened = books.undone.count > compensated(stage, run)
                try stage.perform {
                    try await $0.settle(effect.id, happened: happened, by: olga, reason: "looked", scope: scope)
                }
                try stage.settle(1_000)
            }
        }
        #expect(books.undone == ["c", "b", "a"])
        #expect(stage.ledger(run) == [.compensated, .compensated, .compensated])
    }

    private func compensated(_ stage: Stage, _ run: RunID) -> Int {
        stage.ledger(run).count { $0 == .compensated }
    }
}

/// The process takes no more part in anything from its nth moment around a write on.
final class DeathAt: Sendable {
    private let state = Mutex((isArmed: false, count: 0))
    private let moment: Int

    init(_ moment: Int) { self.moment = moment }
    func arm() { state.withLock { $0.isArmed = true } }
    func disarm() { state.withLock { $0.isArmed = false } }

    var hook: InMemoryRunStore.Hook {
        { [self] point throws(StoreError) in
            let isDead = state.withLock { state in
                guard state.isArmed else { return false }
                state.count += 1
                return state.count >= moment
            }
            if isDead { throw StoreError(code: .closed, message: "the process died here", advice: "") }
        }
    }
}
