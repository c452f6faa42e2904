import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Synchronization
import Testing

@Suite("A declared equivalent takes the place of a tool that is not there (R53)")
struct FallbackTests {
    private struct World {
        var stage: Stage
        let first: Calls
        let second: Calls
    }

    private func world(
        _ fallbacks: [Fallback], first firstClass: ToolClass = .safe, second secondClass: ToolClass = .safe,
        _ outcome: ToolOutcome = .neverSent(ToolFailure(code: .unreachable, message: "refused"), isRetryable: false)
    ) throws -> World {
        let (first, second) = (Calls(), Calls())
        var workshop = Workshop()
        var rules = ToolRules()
        rules.fallbacks = fallbacks
        workshop.tool("look", firstClass, rules: rules) { invocation in
            first.note(invocation)
            return outcome
        }
        workshop.tool("mirror", secondClass) { invocation in
            second.note(invocation)
            return .result(ToolResult(content: "{\"from\":\"mirror\"}"))
        }
        workshop.policyRules = UndoBench.alone(["look"])
        workshop.model { request in
            let parts = request.messages.flatMap(\.parts)
            let results = parts.compactMap { if case .toolResult(_, let content, _) = $0 { content } else { nil } }
            guard !results.isEmpty else { return .calls([("look", "{\"order\":7}")]) }
            guard case .text(let note)? = request.messages.last?.parts.last else { return .says(results.joined()) }
            return .says(results.joined() + note)
        }
        return World(stage: try Stage(workshop), first: first, second: second)
    }

    @Test("as an action of its own that follows from the first, on record, and the model is told whose answer it reads")
    func takesThePlace() throws {
        let world = try world([Fallback(tool: "mirror")])
        let run = try world.stage.start("look")
        #expect(world.stage.status(run) == .succeeded)
        #expect(world.second.arguments == ["{\"order\":7}"])
        #expect(try world.stage.failures(run) == ["unreachable -> mirror"])
        #expect(try world.stage.state(run).history.map(\.tool) == ["look", "mirror"])
        #expect(try world.stage.state(run).history.map(\.ordinal) == [1, 2])
        let answer = try world.stage.answer(run)
        #expect(answer.contains("\"from\":\"mirror\""))
        #expect(answer.contains("look was not done (unreachable), so mirror was called in its place"))
    }

    @Test("with the arguments that it takes")
    func mapped() throws {
        let order = try #require(FieldPath("order"))
        let world = try world([
            Fallback(
                tool: "mirror",
                with: [
                    BoundArgument(name: "id", source: .argument(order)),
                    BoundArgument(name: "deep", source: .literal(true)),
                ])
        ])
        _ = try world.stage.start("look")
        #expect(world.second.arguments == ["{\"deep\":true,\"id\":7}"])
    }

    @Test("and is judged by itself: one that needs a person waits for them")
    func judged() throws {
        let world = try world([Fallback(tool: "mirror")], first: .risky, second: .dangerous)
        let run = try world.stage.start("look")
        #expect(world.stage.status(run) == .waitingApproval)
        #expect(world.second.count == 0)
        let approval = try #require(try world.stage.pendingApprovals().first)
        #expect(approval.tool == "mirror")
        _ = try world.stage.decide(approval.id, .approve, by: world.stage.rita)
        try world.stage.settle(1_000)
        #expect(world.second.count == 1)
        #expect(world.stage.status(run) == .succeeded)
    }

    @Test("never for what may have happened")
    func notInDoubt() throws {
        let world = try world(
            [Fallback(tool: "mirror")], first: .risky,
            .unknown(ToolFailure(code: .timeout, message: "no answer")))
        let run = try world.stage.start("look")
        try world.stage.settle(1_000)
        #expect(world.second.count == 0)
        #expect(world.stage.status(run) == .escalated)
    }

    @Test("at once when the first one rests")
    func resting() throws {
        let world = try world([Fallback(tool: "mirror")])
        for _ in 0..<7 { _ = try world.stage.start("look") }
        #expect(world.first.count == 5)
        #expect(world.second.count == 7)
    }

    @Test("one that is not the agent's, or the tool itself, is passed over, and the model reads why nothing was done")
    func noneLeft() throws {
        let world = try world([Fallback(tool: "look"), Fallback(tool: "unknown")])
        let run = try world.stage.start("look")
        #expect(try world.stage.failures(run) == ["unreachable"])
        #expect(try world.stage.answer(run).contains("\"kind\":\"unreachable\""))
    }
}
