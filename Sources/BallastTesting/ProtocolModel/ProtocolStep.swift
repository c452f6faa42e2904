/// One thing that happens, and who does it.
package struct ProtocolStep: Sendable, Hashable, CustomStringConvertible {
    package enum Actor: String, Sendable {
        case a = "A"
        case b = "B"
        case operatorPerson = "operator"
        case approver
        case world
        case time
    }
    package let actor: Actor
    package let event: ProtocolEvent
    package var note = ""

    package var description: String { "\(actor.rawValue): \(event.rawValue)\(note)" }
}

/// Everything that can happen, as a sentence of a trace.
package enum ProtocolEvent: String, Sendable, Hashable {
    case claim = "claims the run and folds it"
    case recordTakeOver = "puts the take-over on record: what was started is foreign"
    case ask = "asks for approval"
    case takeApproval = "takes the approval from the inbox"
    case takeRejection = "takes the rejection from the inbox"
    case takeExpiry = "takes the expiry from the inbox"
    case judge = "judges the action: allowed, the start is in memory"
    case commitStart = "commits the start"
    case claimPermit = "checks lease and gate: may write"
    case permitRefused = "checks lease and gate: refused, nothing is sent"
    case write = "writes the bytes"
    case takeAnswer = "gets the answer"
    case loseAnswer = "gets no answer"
    case settle = "puts on record: done"
    case recordRetry = "puts on record: no answer, to be sent again under its key"
    case recordUnsent = "puts on record: not sent, to be tried again"
    case doubt = "puts on record: in doubt"
    case withdraw = "cannot reach the tool; puts on record: withdrawn"
    case resendForeign = "puts on record: the foreign effect is to be sent again"
    case askWorld = "asks the tool what became of it"
    case findDone = "puts on record: it happened"
    case findNothing = "puts on record: it did not happen, to be sent again"
    case findTooEarly = "does not believe \"not found\" yet"
    case proposeAgain = "proposes the same action again, the approval is not used up"
    case rest = "gives the lease back"
    case storeFails = "cannot append; lets go of the run"
    case renew = "renews the lease"
    case crash = "crashes; another process takes its place"
    case readEpochs = "reads the epochs"
    case readHalts = "reads the halts in force"
    case close = "closes the gate of a process"
    case recordHalt = "writes the halt and its epoch"
    case acknowledge = "acknowledges the halt"
    case resume = "ends the halt and opens the gates"
    case approve = "approves"
    case reject = "rejects"
    case expire = "the approval expires"
    case land = "the effect happens"
    case drop = "the bytes are lost on the way"
    case leaseCloses = "the margin before the end of the lease begins"
    case leaseEnds = "the lease ends"
    case leaseOver = "the margin after the end of the lease has passed"
    case landed = "lands_within has passed"
    case windowEnds = "the key's window ends"
    case keyForgotten = "the tool forgets the key"
}

/// What must never be.
package enum ProtocolFault: String, Sendable, Hashable, CaseIterable {
    case twice = "the effect happened twice"
    case sentAfterHalt = "a send began after the halt was acknowledged"
    case sentUnapproved = "something was sent without a consumed approval"
    case approvalTwice = "an approval was used twice"
    case notDoneButDone = "on record as not done, and it happened"
    case doneButNotDone = "on record as done, and it did not happen"
    case judgedBeforeHalt = "a start was committed that was judged before the last halt"
    /// lands_within counts from the doubt: nothing may be sent after it began.
    case sentInDoubt = "something was sent while the effect was in doubt"
    case stuck = "nothing leads to an end from here"
}
