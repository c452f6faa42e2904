/// The kinds of journal entries. The raw value is stored for ever; the name is the event's name in the API and SSE.
package enum EntryType: UInt8, Sendable, Hashable, CaseIterable {
    case runCreated = 1
    case messageAdded = 2
    case modelRequested = 3
    case modelReplied = 4
    case modelFailed = 5
    case replyRejected = 6
    case playbookStepped = 7
    case actionDecided = 8
    case approvalRequested = 9
    case approvalResolved = 10
    case effectStarted = 11
    case effectRetried = 12
    case effectSettled = 13
    case effectInDoubt = 14
    case effectVerified = 15
    case effectWithdrawn = 16
    case questionAsked = 17
    case runEscalated = 18
    case runHalted = 19
    case runResumed = 20
    case cancelRequested = 21
    case runClaimed = 22
    case runFinished = 23
    case guardChecked = 24
    case runHandedBack = 25
    case subRunStarted = 26
    case subRunFinished = 27
    case confidenceEstimated = 28
    case actionsProposed = 29
    case actionShadowed = 30
    case rollbackRequested = 31
    case effectCompensated = 32
    case breakerChanged = 33
    case fallbackChosen = 34
    case confusionNoticed = 35
    case contextReset = 36
    case contractStated = 39
    case labelsRecalled = 40
    case actionByHand = 41
    case escalationClaimed = 42
    case escalationPassedOn = 43
    case endorsementGiven = 44
    case contractDrafted = 45

    package var name: String {
        switch self {
        case .runCreated: "run_created"
        case .messageAdded: "message_added"
        case .modelRequested: "model_requested"
        case .modelReplied: "model_replied"
        case .modelFailed: "model_failed"
        case .replyRejected: "reply_rejected"
        case .playbookStepped: "playbook_stepped"
        case .actionDecided: "action_decided"
        case .approvalRequested: "approval_requested"
        case .approvalResolved: "approval_resolved"
        case .effectStarted: "effect_started"
        case .effectRetried: "effect_retried"
        case .effectSettled: "effect_settled"
        case .effectInDoubt: "effect_in_doubt"
        case .effectVerified: "effect_verified"
        case .effectWithdrawn: "effect_withdrawn"
        case .questionAsked: "question_asked"
        case .runEscalated: "run_escalated"
        case .runHalted: "run_halted"
        case .runResumed: "run_resumed"
        case .cancelRequested: "cancel_requested"
        case .runClaimed: "run_claimed"
        case .runFinished: "run_finished"
        case .guardChecked: "guard_checked"
        case .runHandedBack: "run_handed_back"
        case .subRunStarted: "sub_run_started"
        case .subRunFinished: "sub_run_finished"
        case .confidenceEstimated: "confidence_estimated"
        case .actionsProposed: "actions_proposed"
        case .actionShadowed: "action_shadowed"
        case .rollbackRequested: "rollback_requested"
        case .effectCompensated: "effect_compensated"
        case .breakerChanged: "breaker_changed"
        case .fallbackChosen: "fallback_chosen"
        case .confusionNoticed: "confusion_noticed"
        case .contextReset: "context_reset"
        case .contractStated: "contract_stated"
        case .labelsRecalled: "labels_recalled"
        case .actionByHand: "action_by_hand"
        case .escalationClaimed: "escalation_claimed"
        case .escalationPassedOn: "escalation_passed_on"
        case .endorsementGiven: "endorsement_given"
        case .contractDrafted: "contract_drafted"
        }
    }
}
