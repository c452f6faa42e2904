import BallastConfiguration
import BallastCore
import Testing

@Suite("A wrong configuration says where, what, why, and what to write instead")
struct WrongConfigurationTests {
    private func policy(_ text: String) -> [String] { Files.complaints(["policies/support.yaml": text]) }

    @Test("a misspelled key")
    func misspelledKey() {
        let agent = """
            instrutions: Help customers.
            model: small
            """
        #expect(
            Files.complaints(["agents/support.yaml": agent]) == [
                "agents/support.yaml:1:1: unknown key `instrutions` in an agent. It would be ignored. "
                    + "Did you mean `instructions`?"
            ])
    }

    @Test("a value of another type")
    func wrongType() {
        let agent = """
            model: small
            max_output_tokens: lots
            budget: { time: 10 minutes, cost: $5 }
            """
        #expect(
            Files.complaints(["agents/support.yaml": agent]) == [
                "agents/support.yaml:2:20: `max_output_tokens` is a whole number from 1 to 1000000, and here stands "
                    + "`lots`. Write a number such as 1.",
                "agents/support.yaml:3:17: `time` is a span of time, and here stands `10 minutes`. "
                    + "Write a whole number and a unit: `500ms`, `30s`, `5m`, `24h`, `7d`.",
                "agents/support.yaml:3:35: `cost` is an amount of US dollars. Write an amount such as `0.50 USD`.",
            ])
    }

    @Test("a secret in the file, and a variable that is not set")
    func secrets() {
        let server = """
            models:
              small: { api: openai, model: tiny, key: sk-1234567890 }
              large: { api: anthropic, model: big, key: "${BIG_KEY}", price: { input: 1, output: 5 } }
            """
        let complaints = Files.complaints(["ballast.yaml": server])
        #expect(
            complaints.prefix(2) == [
                "ballast.yaml:2:43: the key of a model stands in the file itself. "
                    + "Files are committed, copied and shown. "
                    + "Write `${NAME}` for an environment variable, or `{ file: PATH }`.",
                "ballast.yaml:3:45: the environment variable `BIG_KEY` is not set. "
                    + "Set it before starting, for example `export BIG_KEY=…`.",
            ])
        #expect(!complaints.joined().contains("sk-1234567890"))
    }

    @Test("a name that nothing has")
    func unknownNames() {
        let agent = """
            model: smal
            tools: [lookup_order]
            policy: suport
            playbooks: [refunds]
            escalation: [{ to: lead, within: 30m }]
            """
        #expect(
            Files.complaints(["agents/support.yaml": agent]).filter { !$0.contains("warning") } == [
                "agents/support.yaml:1:8: there is no model `smal` in ballast.yaml. Did you mean `small`?",
                "agents/support.yaml:3:9: there is no policy `suport` in policies/. Did you mean `support`?",
                "agents/support.yaml:4:13: there is no playbook `refunds` in playbooks/. Did you mean `refund`?",
                "agents/support.yaml:5:20: people.yaml has no group or person `lead`. Nobody would take over. "
                    + "Did you mean `leads`?",
            ])
    }

    @Test("a dangerous tool without anybody to hand over to")
    func noEscalation() {
        let agent = """
            model: small
            tools: [issue_refund]
            policy: support
            """
        #expect(
            Files.complaints(["agents/support.yaml": agent]) == [
                "agents/support.yaml:1:1: the agent has a dangerous tool (`issue_refund`) and nobody to hand over to. "
                    + "A request that nobody answers would have no end. "
                    + "Add `escalation: [{ to: GROUP, within: 30m }]`."
            ])
    }

    @Test("a relaxation that breaks its terms")
    func relaxation() {
        let text = """
            classes: { dangerous: [issue_refund], safe: [lookup_order] }
            rules:
              - id: small
                relax: issue_refund to allow
                reason: low value
            """
        #expect(
            policy(text) == [
                "policies/support.yaml:3:5: a dangerous tool is relaxed without a bound on how much it may touch. "
                    + "Add a bound such as `when: { amount: { at_most: 50.00 USD } }`.",
                "policies/support.yaml:3:5: a relaxation has no end, so it would outlive its reason. "
                    + "Add `expires: YYYY-MM-DD`.",
                "policies/support.yaml:3:5: a relaxation has no owner, so nobody answers for it. Add `owner: TEAM`.",
                "policies/support.yaml:4:5: a dangerous tool may be relaxed to confirm at most. "
                    + "Write `relax: TOOL to confirm`.",
                "policies/support.yaml:4:5: a dangerous tool that cannot be undone may not be relaxed. "
                    + "Declare `undo` for the tool, or remove this rule.",
            ])
    }

    @Test("an amount without a currency, and a test that there is none of")
    func amounts() {
        let text = """
            classes: { dangerous: [issue_refund], safe: [lookup_order] }
            tools:
              issue_refund: { money: { amount: USd } }
            rules:
              - id: large
                deny: issue_refund
                when: { amount: { atmost: 5, above: $50 } }
            """
        #expect(
            policy(text) == [
                "policies/support.yaml:3:36: `USd` is no currency. Currencies have three letters (ISO 4217). "
                    + "Did you mean `USD`?",
                "policies/support.yaml:7:23: `atmost` is no test of `amount`. Did you mean `at_most`?",
                "policies/support.yaml:7:41: `$50` is no amount. "
                    + "Amounts are exact: no thousands, no more digits than the currency has. "
                    + "Write `50.00 USD`, or a whole number.",
            ])
    }

    @Test("a trigger and steps that cannot work")
    func playbook() {
        let text = """
            triggers: ["refund {amount:mony}", "refund order {order_id:id}"]
            steps:
              - call: issue_refund
                with: { order_id: $order_id, amount: $amount }
              - sya: Done.
              - say: Done {refund.id}.
                ask: And now?
            """
        #expect(
            Files.complaints(["playbooks/refund.yaml": text]) == [
                "playbooks/refund.yaml:1:12: `mony` is no type of a slot. "
                    + "Use one of text, word, id, id(SHAPE), integer, money, money(CURRENCY), email.",
                "playbooks/refund.yaml:3:5: nothing fills a slot `amount`. "
                    + "Add `{amount:text}` to the triggers, or ask for it.",
                "playbooks/refund.yaml:5:5: unknown key `sya` in a step. It would be ignored. Did you mean `say`?",
                "playbooks/refund.yaml:6:5: `say` does not go with `ask`. A step does one thing. "
                    + "Make it a step of its own.",
                "playbooks/refund.yaml:6:5: `slot` is missing in a step. Add `slot: order_id`.",
            ])
    }

    @Test("a freshness of nothing is refused, not ignored")
    func freshnessOfNothing() {
        let text = """
            classes: { dangerous: [issue_refund], safe: [lookup_order] }
            tools:
              issue_refund: { fresh: 30s }
            """
        #expect(
            policy(text) == [
                "policies/support.yaml:3:19: the guard asks nothing for `issue_refund`, so nothing of it can grow old. "
                    + "Say what it asks with `entitled`, a limit that names a safe tool, or `dry_run`; or remove it."
            ])
        #expect(policy(text.replacing("30s", with: "soon")).first?.contains("`fresh` is a span of time") == true)
    }

    @Test(
        "a rule that would silently say more or less than it seems to",
        arguments: [
            ("deny: []", "5:11: `deny` is an empty list. The rule would hold for nothing. Name at least one."),
            (
                "deny: lookup_order\n    when:",
                "6:5: `when` has no value. Nobody can tell what is meant. Write a value, or remove the key."
            ),
            (
                "deny: lookup_order\n    when: { amount: {} }",
                "6:21: `amount` is tested for nothing. Write a value, a list, or a test such as `{ at_most: 5 }`."
            ),
            (
                "deny: lookup_order\n    when: { amount: { in: [] } }",
                "6:27: `amount` is compared with an empty list. Name at least one value."
            ),
            (
                "deny: lookup_order\n    when: { tool: find_refund }",
                "6:13: the rule names other tools above. It would hold for none. Remove `tool`."
            ),
            (
                "deny: lookup_order\n    when: { agent: suport }",
                "6:20: there is no agent `suport` in agents/. Did you mean `support`?"
            ),
            ("require: { quorum: 2 }", "5:14: a requirement needs one of `approve`, `confirm`. Add one of them."),
            (
                "require: { approve: lead }",
                "5:25: people.yaml has no group `lead`. Nobody could ever approve. Did you mean `leads`?"
            ),
        ])
    func silent(rule: String, complaint: String) {
        let text = """
            classes:
              safe: [lookup_order, find_refund, issue_refund]
            rules:
              - id: r
                \(rule)
            """
        #expect(policy(text).first == "policies/support.yaml:" + complaint)
    }

    @Test("a key that stands one level too far left")
    func misplacedKey() {
        #expect(
            policy("classes: { safe: [lookup_order] }\nsequential: true\n").first
                == "policies/support.yaml:2:1: unknown key `sequential` in a policy. It would be ignored. "
                + "`sequential` belongs in the statements of a tool: check the indentation.")
    }

    @Test("everything that is wrong is said at once, errors first")
    func many() {
        let complaints = Files.complaints([
            "people.yaml": "principals: []\ngruops: {}\n", "playbooks/refund.yaml": "steps: 5\n",
            "agents/support.yaml": "model: small\nask_user: yes\n",
        ])
        #expect(complaints.count >= 5)
        #expect(
            complaints
                == complaints.sorted { a, b in (a.contains("warning") ? 1 : 0) < (b.contains("warning") ? 1 : 0) })
    }

    @Test("a folder that is not there, and files that are missing")
    func missing() {
        #expect(throws: ConfigurationError.self) { try Configuration.load(folder: "/no/such/folder", environment: [:]) }
        #expect(
            Files.complaints(without: "ballast.yaml").first
                == "ballast.yaml: the file is missing. `ballast init DIR` makes a configuration that works.")
        #expect(
            Files.complaints(["people.yaml": String(repeating: "[", count: 5000)]).first?.contains("nested too deeply")
                == true)
    }

    @Test("an MCP server that is two things, in clear, or told what the protocol says itself")
    func mcpAddress() {
        let server = """
            tools:
              both: { mcp: { command: [x], url: "https://a.example/mcp" } }
              none: { mcp: { prefix: none } }
              open: { mcp: { url: "http://a.example/mcp" } }
              user: { mcp: { url: "https://me:pw@a.example/mcp" } }
              mixed:
                mcp:
                  url: https://a.example/mcp
                  cwd: /tmp
                  headers: { Mcp-Session-Id: x, "a b": y }
              child: { mcp: { command: [x], headers: { A: b } } }
            """
        let complaints = Files.complaints(["ballast.yaml": server])
        #expect(complaints.count { !$0.contains("there is no model") } == 8, "\(complaints)")
        #expect(
            complaints.contains { $0.hasPrefix("ballast.yaml:2:") && $0.contains("more than one of `command`, `url`") })
        #expect(complaints.contains { $0.hasPrefix("ballast.yaml:3:") && $0.contains("needs one of `command`, `url`") })
        #expect(
            complaints.contains(
                "ballast.yaml:4:23: the MCP server a.example would be spoken to in clear. Anybody on the way could read "
                    + "and change calls and results. Write `https://`, or `allow_http: true` where the network itself "
                    + "is encrypted."))
        #expect(
            complaints.contains { $0.hasPrefix("ballast.yaml:5:") && $0.contains("is no address of an MCP server") })
        #expect(complaints.contains { $0.hasPrefix("ballast.yaml:9:") && $0.contains("`cwd` does not go with `url`") })
        #expect(complaints.contains { $0.contains("the header `Mcp-Session-Id` belongs to the protocol") })
        #expect(complaints.contains { $0.contains("`a b` is no name of a header") })
        #expect(complaints.contains { $0.contains("`headers` does not go with `command`") })
    }
}
