/// The registry of machine-readable reasons: every decision, refusal and end of an approval carries one of these.
///
/// Codes are stored and read by programs of others, so they are never renamed or reused.
package enum DecisionCode: String, Sendable, Hashable, CaseIterable {
    // The policy's own, from its rules and statements.
    case allowed = "policy.allowed"
    case unclassified = "policy.unclassified"
    case classFloor = "policy.class_floor"
    case relaxed = "policy.relaxed"
    case required = "policy.required"
    case denied = "policy.denied"
    case cannotEvaluate = "policy.cannot_evaluate"
    case money = "policy.money"
    case scope = "policy.scope"
    case magnitude = "policy.magnitude"
    case groundTruth = "policy.ground_truth"
    case confidence = "policy.confidence"
    case repeated = "policy.repeat"
    case endorsed = "policy.endorsed"

    // Checks of the guard around the policy.
    case halted = "guard.halted"
    case parse = "guard.parse"
    case manifest = "guard.manifest"
    case pin = "guard.pin"
    case schema = "guard.schema"
    case duplicate = "guard.duplicate"
    case inDoubt = "guard.in_doubt"
    case flow = "guard.flow"
    case destination = "guard.destination"
    case secret = "guard.secret"
    case personal = "guard.personal"
    case contract = "guard.contract"
    case intent = "guard.intent"
    case entitlement = "guard.entitlement"
    case grounding = "guard.grounding"
    case budget = "guard.budget"
    case limit = "guard.limit"
    case reach = "guard.reach"
    case breaker = "guard.breaker"
    case unavailable = "guard.unavailable"
    case after = "guard.after"
    case autonomy = "guard.autonomy"

    // Ends of a request to a person.
    case approved = "approval.approved"
    case rejected = "approval.rejected"
    case expired = "approval.expired"
    case withdrawn = "approval.withdrawn"
    case void = "approval.void"

    /// Which part of the guard gives this reason.
    package enum Origin: Sendable, Hashable {
        /// The policy's function of the facts: another policy may decide otherwise.
        case policy
        /// A limit had no room for what the policy let pass.
        case limit
        /// What the run, the tools or people are: no policy decides otherwise.
        case surroundings
    }

    package var origin: Origin {
        switch self {
        case .allowed, .unclassified, .classFloor, .relaxed, .required, .denied, .cannotEvaluate, .money, .scope,
            .magnitude, .groundTruth, .confidence, .repeated, .endorsed, .flow, .destination, .secret, .personal,
            .intent,
            .entitlement, .grounding:
            .policy
        case .limit: .limit
        case .halted, .parse, .manifest, .pin, .schema, .duplicate, .inDoubt, .contract, .budget, .reach, .breaker,
            .unavailable, .after, .autonomy, .approved, .rejected, .expired, .withdrawn, .void:
            .surroundings
        }
    }

    /// The code in one sentence, for documentation and for people who meet it.
    package var sentence: String {
        switch self {
        case .allowed: "The tool's class lets the action run."
        case .unclassified: "Nobody has put the tool into a class, so it does not run."
        case .classFloor: "The tool's class asks a person first."
        case .relaxed: "A rule lowered what the tool's class asks for."
        case .required: "A rule asks a person first."
        case .denied: "A rule forbids the action."
        case .cannotEvaluate: "A rule could not be evaluated, and an undecided rule denies."
        case .money: "An amount of money is not spelled as the tool spells it, or is out of range."
        case .scope: "The action does not say exactly what it touches."
        case .magnitude: "The action would touch more than it may at once."
        case .groundTruth: "A fact that the decision needs could not be fetched."
        case .confidence: "The model is not sure enough of this action."
        case .repeated: "An equal action was done before, so a person decides about the repetition."
        case .endorsed: "A person vouched for the value, or for where it came from, earlier in the run."
        case .halted: "A halt is in force."
        case .parse: "The arguments are not acceptable JSON."
        case .manifest: "The tool is not in the agent's manifest."
        case .pin: "The tool's definition is not the one that was accepted."
        case .schema: "The arguments do not satisfy the tool's schema."
        case .duplicate: "An equal action has been done or is under way."
        case .inDoubt: "Nobody knows yet whether an equal action took effect."
        case .flow: "Text that nobody vouches for would decide it, or it would tell more people than may know."
        case .destination: "It goes to a place that the tool may not reach."
        case .secret: "An argument holds a secret that the tool may not be given."
        case .personal: "An argument holds personal data that the tool may not be given."
        case .contract: "The contract of the task does not have it."
        case .intent: "The principal's words do not ask for an act of this kind."
        case .grounding: "A value occurs in no source that it must come from."
        case .entitlement: "The record is not the principal's own."
        case .budget: "The run's budget has no room."
        case .limit: "A limit has no room."
        case .reach: "The task has done as much as it may before a person looks at it."
        case .breaker: "The tool failed too often and rests."
        case .unavailable: "The tool is not offered at the moment."
        case .after: "It was done, and it is not as it should be afterwards."
        case .autonomy: "The agent has not earned to do this with the tool by itself, so a person decides first."
        case .approved: "A person agreed."
        case .rejected: "A person refused."
        case .expired: "Nobody decided in time, and waiting never allows."
        case .withdrawn: "The request was taken back before a decision."
        case .void: "The approval could not be used: what was approved had changed, or the guard decided more strictly."
        }
    }
}
