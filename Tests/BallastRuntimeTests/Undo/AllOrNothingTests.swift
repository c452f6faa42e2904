import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Testing

@Suite("A playbook that is all or nothing succeeds, or takes back what it did (R55, R60)")
struct AllOrNothingTests {
    private func workshop(
        _ books: Books, steps: [PlaybookStep], undoClass: ToolClass = .risky, isAllOrNothing: Bool = true
    ) throws -> Workshop {
        var workshop = try UndoBench.workshop(books, [], undoClass: undoClass)
        workshop.models = [:]
        workshop.agent.models = []
        workshop.tool("fail", .risky) { _ in .result(ToolResult(content: "{\"message\":\"no room\"}", isError: true)) }
        workshop.tool("pay", .dangerous) { _ in .result(ToolResult(content: "{}")) }
        workshop.policyRules += UndoBench.alone(["fail"])
        workshop.playbooks = [
            Playbook(
                name: "trip", triggers: [try TriggerPattern("book it")], steps: steps, isAllOrNothing: isAllOrNothing)
        ]
        return workshop
    }

    private func call(_ tool: String, _ name: String) -> PlaybookStep {
        PlaybookStep(
            .call(
                tool: tool, with: [PlaybookArgument(name: "name", value: .literal(JSONValue(name)))],
                name: "\(tool)_\(name)", onFailure: []))
    }
    private func end(_ status: RunStatus) throws -> PlaybookStep {
        PlaybookStep(.end(status, say: try PlaybookTemplate("Booked.")))
    }

    @Test("a later step that fails lets what was done be taken back, and a person gets the task with what was (R57)")
    func fails() throws {
        let books = Books()
        let stage = try Stage(
            workshop(books, steps: [call("make", "seat"), call("make", "bed"), call("fail", "car"), end(.succeeded)]))
        let run = try stage.start("book it")
        try stage.settle(2_000)
        #expect(books.undone == ["bed", "seat"])
        let state = try stage.state(run)
        #expect(state.status == .escalated && state.escalation?.code == "playbook")
        #expect(
            try stage.text(state.escalation?.reason)
                == "I could not finish this: fail failed: no room. I took back: make (2 times).")
        #expect(stage.ledger(run) == [.compensated, .compensated, .failed])
    }

    @Test("one that succeeds keeps what it did")
    func succeeds() throws {
        let books = Books()
        let stage = try Stage(workshop(books, steps: [call("make", "seat"), end(.succeeded)]))
        let run = try stage.start("book it")
        #expect(stage.status(run) == .succeeded && books.undone.isEmpty)
    }

    @Test("without the declaration a person gets what is half done")
    func undeclared() throws {
        let books = Books()
        let stage = try Stage(
            workshop(books, steps: [call("make", "seat"), call("fail", "car")], isAllOrNothing: false))
        let run = try stage.start("book it")
        #expect(stage.status(run) == .escalated && books.undone.isEmpty)
    }

    @Test(
        "a step that a reviewer rejects, or that nobody approves in time, takes back what was done",
        arguments: [true, false])
    func rejected(byPerson: Bool) throws {
        let books = Books()
        let stage = try Stage(workshop(books, steps: [call("make", "seat"), call("pay", "it"), end(.succeeded)]))
        let run = try stage.start("book it")
        let approval = try #require(try stage.pendingApprovals().first)
        if byPerson {
            _ = try stage.decide(approval.id, .reject(reason: "too dear"), by: stage.rita)
            try stage.settle(2_000)
        } else {
            try stage.settle(100_000_000)
        }
        #expect(books.undone == ["seat"])
        #expect(stage.status(run) == (byPerson ? .failed : .escalated), "a person's no is the end")
    }

    @Test("where nobody is named who takes over, the principal is told that everything was taken back")
    func nobody() throws {
        let books = Books()
        var workshop = try workshop(books, steps: [call("make", "seat"), call("fail", "car"), end(.succeeded)])
        workshop.agent.escalation = []
        let stage = try Stage(workshop)
        let run = try stage.start("book it")
        try stage.settle(2_000)
        #expect(stage.status(run) == .failed)
        #expect(
            try stage.words(run)
                == "I could not finish this: fail failed: no room. I took back: make. "
                + "You can try again later, or ask for a person.")
        #expect(try stage.state(run).outcome?.code == "rolled_back")
    }

    @Test("an end that is no success takes back what was done")
    func endsOtherwise() throws {
        let books = Books()
        let stage = try Stage(workshop(books, steps: [call("make", "seat"), end(.partial)]))
        let run = try stage.start("book it")
        try stage.settle(2_000)
        #expect(books.undone == ["seat"])
        #expect(stage.status(run) == .partial)
        #expect(try stage.words(run).hasPrefix("Booked. I took back: make."))
    }

    @Test("what cannot be taken back goes to a person, with what was")
    func incomplete() throws {
        let books = Books()
        let stage = try Stage(
            workshop(books, steps: [call("make", "seat"), call("mail", "hi"), call("fail", "car"), end(.succeeded)]))
        let run = try stage.start("book it")
        try stage.settle(2_000)
        #expect(books.undone == ["seat"])
        let state = try stage.state(run)
        #expect(state.status == .escalated && state.escalation?.code == "rollback_incomplete")
        #expect(try stage.text(state.escalation?.reason).contains("I could not take back: mail"))
    }

    @Test("the run waits for the people who are asked about an undo, and a crash changes nothing")
    func waits() throws {
        let books = Books()
        let stage = try Stage(
            workshop(
                books, steps: [call("make", "seat"), call("fail", "car"), end(.succeeded)], undoClass: .dangerous))
        let run = try stage.start("book it")
        try stage.settle(2_000)
        #expect(stage.status(run) == .running && books.undone.isEmpty)
        try stage.crash()
        try stage.settle(20_000)
        let approval = try #require(try stage.pendingApprovals().first)
        #expect(throws: RuntimeError.self, "whoever started the run may not approve it") {
            try stage.decide(approval.id, .approve, by: stage.ana)
        }
        _ = try stage.decide(approval.id, .approve, by: stage.rita)
        try stage.settle(5_000)
        #expect(books.undone == ["seat"])
        #expect(stage.status(run) == .escalated)
    }

    @Test("no model and no agent outside can name what takes everything back")
    func notForModels() throws {
        let books = Books()
        let stage = try Stage(UndoBench.workshop(books, [("make", "a"), ("take_back", "")]))
        let run = try stage.start("make one")
        #expect(books.undone.isEmpty)
        #expect(stage.status(run) == .succeeded)
        let denied = try stage.events(run).compactMap {
            if case .actionDecided(let fields) = $0 { fields } else { nil }
        }
        #expect(denied.last?.code == "guard.manifest")
    }
}
