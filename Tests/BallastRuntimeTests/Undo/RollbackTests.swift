import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Testing

@Suite("What a run did can be taken back (R60)")
struct RollbackTests {
    @Test("what happened last is taken back first, by the declared call, and the ledger says so")
    func backwards() throws {
        let books = Books()
        let stage = try Stage(UndoBench.workshop(books, UndoBench.things("a", "b", "c")))
        let run = try stage.start("make three")
        #expect(stage.status(run) == .succeeded)
        let report = try stage.rollBack(run)
        #expect(books.undone == ["c", "b", "a"])
        #expect(stage.ledger(run) == [.compensated, .compensated, .compensated])
        #expect(report.items.map(\.state) == [.undone, .undone, .undone])
        #expect(try stage.words(report.rollback) == "I took back: make (3 times).")
        let rollback = try stage.state(try #require(report.rollback))
        #expect(rollback.status == .succeeded)
        #expect(rollback.created?.principal == stage.ana)
        #expect(rollback.created?.startedBy == stage.olga)
        #expect(rollback.created?.workflow == "rollback")
        #expect(rollback.rollback?.closed.map(\.how) == [.undone, .undone, .undone])
    }

    @Test("rolling back twice, at once or later, undoes nothing twice")
    func idempotent() throws {
        let books = Books()
        let stage = try Stage(UndoBench.workshop(books, UndoBench.things("a", "b")))
        let run = try stage.start("make two")
        let (scope, olga) = (stage.scope, stage.olga)
        _ = try stage.perform { runtime in
            async let first = runtime.rollBack(run, by: olga, reason: "one", scope: scope)
            async let second = runtime.rollBack(run, by: "operator:otto", reason: "two", scope: scope)
            return try await (first.rollback, second.rollback)
        }
        try stage.settle(1_000)
        let again = try stage.rollBack(run)
        #expect(books.undone == ["b", "a"])
        #expect(again.items.allSatisfy { $0.state == .undone })
        #expect(stage.store.statuses().count == 2, "one run, and one that takes it back")
    }

    @Test("the third of ten fails: what is undone, what failed and why and what is left is said; later it goes on")
    func resumes() throws {
        let books = Books()
        let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]
        let stage = try Stage(UndoBench.workshop(books, names.map { ("make", $0) }))
        let run = try stage.start("make ten")
        books.refuse("h")
        let partial = try stage.rollBack(run)
        #expect(books.undone == ["j", "i"])
        #expect(
            partial.items.map(\.state)
                == [.undone, .undone, .failed] + Array(repeating: RollbackReport.State.left, count: 7))
        #expect(partial.items[2].why == "unmake failed: h is locked")
        #expect(partial.status == .partial)
        #expect(
            try stage.words(partial.rollback)
                == "I took back: make (2 times). I could not take back: make (unmake failed: h is locked). "
                + "Not taken back yet: make (7 times).")
        #expect(stage.ledger(run).count { $0 == .compensated } == 2)
        let said = try stage.state(try #require(partial.rollback)).outcome?.label.sources
        #expect(said == [.configuration, .untrustedTool], "why it failed is in the tool's own words")
        books.refuse()
        let rest = try stage.rollBack(run)
        #expect(books.undone == ["j", "i", "h", "g", "f", "e", "d", "c", "b", "a"])
        #expect(rest.status == .succeeded)
        #expect(rest.rollback != partial.rollback)
        #expect(stage.ledger(run).allSatisfy { $0 == .compensated })
    }

    @Test("nobody keeps a rollback from its conversation by being there first")
    func squatting() throws {
        let books = Books()
        let stage = try Stage(UndoBench.workshop(books, UndoBench.things("a", "b")))
        let run = try stage.start("make two")
        books.refuse("a")
        let partial = try stage.rollBack(run)
        let taken = try stage.state(try #require(partial.rollback)).created?.conversation
        let ana = stage.ana
        let error = #expect(throws: RuntimeError.self) {
            try stage.perform { runtime in
                try await runtime.start(
                    StartRun(agent: "worker", text: "sit here", principal: ana, conversation: taken))
            }
        }
        #expect(error?.code == .forbidden)
        books.refuse()
        #expect(try stage.rollBack(run).status == .succeeded)
    }

    @Test("what nothing takes back is passed over and said, with why")
    func impossible() throws {
        let books = Books()
        let stage = try Stage(
            UndoBench.workshop(books, [("make", "a"), ("mail", "hello"), ("look", "x"), ("make", "b")]))
        let run = try stage.start("make, mail, make")
        let before = try stage.rollback(of: run)
        #expect(before.items.map(\.state) == [.left, .impossible, .left])
        #expect(before.items[1].code == "undo.none")
        let report = try stage.rollBack(run)
        #expect(books.undone == ["b", "a"])
        #expect(report.status == .partial)
        #expect(
            try stage.words(report.rollback)
                == "I took back: make (2 times). I could not take back: mail (nothing is declared that takes mail back)."
        )
        let nothing = try stage.rollBack(run)
        #expect(nothing.rollback == report.rollback, "there is nothing left to start for")
    }

    @Test("a result that does not say what the undo needs cannot be taken back, and that is said")
    func unknownValue() throws {
        let books = Books()
        var workshop = try UndoBench.workshop(books, UndoBench.things("a"))
        workshop.rules["make"]?.undo = UndoBench.undo(.result(try #require(FieldPath("number"))))
        let stage = try Stage(workshop)
        let run = try stage.start("make one")
        let report = try stage.rollBack(run)
        #expect(report.items.map(\.code) == ["undo.value"])
        #expect(report.items[0].why == "what make answered does not say number, which unmake needs")
        #expect(report.rollback == nil && books.undone.isEmpty)
    }

    @Test("its own arguments and the key of the effect can name what is taken back")
    func otherSources() throws {
        for source in [ValueSource.argument(try #require(FieldPath("name"))), .idempotencyKey] {
            let books = Books()
            var workshop = try UndoBench.workshop(books, UndoBench.things("a"))
            workshop.rules["make"]?.undo = UndoBench.undo(source)
            let stage = try Stage(workshop)
            let run = try stage.start("make one")
            try stage.rollBack(run)
            #expect(books.undone == [source == .idempotencyKey ? "\(EffectID(run: run, ordinal: 1))" : "a"])
        }
    }

    @Test("a rehearsal says what would be done, with the guard's decision, and does nothing")
    func rehearsal() throws {
        let books = Books()
        let stage = try Stage(UndoBench.workshop(books, UndoBench.things("a", "b"), undoClass: .dangerous))
        let run = try stage.start("make two")
        let plan = try stage.rollback(of: run, rehearsing: true)
        #expect(plan.items.map(\.rehearsed?.outcome) == [.approve, .approve])
        #expect(plan.items.map { $0.undo?.arguments } == [["id": "b"], ["id": "a"]])
        #expect(plan.items.map { $0.undo?.tool } == ["unmake", "unmake"])
        #expect(books.undone.isEmpty)
        #expect(stage.store.statuses().count == 1, "no run came of it")
    }

    @Test("each undo of a dangerous tool waits for a reviewer who did not ask for the rollback")
    func approvals() throws {
        let books = Books()
        let stage = try Stage(UndoBench.workshop(books, UndoBench.things("a", "b"), undoClass: .dangerous))
        let run = try stage.start("make two")
        let waiting = try stage.rollBack(run)
        #expect(waiting.items.map(\.state) == [.waiting, .left])
        #expect(books.undone.isEmpty)
        let first = try #require(try stage.pendingApprovals().first)
        #expect(first.id == waiting.items[0].approval)
        let review = try JSONReader.read(try stage.text(first.review))
        #expect(review["takes_back"]?["effect_id"]?.string == "\(EffectID(run: run, ordinal: 2))")
        #expect(throws: RuntimeError.self) { try stage.decide(first.id, .approve, by: stage.olga) }
        // Asked for again, it is joined.
        #expect(try stage.rollBack(run).rollback == waiting.rollback)
        _ = try stage.decide(first.id, .approve, by: stage.rita)
        try stage.settle(1_000)
        #expect(books.undone == ["b"])
        let second = try #require(try stage.pendingApprovals().first)
        _ = try stage.decide(second.id, .reject(reason: "keep this one"), by: stage.rita)
        try stage.settle(1_000)
        #expect(books.undone == ["b"])
        let report = try stage.rollback(of: run)
        #expect(report.items.map(\.state) == [.undone, .failed])
        #expect(try stage.words(report.rollback).contains("keep this one"))
    }

    @Test("a confirmation is given by whoever asks for the rollback, on record with the undo")
    func confirmation() throws {
        let books = Books()
        let stage = try Stage(UndoBench.workshop(books, UndoBench.things("a"), isAlone: false))
        let run = try stage.start("make one")
        let report = try stage.rollBack(run)
        #expect(books.undone == ["a"])
        let resolved = try stage.events(try #require(report.rollback)).compactMap { event in
            if case .approvalResolved(let fields) = event { fields } else { nil }
        }
        #expect(resolved.map(\.by) == [stage.olga] && resolved.map(\.status) == [.approved])
    }

    @Test("an undo has a key of its own, the same over all attempts")
    func keys() throws {
        let (books, calls) = (Books(), Calls())
        var workshop = try UndoBench.workshop(books, UndoBench.things("a"))
        workshop.rules["unmake"]?.repeatability = .byKey(milliseconds: 3_600_000)
        workshop.tools.removeAll { $0.definition.name == "unmake" }
        workshop.tool("unmake", .risky, rules: workshop.rules["unmake"] ?? ToolRules()) { invocation in
            calls.note(invocation)
            return calls.count < 3
                ? .unknown(ToolFailure(code: .timeout, message: "no answer"))
                : .result(ToolResult(content: "{}"))
        }
        let stage = try Stage(workshop)
        let run = try stage.start("make one")
        let (scope, olga) = (stage.scope, stage.olga)
        _ = try stage.perform { try await $0.rollBack(run, by: olga, reason: "a mistake", scope: scope) }
        try stage.settle(60_000)
        let rollback = try #require(try stage.rollback(of: run).rollback)
        #expect(calls.count == 3)
        #expect(calls.keys == ["\(EffectID(run: rollback, ordinal: 1))"])
        #expect(stage.status(rollback) == .succeeded)
    }

    @Test("a rollback is not rolled back, nor is a run whose agent may go on")
    func notNow() throws {
        let books = Books()
        let stage = try Stage(UndoBench.workshop(books, [("make", "a"), ("ask_user", "which?")]))
        let run = try stage.start("make one, then ask")
        #expect(throws: RuntimeError.self) { try stage.rollBack(run) }
        #expect(try stage.rollback(of: run).obstacle != nil)
        let (scope, ana) = (stage.scope, stage.ana)
        try stage.perform { try await $0.cancel(run, by: ana, reason: "stop", scope: scope) }
        try stage.settle(1_000)
        let report = try stage.rollBack(run)
        #expect(books.undone == ["a"])
        #expect(throws: RuntimeError.self) { try stage.rollBack(try #require(report.rollback)) }
    }

    @Test("a person who has a run takes back what it did, and the run is told")
    func escalated() throws {
        let books = Books()
        let stage = try Stage(UndoBench.workshop(books, [("make", "a"), ("ask_user", "which?")]))
        let run = try stage.start("make one, then ask")
        let (scope, olga) = (stage.scope, stage.olga)
        try stage.perform { try await $0.handOff(run, by: olga, reason: "wrong", scope: scope) }
        try stage.settle(1_000)
        #expect(stage.status(run) == .escalated)
        try stage.rollBack(run)
        #expect(books.undone == ["a"])
        guard case .message(let message)? = try stage.state(run).transcript.last else {
            Issue.record("the run was not told")
            return
        }
        #expect(try stage.text(message.body) == "I took back: make.")
    }

    @Test("under a halt nothing is taken back; the review says what could be")
    func halted() throws {
        let books = Books()
        let stage = try Stage(UndoBench.workshop(books, [("make", "a"), ("mail", "x"), ("ask_user", "which?")]))
        let run = try stage.start("make, mail, ask")
        let (scope, olga) = (stage.scope, stage.olga)
        let halt = try stage.perform { await $0.halt(.run(run), reason: "look", by: olga).halt.id }
        try stage.settle(1_000)
        #expect(throws: RuntimeError.self) { try stage.rollBack(run) }
        let (ana) = stage.ana
        try stage.perform { try await $0.input("go on", to: run, by: ana, scope: scope) }
        try stage.settle(1_000)
        let review = try stage.perform { try await $0.review(halt, scope: scope) }
        #expect(review.runs.map(\.reversible) == [["make"]])
        #expect(review.runs.map(\.irreversible) == [["mail"]])
        _ = try stage.perform {
            try await $0.resume(halt, by: olga, reason: "seen", cancelling: [run], scope: scope)
        }
        try stage.settle(1_000)
        #expect(stage.status(run) == .cancelled)
        try stage.rollBack(run)
        #expect(books.undone == ["a"])
    }

    @Test("a halt of the run that is taken back stops its rollback, and lifting it lets it go on")
    func haltOfOriginal() throws {
        let books = Books()
        let stage = try Stage(UndoBench.workshop(books, UndoBench.things("a", "b"), undoClass: .dangerous))
        let run = try stage.start("make two")
        let rollback = try #require(try stage.rollBack(run).rollback)
        let (scope, olga) = (stage.scope, stage.olga)
        let halt = try stage.perform { await $0.halt(.run(run), reason: "look", by: olga).halt.id }
        let approval = try #require(try stage.pendingApprovals().first)
        _ = try? stage.decide(approval.id, .approve, by: stage.rita)
        try stage.settle(2_000)
        #expect(books.undone.isEmpty)
        #expect(stage.status(rollback) == .halted)
        _ = try stage.perform { try await $0.resume(halt, by: olga, reason: "seen", scope: scope) }
        try stage.settle(2_000)
        #expect(books.undone == ["b"])
    }

    @Test("what an agent outside did is taken back between its calls")
    func gateway() throws {
        let books = Books()
        var workshop = try UndoBench.workshop(books, [])
        workshop.agent.isGateway = true
        let stage = try Stage(workshop)
        let first = try stage.call("make", "{\"name\":\"a\"}")
        try stage.call("make", "{\"name\":\"b\"}")
        try stage.rollBack(first.run)
        #expect(books.undone == ["b", "a"])
        #expect(stage.status(first.run) != .failed)
        #expect(try stage.call("make", "{\"name\":\"c\"}").heard.text == "{\"id\":\"c\"}")
    }

    @Test("the undo must still be what the policy states when it is done")
    func policyMoved() throws {
        let books = Books()
        let workshop = try UndoBench.workshop(books, UndoBench.things("a"), undoClass: .dangerous)
        let stage = try Stage(workshop)
        let run = try stage.start("make one")
        try stage.rollBack(run)
        var changed = workshop
        changed.rules["make"]?.undo = nil
        let deployment = try changed.deployment()
        try stage.perform { await $0.deploy { _ in deployment } }
        let approval = try #require(try stage.pendingApprovals().first)
        _ = try? stage.decide(approval.id, .approve, by: stage.rita)
        try stage.settle(1_000)
        #expect(books.undone.isEmpty)
        #expect(try stage.rollback(of: run).items.map(\.code) == ["undo.none"])
    }

    @Test("an undo need not be among what the principal's words ask for: somebody asked for the rollback")
    func intent() throws {
        let books = Books()
        var workshop = try UndoBench.workshop(books, UndoBench.things("a"))
        workshop.rules["unmake"]?.flow.acts = [.delete]
        let stage = try Stage(workshop)
        let run = try stage.start("create one thing")
        try stage.rollBack(run)
        #expect(books.undone == ["a"])
    }

    @Test("a value that the undo's tool wants grounded may come from what the effect answered, or what was said then")
    func grounded() throws {
        for source in [GroundSource.field(tool: "make", try #require(FieldPath("id"))), .principal] {
            let books = Books()
            var workshop = try UndoBench.workshop(books, UndoBench.things("a-1"))
            workshop.rules["make"]?.trust = .all
            workshop.rules["unmake"]?.flow.groundings = [
                Grounding(argument: try #require(FieldPath("id")), sources: [source])
            ]
            let stage = try Stage(workshop)
            let run = try stage.start("make a-1")
            let report = try stage.rollBack(run)
            #expect(books.undone == ["a-1"], "\(report.items)")
        }
    }

    @Test(
        "an undo that is done and not as it should be afterwards is not repeated, and stops the rest until a person looks"
    )
    func notAsExpected() throws {
        let books = Books()
        var workshop = try UndoBench.workshop(books, UndoBench.things("a", "b"))
        workshop.rules["unmake"]?.postConditions = [.result([try #require(FieldPath("gone")): .equals(.bool(false))])]
        let stage = try Stage(workshop)
        let run = try stage.start("make two")
        let report = try stage.rollBack(run)
        #expect(report.status == .partial)
        #expect(report.items.map(\.state) == [.undone, .left])
        #expect(
            try stage.words(report.rollback)
                == "I took back: make. Done, but not as it should be afterwards: unmake. Not taken back yet: make.")
        try stage.rollBack(run)
        #expect(books.undone == ["b", "a"])
    }
}
