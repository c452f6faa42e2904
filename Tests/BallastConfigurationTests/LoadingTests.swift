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
        let guarded = try Files.load(["ballast.yaml": text + "\ndead_man: 60s\n", "agents/support.yaml": agent])
        #expect(guarded.server.deadMan == 60_000)
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
                mcp:
                  command: [./bin/desk, --db, "${DIR:-data}/x"]
                  env: { MODE: test, API_KEY: "${KEY}" }
                  cwd: desk
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
        #expect(desk.directory == "/config/desk")
        #expect(desk.environment["API_KEY"]?.reveal() == "k")
        #expect(configuration.providers["desk"]?.isPrefixed == true)
        #expect(shop.baseURL == "https://shop.example.com/api")
        #expect(shop.headers["Authorization"]?.reveal() == "Bearer k")
        #expect(shop.tools.map(\.path) == ["/orders/{order_id}"])
        #expect(configuration.providers["shop"]?.isPrefixed == false)
    }

    @Test("an MCP server may be an address, with its credentials")
    func mcpAddress() throws {
        let text = """
            models: { small: { api: openai, model: tiny, key: "${KEY}", price: { input: 1, output: 1 } } }
            tools:
              crm: { mcp: { url: "https://crm.example.com/mcp", headers: { Authorization: "Bearer ${KEY}" }, prefix: none } }
              near: { mcp: { url: "http://127.0.0.1:9000/mcp" } }
              far: { mcp: { url: "http://tools.internal/mcp", allow_http: true } }
            """
        let configuration = try Files.load(["ballast.yaml": text], environment: ["KEY": "k"])
        guard case .mcpAddress(let crm)? = configuration.providers["crm"]?.kind,
            case .mcpAddress(let far)? = configuration.providers["far"]?.kind
        else {
            Issue.record("they are there")
            return
        }
        #expect(crm.url == "https://crm.example.com/mcp")
        #expect(crm.headers["Authorization"]?.reveal() == "Bearer k")
        #expect(configuration.providers["crm"]?.isPrefixed == false)
        #expect(far.url == "http://tools.internal/mcp" && far.headers == [:])
    }
}
