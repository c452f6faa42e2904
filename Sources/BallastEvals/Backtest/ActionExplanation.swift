package import BallastCore
import BallastPolicy

/// A recorded decision, and what the policy of now makes of it.
package struct ActionExplanation: Sendable {
    private let recorded: RecordedDecision
    private let again: Redecision
    private let policy: Policy

    package init(_ recorded: RecordedDecision, _ again: Redecision, _ candidate: Candidate) {
        self.recorded = recorded
        self.again = again
        policy = candidate.policies[recorded.origin.agent] ?? .empty
    }

    /// The explanation for programs, and for what prints it.
    package var document: JSONValue {
        let decided = recorded.decided
        var document: JSONObject = [
            "action_id": JSONValue(recorded.id.description), "at": JSONValue(recorded.at.rfc3339),
            "is_first": .bool(recorded.isFirst),
            "recorded": [
                "outcome": JSONValue(decided.outcome.name), "code": JSONValue(decided.code),
                "rule": JSONValue(decided.rule),
            ],
            "is_same_policy": .bool(policy.hash == decided.policy), "is_beyond_policy": false,
        ]
        switch again {
        case .beyondPolicy:
            document["is_beyond_policy"] = true
            document["not_decided_again"] = "the guard refused it before any policy"
        case .impossible(let why): document["not_decided_again"] = JSONValue(why.description)
        case .decided(_, let facts): document["explanation"] = policy.explain(facts).document
        }
        return .object(document)
    }

    /// All decisions about an action in the journal of its run, explained; empty when there is none.
    ///
    /// - Parameter content: Opens the bodies that are asked for, by reference.
    package static func all(
        of action: ActionID, in entries: [JournalEntry], _ candidate: Candidate,
        content: ([BodyReference]) async throws -> @Sendable (BodyReference) -> [UInt8]?
    ) async throws -> [ActionExplanation] {
        var trail = ActionTrail(run: action.run)
        var redecider = Redecider(candidate)
        var found: [ActionExplanation] = []
        for case .decided(let decision) in try trail.take(entries) where decision.action == action.ordinal {
            let policy = candidate.policies[decision.origin.agent]
            let open = try await content(decision.bodies(for: policy))
            found.append(ActionExplanation(decision, redecider.decide(decision, content: open), candidate))
        }
        return found
    }
}
