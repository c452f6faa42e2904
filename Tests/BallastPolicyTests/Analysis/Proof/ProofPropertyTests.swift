import BallastCore
import BallastPolicy
import Testing

@Suite("What is proved of a policy holds, and what is refuted is really let through (R19)")
struct ProofPropertyTests {
    /// How often each answer came.
    struct Tally {
        var (proved, refuted, unproved) = (0, 0, 0)
        var total: Int { proved + refuted + unproved }
        func share(_ count: Int) -> Int { total == 0 ? 0 : count * 100 / total }
        var words: String {
            "\(total) policies: \(share(proved)) % proved, \(share(refuted)) % refuted, \(share(unproved)) % cannot prove"
        }
    }

    /// BALLAST_PROOF_POLICIES asks for more than a test run has time for.
    private static let policies = Int(Setting.value("BALLAST_PROOF_POLICIES") ?? "") ?? 400
    private static let tries = 200

    @Test("random policies: every proof survives random search, every counterexample is the engine's own")
    func randomPolicies() throws {
        var tally = Tally()
        for seed in 0..<UInt64(ProofPropertyTests.policies) {
            var random = RandomPolicies(seed: seed)
            let invariant = try random.invariant()
            let base = try random.policy()
            let policy = Policy(classes: base.classes, tools: base.tools, rules: base.rules, never: [invariant])
            let proof = try #require(policy.prove(ProofSettings(now: Desk.now)).first)
            switch proof.verdict {
            case .refuted(let example):
                tally.refuted += 1
                #expect(invariant.isBroken(by: example.facts, under: policy), "seed \(seed)")
            case .unproved(let reason):
                tally.unproved += 1
                print("seed \(seed): cannot prove: \(reason)")
            case .proved:
                tally.proved += 1
                for _ in 0..<ProofPropertyTests.tries {
                    let facts = try random.facts()
                    guard invariant.isBroken(by: facts, under: policy) else { continue }
                    Issue.record("seed \(seed): proved, and \(facts) breaks it under \(policy.rules)")
                    break
                }
            }
        }
        print(tally.words)
        #expect(tally.share(tally.proved) >= 30 && tally.share(tally.refuted) >= 30)
        #expect(tally.unproved * 20 <= tally.total)
    }

    @Test("diff agrees with brute force: each change has its example, and no facts change otherwise")
    func differences() throws {
        let pairs = ProofPropertyTests.policies / 10
        var (equal, changed) = (0, 0)
        for seed in 0..<UInt64(pairs) {
            var random = RandomPolicies(seed: seed &+ 1_000_000)
            let old = try random.policy()
            let toolClass = try #require(old.toolClass(of: RandomPolicies.tool))
            var rules = old.rules
            if !rules.isEmpty, random.dice.chance(70) { rules.remove(at: random.dice.below(rules.count)) }
            if random.dice.chance(60) { rules.append(try random.rule(99, toolClass)) }
            let new = Policy(classes: old.classes, tools: old.tools, rules: rules)
            let difference = PolicyDifference(from: old, to: new, ProofSettings(now: Desk.now))
            #expect(difference.open.isEmpty, "seed \(seed): \(difference.open)")
            let found = Set(difference.changes.map { [$0.old, $0.new] })
            found.isEmpty ? (equal += 1) : (changed += 1)
            for change in difference.changes {
                #expect(old.decide(change.example).outcome == change.old, "seed \(seed)")
                #expect(new.decide(change.example).outcome == change.new, "seed \(seed)")
            }
            for _ in 0..<ProofPropertyTests.tries {
                let facts = try random.facts()
                let pair = [old.decide(facts).outcome, new.decide(facts).outcome]
                if pair[0] != pair[1], !found.contains(pair) {
                    Issue.record("seed \(seed): \(pair) by \(facts), and diff has only \(found)")
                    break
                }
            }
        }
        print("\(pairs) pairs of policies: \(equal) decide alike, \(changed) do not")
        #expect(equal > 0 && changed > 0)
    }

    @Test("one rule of a proved policy is changed, and the counterexample is found")
    func mutations() throws {
        var (mutated, found) = (0, 0)
        for seed in 0..<UInt64(ProofPropertyTests.policies / 10) {
            var random = RandomPolicies(seed: seed &+ 2_000_000)
            let invariant = try random.invariant()
            let base = try random.policy(rules: 4)
            let policy = Policy(classes: base.classes, tools: base.tools, rules: base.rules, never: [invariant])
            guard case .proved = try #require(policy.prove(ProofSettings(now: Desk.now)).first).verdict else {
                continue
            }
            for index in policy.rules.indices {
                var rules = policy.rules
                rules.remove(at: index)
                let mutant = Policy(classes: base.classes, tools: base.tools, rules: rules, never: [invariant])
                mutated += 1
                switch try #require(mutant.prove(ProofSettings(now: Desk.now)).first).verdict {
                case .refuted(let example):
                    found += 1
                    #expect(invariant.isBroken(by: example.facts, under: mutant))
                    #expect(!invariant.isBroken(by: example.facts, under: policy))
                case .proved:
                    for _ in 0..<(ProofPropertyTests.tries / 4) {
                        #expect(!invariant.isBroken(by: try random.facts(), under: mutant), "seed \(seed)")
                    }
                case .unproved(let reason): Issue.record("seed \(seed): \(reason)")
                }
            }
        }
        print("\(mutated) policies with one rule less: \(found) counterexamples, each blocked by the rule before")
        #expect(found > 0)
    }
}
