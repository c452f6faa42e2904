package import BallastCore

/// What is the same for all actions of a run.
package struct RecordedRun: Sendable, Hashable {
    package let run: RunID
    package let tenant: TenantID
    package let principal: Principal
    package internal(set) var agent: String
    package let conversation: ConversationID
    /// Where the installation said that it was when the run began.
    package let environment: String
    /// Its actions take back what another run did.
    package let isRollback: Bool

    init(_ run: RunID, _ created: RunCreated) {
        self.run = run
        tenant = created.tenant
        principal = created.principal
        agent = created.agent.name
        conversation = created.conversation
        environment = created.environment
        isRollback = created.source == RunCreated.rollback
    }
}

/// What arguments could be grounded in, as references.
package struct RecordedEvidence: Sendable, Hashable {
    package internal(set) var words: [BodyReference] = []
    package internal(set) var answers: [String: [RecordedAnswer]] = [:]
    /// What was done and what failed, in the order of their ends.
    package internal(set) var acts: [RecordedAct] = []
}

/// What a tool answered, and what earlier runs had written of it, where that is known.
package struct RecordedAnswer: Sendable, Hashable {
    package let body: BodyReference
    package let recalled: BodyReference?
    /// The content that it needs.
    package var bodies: [BodyReference] { [body] + (recalled.map { [$0] } ?? []) }
}

/// One action that is over, as far as it tells where values come from.
package struct RecordedAct: Sendable, Hashable {
    package let tool: String
    package let arguments: BodyReference
    package let result: BodyReference?
    package let isError: Bool
    package let isApproved: Bool
    /// What an earlier run had written of its answer, where that is known.
    package let recalled: BodyReference?
    let isDone: Bool
    /// How many actions of the run were over before it.
    let place: Int
}

/// What a person vouched for, and at which request.
package struct RecordedEndorsement: Sendable, Hashable {
    package let given: EndorsementGiven
    package let gate: Gate
    package let group: String?
    var isInForce = false
}

/// One decision of the guard as its journal has it, with all that it was made of.
package struct RecordedDecision: Sendable, Hashable {
    package let origin: RecordedRun
    package let action: UInt32
    /// The moment of the decision.
    package let at: Timestamp
    package let proposal: ProposedAction
    package let hasReadUntrusted: Bool
    package let mostConfidentialRead: Label.Confidentiality
    /// What the principal had said, and what each tool had answered; empty where no policy asks for it.
    package let evidence: RecordedEvidence
    /// Equal bytes were done before in the run, whatever the tool's class.
    package let isEqualToEarlier: Bool
    /// What the run may do at all, and how often it had used the tool by then.
    package let contracts: [ContractStated]
    /// What people had vouched for by then.
    package let endorsements: [RecordedEndorsement]
    package let uses: Int
    /// What the guard asked for this decision.
    package let checks: [GuardChecked]
    /// How sure the action is, as far as somebody said so by then.
    package let estimates: [ConfidenceEstimated]
    package let decided: ActionDecided
    /// False for a look at what was decided before: when an approval is used, or after another owner took over.
    package let isFirst: Bool
    /// Whom it asked.
    package internal(set) var asked: ApprovalRequested?

    package var id: ActionID { ActionID(run: origin.run, ordinal: action) }
}

/// What became of an action, as far as limits care.
package enum RecordedEnd: UInt8, Sendable, Hashable {
    case done
    /// The tool answered that it did not do it.
    case failed
    /// Certainly not done, and not tried.
    case notDone
}

/// One thing that a journal says of an action, in its order.
package enum RecordedStep: Sendable, Hashable {
    case decided(RecordedDecision)
    /// The first attempt.
    case started(ActionID, at: Timestamp)
    case ended(ActionID, RecordedEnd)
}
