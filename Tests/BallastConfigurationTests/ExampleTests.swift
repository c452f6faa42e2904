import BallastConfiguration
import BallastCore
import BallastPolicy
import BallastRuntime
import Testing

@Suite("The support desk example")
struct ExampleTests {
    private let configuration: Configuration

    init() throws {
        configuration = try Configuration.load(
            folder: Files.repository + "/Examples/support-desk", environment: ["BALLAST_DATA": "/var/desk"])
    }

    private func agent() throws -> DeployedAgent { try #require(configuration.agents["support"]) }

    private func decide(_ tool: String, _ arguments: JSONValue, read: Bool = false, owner: JSONValue = "C-7") throws
        -> PolicyDecision
    {
        let policy = try agent().policy
        let ana = Principal("customer:ana")
        var facts = PolicyFacts(
            tool: tool, arguments: arguments, agent: "support", principal: ana,
            attributes: configuration.people.attributes(of: ana), hasReadUntrusted: read,
            run: "run_1", now: Timestamp(milliseconds: 1_795_000_000_000))
        facts.evidence.words = ["Please look at O-1001 and O-1009."]
        for call in policy.guardCalls(for: tool, arguments: arguments) {
            facts.groundTruth[call] =
                call.isDryRun ? ["matched": 3] : ["customer_id": owner, "total_cents": 4200]
        }
        return policy.decide(facts)
    }

    @Test("loads without a warning, and its data go where the environment says")
    func loads() throws {
        #expect(configuration.warnings.isEmpty)
        #expect(configuration.server.store == .sqlite(path: "/var/desk/ballast.db"))
        guard case .mcp(let server)? = configuration.providers["desk"]?.kind else {
            Issue.record("the desk is an MCP server")
            return
        }
        #expect(server.command == ["support-desk", "--db", "/var/desk/desk.db"])
    }

    @Test("every tool of the agent stands in a class")
    func classified() throws {
        let agent = try agent()
        #expect(agent.definition.tools.allSatisfy { agent.policy.toolClass(of: $0) != nil })
    }

    @Test("a refund waits for finance, bounded by the order's price")
    func refund() throws {
        let decision = try decide("issue_refund", ["order_id": "O-1001", "amount": 2000])
        #expect(decision.approvals == [ApprovalRequirement(group: "finance")])
        #expect(
            decision.demands.map(\.words).contains("at most lookup_order(order_id).total_cents of amount per order_id"))
        #expect(decision.demands.first { $0.subject == "\"O-1001\"" }?.cap == 4200)
        #expect(try decide("issue_refund", ["order_id": "O-1009", "amount": 61_900]).code == .magnitude)
        #expect(try decide("issue_refund", ["order_id": "O-1002", "amount": 1]).code == .grounding)
    }

    @Test("somebody else's order is out of reach, for reading too (R34)")
    func foreignOrder() throws {
        #expect(try decide("lookup_order", ["order_id": "O-1004"], owner: "C-9").code == .entitlement)
        #expect(try decide("issue_refund", ["order_id": "O-1004", "amount": 1], owner: "C-9").code == .entitlement)
        #expect(try decide("list_tickets", [:]).code == .entitlement)
        #expect(try decide("list_customer_orders", ["customer_id": "C-9"]).code == .entitlement)
    }

    @Test("mail to oneself goes out; to others, or after reading text from outside, a lead is asked")
    func mail() throws {
        let own: JSONValue = ["to": "ana@example.com", "subject": "s", "body": "b"]
        let other: JSONValue = ["to": "eve@evil.test", "subject": "s", "body": "b"]
        #expect(try decide("send_email", own).outcome == .allow)
        #expect(try decide("send_email", own, read: true).approval?.group == "support-leads")
        #expect(try decide("send_email", other).approval?.group == "support-leads")
    }

    @Test("deleting takes a lead, and only the customer's own record")
    func deletion() throws {
        #expect(try decide("delete_customer", ["customer_id": "C-7"]).approval?.group == "support-leads")
        #expect(try decide("delete_customer", ["customer_id": "*"]).outcome == .deny)
        #expect(
            try decide("cleanup_records", ["kind": "drafts", "before": "2026-10-31", "dry_run": false]).outcome
                == .approve)
    }

    @Test(
        "known requests find their playbook",
        arguments: [
            ("Refund $20 for order O-1001", "refund"), ("please refund 20 USD for my order o-1001!", "refund"),
            ("I want my money back for order O-1001", "refund-whole-order"),
            ("Where is my order O-1002?", "where-is-order"), ("where's my parcel", "my-order"),
            ("delete everything", "delete-everything"), ("Please delete all my data.", "delete-everything"),
            ("I want to talk to a human", "human"), ("refund $900 for order O-1009", nil),
            ("what is the meaning of life", nil),
        ] as [(String, String?)])
    func playbooks(message: String, name: String?) throws {
        #expect(PlaybookRouter.match(message, playbooks: try agent().playbooks)?.playbook.name == name)
    }

    @Test("nobody relaxes a dangerous tool")
    func noDeviation() throws {
        #expect(try agent().policy.deviations(at: Timestamp(milliseconds: 1_795_000_000_000)).isEmpty)
    }
}
