/// Everything that can happen to a run. A run's state is a fold of these; nothing else changes it.
package enum RunEvent: Sendable, Hashable {
    case created(RunCreated)
    case messageAdded(MessageAdded)
    case modelRequested(ModelRequested)
    case modelReplied(ModelReplied)
    case modelFailed(ModelFailed)
    case replyRejected(ReplyRejected)
    case playbookStepped(PlaybookStepped)
    case actionsProposed(ActionsProposed)
    case rollbackRequested(RollbackRequested)
    case effectCompensated(EffectCompensated)
    case contractStated(ContractStated)
    case contractDrafted(ContractDrafted)
    case labelsRecalled(LabelsRecalled)
    case endorsementGiven(EndorsementGiven)
    case actionDecided(ActionDecided)
    case actionShadowed(ActionShadowed)
    case guardChecked(GuardChecked)
    case confidenceEstimated(ConfidenceEstimated)
    case approvalRequested(ApprovalRequested)
    case approvalResolved(ApprovalResolved)
    case effectStarted(EffectStarted)
    case effectRetried(EffectRetried)
    case effectSettled(EffectSettled)
    case effectInDoubt(EffectInDoubt)
    case effectVerified(EffectVerified)
    case effectWithdrawn(EffectWithdrawn)
    case breakerChanged(BreakerChanged)
    case fallbackChosen(FallbackChosen)
    case confusionNoticed(ConfusionNoticed)
    case contextReset(ContextReset)
    case subRunStarted(SubRunStarted)
    case subRunFinished(SubRunFinished)
    case questionAsked(QuestionAsked)
    case escalated(RunEscalated)
    case escalationClaimed(EscalationClaimed)
    case escalationPassedOn(EscalationPassedOn)
    case actedByHand(ActionByHand)
    case handedBack(RunHandedBack)
    case halted(RunHalted)
    case resumed(RunResumed)
    case cancelRequested(CancelRequested)
    case claimed(RunClaimed)
    case finished(RunFinished)

    package var type: EntryType {
        switch self {
        case .created: .runCreated
        case .messageAdded: .messageAdded
        case .modelRequested: .modelRequested
        case .modelReplied: .modelReplied
        case .modelFailed: .modelFailed
        case .replyRejected: .replyRejected
        case .playbookStepped: .playbookStepped
        case .actionsProposed: .actionsProposed
        case .rollbackRequested: .rollbackRequested
        case .effectCompensated: .effectCompensated
        case .contractStated: .contractStated
        case .contractDrafted: .contractDrafted
        case .labelsRecalled: .labelsRecalled
        case .endorsementGiven: .endorsementGiven
        case .actionDecided: .actionDecided
        case .actionShadowed: .actionShadowed
        case .guardChecked: .guardChecked
        case .confidenceEstimated: .confidenceEstimated
        case .approvalRequested: .approvalRequested
        case .approvalResolved: .approvalResolved
        case .effectStarted: .effectStarted
        case .effectRetried: .effectRetried
        case .effectSettled: .effectSettled
        case .effectInDoubt: .effectInDoubt
        case .effectVerified: .effectVerified
        case .effectWithdrawn: .effectWithdrawn
        case .breakerChanged: .breakerChanged
        case .fallbackChosen: .fallbackChosen
        case .confusionNoticed: .confusionNoticed
        case .contextReset: .contextReset
        case .subRunStarted: .subRunStarted
        case .subRunFinished: .subRunFinished
        case .questionAsked: .questionAsked
        case .escalated: .runEscalated
        case .escalationClaimed: .escalationClaimed
        case .escalationPassedOn: .escalationPassedOn
        case .actedByHand: .actionByHand
        case .handedBack: .runHandedBack
        case .halted: .runHalted
        case .resumed: .runResumed
        case .cancelRequested: .cancelRequested
        case .claimed: .runClaimed
        case .finished: .runFinished
        }
    }

    /// The fields behind the case.
    package var payload: any EntryPayload {
        switch self {
        case .created(let fields): fields
        case .messageAdded(let fields): fields
        case .modelRequested(let fields): fields
        case .modelReplied(let fields): fields
        case .modelFailed(let fields): fields
        case .replyRejected(let fields): fields
        case .playbookStepped(let fields): fields
        case .actionsProposed(let fields): fields
        case .rollbackRequested(let fields): fields
        case .effectCompensated(let fields): fields
        case .contractStated(let fields): fields
        case .contractDrafted(let fields): fields
        case .labelsRecalled(let fields): fields
        case .endorsementGiven(let fields): fields
        case .actionDecided(let fields): fields
        case .actionShadowed(let fields): fields
        case .guardChecked(let fields): fields
        case .confidenceEstimated(let fields): fields
        case .approvalRequested(let fields): fields
        case .approvalResolved(let fields): fields
        case .effectStarted(let fields): fields
        case .effectRetried(let fields): fields
        case .effectSettled(let fields): fields
        case .effectInDoubt(let fields): fields
        case .effectVerified(let fields): fields
        case .effectWithdrawn(let fields): fields
        case .breakerChanged(let fields): fields
        case .fallbackChosen(let fields): fields
        case .confusionNoticed(let fields): fields
        case .contextReset(let fields): fields
        case .subRunStarted(let fields): fields
        case .subRunFinished(let fields): fields
        case .questionAsked(let fields): fields
        case .escalated(let fields): fields
        case .escalationClaimed(let fields): fields
        case .escalationPassedOn(let fields): fields
        case .actedByHand(let fields): fields
        case .handedBack(let fields): fields
        case .halted(let fields): fields
        case .resumed(let fields): fields
        case .cancelRequested(let fields): fields
        case .claimed(let fields): fields
        case .finished(let fields): fields
        }
    }
}
