import BallastCore
import BallastPolicy
import BallastRuntime
import BallastTesting
import Synchronization
import Testing

@Suite("How sure an action is decides between doing, confirming, asking and handing over (R35, R36, R37, R39)")
struct BandTests {
    /// A tool that runs alone as long as everybody is sure.
    private func workshop(
        _ calls: Calls, _ arguments: String, rule: ConfidenceRule = ConfidenceRule(), groundings: [Grounding] = [],
        then answer: String = "All done."
    ) throws -> Workshop {
        var workshop = try Shop.refunds(
            calls, schema: ["type": "object", "properties": ["amount": [:]], "additionalProperties": false])
        workshop.rules["refund"]?.confidence = rule
        workshop.rules["refund"]?.flow.groundings = groundings
        workshop.model { request in
            request.messages.contains { $0.role == .tool } ? .says(answer) : .calls([("refund", arguments)])
        }
        return workshop
    }

    private func estimates(_ stage: Stage, _ run: RunID) throws -> [String] {
        try stage.events(run).compactMap { event in
            guard case .confidenceEstimated(let estimate) = event else { return nil }
            return "\(estimate.source) \(estimate.band)"
        }
    }

    @Test("high adds nothing, and who said so is on record")
    func high() throws {
        let calls = Calls()
        let stage = try Stage(workshop(calls, #"{"_confidence":"high","amount":500}"#))
        let run = try stage.start("refund 5")
        #expect(stage.status(run) == .succeeded)
        #expect(calls.arguments == [#"{"amount":500}"#], "what is said beside the arguments is not sent")
        #expect(try estimates(stage, run) == ["stated 3", "rules 3"])
    }

    @Test("medium asks the principal, who sees what was assumed, and so does the final answer")
    func medium() throws {
        let calls = Calls()
        let stated = #"{"_assumptions":["The refund is for the last order."],"_confidence":"medium","amount":500}"#
        let stage = try Stage(workshop(calls, stated))
        let run = try stage.start("refund me")
        #expect(stage.status(run) == .waitingConfirm)
        let approval = try #require(try stage.pendingApprovals().first)
        let review = try JSONReader.read(Array(try stage.text(approval.review).utf8))
        #expect(review["confidence"] == "medium")
        #expect(review["assumptions"] == ["The refund is for the last order."])
        _ = try stage.decide(approval.id, .approve, by: stage.ana)
        try stage.settle(1_000)
        #expect(calls.count == 1)
        let answer = try stage.text(stage.state(run).outcome?.text)
        #expect(answer == "All done.\n\nAssumed: The refund is for the last order.")
        #expect(try estimates(stage, run) == ["stated 2", "rules 2"], "an approved action is not estimated again")
    }

    @Test("low is denied, and the model is told to ask the user")
    func low() throws {
        let calls = Calls()
        let stage = try Stage(workshop(calls, #"{"_confidence":"low","amount":500}"#))
        let run = try stage.start("refund something")
        #expect(calls.count == 0)
        let refusals = try stage.events(run).compactMap { event -> String? in
            guard case .actionDecided(let decision) = event else { return nil }
            return try stage.text(decision.reasons)
        }
        #expect(refusals.count == 1)
        #expect(refusals[0].contains("\"code\":\"policy.confidence\""))
        #expect(refusals[0].contains("\"next\":\"ask_user\""))
    }

    @Test("very low is denied, and a person really gets the run")
    func veryLow() throws {
        let calls = Calls()
        let stage = try Stage(workshop(calls, #"{"_confidence":"very_low","amount":500}"#))
        let run = try stage.start("refund something")
        #expect(calls.count == 0)
        #expect(stage.status(run) == .escalated)
        #expect(try stage.state(run).escalation?.code == "confidence")
        #expect(try stage.state(run).escalation?.to == "operators")
    }

    @Test(
        "what a model says of itself only lowers: a word that is no band counts as doubt",
        arguments: [
            ("\"high\"", "policy.confidence"), ("\"certain\"", "policy.confidence"), ("9", "policy.confidence"),
        ])
    func statedOnlyLowers(word: String, code: String) throws {
        let grounding = Grounding(
            argument: try Shop.path("amount"), sources: [.principal, .field(tool: "lookup", try Shop.path("total"))])
        let calls = Calls()
        var workshop = try workshop(calls, "", groundings: [grounding])
        var trusted = ToolRules()
        trusted.trust = .all
        workshop.tool("lookup", .safe, rules: trusted) { _ in .result(ToolResult(content: "{\"total\":500}")) }
        workshop.models = [:]
        workshop.agent.models = []
        workshop.model { request in
            switch request.messages.count(where: { $0.role == .tool }) {
            case 0: .calls([("lookup", "{}")])
            case 1: .calls([("refund", "{\"_confidence\":\(word),\"amount\":500}")])
            default: .says("done")
            }
        }
        // The amount comes from a trusted answer, not from the principal: that is to be confirmed, whatever is said.
        let stage = try Stage(workshop)
        let run = try stage.start("refund my order")
        #expect(stage.status(run) == .waitingConfirm)
        #expect(calls.count == 0)
        let sure = try Stage(workshop)
        let other = try sure.start("refund 5.00 USD")
        #expect(sure.status(other) == (word == "\"high\"" ? .succeeded : .waitingConfirm))
    }

    @Test(
        "a second model may lower it, costs the run its tokens, and is not asked about what is denied anyway",
        arguments: [
            ("yes", RunStatus.succeeded), ("No.", .succeeded), ("perhaps", .waitingConfirm), ("", .waitingConfirm),
        ])
    func verifier(answer: String, status: RunStatus) throws {
        let calls = Calls()
        let asked = Mutex<[String]>([])
        var workshop = try workshop(calls, #"{"amount":500}"#, rule: ConfidenceRule(verifier: "checker"))
        workshop.models["checker"] = DeployedModel(
            client: ScriptedModel { request in
                if case .text(let text)? = request.messages.first?.parts.first { asked.withLock { $0.append(text) } }
                return .says(answer)
            }, model: "checker", price: .free)
        let stage = try Stage(workshop)
        let run = try stage.start("refund 5")
        #expect(stage.status(run) == status)
        #expect(calls.count == (answer == "yes" ? 1 : 0))
        #expect(asked.withLock { $0.count } == 1)
        #expect(asked.withLock { $0[0].contains("> refund 5") && $0[0].contains("{\"amount\":500}") })
        let band = answer == "yes" ? 3 : answer == "No." ? 1 : 2
        #expect(try estimates(stage, run) == ["rules 3", "verifier:checker \(band)"])
        #expect(try stage.state(run).usage.tokens == (status == .waitingConfirm ? 30 : 45))
        workshop.policyRules.append(PolicyRule(id: "no", action: .deny, scope: RuleScope(tools: ["refund"])))
        _ = try Stage(workshop).start("refund 5")
        #expect(asked.withLock { $0.count } == 1)
    }

    @Test("a rule that speaks of confidence is answered with an estimate; nobody is asked where nothing speaks of it")
    func rules() throws {
        let calls = Calls()
        var workshop = try workshop(calls, #"{"_confidence":"medium","amount":500}"#)
        workshop.rules["refund"]?.confidence = nil
        workshop.policyRules.append(
            PolicyRule(
                id: "sure-or-finance", action: .requireApproval(ApprovalRequirement()),
                scope: RuleScope(tools: ["refund"]),
                conditions: [.confidence(.below, .high)]))
        let stage = try Stage(workshop)
        let run = try stage.start("refund 5")
        #expect(stage.status(run) == .waitingApproval)
        workshop.policyRules.removeLast()
        let silent = try Stage(workshop)
        let other = try silent.start("refund 5")
        #expect(try estimates(silent, other).isEmpty)
        let codes = try silent.events(other).compactMap {
            if case .actionDecided(let made) = $0 { made.code } else { nil }
        }
        #expect(codes == ["guard.schema"], "the reserved fields are only offered where they are asked for")
    }

    @Test("the model is offered the reserved fields only where a policy asks for them")
    func offered() throws {
        let seen = Mutex<[ToolDefinition]>([])
        var workshop = try workshop(Calls(), "{}")
        workshop.tool("other", .risky) { _ in .result(ToolResult(content: "{}")) }
        workshop.models = [:]
        workshop.agent.models = []
        workshop.model { request in
            seen.withLock { $0 = request.tools }
            return .says("done")
        }
        _ = try Stage(workshop).start("anything")
        let offers = seen.withLock { $0 }
        #expect(offers.first { $0.name == "refund" }?.inputSchema["properties"]?["_confidence"] != nil)
        #expect(offers.first { $0.name == "other" }?.inputSchema["properties"]?["_confidence"] == nil)
    }
}
