import BallastConfiguration
import BallastCore
import BallastPolicy
import BallastRuntime
import Testing

@Suite("An agent names a shadow beside its policy")
struct ShadowFileTests {
    private static let agent = (Files.sound["agents/support.yaml"] ?? "") + "\nshadow: careful\n"
    private static let careful =
        (Files.sound["policies/support.yaml"] ?? "") + "\n  - { id: no-refunds, deny: issue_refund }\n"

    private func changed(_ agent: String = ShadowFileTests.agent, _ more: [String: String] = [:]) -> [String: String] {
        ["agents/support.yaml": agent, "policies/careful.yaml": ShadowFileTests.careful].merging(more) { $1 }
    }

    @Test("which is read as the policy is, with what it includes and with the overlays of the environment")
    func read() throws {
        let agent = try #require(try Files.load(changed()).agents["support"])
        #expect(agent.policy.rules.map(\.id) == ["by-leads"])
        #expect(agent.shadow?.name == "careful")
        #expect(agent.shadow?.policy.rules.map(\.id) == ["by-leads", "no-refunds"])
        #expect(agent.shadow?.policy.hash != agent.policy.hash)
        let whole = changed(
            ShadowFileTests.agent,
            [
                "ballast.yaml": (Files.sound["ballast.yaml"] ?? "") + "\nenvironment: production\n",
                "policies/careful.yaml": "include: more\n" + ShadowFileTests.careful,
                "policies/more.yaml": "rules: [{ id: included, deny: void_refund }]",
                "policies/overlays/production/careful.yaml": "rules: [{ id: overlaid, deny: void_refund }]",
            ])
        let overlaid = try #require(try Files.load(whole).agents["support"])
        #expect(overlaid.policy.rules.map(\.id) == ["by-leads"])
        #expect(overlaid.shadow?.policy.rules.map(\.id) == ["by-leads", "included", "no-refunds", "overlaid"])
    }

    @Test("and is the same agent with it and without it: a run goes on with whatever is in force")
    func version() throws {
        let shadowed = try Files.load(changed()).agents["support"]
        let plain = try Files.load().agents["support"]
        #expect(shadowed?.reference == plain?.reference && plain?.shadow == nil)
    }

    @Test("never alone, and never one that is not there or does not load")
    func wrong() {
        let alone = ShadowFileTests.agent.replacing("policy: support\n", with: "")
        #expect(
            Files.complaints(changed(alone)).contains {
                $0.hasPrefix("agents/support.yaml:7:9: the agent has a `shadow` and no `policy`")
            })
        let missing = ShadowFileTests.agent.replacing("shadow: careful", with: "shadow: carefull")
        #expect(
            Files.complaints(changed(missing)).contains { $0.contains("there is no policy `carefull`") })
        let broken = ["policies/careful.yaml": "rules: [{ id: x, denyy: issue_refund }]"]
        #expect(
            Files.complaints(changed(ShadowFileTests.agent, broken)).contains {
                $0.hasPrefix("policies/careful.yaml:1:")
            })
    }

    @Test("and what its rules say of arguments is held against the tools, as of the policy")
    func toolCheck() throws {
        let careful =
            ShadowFileTests.careful + "  - { id: odd, deny: issue_refund, when: { amonut: { above: 3 } } }\n"
        let configuration = try Files.load(changed(ShadowFileTests.agent, ["policies/careful.yaml": careful]))
        let schema: JSONValue = [
            "type": "object", "properties": ["amount": ["type": "integer"]], "additionalProperties": false,
        ]
        let tools = ["lookup_order", "issue_refund", "find_refund", "void_refund"].map {
            ToolDefinition(name: $0, provider: "desk", description: "", inputSchema: schema)
        }
        let complaints = configuration.check(tools: tools).map(\.description)
        #expect(complaints.contains { $0.hasPrefix("policies/careful.yaml:") && $0.contains("amonut") })
    }
}
