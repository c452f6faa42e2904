/// A protection that can be taken out, so that the simulation can show that it finds what the protection prevents.
/// Only tests set it; each case removes exactly one named protection.
package enum PlantedFault: String, Sendable, Hashable, CaseIterable {
    /// Bytes leave before the start of the effect is durable.
    case sendBeforeCommit
    /// An effect found started by a dead owner is sent again although it must not be repeated.
    case resendForeign
    /// An attempt without an answer counts as one that did not happen.
    case timeoutMeansFailed
    /// Every attempt has an idempotency key of its own.
    case freshKeyPerAttempt
    /// "Not found" counts as "did not" before the effect's time to land is over.
    case verifyTooEarly
    /// The halt gate gives permits although it is closed.
    case gateStaysOpen
    /// A limit is looked at and not reserved.
    case limitNotReserved
    /// An action that needs a person starts without one.
    case approvalSkipped
    /// Inbox rows are consumed without their event.
    case inboxDropped
    /// The outcome of an effect is reported as done although nothing came back.
    case resultInvented
    /// A new owner forgets that a call was under way.
    case foreignForgotten
    /// An approval is used although the tool is not the one that was approved.
    case bindingIgnored
    /// An error settles an effect although an earlier attempt may have done it.
    case errorMeansFailed
    /// A sub-run ends without telling the run that waits for it.
    case subRunSilent
    /// A sub-run does not heed halts of the run that started it.
    case subRunDeaf
    /// Bytes leave although the lease on the run is over.
    case leaseEndIgnored
    /// A new process does not know of the halts on record.
    case haltForgotten
    /// A run goes on although its steps are used up.
    case budgetIgnored
    /// An effect that an earlier attempt may have done is called withdrawn.
    case withdrawnThoughSent
    /// Two runs start the same action at once, because neither looks when it starts.
    case twinsStart
    /// Approved arguments are sent although they were edited.
    case editIgnored
    /// What was allowed under rules that were replaced since is sent all the same.
    case staleDecision
    /// What was taken back is not put on record as taken back.
    case undoForgotten
}
