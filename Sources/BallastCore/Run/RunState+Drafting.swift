/// How far the run is with a contract that is drafted for it.
package struct ContractDraft: Sendable, Hashable {
    /// The last one that could be used.
    package internal(set) var contract: BodyReference?
    package internal(set) var drafts = 0
    /// Attempts in a row that brought nothing.
    package internal(set) var unusable = 0
    /// Where in the transcript the answer begins, once the principal was asked.
    package internal(set) var askedAt: Int?
    /// It binds the run, or the run goes on without one.
    package internal(set) var isSettled = false
}

extension RunState {
    /// Uses up the leave to call a model; only that there is none may be said without a call.
    mutating func draft(_ fields: ContractDrafted) throws(RunTransitionError) {
        guard phase == .planning, batch.isEmpty, draft?.isSettled != true,
            (fields.outcome == .drafted) == (fields.contract != nil), reservation != nil || fields.outcome == .none
        else { throw impossible(.contractDrafted) }
        reservation = nil
        failedAttempts = 0
        modelNotBefore = nil
        usage.charge(tokens: fields.tokens, microdollars: fields.microdollars)
        var next = draft ?? ContractDraft()
        switch fields.outcome {
        case .drafted:
            next.contract = fields.contract
            next.drafts += 1
            (next.unusable, next.askedAt) = (0, nil)
        case .unusable: next.unusable += 1
        case .none: next.isSettled = true
        }
        draft = next
    }

    /// A contract is there before anything is done, or it is the one that was drafted.
    mutating func state(_ fields: ContractStated) throws(RunTransitionError) {
        let isDraft = draft.map { !$0.isSettled && $0.contract == fields.contract } ?? false
        guard phase == .planning, batch.isEmpty, isDraft || (lastAction == 0 && draft == nil) else {
            throw impossible(.contractStated)
        }
        contracts.append(fields)
        if isDraft { draft?.isSettled = true }
    }

    /// The question that was asked is whether the draft is meant.
    mutating func noteDraftAsked() {
        guard let open = draft, !open.isSettled, open.contract != nil, open.askedAt == nil else { return }
        draft?.askedAt = transcript.count
    }

    /// A person gave the run back, maybe with words: what was not agreed to is drafted anew.
    mutating func forgetDraft() {
        if draft?.isSettled == false { draft = nil }
    }
}
