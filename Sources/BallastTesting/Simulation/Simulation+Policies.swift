import BallastCore
import BallastPolicy
import BallastRuntime

/// What of the policy changes in a simulated world.
struct SimulatedPolicy: Sendable {
    /// From 1 on; part of the policy's hash.
    var edition = 1
    var forbidden: String?

    func apply(to workshop: inout Workshop) {
        var hash: [UInt8] = Array(repeating: 7, count: 16)
        (hash[0], hash[1]) = (UInt8(truncatingIfNeeded: edition >> 8), UInt8(truncatingIfNeeded: edition))
        workshop.policyHash = hash
        guard let forbidden else { return }
        workshop.policyRules.append(
            PolicyRule(id: "forbidden", action: .deny, scope: RuleScope(tools: [forbidden])))
    }

    static func edition(in hash: [UInt8]) -> Int? { hash.count < 2 ? nil : Int(hash[0]) << 8 | Int(hash[1]) }
}

/// People who change the policy while runs move: each reload forbids another tool, or none.
extension Simulation {
    func policyMakers() async {
        for _ in 0..<8 {
            try? await clock.sleep(milliseconds: Int64(random.below(1_500)))
            guard !isCalm else { return }
            if random.chance(70) { await waitForOpenCommit() }
            if random.chance(80) { await reload() }
        }
    }

    private func reload() async {
        let next = SimulatedPolicy(
            edition: policy.edition + 1, forbidden: random.pick([nil, "write", "pay", "post", "note"]) ?? nil)
        world.loosen(to: next.edition)
        // A process that starts now reads the new files.
        write(next)
        guard let agents = try? workshop().deployment() else { return }
        for runtime in runtimes { await runtime.deploy { agents.offering($0.catalog) } }
        world.tighten(to: next.edition, forbidding: next.forbidden)
    }

    /// The policy that the journal says the effect was last judged by; nil when the journal does not say.
    func policyEdition(of effect: EffectID) -> Int? {
        let decisions = (store?.journal(of: effect.run) ?? []).reversed().lazy.compactMap { entry -> ActionDecided? in
            guard entry.type == .actionDecided, case .actionDecided(let decision) = try? EntryCodec.decode(entry)
            else { return nil }
            return decision.action == effect.ordinal % 1_000_000 ? decision : nil
        }
        return decisions.first.flatMap { SimulatedPolicy.edition(in: $0.policy) }
    }
}
