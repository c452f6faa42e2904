import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Testing

@Suite("What is down rests for outside agents and for rollbacks too (R47, R53)")
struct EveryFaceTests {
    private func workshop(_ board: Switchboard, fallback: Bool) -> Workshop {
        var workshop = Workshop()
        workshop.agent.isGateway = true
        var rules = ToolRules()
        rules.fallbacks = fallback ? [Fallback(tool: "mirror")] : []
        workshop.tool("look", .safe, rules: rules) { await board.answer($0) }
        workshop.tool("mirror", .safe) { _ in .result(ToolResult(content: "from the mirror")) }
        return workshop
    }

    @Test("an outside agent's call of a tool that rests is refused at once, with when it may be made again")
    func gatewayBreaker() throws {
        let board = Switchboard()
        let stage = try Stage(workshop(board, fallback: false))
        board.use(stage.clock)
        for number in 0..<2 {
            let (heard, _, _) = try stage.call("look", "{\"n\":\(number)}")
            try stage.settle(10_000)
            #expect(heard.end != nil)
        }
        #expect(board.calls.count == 5)
        let (heard, _, run) = try stage.call("look", "{\"n\":9}")
        #expect(heard.code == "guard.breaker")
        #expect(heard.refusal?["retry_after_ms"]?.integer ?? 0 > 0)
        #expect(board.calls.count == 5)
        #expect(try stage.failures(run).contains("tool:look open"))
        #expect(stage.store.outbox(of: .default).map(\.kind) == ["breaker_opened"])
    }

    @Test("an outside agent is told whose answer it reads when an equivalent took the place of the tool it called")
    func gatewayFallback() throws {
        let board = Switchboard()
        let stage = try Stage(workshop(board, fallback: true))
        board.use(stage.clock)
        let (heard, _, run) = try stage.call("look", "{\"n\":1}")
        try stage.settle(10_000)
        #expect(try stage.failures(run).last == "unreachable -> mirror")
        guard case .result(let result)? = heard.end else {
            Issue.record("no answer: \(String(describing: heard.end))")
            return
        }
        #expect(result.content == "from the mirror" && !result.isError)
        #expect(
            result.blocks.map { $0["text"]?.string } == [
                "from the mirror", "look was not there, so mirror was called in its place: this is its answer.",
            ])
        #expect(result.meta["ballast/fallback"] == ["called": "look", "answered": "mirror"])
    }

    @Test("an undo whose tool rests stops the rollback there, nothing stands in for it, and asked again it goes on")
    func rollback() throws {
        let books = Books()
        let board = Switchboard()
        var workshop = try UndoBench.workshop(books, UndoBench.things("a", "b"))
        let place = try #require(workshop.tools.firstIndex { $0.definition.name == "unmake" })
        let unmake = workshop.tools[place]
        workshop.tools[place] = NativeFunction(definition: unmake.definition) { invocation in
            switch await board.answer(invocation) {
            case .result: await unmake.body(invocation)
            case let outcome: outcome
            }
        }
        workshop.rules["unmake"]?.fallbacks = [Fallback(tool: "look")]
        let stage = try Stage(workshop)
        board.use(stage.clock)
        let run = try stage.start("make two")
        for _ in 0..<2 {
            try stage.rollBack(run)
            try stage.settle(10_000)
        }
        #expect(board.calls.count == 5, "three attempts, two, and then it rests")
        #expect(books.undone.isEmpty)
        let resting = try stage.rollBack(run)
        #expect(board.calls.count == 5)
        #expect(resting.items.first?.why?.contains("rests") == true)
        board.repair()
        try stage.settle(20_000)
        let report = try stage.rollBack(run)
        #expect(books.undone == ["b", "a"])
        #expect(report.status == .succeeded)
    }
}
