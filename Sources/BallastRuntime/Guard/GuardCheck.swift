package import BallastPolicy

/// The checks before an action, in their fixed order. The first that fails names the refusal; what comes after it is not
/// looked at, and nothing is asked for it.
package enum GuardCheck: String, Sendable, CaseIterable {
    /// The same action was rejected, or nobody approved it in time, and the principal said nothing since.
    case proposal
    /// Nothing starts under a halt; it is looked at before an action is judged, and again as its bytes leave.
    case halt
    case parse
    case manifest
    case pin
    case schema
    case budget
    case duplicate
    case flow
    case destination
    case secret
    case personal
    /// The contract of the task, where one was given, has the action.
    case contract
    /// The principal's words ask for an act of this kind.
    case intent
    case entitlement
    /// The tool stands in a class.
    case classified = "class"
    /// Amounts, scope, magnitude and dry run, with what the guard fetches for them.
    case groundTruth = "ground_truth"
    case grounding
    /// The rules, and the floor of the class.
    case policy
    case confidence
    /// The agent has earned to do by itself what the policy lets pass.
    case autonomy
    /// The tool did not fail too often.
    case breaker
    case limit
    /// The people who were asked.
    case outcome
    /// What was done is as it should be; it comes after the action, before the next step.
    case after

    /// The codes that this check refuses with, or asks people with.
    package var codes: [DecisionCode] {
        switch self {
        case .proposal: []
        case .halt: [.halted]
        case .parse: [.parse]
        case .manifest: [.manifest, .unavailable]
        case .pin: [.pin]
        case .schema: [.schema]
        case .budget: [.budget]
        case .duplicate: [.duplicate, .inDoubt]
        case .flow: [.flow]
        case .destination: [.destination]
        case .secret: [.secret]
        case .personal: [.personal]
        case .contract: [.contract]
        case .intent: [.intent]
        case .entitlement: [.entitlement]
        case .classified: [.unclassified]
        case .groundTruth: [.money, .scope, .magnitude, .groundTruth]
        case .grounding: [.grounding]
        case .policy: [.denied, .cannotEvaluate, .required, .relaxed, .classFloor, .allowed, .repeated, .endorsed]
        case .confidence: [.confidence]
        case .autonomy: [.autonomy]
        case .breaker: [.breaker]
        case .limit: [.limit, .reach]
        case .after: [.after]
        case .outcome: [.approved, .rejected, .expired, .withdrawn, .void]
        }
    }
}
