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
        words: [String] = [], now: Timestamp = Desk.now, standing: StatedContract.Standing = .principal
    ) throws -> PolicyDecision {
        let policy = try Office.policy()
        var action = AssumedAction(
            tool: tool, arguments: arguments, agent: "office", principal: Principal("user:emma"),
            surroundings: DecisionSurroundings(environment: "test"), now: now)
        action.hasReadUntrusted = true
        action.evidence.words = words
        action.acts = acts
        action.contracts = [StatedContract(try TaskContract(json: contract), standing)]
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

    @Test("One that a caller only claims tightens like any other, and licenses and names nothing")
    func claimed() throws {
        let shared: JSONValue = ["file": "7", "with": "ana@example.com", "permission": "r"]
        let question = ["What is in my drive?"]
        #expect(try Self.decide("share_file", shared, words: question, standing: .claimed).code == .intent)
        #expect(try Self.decide("share_file", shared, standing: .claimed).outcome != .allow)
        let mail = try Self.decide("send_mail", ["to": "a@b.example"], words: ["send a mail"], standing: .claimed)
        #expect(mail.outcome == .deny && mail.code == .contract)
    }

    @Test("The agent's own one licenses where nobody's words are known; where they are, they say what is wanted")
    func ofTheAgent() throws {
        let shared: JSONValue = ["file": "7", "with": "ana@example.com", "permission": "r"]
        #expect(try Self.decide("share_file", shared, standing: .configuration).outcome == .allow)
        let other = try Self.decide("share_file", shared, words: ["What is in my drive?"], standing: .configuration)
        #expect(other.outcome == .deny && other.code == .intent)
        let mail = try Self.decide("send_mail", ["to": "a@b.example"], standing: .configuration)
        #expect(mail.outcome == .deny && mail.code == .contract)
    }

    @Test("What names a tool or an argument that is not there is found before anything runs")
    func wrongNames() throws {
        let schema: JSONValue = [
            "type": "object", "properties": ["to": ["type": "string"], "amount": ["type": "integer"]],
            "additionalProperties": false,
        ]
        let wrong: [(JSONValue, String)] = [
            (["tools": ["pey"]], "there is no tool pey"),
            (["tools": [["name": "pay", "where": ["too": "x"]]]], "`where` names too, and pay has amount and to"),
            (["tools": ["pay"], "bounds": ["amout": 5]], "`bounds` names amout, which no tool of the contract takes"),
        ]
        for (json, words) in wrong {
            let problem = try TaskContract(json: json).complaint(against: ["pay": schema]) { $0 == "pay" }
            #expect(problem?.description == words)
        }
        let fine = try TaskContract(json: ["tools": ["pay"], "bounds": ["amount": 5]])
        #expect(fine.complaint(against: ["pay": schema]) { $0 == "pay" } == nil)
        let inherited = StatedContract.inherited(["tools": [["name": "pay", "max_count": 1], "share_file"]])
        #expect(inherited == ["tools": ["share_file"]])
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
