package import BallastCore
package import BallastPolicy

/// The policies that recorded actions are decided under again, and what configuration says of people now: who a
/// principal is stands in no journal.
package struct Candidate: Sendable {
    /// By agent.
    package var policies: [String: Policy]
    package var attributes: @Sendable (Principal) -> [String: String]
    package var groups: @Sendable (Principal) -> [String]
    /// Milliseconds that a tenant's zone is ahead of UTC at a moment.
    package var zoneOffset: @Sendable (TenantID, Timestamp) -> Int64

    package init(
        policies: [String: Policy], attributes: @escaping @Sendable (Principal) -> [String: String] = { _ in [:] },
        groups: @escaping @Sendable (Principal) -> [String] = { _ in [] },
        zoneOffset: @escaping @Sendable (TenantID, Timestamp) -> Int64 = { _, _ in 0 }
    ) {
        self.policies = policies
        self.attributes = attributes
        self.groups = groups
        self.zoneOffset = zoneOffset
    }
}

extension Candidate {
    /// Some policy asks where a value comes from.
    var asksForEvidence: Bool {
        policies.values.contains { policy in policy.tools.keys.contains { policy.asksForEvidence(of: $0) } }
    }
}

/// Whom an outcome asks.
package enum Asked: Sendable, Hashable, CustomStringConvertible {
    case nobody
    case principal
    /// nil: whoever may approve.
    case reviewers(group: String?, quorum: Int)

    package var description: String {
        switch self {
        case .nobody: "nobody"
        case .principal: "the principal"
        case .reviewers(let group, let quorum):
            (quorum > 1 ? "\(quorum) of " : "") + (group ?? (quorum > 1 ? "the reviewers" : "a reviewer"))
        }
    }

    /// People who must answer.
    package var people: Int {
        switch self {
        case .nobody: 0
        case .principal: 1
        case .reviewers(_, let quorum): quorum
        }
    }
}

/// What was or would be said of an action.
package struct DecisionAnswer: Sendable, Hashable {
    package var outcome: Outcome
    package var code: String
    package var rule: String?
    package var asked: Asked

    package init(outcome: Outcome, code: String, rule: String?, asked: Asked) {
        self.outcome = outcome
        self.code = code
        self.rule = rule
        self.asked = asked
    }
}

extension DecisionAnswer {
    init(_ recorded: RecordedDecision) {
        self.init(
            outcome: recorded.decided.outcome, code: recorded.decided.code, rule: recorded.decided.rule,
            asked: recorded.asked.map { request in
                request.gate == .confirm
                    ? .principal : .reviewers(group: request.group, quorum: request.quorum)
            } ?? .nobody)
    }

    init(_ decision: PolicyDecision) {
        let asked: Asked =
            switch decision.outcome {
            case .allow, .deny: .nobody
            case .confirm where decision.confirmer == .principal: .principal
            case .confirm, .approve:
                .reviewers(group: decision.approval?.group, quorum: decision.approval?.quorum ?? 1)
            }
        self.init(outcome: decision.outcome, code: decision.code.rawValue, rule: decision.rule, asked: asked)
    }
}
