import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Testing

@Suite("What sub-runs did is taken back with the run that they worked for (R60)")
struct SubRunRollbackTests {
    /// A worker that makes one thing, lets a helper make another, and makes a third.
    private func workshop(_ books: Books) throws -> Workshop {
        var workshop = try UndoBench.workshop(books, [])
        workshop.models = [:]
        workshop.agent.models = []
        workshop.model("main") { request in
            let done = request.messages.count { $0.role == .tool }
            if request.tools.contains(where: { $0.name == "agent_helper" }) {
                switch done {
                case 0: return .calls([("make", "{\"name\":\"first\"}")])
                case 1: return .calls([("agent_helper", "{\"task\":\"make the second\"}")])
                case 2: return .calls([("make", "{\"name\":\"third\"}")])
                default: return .says("All done.")
                }
            }
            return done == 0 ? .calls([("make", "{\"name\":\"second\"}")]) : .says("made")
        }
        var helper = workshop.agent
        helper.name = "helper"
        workshop.others = [helper]
        workshop.agent.agents = ["helper"]
        return workshop
    }

    @Test("in the reverse order of settling, each under the rules of the agent that did it")
    func together() throws {
        let books = Books()
        let stage = try Stage(workshop(books))
        let run = try stage.start("make three")
        try stage.settle(1_000)
        #expect(stage.status(run) == .succeeded)
        let plan = try stage.rollback(of: run)
        #expect(plan.items.map(\.agent) == ["worker", "helper", "worker"])
        try stage.rollBack(run)
        #expect(books.undone == ["third", "second", "first"])
    }

    @Test("a sub-run can be taken back by itself, and what is left with the run above it")
    func byItself() throws {
        let books = Books()
        let stage = try Stage(workshop(books))
        let run = try stage.start("make three")
        try stage.settle(1_000)
        let child = try #require(stage.store.parents().first { $0.value == run }?.key)
        try stage.rollBack(child)
        #expect(books.undone == ["second"])
        try stage.rollBack(run)
        #expect(books.undone == ["second", "third", "first"])
    }

    @Test("two rollbacks that would meet in a sub-run are not under way at once")
    func oneAtATime() throws {
        let books = Books()
        var workshop = try workshop(books)
        workshop.classes["unmake"] = .dangerous
        workshop.policyRules.removeAll { $0.id == "unmake-alone" }
        let stage = try Stage(workshop)
        let run = try stage.start("make three")
        try stage.settle(1_000)
        let child = try #require(stage.store.parents().first { $0.value == run }?.key)
        try stage.rollBack(run)
        #expect(throws: RuntimeError.self) { try stage.rollBack(child) }
    }
}
