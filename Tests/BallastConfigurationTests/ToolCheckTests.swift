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

    @Test("what an agent's contract names must be there, and what it says must be understood")
    func contract() throws {
        let agent = try #require(Files.sound["agents/support.yaml"])
        func with(_ contract: String) -> [String: String] {
            ["agents/support.yaml": agent + "\ncontract: \(contract)\n"]
        }
        let fine = with("{ tools: [{ name: issue_refund, max_count: 1 }], bounds: { amount: 50.00 USD } }")
        #expect(try Files.load(fine).check(tools: desk).isEmpty)
        let misspelt = with("{ tools: [issue_refund], bounds: { amout: 50.00 USD } }")
        #expect(
            try Files.load(misspelt).check(tools: desk).map(\.description) == [
                "agents/support.yaml:1:1: the agent's `contract` cannot be kept: `bounds` names amout, which no tool of "
                    + "the contract takes. Name tools and arguments as the providers offer them (`ballast tools`)."
            ])
        let complaints = Files.complaints(with("{ tools: [issue_refund], goals: 1 }"))
        #expect(complaints.count == 1 && complaints.first?.contains("and not `goals`") == true, "\(complaints)")
    }

    @Test("a reader has a schema and no tools, and an agent leaves to one what it withholds")
    func readers() throws {
        let agent = try #require(Files.sound["agents/support.yaml"])
        let reader = "model: small\npolicy: support\nanswers: { type: object, properties: { id: { type: string } } }\n"
        let files = [
            "agents/support.yaml": agent + "\nagents: [reader]\nwithholds: [lookup_order]\n",
            "agents/reader.yaml": reader,
        ]
        let loaded = try Files.load(files)
        #expect(loaded.agents["reader"]?.definition.answers?["type"] == "object")
        #expect(loaded.agents["reader"]?.definition.mayAskUser == false)
        #expect(loaded.agents["support"]?.definition.withheld == ["lookup_order"])
        func complaint(_ changes: [String: String]) -> String {
            Files.complaints(files.merging(changes) { $1 }).joined(separator: "\n")
        }
        #expect(complaint(["agents/reader.yaml": reader + "tools: [lookup_order]\n"]).contains("has no tools"))
        #expect(complaint(["agents/reader.yaml": "model: small\nanswers: { type: 7 }\n"]).contains("no JSON Schema"))
        #expect(complaint(["agents/support.yaml": agent + "\nwithholds: [lookup_order]\n"]).contains("nobody reads"))
        let other = agent + "\nagents: [reader]\nwithholds: [read_mail]\n"
        #expect(complaint(["agents/support.yaml": other]).contains("`read_mail` is not among the agent's `tools`"))
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

    @Test("an undo that no tool takes, and an all-or-nothing playbook that could not take back what it does")
    func undo() throws {
        func policy(_ undo: String) -> String {
            """
            classes:
              safe: [lookup_order, find_refund]
              dangerous: [issue_refund, void_refund]
            tools:
              issue_refund:
                money: { amount: USD }
            \(undo)
            """
        }
        let wrong = policy("    undo: { tool: void_refund, with: { refund: $result.refund_id } }")
        let said = try Files.load(["policies/support.yaml": wrong]).check(tools: desk).map(\.description)
        #expect(said.count == 2 && said.allSatisfy { $0.hasPrefix("policies/support.yaml:7:") })
        #expect(said.contains { $0.contains("`void_refund` has no argument `refund`") }, "\(said)")
        #expect(said.contains { $0.contains("`void_refund` needs the argument `refund_id`") }, "\(said)")
        let playbook = """
            triggers: ["refund {order_id:id}"]
            all_or_nothing: true
            steps:
              - call: issue_refund
                with: { order_id: $order_id, amount: 100 }
                as: first
              - call: issue_refund
                with: { order_id: $order_id, amount: 200 }
                as: second
            """
        let files = ["playbooks/refund.yaml": playbook]
        #expect(try Files.load(files).check(tools: desk).isEmpty)
        #expect(
            try Files.load(files.merging(["policies/support.yaml": policy("")]) { $1 }).check(tools: desk)
                .map(\.description) == [
                    "playbooks/refund.yaml:4:5: nothing takes `issue_refund` back. The playbook is `all_or_nothing`. "
                        + "Declare `undo` for the tool, make it the last call, or leave out `all_or_nothing`."
                ])
    }
}
