import BallastConfiguration
import BallastCore
import BallastPolicy
import BallastRuntime
import Testing

@Suite("A configuration becomes typed values")
struct LoadingTests {
    @Test("the sound one loads without a word")
    func sound() throws {
        let configuration = try Files.load()
        #expect(configuration.warnings.isEmpty)
        #expect(configuration.server == ServerSettings())
        #expect(configuration.manifest == ["issue_refund", "lookup_order"])
        let agent = try #require(configuration.agents["support"])
        #expect(agent.definition.escalation == [AgentDefinition.EscalationStep(to: "leads", within: 1_800_000)])
        #expect(agent.playbooks.map(\.name) == ["refund"])
        #expect(agent.policy.toolClass(of: "issue_refund") == .dangerous)
    }

    @Test("people have attributes and groups")
    func people() throws {
        let people = try Files.load().people
        #expect(people.attributes(of: Principal("customer:ana")) == ["customer_id": "C-7"])
        #expect(people.attributes(of: Principal("customer:eve")).isEmpty)
        #expect(people.isMember(Principal("lead:tomas"), of: "leads"))
        #expect(people.groups(of: Principal("lead:tomas")) == ["leads"])
        #expect(people.members(of: "leads") == [Principal("lead:tomas")])
    }

    @Test("the server's settings")
    func server() throws {
        let text = """
            listen: 0.0.0.0:80
            store: sqlite:data/b.db
            environment: production
            tenants: { default: { zone: Europe/Berlin }, acme: }
            """
        let agent = "model: []\nplaybooks: [refund]\n"
        let configuration = try Files.load(["ballast.yaml": text, "agents/support.yaml": agent])
        #expect(
            configuration.server
                == ServerSettings(
                    host: "0.0.0.0", port: 80, store: .sqlite(path: "/config/data/b.db"), environment: "production"))
        #expect(
            configuration.tenants == [
                TenantSettings(name: "default", zone: "Europe/Berlin"), TenantSettings(name: "acme"),
            ])
        let open = Files.complaints(["ballast.yaml": text + "\nself_review: allowed\n", "agents/support.yaml": agent])
        #expect(open.first?.contains("`self_review: allowed` on an address that others can reach") == true)
    }

    @Test("models with keys from the environment or a file, and exact prices")
    func models() throws {
        let text = """
            models:
              small: { api: openai, model: gpt-x, key: "${KEY}", timeout: 30s, max_output: 4096 }
              large:
                api: anthropic
                model: claude-x
                key: { file: prompt.md }
                price: { input: 1.25, output: 10, cache_read: 0.125 }
            """
        let configuration = try Files.load(
            ["ballast.yaml": text, "prices.yaml": "models: { gpt-x: { input: 0.25, output: 2 } }\n"],
            environment: ["KEY": "sk-1"])
        let small = try #require(configuration.models["small"])
        #expect(small.key?.reveal() == "sk-1")
        #expect(small.baseURL == "https://api.openai.com/v1")
        #expect(small.price == ModelPrice(input: 250_000, output: 2_000_000))
        #expect(small.timeout == 30_000)
        let large = try #require(configuration.models["large"])
        #expect(large.key?.reveal() == "Be kind.")
        #expect(large.price == ModelPrice(input: 1_250_000, output: 10_000_000, cacheRead: 125_000))
    }

    @Test("a secret shows as dots wherever it is printed")
    func secret() {
        let secret = Secret("sk-1")
        var dumped = ""
        dump(secret, to: &dumped)
        #expect("\(secret) \(String(reflecting: secret)) \(dumped)".contains("sk-1") == false)
        #expect("\(secret)" == "•••")
    }

    @Test("a secret is not sent in clear, and a model without a price is noticed")
    func clear() {
        let text = """
            models:
              small: { api: openai, model: x, base_url: "http://models.example.com/v1", key: "${KEY}" }
            """
        let complaints = Files.complaints(["ballast.yaml": text], environment: ["KEY": "k"])
        #expect(complaints.first?.contains("a secret would be sent to models.example.com in clear") == true)
        #expect(complaints.last?.contains("warning: the price of `x` is not known") == true)
    }

    @Test("tools from MCP servers and from plain HTTP")
    func tools() throws {
        let text = """
            models: { small: { api: openai, base_url: "http://127.0.0.1:1/v1", model: tiny } }
            tools:
              desk:
                mcp: { command: [./bin/desk, --db, "${DIR:-data}/x"], env: { MODE: test, API_KEY: "${KEY}" }, cwd: work }
              shop:
                http:
                  base_url: https://shop.example.com/api/
                  headers: { Authorization: "Bearer ${KEY}" }
                  prefix: none
                  tools:
                    get_order:
                      description: One order.
                      method: GET
                      path: /orders/{order_id}
                      query: [expand]
                      arguments:
                        type: object
                        properties: { order_id: { type: string }, expand: { type: boolean } }
            """
        let configuration = try Files.load(["ballast.yaml": text], environment: ["KEY": "k"])
        guard case .mcp(let desk)? = configuration.providers["desk"]?.kind,
            case .http(let shop)? = configuration.providers["shop"]?.kind
        else {
            Issue.record("both providers are there")
            return
        }
        #expect(desk.command == ["/config/./bin/desk", "--db", "data/x"])
        #expect(desk.directory == "/config/work")
        #expect(desk.environment["API_KEY"]?.reveal() == "k")
        #expect(configuration.providers["desk"]?.isPrefixed == true)
        #expect(shop.baseURL == "https://shop.example.com/api")
        #expect(shop.headers["Authorization"]?.reveal() == "Bearer k")
        #expect(shop.tools.map(\.path) == ["/orders/{order_id}"])
        #expect(configuration.providers["shop"]?.isPrefixed == false)
    }

    @Test("a version is the content: comments and order change nothing, words do")
    func versions() throws {
        let base = try Files.load()
        let policy = """
            # A comment.
            rules:
              - when: { tool: issue_refund }
                require: { approve: leads }
                id: by-leads
            tools:
              issue_refund:
                undo: { with: { refund_id: $result.refund_id }, tool: void_refund }
                money: { amount: USD }
            classes:
              dangerous: [void_refund, issue_refund]
              safe: [find_refund, lookup_order]
            """
        let same = try Files.load(["policies/support.yaml": policy])
        #expect(same.agents["support"]?.policy.hash == base.agents["support"]?.policy.hash)
        #expect(base.agents["support"]?.policy.hash.count == 16)
        let other = try Files.load(["policies/support.yaml": policy + "\n  risky: [send_email]\n"])
        #expect(other.agents["support"]?.policy.hash != base.agents["support"]?.policy.hash)
        let words = "instructions: { file: prompt.md }\nplaybooks: [refund]\n"
        let changed = try #require(try Files.load(["agents/support.yaml": words]).agents["support"])
        #expect(changed.definition.instructions == "Be kind.")
        #expect(changed.reference.version.count == 16)
        #expect(changed.reference.version != base.agents["support"]?.reference.version)
    }

    @Test("several policies of one agent are one: the strictest class holds, rules add up")
    func merging() throws {
        let agent = """
            model: small
            tools: [lookup_order, issue_refund]
            policy: [support, strict]
            escalation: [{ to: leads, within: 30m }]
            """
        let strict = """
            classes: { risky: [lookup_order] }
            rules:
              - { id: no-refunds, deny: issue_refund }
            """
        let files: [String: String] = ["agents/support.yaml": agent, "policies/strict.yaml": strict]
        let policy = try #require(try Files.load(files).agents["support"]?.policy)
        #expect(policy.toolClass(of: "lookup_order") == .risky)
        #expect(policy.rules.map(\.id) == ["by-leads", "no-refunds"])
        let clash = "tools: { issue_refund: { repeat: naturally } }\nrules:\n  - { id: by-leads, deny: issue_refund }\n"
        let complaints = Files.complaints(["agents/support.yaml": agent, "policies/strict.yaml": clash])
        #expect(
            complaints == [
                "policies/support.yaml:5:3: `issue_refund` is stated here and in policies/strict.yaml:1:10 for the same agent. Two statements of one tool could contradict each other. Keep them in one file."
            ] || complaints.count == 2)
    }

    @Test("every statement and rule of the language is read")
    func policyLanguage() throws {
        let text = """
            classes: { safe: [lookup_order, find_refund], risky: [send_email], dangerous: [issue_refund, void_refund] }
            tools:
              issue_refund:
                money: { amount: { currency: EUR, form: decimal_string, currency_field: currency, min: -5.00 EUR } }
                repeat: by_key for 24h
                verify:
                  tool: find_refund
                  with: { key: $idempotency_key, order: $arguments.order_id, deep: 1 }
                  lands_within: 2s
                  happened_when: { found: true }
                undo: { tool: void_refund, with: { refund_id: $result.refund_id } }
                entitled: { order_id: lookup_order(order_id).customer_id = principal.customer_id }
                business_key: [order_id, amount]
                timeout: 5s
                limits:
                  - { each: lookup_order(order_id).open, at_most: 3 }
                  - { sum: amount, at_most: 10.00 EUR, per: tenant, every: 24h }
                  - { count: at_most 2, per: order_id }
                scope: order_id
                dry_run: { with: { dry_run: true }, count: matched, at_most: 9 }
                sequential: true
                trusted: [refund_id]
            rules:
              - id: all
                require: { approve: anybody, quorum: 2, within: 1h }
                when:
                  tool: [issue_refund]
                  class: dangerous
                  agent: support
                  principal: { prefix: "customer:" }
                  principal.customer_id: { exists: true }
                  role: { not_in: [leads] }
                  tenant: default
                  environment: [production, test]
                  confidence: { below: high }
                  untrusted_read: true
                  order_id.label: untrusted
                  order_id: { prefix: O-, suffix: "1", not_equals: O-9 }
                  argument.tool: hammer
                  note: { not_equals: $principal.name }
              - { id: mail, require: confirm, when: { tool: send_email, to: { domain_in: ["*.example.com"] } } }
            """
        let policy = try #require(try Files.load(["policies/support.yaml": text]).agents["support"]?.policy)
        let stated = policy.rules(for: "issue_refund")
        #expect(stated.money.first?.form == .decimalString)
        #expect(stated.money.first?.range.lowerBound == -500)
        #expect(stated.repeatability == .byKey(milliseconds: 86_400_000))
        #expect(stated.verification?.with.count == 3)
        #expect(stated.verification?.landsWithin == 2000)
        #expect(stated.undo?.tool == "void_refund")
        #expect(
            stated.entitlements.map(\.description) == ["lookup_order(order_id).customer_id = principal.customer_id"])
        #expect(stated.limits.map(\.name) == ["sum.amount/tenant/24h", "count/order_id/total"])
        #expect(stated.magnitudes.count == 1)
        #expect(stated.dryRun?.atMost == 9)
        #expect(stated.isSequential)
        #expect(policy.asksForConfidence(of: "issue_refund"))
        let rule = try #require(policy.rules.first)
        #expect(rule.conditions.count == 13)
        #expect(rule.scope.classes == [.dangerous])
        #expect(rule.action == .requireApproval(ApprovalRequirement(quorum: 2, within: 3_600_000)))
    }
}
