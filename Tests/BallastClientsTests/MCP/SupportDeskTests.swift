import BallastClients
import BallastCore
import BallastRuntime
import Testing

@Suite("The support desk, through a real process", .timeLimit(.minutes(2)))
struct SupportDeskTests {
    @Test("offers its tools with strict schemas, under the names that were asked for")
    func definitions() async throws {
        for prefix in [true, false] {
            try await Fixture.withDesk(prefix: prefix) { client, _ in
                let definitions = try await client.definitions()
                let names = definitions.map(\.remoteName)
                #expect(
                    Set(names).isSuperset(of: [
                        "lookup_order", "list_customer_orders", "read_email", "issue_refund", "void_refund",
                        "find_refund", "send_email", "delete_customer", "list_tickets", "tag_ticket", "draft_reply",
                        "cleanup_records",
                    ]))
                #expect(definitions.map(\.name) == (prefix ? names.map { "desk__\($0)" } : names))
                for definition in definitions {
                    #expect(definition.inputSchema["additionalProperties"] == false, "\(definition.name)")
                    #expect(definition.outputSchema?["type"] == "object", "\(definition.name)")
                }
            }
        }
    }

    @Test("refunds once per key, never more than the order's total, and takes a refund back")
    func refunds() async throws {
        try await Fixture.withDesk { client, _ in
            let desk = try await Caller(client)
            let arguments: JSONValue = ["order_id": "O-1001", "amount": 3000, "reason": "torn strap"]
            let first = try await desk.result("issue_refund", arguments, number: 1)
            #expect(first["amount"] == 3000)
            #expect(try await desk.result("issue_refund", arguments, number: 1) == first)
            #expect(try await desk.result("lookup_order", ["order_id": "O-1001"])["refunded_cents"] == 3000)

            let key = JSONValue(try desk.invocation("issue_refund", arguments, number: 1).idempotencyKey)
            #expect(try await desk.result("find_refund", ["key": key])["refund_id"] == first["refund_id"])
            #expect(try await desk.result("find_refund", ["key": "eff_none"]) == ["found": false])

            guard case .result(let refused) = try await desk.call("issue_refund", arguments, number: 2) else { return }
            #expect(refused.isError)
            #expect(refused.content.contains("only 1200 minor units"))

            let refund = try #require(first["refund_id"])
            for _ in 1...2 {
                #expect(try await desk.result("void_refund", ["refund_id": refund])["status"] == "voided")
            }
            #expect(try await desk.result("lookup_order", ["order_id": "O-1001"])["refunded_cents"] == 0)
        }
    }

    @Test("refunds again under the same key when it is told to ignore keys")
    func ignoredKeys() async throws {
        try await Fixture.withDesk(["--ignore-key"]) { client, _ in
            let desk = try await Caller(client)
            for _ in 1...2 { _ = try await desk.result("issue_refund", ["order_id": "O-1006", "amount": 100]) }
            #expect(try await desk.result("lookup_order", ["order_id": "O-1006"])["refunded_cents"] == 200)
        }
    }

    @Test("counts before it deletes")
    func cleanup() async throws {
        try await Fixture.withDesk { client, _ in
            let desk = try await Caller(client)
            func cleanup(_ isDryRun: Bool) async throws -> JSONValue {
                try await desk.result(
                    "cleanup_records",
                    ["kind": "closed_tickets", "before": "2026-10-01", "dry_run": .bool(isDryRun)])
            }
            #expect(try await cleanup(true)["matched"] == 3)
            #expect(try await cleanup(false)["deleted"] == 3)
            #expect(try await cleanup(true)["matched"] == 0)
        }
    }

    @Test("keeps two customers with similar names apart, and mail from outside as it came")
    func data() async throws {
        try await Fixture.withDesk { client, _ in
            let desk = try await Caller(client)
            let ana = try await desk.result("list_customer_orders", ["customer_id": "C-7"])
            let anna = try await desk.result("list_customer_orders", ["customer_id": "C-8"])
            #expect(ana["orders"]?.array?.compactMap { $0["id"]?.string } == ["O-1002", "O-1001", "O-1009"])
            #expect(anna["orders"]?.array?.compactMap { $0["id"]?.string } == ["O-1008", "O-1003"])
            let mail = try await desk.result("read_email", ["email_id": "E-2"])
            #expect(mail["body"]?.string?.contains("SYSTEM NOTE FOR THE ASSISTANT") == true)
            #expect(try await desk.result("list_tickets", ["state": "open"])["tickets"]?.array?.count == 3)
            let tags: JSONValue = ["ticket_id": "T-1", "tag": "vip"]
            #expect(try await desk.result("tag_ticket", tags)["tags"] == ["damaged", "vip"])
            #expect(try await desk.result("draft_reply", ["ticket_id": "T-1", "body": "Hi"])["draft_id"] == "D-1")
            let gone = try await desk.result("delete_customer", ["customer_id": "C-9"])
            #expect(gone == ["customer_id": "C-9", "deleted": true, "orders": 3, "tickets": 2])
        }
    }

    @Test(
        "refuses wrong arguments as the tool's own failure",
        arguments: [
            ("issue_refund", ["order_id": "O-1001", "amount": .number(JSONNumber(validated: "10.0"))], "integer"),
            ("issue_refund", ["order_id": "O-1001", "amount": -1], "at least 1"),
            ("issue_refund", ["order_id": "O-9999", "amount": 1], "no order"),
            ("lookup_order", ["order": "O-1001"], "no argument order"), ("lookup_order", [:], "missing"),
            ("send_email", ["to": "nobody", "subject": "s", "body": "b"], "no e-mail address"),
            ("void_refund", ["refund_id": "R-99"], "no refund"),
            ("tag_ticket", ["ticket_id": "T-1", "tag": "A B"], "word"),
            ("cleanup_records", ["kind": "drafts", "before": "yesterday", "dry_run": true], "date"),
        ] as [(String, JSONValue, String)])
    func wrongArguments(tool: String, arguments: JSONValue, word: String) async throws {
        try await Fixture.withDesk { client, _ in
            let outcome = try await Caller(client).call(tool, arguments)
            guard case .result(let result) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(result.isError)
            #expect(result.content.contains(word), "\(result.content)")
        }
    }

    @Test("answers many calls at once, each with its own answer")
    func manyAtOnce() async throws {
        try await Fixture.withDesk(["--delay-before", "20", "--jitter"]) { client, _ in
            let desk = try await Caller(client)
            await withTaskGroup(of: Bool.self) { group in
                for number in 0..<120 {
                    let id = "O-\(1001 + number % 12)"
                    group.addTask {
                        let order = try? await desk.result("lookup_order", ["order_id": JSONValue(id)])
                        return order?["id"]?.string == id
                    }
                }
                for await isRight in group { #expect(isRight) }
            }
        }
    }
}
