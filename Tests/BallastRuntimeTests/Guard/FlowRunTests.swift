import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Synchronization
import Testing

@Suite("In a run, values come from where they may come from, and go where they may go (R22, R23, R24, R28, R31)")
struct FlowRunTests {
    /// Reads a mail and an order first, then pays what the mail, the order or the principal says.
    private func payments(_ arguments: String, _ change: (inout ToolRules) throws -> Void) throws -> (Calls, Workshop) {
        let calls = Calls()
        var workshop = try Shop.refunds(calls)
        workshop.tool("read_mail", .safe) { _ in
            .result(ToolResult(content: "{\"order_id\":\"O-666\",\"id\":\"O-666\"}"))
        }
        var trusted = ToolRules()
        trusted.trust = .all
        workshop.tool("lookup_order", .safe, rules: trusted) { invocation in
            calls.note(invocation)
            return .result(
                ToolResult(content: "{\"id\":\"O-1\",\"total_cents\":900,\"customer_id\":\"C-2\",\"matched\":5000}"))
        }
        var rules = workshop.rules["refund"] ?? ToolRules()
        try change(&rules)
        workshop.rules["refund"] = rules
        workshop.model { request in
            switch request.messages.count(where: { $0.role == .tool }) {
            case 0: .calls([("read_mail", "{}"), ("lookup_order", "{\"order_id\":\"O-1\"}")])
            case 2: .calls([("refund", arguments)])
            default: .says("done")
            }
        }
        return (calls, workshop)
    }

    private func decision(_ workshop: Workshop, _ task: String) throws -> GuardBench.Refusal {
        try #require(try GuardBench(workshop, task: task).decisions().last)
    }

    @Test(
        "a value is grounded in the principal's words or a trusted answer, and never in a mail",
        arguments: [
            ("O-1", "refund my order", true), ("O-7", "refund O-7", true), ("O-666", "refund my order", false),
            ("O-7", "refund O-71", false), ("O-9", "refund my order", false),
        ])
    func grounding(order: String, task: String, isGrounded: Bool) throws {
        let (calls, workshop) = try payments("{\"amount\":100,\"order_id\":\"\(order)\"}") {
            $0.flow.groundings = [
                Grounding(
                    argument: try Shop.path("order_id"),
                    sources: [
                        .principal, .field(tool: "lookup_order", try Shop.path("id")),
                        .field(tool: "read_mail", try Shop.path("order_id")),
                    ])
            ]
        }
        let decision = try decision(workshop, task)
        #expect(decision.code == (isGrounded ? "policy.relaxed" : "guard.grounding"), "\(decision.message)")
        #expect(calls.count == (isGrounded ? 2 : 1))
    }

    @Test("what the principal answers to a question is their own word")
    func answer() throws {
        let calls = Calls()
        var workshop = try Shop.refunds(calls)
        workshop.rules["refund"]?.flow.groundings = [
            Grounding(argument: try Shop.path("order_id"), sources: [.principal])
        ]
        workshop.model { request in
            switch request.messages.count(where: { $0.role == .tool }) {
            case 0: .calls([("ask_user", "{\"question\":\"Which one?\",\"options\":[\"O-1\",\"O-2\"]}")])
            case 1: .calls([("refund", "{\"amount\":100,\"order_id\":\"O-2\"}")])
            default: .says("done")
            }
        }
        let stage = try Stage(workshop)
        let run = try stage.start("refund my order")
        #expect(stage.status(run) == .waitingInput)
        #expect(try stage.state(run).question?.options == ["O-1", "O-2"])
        let (ana, scope) = (stage.ana, stage.scope)
        try stage.perform { try await $0.input("The second, O-2.", to: run, by: ana, scope: scope) }
        try stage.settle(1_000)
        #expect(calls.count == 1)
    }

    @Test("once a run has read text from outside, that text does not decide an untainted argument")
    func untainted() throws {
        let (calls, workshop) = try payments("{\"amount\":100,\"order_id\":\"O-666\"}") {
            $0.flow.untainted = [try Shop.path("order_id")]
        }
        #expect(try decision(workshop, "refund my order").code == "guard.flow")
        #expect(calls.count == 1)
    }

    @Test("what was read for one person is not told to a tool that more may see")
    func readers() throws {
        var (calls, workshop) = try payments("{\"amount\":100,\"order_id\":\"O-1\"}") { $0.flow.readers = .tenant }
        #expect(try decision(workshop, "refund O-1").code == "policy.relaxed")
        workshop.rules["lookup_order"]?.flow.confidentiality = .principal
        #expect(try decision(workshop, "refund O-1").code == "guard.flow")
        #expect(calls.count == 3)
    }

    @Test("whose record it is comes first: nothing else is asked about somebody else's")
    func entitlementFirst() throws {
        let (calls, workshop) = try payments("{\"amount\":100,\"order_id\":\"O-1\"}") {
            $0.entitlements = [
                Entitlement(
                    argument: try Shop.path("order_id"),
                    owner: try #require(ValueReference("lookup_order(order_id).customer_id")),
                    attribute: "customer_id")
            ]
            $0.dryRun = DryRun(
                with: [BoundArgument(name: "dry_run", source: .literal(true))], count: try Shop.path("matched"),
                atMost: 1)
        }
        let bench = try GuardBench(workshop, task: "refund O-1")
        #expect(try bench.decisions().last?.code == "guard.entitlement")
        let asked = try bench.stage.events(bench.run).compactMap {
            if case .guardChecked(let check) = $0 { check.tool } else { nil }
        }
        #expect(asked == ["lookup_order"])
        #expect(calls.arguments.count == 2, "the run's own look and the guard's")
    }

    @Test("\"clean up the data\" deletes nothing before it was said what, and counted")
    func cleanup() throws {
        let calls = Calls()
        let deleted = Mutex(0)
        var workshop = Workshop()
        var rules = ToolRules()
        rules.explicitScope = [try Shop.path("kind"), try Shop.path("before")]
        rules.dryRun = DryRun(
            with: [BoundArgument(name: "dry_run", source: .literal(true))], count: try Shop.path("matched"), atMost: 100
        )
        workshop.tool("cleanup", .dangerous, rules: rules) { invocation in
            calls.note(invocation)
            let arguments = try? JSONReader.read(invocation.arguments)
            let matched = arguments?["before"]?.string == "2020-01-01" ? 12 : 50_000
            if arguments?["dry_run"]?.bool != true { deleted.withLock { $0 += matched } }
            return .result(ToolResult(content: "{\"matched\":\(matched)}"))
        }
        let tries = [
            "{}", #"{"kind":"*","before":"2026-11-01"}"#, #"{"kind":"tickets","before":""}"#,
            #"{"kind":"tickets","before":"2026-11-01"}"#, #"{"kind":"tickets","before":"2020-01-01"}"#,
        ]
        workshop.model { request in
            let count = request.messages.count { $0.role == .tool }
            return count < tries.count ? .calls([("cleanup", tries[count])]) : .says("done")
        }
        let bench = try GuardBench(workshop, task: "clean up the data")
        let codes = try bench.decisions().map(\.code)
        #expect(codes == ["policy.scope", "policy.scope", "policy.scope", "policy.magnitude", "policy.class_floor"])
        #expect(try bench.decisions()[3].message.contains("would touch 50000, and at most 100"))
        #expect(bench.stage.status(bench.run) == .waitingApproval, "the small one waits for a reviewer")
        #expect(deleted.withLock { $0 } == 0)
    }
}
