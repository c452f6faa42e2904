import BallastCore
import BallastPolicy
import BallastRuntime

/// The simulated tools and model.
extension Simulation {
    func workshop() -> Workshop {
        var workshop = Workshop(agent: "worker")
        workshop.agent.budget.steps = 7
        workshop.tool("look", .safe) { [self] _ in await outside { await self.look() } }
        workshop.tool("find_payment", .safe) { [self] invocation in await outside { await self.find(invocation) } }
        var write = ToolRules()
        write.repeatability = .byKey(milliseconds: 3_600_000)
        write.limits = [
            LimitRule(
                measure: .count, cap: .fixed(.integer(Simulation.limitCap)), per: .tenant, every: .total)
        ]
        workshop.tool("write", .risky, rules: write) { [self] invocation in
            begin(invocation)
            return await outside { await self.act(invocation, deduplicates: true) }
        }
        let byKey = [BoundArgument(name: "effect", source: .idempotencyKey)]
        var pay = ToolRules()
        pay.undo = Undo(tool: "unpay", with: byKey)
        pay.verification = Verification(
            tool: "find_payment", with: [BoundArgument(name: "key", source: .idempotencyKey)], landsWithin: 400,
            happenedWhen: FieldPath("found").map { [$0: .equals(.bool(true))] } ?? [:])
        workshop.tool("pay", .dangerous, rules: pay) { [self] invocation in
            begin(invocation)
            return await outside { await self.act(invocation, deduplicates: false) }
        }
        workshop.tool("post", .dangerous) { [self] invocation in
            begin(invocation)
            return await outside { await self.act(invocation, deduplicates: false) }
        }
        var note = ToolRules()
        note.repeatability = .byKey(milliseconds: 3_600_000)
        note.businessKey = FieldPath("n").map { [$0] } ?? []
        note.undo = Undo(tool: "unnote", with: byKey)
        workshop.tool("note", .risky, rules: note) { [self] invocation in
            begin(invocation)
            return await outside { await self.act(invocation, deduplicates: true) }
        }
        addUndo(to: &workshop)
        workshop.policyRules = [
            PolicyRule(
                id: "note-freely", action: .relax(to: .allow), scope: RuleScope(tools: ["note"]), owner: "simulation",
                reason: "one tool with effects that needs nobody", expires: Timestamp.distantFuture)
        ]
        workshop.model { [self] request throws(ModelFailure) in try await reply(request) }
        var helper = workshop.agent
        helper.name = "helper"
        helper.description = "Helps."
        helper.budget.steps = 6
        var outsider = AgentDefinition(name: "outsider", budget: workshop.agent.budget, escalation: helper.escalation)
        (outsider.isGateway, outsider.callsEveryTool, outsider.budget.steps) = (true, true, 40)
        workshop.others = [helper, outsider]
        workshop.agent.agents = ["helper"]
        workshop.describe("pay", as: "Edition \(edition).")
        policy.apply(to: &workshop)
        if shape.hasShadow { workshop.shadow = contrary(to: workshop) }
        return workshop
    }

    /// Denies what the policy lets pass, lets pass what it asks about, and has no room for more than one `write`.
    private func contrary(to workshop: Workshop) -> ShadowPolicy {
        var rules = workshop.rules
        rules["write"]?.limits = [
            LimitRule(measure: .count, cap: .fixed(.integer(1)), per: .tenant, every: .total)
        ]
        let classes: [String: ToolClass] = [
            "look": .safe, "find_payment": .safe, "write": .safe, "pay": .risky, "post": .safe, "note": .dangerous,
        ]
        return ShadowPolicy(
            name: "contrary",
            policy: Policy(classes: classes, tools: rules, hash: Array(repeating: 99, count: 16)))
    }

    /// What takes back: neither looks whether it was called before.
    private func addUndo(to workshop: inout Workshop) {
        let schema: JSONValue = [
            "type": "object", "properties": ["effect": ["type": "string"]], "required": ["effect"],
            "additionalProperties": false,
        ]
        for (name, toolClass) in [("unpay", ToolClass.dangerous), ("unnote", .risky)] {
            workshop.tool(name, toolClass, schema: schema) { [self] invocation in
                begin(invocation)
                return await outside { await self.act(invocation, deduplicates: false) }
            }
            // No agent has them: only what takes back may call them.
            workshop.agent.tools.removeAll { $0 == name }
        }
    }

    // MARK: Tools

    private func look() async -> ToolOutcome {
        await pause(30)
        switch isCalm ? 99 : random.below(100) {
        case 0..<10: return .unknown(ToolFailure(code: .timeout, message: "no answer"))
        case 10..<20: return .neverSent(ToolFailure(code: .unreachable, message: "refused"), isRetryable: true)
        case 20..<30: return .result(ToolResult(content: "failed", isError: true))
        default: return .result(ToolResult(content: "{\"ok\":true}"))
        }
    }

    private func find(_ invocation: ToolInvocation) async -> ToolOutcome {
        await pause(30)
        if !isCalm, random.chance(20) { return .unknown(ToolFailure(code: .timeout, message: "no answer")) }
        let arguments = try? JSONReader.read(invocation.arguments)
        let isFound = world.knows(arguments?["key"]?.string ?? "")
        return .result(
            ToolResult(content: "{\"found\":\(isFound)}", structured: ["found": .bool(isFound)]))
    }

    /// The bytes leave now.
    private func begin(_ invocation: ToolInvocation) {
        world.begin(
            invocation.effect, of: family(of: invocation.effect.run), tool: invocation.tool.name,
            definition: invocation.tool.hash.description)
        guard shape.reloads, policy.edition > 1 else { return }
        world.begin(invocation.effect, tool: invocation.tool.name, judgedBy: policyEdition(of: invocation.effect))
    }

    /// Does its work before it answers, after it "answers", late, or not at all.
    private func act(_ invocation: ToolInvocation, deduplicates: Bool) async -> ToolOutcome {
        let fate = isCalm ? 99 : random.below(100)
        switch fate {
        case 0..<8: return .neverSent(ToolFailure(code: .unreachable, message: "refused"), isRetryable: true)
        case 8..<16: return .result(ToolResult(content: "not possible", isError: true))
        case 16..<24:
            await pause(60)
            return .unknown(ToolFailure(code: .connectionLost, message: "cut before it arrived"))
        case 24..<32:
            await land(invocation, deduplicates, within: 60)
            return .unknown(ToolFailure(code: .timeout, message: "done, answer lost"))
        case 32..<38:
            let wait = Int64(random.below(300))
            world.expect(invocation, deduplicates: deduplicates, after: wait)
            spawn { [self] in
                try? await clock.sleep(milliseconds: wait)
                world.landDue()
            }
            return .unknown(ToolFailure(code: .timeout, message: "will land late"))
        default:
            await land(invocation, deduplicates, within: 40)
            await pause(40)
            return .result(ToolResult(content: "{\"done\":true}"))
        }
    }

    private func land(_ invocation: ToolInvocation, _ deduplicates: Bool, within longest: Int) async {
        let wait = Int64(random.below(longest))
        world.expect(invocation, deduplicates: deduplicates, after: wait)
        try? await clock.sleep(milliseconds: wait)
        world.landDue()
    }

    func pause(_ longest: Int) async {
        try? await clock.sleep(milliseconds: Int64(random.below(longest)))
    }

    // MARK: Model

    private func reply(_ request: ModelRequest) async throws(ModelFailure) -> ModelReply {
        await pause(40)
        switch isCalm ? 99 : random.below(100) {
        case 0..<6: throw ModelFailure(code: .rateLimited, message: "slow down", isRetryable: true, retryAfter: 100)
        case 6..<9: throw ModelFailure(code: .timeout, message: "no reply", isRetryable: true)
        case 9..<12: return .says("")
        case 12..<15: return .calls([("nonsense", "{}")])
        case 15..<18: return .calls([("look", "{not json")])
        default: break
        }
        let results = request.messages.count { $0.role == .tool }
        if results >= 4 || random.chance(15) { return .says("finished") }
        let count = random.chance(70) ? 1 : 2 + random.below(2)
        return .calls(
            (0..<count).map { _ in
                proposal(mayDelegate: shape.subRuns && request.tools.contains { $0.name == "agent_helper" })
            })
    }

    private func proposal(mayDelegate: Bool) -> (String, String) {
        var tools = ["look", "look", "write", "pay", "pay", "post", "note", "note", "ask_user"]
        if mayDelegate { tools += ["agent_helper", "agent_helper"] }
        let tool = random.pick(tools) ?? "look"
        if tool == "agent_helper" { return (tool, "{\"task\":\"help \(random.below(100))\"}") }
        if tool == "ask_user" { return (tool, "{\"question\":\"which one?\"}") }
        // Few numbers, so that different runs propose the same action.
        if tool == "note" { return (tool, "{\"n\":\(random.below(4))}") }
        return (tool, "{\"n\":\(random.below(1000))}")
    }
}
