import BallastPolicy
import Testing

@Suite("Codes are a registry that programs of others read")
struct DecisionCodeTests {
    @Test("each has a domain, a name in snake case and a sentence")
    func shape() {
        for code in DecisionCode.allCases {
            let parts = code.rawValue.split(separator: ".")
            #expect(parts.count == 2)
            #expect(["policy", "guard", "approval"].contains(String(parts[0])))
            #expect(parts[1].utf8.allSatisfy { (97...122).contains($0) || $0 == 95 })
            #expect(code.sentence.hasSuffix("."))
        }
    }

    @Test("none was renamed or removed")
    func names() {
        #expect(
            DecisionCode.allCases.map(\.rawValue) == [
                "policy.allowed", "policy.unclassified", "policy.class_floor", "policy.relaxed", "policy.required",
                "policy.denied", "policy.cannot_evaluate", "policy.money", "policy.scope", "policy.magnitude",
                "policy.ground_truth", "policy.confidence", "policy.repeat",
                "policy.endorsed", "guard.halted", "guard.parse",
                "guard.manifest", "guard.pin", "guard.schema", "guard.duplicate", "guard.in_doubt", "guard.flow",
                "guard.destination", "guard.secret", "guard.personal", "guard.contract", "guard.intent",
                "guard.entitlement",
                "guard.grounding", "guard.budget", "guard.limit", "guard.reach", "guard.breaker", "guard.unavailable",
                "guard.after", "guard.autonomy",
                "approval.approved", "approval.rejected", "approval.expired", "approval.withdrawn", "approval.void",
            ])
    }
}
