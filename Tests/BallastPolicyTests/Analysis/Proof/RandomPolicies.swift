import BallastCore
import BallastPolicy

/// SplitMix64: the same seed gives the same numbers.
struct Dice {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { bound <= 0 ? 0 : Int(next() % UInt64(bound)) }
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
    mutating func pick<Element>(_ elements: [Element]) throws -> Element {
        guard !elements.isEmpty else { throw Empty() }
        return elements[below(elements.count)]
    }
    struct Empty: Error {}
}

/// Policies over one tool, with a little of everything that the language has, and facts that may tell them apart.
struct RandomPolicies {
    var dice: Dice
    static let tool = "act"

    init(seed: UInt64) { dice = Dice(seed: seed) }

    /// Values near every constant that conditions use.
    static let amounts: [JSONValue] = [0, 99, 100, 101, 499, 500, 501, 999, 1000, 1001, -1]
    static let counts: [JSONValue] = [0, 1, 2, 3, 4, 5, 6, 7, -3]
    static let kinds: [JSONValue] = ["gift", "return", "goodwill", "gif", "gift card", "other"]
    static let addresses: [JSONValue] = [
        "ana@example.com", "bo@example.com", "ana@sub.example.com", "ana@evil.test", "ana@EXAMPLE.com", "no address",
        "ops-1@example.com",
    ]
    static let odd: [JSONValue] = [true, false, "500", .number(JSONNumber(validated: "1.5")), [:], ["x"]]

    mutating func policy(rules count: Int? = nil, class toolClass: ToolClass? = nil) throws -> Policy {
        let toolClass = try toolClass ?? dice.pick([.safe, .risky, .risky, .dangerous, .dangerous])
        let rules = try (0..<(count ?? 1 + dice.below(6))).map { try rule($0, toolClass) }
        return Policy(
            classes: [RandomPolicies.tool: toolClass, "void": .risky], tools: [RandomPolicies.tool: try statements()],
            rules: rules)
    }

    private mutating func statements() throws -> ToolRules {
        var stated = ToolRules()
        let usd = try given(Currency(code: "USD"))
        stated.money = [MoneyField(path: try Desk.path("amount"), source: .fixed(usd))]
        stated.undo = Undo(tool: "void", with: [])
        if dice.chance(20) {
            stated.magnitudes = [
                MagnitudeRule(
                    subject: .argument(try Desk.path("amount")), atMost: .money(Money(minorUnits: 1000, currency: usd)))
            ]
        }
        if dice.chance(10) { stated.explicitScope = [try Desk.path("kind")] }
        if dice.chance(10) {
            let owner = try given(ValueReference("look(kind).owner"))
            stated.entitlements = [Entitlement(argument: try Desk.path("kind"), owner: owner, attribute: "customer_id")]
        }
        if dice.chance(10) {
            stated.flow.groundings = [Grounding(argument: try Desk.path("kind"), sources: [.principal])]
        }
        if dice.chance(10) { stated.flow.untainted = [try Desk.path("to")] }
        if dice.chance(10) {
            let inside = Condition.argument(try Desk.path("to"), .domainIn([try Desk.domain("example.com")]))
            stated.flow.destinations = [Destination(argument: try Desk.path("to"), conditions: [inside])]
        }
        return stated
    }

    mutating func rule(_ number: Int, _ toolClass: ToolClass) throws -> PolicyRule {
        let isRelaxing = toolClass != .safe && dice.chance(30)
        var conditions = try (0..<dice.below(4)).map { _ in try condition(isRelaxing: isRelaxing) }
        var action = try dice.pick([
            RuleAction.deny, .deny, .requireApproval(ApprovalRequirement()), .requireConfirm(within: 1000),
        ])
        if isRelaxing {
            action = .relax(to: toolClass == .risky ? .allow : .confirm)
            if toolClass == .dangerous { conditions.append(try amount(upper: true)) }
        }
        let scope = RuleScope(tools: [RandomPolicies.tool], agents: dice.chance(10) ? ["support"] : nil)
        return PolicyRule(
            id: "r\(number)", action: action, scope: scope, conditions: conditions, owner: "ops", reason: "because",
            expires: isRelaxing ? Desk.now.adding(milliseconds: dice.chance(20) ? -1 : 1000) : nil)
    }

    mutating func invariant() throws -> Invariant {
        let conditions = try (0..<dice.below(4)).map { _ in try condition(isRelaxing: false) }
        let outcomes: Set<Outcome> = try dice.pick([
            [.allow], [.allow, .confirm], [.allow, .confirm], [.allow, .confirm, .approve], [.confirm],
            [.allow, .approve],
        ])
        return Invariant(
            id: "never", scope: RuleScope(tools: [RandomPolicies.tool]), conditions: conditions, outcomes: outcomes)
    }

    private mutating func amount(upper: Bool) throws -> Condition {
        let bound = Quantity.money(
            Money(minorUnits: try dice.pick([100, 500, 1000]), currency: try given(Currency(code: "USD"))))
        let comparison = try dice.pick(upper ? [Comparison.atMost, .below] : Comparison.allCases)
        return .argument(try Desk.path("amount"), .compares(comparison, bound))
    }

    mutating func condition(isRelaxing: Bool) throws -> Condition {
        let (kind, count, to) = (try Desk.path("kind"), try Desk.path("count"), try Desk.path("to"))
        switch dice.below(16) {
        case 0, 1, 2: return try amount(upper: false)
        case 3, 4:
            let bound = Int64(dice.below(6))
            return .argument(count, .compares(try dice.pick(Comparison.allCases), .integer(bound)))
        case 5:
            return .argument(
                count, try dice.pick([.equals(3), .isIn([2, 3]), .isNotIn([5]), .exists(true), .exists(false)]))
        case 6, 7:
            return .argument(
                kind,
                try dice.pick([
                    .equals("gift"), .isIn(["gift", "return"]), .isNotIn(["goodwill"]), .hasPrefix("gif"),
                    .hasSuffix("card"), .isNotIn(["gift", "return", "goodwill"]),
                ]))
        case 8, 9:
            let domain = try Desk.domain("example.com")
            let wild = try Desk.domain("*.example.com")
            return .argument(
                to,
                try dice.pick([
                    .domainIn([domain]), .domainNotIn([domain, wild]), .domainNotIn([domain]), .hasPrefix("ops-"),
                    .hasSuffix("@example.com"),
                ]))
        case 10: return .argumentIsAttribute(to, attribute: "email", isEqual: dice.chance(50))
        case 11: return .readUntrusted(dice.chance(50))
        case 12: return .label(to, isUntrusted: dice.chance(70))
        case 13:
            return .environment(
                try dice.pick([.equals("production"), .isNotIn(["production"]), .isIn(["staging", "test"])]))
        case 14: return .role(try dice.pick([.equals("leads"), .isNotIn(["leads"]), .isIn(["leads", "finance"])]))
        default:
            return isRelaxing
                ? .confidence(.atLeast, try dice.pick([.high, .medium]))
                : .confidence(.below, try dice.pick([.high, .medium]))
        }
    }

    // MARK: Facts

    private mutating func value(_ usual: [JSONValue]) throws -> JSONValue? {
        switch dice.below(10) {
        case 0: return nil
        case 1: return try dice.pick(RandomPolicies.odd)
        case 2: return .array(try (0..<dice.below(3)).map { _ in try dice.pick(usual + [.null]) })
        default: return try dice.pick(usual)
        }
    }

    mutating func facts() throws -> PolicyFacts {
        var object = JSONObject()
        object["amount"] = try value(RandomPolicies.amounts)
        object["count"] = try value(RandomPolicies.counts)
        object["kind"] = try value(RandomPolicies.kinds)
        object["to"] = try value(RandomPolicies.addresses)
        var facts = PolicyFacts(
            tool: RandomPolicies.tool, arguments: .object(object), agent: dice.chance(70) ? "support" : "other",
            principal: "customer:ana", attributes: ["customer_id": "C-7"], now: Desk.now)
        if dice.chance(80) { facts.attributes["email"] = try dice.pick(RandomPolicies.addresses).string }
        facts.environment = try dice.pick(["production", "staging", "elsewhere"])
        facts.roles = try dice.pick([[], ["leads"], ["finance"], ["other"], ["leads", "other"]])
        facts.confidence = try dice.pick([nil, nil, .high, .medium, .low, .veryLow])
        facts.hasReadUntrusted = try dice.pick([nil, true, false])
        facts.isRepeat = dice.chance(20)
        if dice.chance(80) { facts.labels["to"] = Label(dice.chance(50) ? .principal : .untrustedTool) }
        if dice.chance(70) { facts.evidence = Evidence(words: RandomPolicies.kinds.compactMap(\.string)) }
        if dice.chance(20) { facts.now = Desk.now.adding(milliseconds: 1000) }
        if let call = ValueReference("look(kind).owner")?.guardCall(for: facts.arguments), dice.chance(90) {
            facts.groundTruth[call] = ["owner": "C-7"]
        }
        return facts
    }

    private func given<Value>(_ value: Value?) throws -> Value { try value ?? { throw Dice.Empty() }() }
}
