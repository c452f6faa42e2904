import BallastCore
import BallastPolicy
import Testing

@Suite("A policy's faults are found before any action meets them")
struct ProblemTests {
    private let schemas: [String: JSONValue] = [
        "lookup_order": [
            "type": "object", "properties": ["order_id": ["type": "string"]], "required": ["order_id"],
        ],
        "issue_refund": [
            "type": "object",
            "properties": [
                "order_id": ["type": "string"], "amount": ["type": "integer"],
                "tags": ["type": "array", "items": ["type": "string"]],
                "to": ["anyOf": [["type": "string"], ["type": "null"]]],
            ],
            "additionalProperties": false,
        ],
        "find_refund": ["type": "object", "properties": ["key": ["type": "string"]], "required": ["key"]],
        "void_refund": ["type": "object"],
        "send_email": ["type": "object", "properties": ["to": ["$ref": "#/$defs/address"]]],
        "delete_customer": ["type": "object"],
    ]

    private func refund(_ change: (inout ToolRules) throws -> Void) throws -> [String] {
        var rules = try Desk.refundRules()
        try change(&rules)
        let policy = try Desk.policy(refund: rules)
        return (policy.problems() + policy.check(against: schemas)).map { "\($0.problem); \($0.advice)" }
    }

    private func conditions(_ conditions: Condition..., tool: String = "issue_refund") throws -> [String] {
        let policy = try Desk.policy([Desk.deny(tool, when: conditions)])
        return (policy.problems() + policy.check(against: schemas)).map { "\($0.problem); \($0.advice)" }
    }

    @Test("a sound policy has none")
    func sound() throws {
        #expect(try refund { _ in }.isEmpty)
        let fine: [Condition] = [
            .argument(try Desk.path("tags"), .isIn(["a"])), .argument(try Desk.path("to"), .hasPrefix("a")),
            try Desk.amount(.above, "5"),
        ]
        let policy = try Desk.policy([Desk.deny("issue_refund", when: fine)])
        #expect(policy.check(against: schemas).isEmpty)
    }

    @Test("a tool that no provider offers is named with the nearest one")
    func unknownTool() {
        let policy = Policy(classes: ["lookup_ordre": .safe])
        #expect(policy.check(against: schemas).map(\.advice) == ["did you mean `lookup_order`?"])
    }

    @Test("a rule about a tool that stands in no class is reported")
    func unclassified() throws {
        let policy = try Desk.policy([Desk.deny("send_mail")])
        #expect(policy.problems().map(\.advice) == ["did you mean `send_email`?"])
    }

    @Test("a field that the tool does not have could never be evaluated")
    func unknownField() throws {
        #expect(
            try conditions(.argument(try Desk.path("amonut"), .exists(true))) == [
                "`issue_refund` has no argument `amonut`, so this could never be evaluated; did you mean `amount`?"
            ])
        #expect(try conditions(.label(try Desk.path("too"), isUntrusted: true)).count == 1)
    }

    @Test("a test of another type is reported")
    func otherType() throws {
        let text = ValueTest.hasPrefix("1")
        #expect(
            try conditions(.argument(try Desk.path("amount"), text)) == [
                "`amount` of `issue_refund` is integer, and this needs string; "
                    + "use a test for integer, or name another argument"
            ])
    }

    @Test("money is compared with money of its currency")
    func units() throws {
        let amount = try Desk.path("amount")
        let plain = try conditions(.argument(amount, .compares(.above, .integer(5000))))
        #expect(
            plain == [
                "`amount` of issue_refund is money, and 5000 says no currency; write an amount such as `50.00 USD`"
            ])
        let euro = try #require(Money("5 EUR"))
        #expect(try conditions(.argument(amount, .compares(.above, .money(euro)))).count == 1)
        let order = Condition.argument(try Desk.path("order_id"), .compares(.above, .money(try Desk.usd("5"))))
        #expect(try conditions(order).first?.contains("is not declared as money") == true)
    }

    @Test("the guard calls only safe tools, with the arguments they need")
    func guardTools() throws {
        let found = try refund { rules in
            rules.verification = Verification(
                tool: "send_email", with: [BoundArgument(name: "too", source: .idempotencyKey)], landsWithin: 1)
        }
        #expect(found.first?.hasPrefix("the guard calls `send_email` by itself, and it is not safe") == true)
        let missing = try refund { rules in
            rules.verification = Verification(tool: "find_refund", with: [], landsWithin: 1)
        }
        #expect(
            missing == ["`find_refund` needs the argument `key`, which is not given; add `key` to its arguments"])
    }

    @Test("two groups cannot be asked about one tool")
    func twoGroups() throws {
        let policy = try Desk.policy([
            Desk.approve("issue_refund", ApprovalRequirement(group: "finance"), id: "a"),
            Desk.approve("issue_refund", ApprovalRequirement(group: "legal"), id: "b"),
        ])
        #expect(policy.problems().map(\.place) == [["rules", "b", "require"]])
    }

    @Test("confidence may only make a decision stricter")
    func confidence() throws {
        let raising = try conditions(.confidence(.atLeast, .high))
        #expect(raising.first?.contains("escaped by claiming little") == true)
        #expect(try conditions(.confidence(.below, .high)).isEmpty)
        let relax = Desk.relax(
            "issue_refund", to: .confirm, when: [try Desk.amount(.atMost, "5"), .confidence(.atMost, .low)])
        #expect(try Desk.policy([relax]).problems().count == 1)
    }

    @Test("a schema that refers to itself is walked to a bounded depth")
    func selfReference() throws {
        let schema: JSONValue = ["$ref": "#/$defs/node", "$defs": ["node": ["$ref": "#/$defs/node"]]]
        let policy = Policy(
            classes: ["t": .safe], rules: [Desk.deny("t", when: [.argument(try Desk.path("x"), .exists(true))])])
        #expect(policy.check(against: ["t": schema]).isEmpty)
    }

    @Test(
        "the nearest word is at most a third of the letters away",
        arguments: [
            ("instrcutions", "instructions"), ("Model", "models"), ("approve", nil), ("tool", "tools"), ("", nil),
        ])
    func nearest(word: String, expected: String?) {
        #expect(NearestWord.of(word, among: ["instructions", "models", "tools"]) == expected)
    }
}
