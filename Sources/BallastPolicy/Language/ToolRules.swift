package import BallastCore

/// The principal may touch only their own records: a value of the record equals an attribute of the principal.
package struct Entitlement: Sendable, Hashable, CustomStringConvertible {
    /// The argument that names the record.
    package let argument: FieldPath
    /// Whose record it is, such as `lookup_order(order_id).customer_id`.
    package let owner: ValueReference
    /// The attribute of people.yaml that must be equal.
    package let attribute: String

    package init(argument: FieldPath, owner: ValueReference, attribute: String) {
        self.argument = argument
        self.owner = owner
        self.attribute = attribute
    }

    package var description: String { "\(owner) = principal.\(attribute)" }
}

/// How to learn whether an effect happened, when its answer was lost.
package struct Verification: Sendable, Hashable {
    package let tool: String
    package let with: [BoundArgument]
    /// Milliseconds after which "not found" means that it did not happen.
    package let landsWithin: Int64
    /// What the answer must say for "it happened"; without tests, any answer that is no error says so.
    package let happenedWhen: [FieldPath: ValueTest]

    package init(
        tool: String, with: [BoundArgument], landsWithin: Int64, happenedWhen: [FieldPath: ValueTest] = [:]
    ) {
        self.tool = tool
        self.with = with
        self.landsWithin = landsWithin
        self.happenedWhen = happenedWhen
    }

    /// Whether an answer that is no error says that the effect happened.
    package func saysHappened(_ answer: JSONValue) -> Truth {
        happenedWhen.reduce(.yes) { $0.and($1.value.evaluate($1.key.value(in: answer), quantifier: .every)) }
    }
}

/// How to take an effect back.
package struct Undo: Sendable, Hashable {
    package let tool: String
    package let with: [BoundArgument]
    package init(tool: String, with: [BoundArgument]) {
        self.tool = tool
        self.with = with
    }
}

/// Which parts of a tool's result the operator vouches for.
package enum ResultTrust: Sendable, Hashable {
    case none
    case all
    case fields([FieldPath])
}

/// What the operator states of one tool, beside its class.
package struct ToolRules: Sendable, Hashable {
    package var money: [MoneyField] = []
    /// nil: `naturally` for a safe tool, `never` for any other.
    package var repeatability: Repeatability?
    package var verification: Verification?
    package var undo: Undo?
    package var entitlements: [Entitlement] = []
    /// Arguments that make two calls the same action in the real world; empty: all of them.
    package var businessKey: [FieldPath] = []
    /// Milliseconds of one attempt; nil for the runtime's default.
    package var timeout: Int64?
    package var retry: RetryRule?
    /// Tools that do the same, in the order in which they are tried.
    package var fallbacks: [Fallback] = []
    /// Milliseconds for which what the guard has learned of the world holds: an attempt that would start later is judged
    /// anew first. Nil: each judgement learns it, and a start right after it uses it however long that took.
    package var freshness: Int64?
    package var limits: [LimitRule] = []
    package var magnitudes: [MagnitudeRule] = []
    /// Arguments that must say exactly what is touched: given, not empty, no wildcard.
    package var explicitScope: [FieldPath] = []
    package var dryRun: DryRun?
    /// True when calls of one reply run one after the other.
    package var isSequential = false
    package var trust: ResultTrust = .none
    /// What may flow into the tool, and out with it.
    package var flow = FlowRules()
    /// Who estimates how sure its actions are; nil: nobody, unless a rule asks.
    package var confidence: ConfidenceRule?
    /// What must be so after it did its work, before the next step.
    package var postConditions: [PostCondition] = []
    /// How much the agent may do with it by itself, and how that may change.
    package var autonomy: AutonomyRule?

    package init() {}

    /// The money field at this path, if it is one.
    package func money(at path: FieldPath) -> MoneyField? { money.first { $0.path == path } }
}
