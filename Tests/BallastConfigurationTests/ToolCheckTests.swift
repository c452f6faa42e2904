import BallastConfiguration
import BallastCore
import BallastRuntime
import Testing

@Suite("Once the tools are known, names and arguments are checked against them")
struct ToolCheckTests {
    private func tool(_ name: String, _ arguments: String..., optional: [String] = []) -> ToolDefinition {
        let properties = (arguments + optional).map { name in
            JSONMember(JSONString(name), ["type": name == "amount" ? "integer" : "string"])
        }
        return ToolDefinition(
            name: name, provider: "desk", description: "",
            inputSchema: [
                "type": "object", "properties": .object(JSONObject(properties)),
                "required": .array(arguments.map { JSONValue($0) }), "additionalProperties": false,
            ])
    }

    private var desk: [ToolDefinition] {
        [
            tool("lookup_order", "order_id"), tool("find_refund", "key"), tool("void_refund", "refund_id"),
            tool("issue_refund", "order_id", "amount", optional: ["reason"]),
        ]
    }

    @Test("nothing is wrong when everything is there")
    func sound() throws {
        #expect(try Files.load().check(tools: desk).isEmpty)
    }

    @Test("a tool that nobody offers is named where the agent and the policy name it")
    func missingTool() throws {
        let tools = desk.filter { $0.name != "issue_refund" } + [tool("issue_refunds", "order_id", "amount")]
        #expect(
            try Files.load().check(tools: tools).map(\.description) == [
                "agents/support.yaml:3:23: no provider offers a tool named `issue_refund`. "
                    + "Did you mean `issue_refunds`?",
                "policies/support.yaml:3:15: no provider offers a tool named `issue_refund`. "
                    + "Did you mean `issue_refunds`?",
            ])
    }

    @Test("tools of a provider that is down are not missed")
    func unreachable() throws {
        #expect(try Files.load().check(tools: [], unreachable: ["desk"]).isEmpty)
        #expect(try !Files.load().check(tools: [], unreachable: ["other"]).isEmpty == false)
    }

    @Test("a rule about an argument that the tool does not have")
    func argument() throws {
        let policy = """
            classes: { safe: [lookup_order], dangerous: [issue_refund] }
            rules:
              - id: large
                deny: issue_refund
                when: { amonut: { above: 5 } }
            """
        #expect(
            try Files.load(["policies/support.yaml": policy]).check(tools: desk).map(\.description) == [
                "policies/support.yaml:5:13: `issue_refund` has no argument `amonut`, so this could never be evaluated. "
                    + ""
                    + "Did you mean `amount`?"
            ])
    }

    @Test("a playbook's call is held against the agent's manifest and the tool's arguments")
    func playbook() throws {
        let text = """
            triggers: ["refund {order_id:id}"]
            steps:
              - call: issue_refund
                with: { order: $order_id }
              - call: void_refund
                with: { refund_id: R-1 }
            """
        #expect(
            try Files.load(["playbooks/refund.yaml": text]).check(tools: desk).map(\.description) == [
                "playbooks/refund.yaml:3:5: `issue_refund` has no argument `order`. "
                    + "Its arguments are order_id, amount, reason.",
                "playbooks/refund.yaml:3:5: `issue_refund` needs the argument `amount`. Add `amount: …` under `with`.",
                "playbooks/refund.yaml:3:5: `issue_refund` needs the argument `order_id`. "
                    + "Add `order_id: …` under `with`.",
                "playbooks/refund.yaml:5:5: `void_refund` is not among the tools of the agent support. "
                    + "The call would be refused. Add it to the agent's `tools`.",
            ])
    }
}
