import BallastCore
import BallastPolicy
import Testing

/// A tool with so few arguments that every action of it can be tried.
struct SmallWorld {
    var dice: Dice
    static let schema: JSONValue = [
        "type": "object",
        "properties": [
            "n": ["enum": [0, 1, 2, 3]], "kind": ["enum": ["gift", "return"]], "flag": ["type": "boolean"],
        ],
        "required": ["n", "kind"], "additionalProperties": false,
    ]

    init(seed: UInt64) { dice = Dice(seed: seed) }

    mutating func policy() throws -> Policy {
        let toolClass = try dice.pick([ToolClass.safe, .risky, .risky])
        return Policy(classes: ["act": toolClass], rules: try (0..<(1 + dice.below(5))).map { try rule($0, toolClass) })
    }

    mutating func rule(_ number: Int, _ toolClass: ToolClass) throws -> PolicyRule {
        let isRelaxing = toolClass == .risky && dice.chance(40)
        let conditions = try (0..<dice.below(4)).map { _ in try condition(isRelaxing) }
        let action: RuleAction =
            isRelaxing
            ? .relax(to: .allow)
            : try dice.pick([.deny, .requireApproval(ApprovalRequirement()), .requireConfirm(within: 1000)])
        return PolicyRule(
            id: "r\(number)", action: action, scope: RuleScope(tools: ["act"]), conditions: conditions, owner: "ops",
            reason: "because", expires: isRelaxing ? Desk.now.adding(milliseconds: 1000) : nil)
    }

    mutating func invariant() throws -> Invariant {
        Invariant(
            id: "never", scope: RuleScope(tools: ["act"]),
            conditions: try (0..<dice.below(3)).map { _ in try condition(false) },
            outcomes: try dice.pick([[.allow], [.confirm], [.allow, .confirm], [.allow, .approve], [.approve]]))
    }

    private mutating func condition(_ isRelaxing: Bool) throws -> Condition {
        let (n, kind, flag) = (try Desk.path("n"), try Desk.path("kind"), try Desk.path("flag"))
        switch dice.below(8) {
        case 0, 1, 2:
            return .argument(n, .compares(try dice.pick(Comparison.allCases), .integer(Int64(dice.below(4)))))
        case 3: return .argument(kind, try dice.pick([.equals("gift"), .isNotIn(["gift"]), .hasPrefix("re")]))
        case 4: return .argument(flag, try dice.pick([.equals(true), .equals(false), .exists(true), .exists(false)]))
        case 5: return .readUntrusted(dice.chance(50))
        case 6: return .environment(try dice.pick([.equals("production"), .isNotIn(["production"])]))
        default: return .confidence(isRelaxing ? .atLeast : .below, .high)
        }
    }

    /// All actions that there are.
    static func everything() -> [PolicyFacts] {
        var all: [PolicyFacts] = []
        for n in 0..<4 {
            for kind in ["gift", "return"] {
                for flag in [nil, true, false] {
                    var object: JSONObject = ["n": JSONValue(n), "kind": JSONValue(kind)]
                    object["flag"] = flag.map { .bool($0) }
                    all += around(.object(object))
                }
            }
        }
        return all
    }

    private static func around(_ arguments: JSONValue) -> [PolicyFacts] {
        var all: [PolicyFacts] = []
        for environment in ["production", "elsewhere"] {
            for untrusted in [nil, true, false] {
                for band in [nil] + ConfidenceBand.allCases.map({ $0 as ConfidenceBand? }) {
                    for isRepeat in [true, false] {
                        for later in [0, 1000] {
                            all.append(
                                PolicyFacts(
                                    tool: "act", arguments: arguments, agent: "a", principal: "p",
                                    environment: environment, confidence: band, hasReadUntrusted: untrusted,
                                    isRepeat: isRepeat, now: Desk.now.adding(milliseconds: Int64(later))))
                        }
                    }
                }
            }
        }
        return all
    }
}

@Suite("On worlds that can be tried out whole, proofs and differences are exact (R19)")
struct SmallWorldTests {
    private static let worlds = Int(Setting.value("BALLAST_PROOF_WORLDS") ?? "") ?? 12
    private static let settings = ProofSettings(now: Desk.now, schemas: ["act": SmallWorld.schema])

    @Test("proved means that no action breaks it, refuted that one does, and one of both is always found")
    func proofs() throws {
        let everything = SmallWorld.everything()
        for seed in 0..<UInt64(SmallWorldTests.worlds) {
            var world = SmallWorld(seed: seed)
            let base = try world.policy()
            let invariants = try (0..<4).map { number in
                let one = try world.invariant()
                return Invariant(
                    id: "never-\(number)", scope: one.scope, conditions: one.conditions, outcomes: one.outcomes)
            }
            let policy = Policy(classes: base.classes, rules: base.rules, never: invariants)
            for proof in policy.prove(SmallWorldTests.settings) {
                let isBroken = everything.contains { proof.invariant.isBroken(by: $0, under: policy) }
                switch proof.verdict {
                case .proved: #expect(!isBroken, "seed \(seed) \(proof.invariant.words)")
                case .refuted: #expect(isBroken, "seed \(seed) \(proof.invariant.words)")
                case .unproved(let reason): Issue.record("seed \(seed): \(reason)")
                }
            }
        }
    }

    @Test("a difference has exactly the changes of outcome that trying every action finds")
    func differences() throws {
        let everything = SmallWorld.everything()
        for seed in 0..<UInt64(SmallWorldTests.worlds) {
            var world = SmallWorld(seed: seed &+ 5000)
            let old = try world.policy()
            let toolClass = try #require(old.toolClass(of: "act"))
            var rules = old.rules
            if world.dice.chance(60) { rules.remove(at: world.dice.below(rules.count)) }
            if world.dice.chance(60) { rules.append(try world.rule(99, toolClass)) }
            let newClass: ToolClass = world.dice.chance(15) ? .risky : toolClass
            let new = Policy(classes: ["act": newClass], rules: rules)
            let difference = PolicyDifference(from: old, to: new, SmallWorldTests.settings)
            let found = Set(difference.changes.map { "\($0.old.name) to \($0.new.name)" })
            let real = Set(
                everything.compactMap { facts -> String? in
                    let (before, after) = (old.decide(facts).outcome, new.decide(facts).outcome)
                    return before == after ? nil : "\(before.name) to \(after.name)"
                })
            #expect(found == real, "seed \(seed)")
            #expect(difference.open.isEmpty, "seed \(seed)")
        }
    }
}
