import BallastCore
import BallastPolicy
import Testing

@Suite("A rule that is decided without being read is decided as if it were read")
struct RuleGateTests {
    /// A small generator whose seed is in the failure message.
    private struct Dice: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    private static let values: [JSONValue] = [
        .null, true, false, 0, 3, -3, JSONValue(Int64.max), "", "O-1", "O-10", "x@example.com", "X@Mail.Example.COM.",
        "x@other.org", "a b@example.com", "example.com", "12.50", "é", "e\u{301}", [], ["O-1"], ["O-1", 3], [true],
        [:], ["a": "O-1"],
    ]

    private func test(_ dice: inout Dice) throws -> ValueTest {
        let domains = [try Desk.domain("example.com"), try Desk.domain("*.example.com"), try Desk.domain("other.org")]
        let lists: [[JSONValue]] = [
            ["O-1", "x"], [true], [true, false], [3, -3], ["O-1", 3], [], ["é"],
        ]
        let some = try #require(lists.randomElement(using: &dice))
        let bound = try #require([0, 3, Int64.min, Int64.max].randomElement(using: &dice))
        let comparison = try #require(Comparison.allCases.randomElement(using: &dice))
        let text = try #require(["", "O-", "x@", ".com", "1", "é"].randomElement(using: &dice))
        let one = try #require(domains.randomElement(using: &dice))
        let tests: [ValueTest] = [
            .exists(Bool.random(using: &dice)), .equals(some.first ?? "O-1"), .isIn(some), .isNotIn(some),
            .compares(comparison, .integer(bound)), .compares(comparison, .money(try Desk.usd("3.00"))),
            .hasPrefix(text), .hasSuffix(text), .domainIn([one]), .domainNotIn([one]), .domainIn(domains),
        ]
        return try #require(tests.randomElement(using: &dice))
    }

    @Test("whatever is tested and whatever the arguments are", arguments: 0..<400)
    func agrees(seed: Int) throws {
        var dice = Dice(state: UInt64(seed) &* 2_654_435_761 &+ 17)
        let fields = ["a", "b", "c.a", "sum"]
        var stated = ToolRules()
        stated.money = [
            MoneyField(
                path: try Desk.path("sum"), form: [.minor, .decimalString].randomElement(using: &dice) ?? .minor,
                source: .fixed(try #require(Currency(code: "USD"))), range: Int64.min...Int64.max)
        ]
        var rules: [PolicyRule] = []
        for number in 0..<30 {
            let conditions = try (0..<Int.random(in: 1...3, using: &dice)).map { _ in
                Condition.argument(
                    try Desk.path(try #require(fields.randomElement(using: &dice))), try test(&dice))
            }
            rules.append(
                PolicyRule(
                    id: "rule-\(number)", action: .requireConfirm(within: 1000), scope: RuleScope(tools: ["look"]),
                    conditions: conditions))
        }
        let policy = Policy(classes: ["look": .safe], tools: ["look": stated], rules: rules)
        for _ in 0..<10 {
            var arguments: JSONObject = [:]
            for field in ["a", "b", "c", "sum"] where Bool.random(using: &dice) {
                arguments[JSONString(field)] = RuleGateTests.values.randomElement(using: &dice)
            }
            let decision = policy.decide(Desk.facts("look", .object(arguments)))
            for rule in rules {
                let truth = rule.conditions.reduce(Truth.yes) { truth, condition in
                    guard case .argument(let path, let test) = condition else { return truth }
                    return truth.and(
                        test.evaluate(
                            path.value(in: .object(arguments)), money: stated.money(at: path), quantifier: .any))
                }
                let said = decision.reasons.first { $0.rule == rule.id }?.code
                let expected: DecisionCode? =
                    switch truth {
                    case .yes: .required
                    case .no: nil
                    case .unknown: .cannotEvaluate
                    }
                #expect(said == expected, "\(rule.conditions) of \(JSONWriter.canonicalString(.object(arguments)))")
            }
        }
    }

    @Test("also where more texts, beginnings and domains are named than there are bits")
    func many() throws {
        let place = try Desk.path("a")
        var rules: [PolicyRule] = []
        for number in 0..<100 {
            let tests: [ValueTest] = [
                .equals(JSONValue("v\(number)@d\(number).example")), .hasPrefix("v\(number)@"),
                .domainIn([try Desk.domain("d\(number).example")]),
            ]
            for (kind, test) in tests.enumerated() {
                rules.append(
                    PolicyRule(
                        id: "rule-\(number)-\(kind)", action: .deny, scope: RuleScope(tools: ["look"]),
                        conditions: [.argument(place, test)]))
            }
        }
        let policy = Policy(classes: ["look": .safe], rules: rules)
        for number in 0..<100 {
            let decision = policy.decide(Desk.facts("look", ["a": JSONValue("v\(number)@d\(number).example")]))
            #expect(
                decision.reasons.filter { $0.code == .denied }.map(\.rule) == (0..<3).map { "rule-\(number)-\($0)" })
        }
    }
}
