import BallastCore
import BallastPolicy
import Testing

@Suite("The contract of a task bounds what its run does (R06, R28)")
struct TaskContractTests {
    private static let contract: JSONValue = [
        "tools": [
            ["name": "pay", "max_count": 1, "where": ["to": ["ana@example.com", "ben@example.com"]]], "share_file",
        ],
        "targets": ["ana@example.com", 7], "bounds": ["amount": ["at_most": "50.00 USD"]],
        "expires": "2030-01-01T00:00:00Z",
    ]

    private static func decide(
        _ tool: String, _ arguments: JSONValue, contract: JSONValue = contract, acts: [ObservedAct] = [],
        words: [String] = [], now: Timestamp = Desk.now
    ) throws -> PolicyDecision {
        let policy = try Office.policy()
        var action = AssumedAction(
            tool: tool, arguments: arguments, agent: "office", principal: Principal("user:emma"),
            surroundings: DecisionSurroundings(environment: "test"), now: now)
        action.hasReadUntrusted = true
        action.evidence.words = words
        action.acts = acts
        action.contract = try TaskContract(json: contract)
        return policy.decideInOrder(action.facts(for: policy))
    }

    @Test(
        "Outside of it nothing with effects is done: another tool, once too often, other values, beyond a bound, too late"
    )
    func outside() throws {
        let paid = ObservedAct(tool: "pay", arguments: [:], answer: nil, isApproved: true)
        let late = try #require(MomentText.timestamp("2030-01-01T00:00:00Z"))
        let fine: JSONValue = ["to": "ana@example.com", "amount": 5000]
        #expect(try Self.decide("pay", fine).code == .classFloor)
        #expect(try Self.decide("search_files", ["query": "x"]).outcome == .allow, "reading is not bound")
        let refused = [
            try Self.decide("send_mail", ["to": "ana@example.com"], words: ["send a mail"]),
            try Self.decide("pay", fine, acts: [paid]), try Self.decide("pay", ["to": "eve@example.com", "amount": 1]),
            try Self.decide("pay", ["to": ["ana@example.com", "eve@example.com"], "amount": 1]),
            try Self.decide("pay", ["amount": 1]), try Self.decide("pay", ["to": "ana@example.com", "amount": 5001]),
            try Self.decide("pay", ["to": "ana@example.com", "amount": "much"]),
            try Self.decide("pay", fine, now: late),
        ]
        for decision in refused {
            #expect(decision.outcome == .deny && decision.code == .contract, "\(decision.explanation)")
        }
    }

    @Test("Its targets count as named, and it licenses its tools whatever the words are")
    func targets() throws {
        let shared: JSONValue = ["file": "7", "with": "ana@example.com", "permission": "r"]
        #expect(try Self.decide("share_file", shared).outcome == .allow)
        #expect(try Self.decide("share_file", shared, words: ["What is in my drive?"]).outcome == .allow)
        let other: JSONValue = ["file": "8", "with": "ana@example.com", "permission": "r"]
        #expect(try Self.decide("share_file", other).outcome == .confirm)
    }

    @Test(
        "A contract that is half understood is refused",
        arguments: [
            "[]", "{}", "{\"tools\":{}}", "{\"tools\":[{\"max_count\":1}]}", "{\"tools\":[],\"goals\":1}",
            "{\"tools\":[{\"name\":\"a\",\"max_count\":-1}]}", "{\"tools\":[{\"name\":\"a\",\"when\":{}}]}",
            "{\"tools\":[],\"targets\":[true]}", "{\"tools\":[],\"bounds\":{\"amount\":\"much\"}}",
            "{\"tools\":[],\"bounds\":{\"a b\":1}}", "{\"tools\":[],\"expires\":\"soon\"}",
            "{\"tools\":[],\"targets\":\"ana\"}",
        ])
    func malformed(text: String) throws {
        let json = try JSONReader.read(text)
        #expect(throws: TaskContractError.self) { try TaskContract(json: json) }
    }
}
