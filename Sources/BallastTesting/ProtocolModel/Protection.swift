/// A protection of the protocol that can be taken out of the model, so that it can show what the protection prevents.
package enum Protection: String, Sendable, Hashable, CaseIterable {
    /// An append is refused to whom the run was taken from.
    case fence = "an append compares the fence"
    /// An append is refused when somebody else appended since the run was folded.
    case sequence = "an append compares the sequence"
    case sendBy = "no send begins later than the margin before the end of the lease"
    case permit = "a send needs a permit of the halt gate"
    case drain = "a halt waits for permit holders before it is acknowledged"
    case epoch = "the commit of a start compares the epoch it was judged under"
    /// In the other order a halt can be written in between, and its epoch is known without the halt.
    case epochsBeforeHalts = "a process that takes stock reads the epochs first, then the halts"
    case consumption = "an approval is used up in the commit of the start"
    case landsWithin = "\"not found\" counts only after lands_within"
    case landsFromAsking = "lands_within is compared with the moment of asking, not of the answer"
    case foreignDoubt = "a foreign effect that must not be repeated is in doubt, not sent again"
    case foreignWait = "a foreign effect is touched no earlier than lease end + margin"
    case foreignOnRecord = "a take-over is on record before the lease can be given back"
    case keyWindow = "every attempt looks whether the key is still remembered"
}

/// How the tool of the model may be repeated, as the operator states it.
package enum ProtocolTool: String, Sendable, Hashable, CaseIterable {
    /// In doubt when its outcome is lost; then looked up.
    case never
    /// Sent again under its key while the tool remembers keys.
    case byKey = "by_key"
}
