package import BallastCore
package import BallastPolicy

/// What the journals say of an agent's actions with a tool since its level last changed.
package struct TrustEvidence: Sendable, Hashable {
    /// From when on it counts; nil: from the beginning.
    package let since: Timestamp?
    /// Approved or confirmed as proposed.
    package var unchanged = 0
    /// Approved with other arguments.
    package var edited = 0
    package var rejected = 0
    /// Of the reviewed actions: what the tool did, what it answered with an error, and what nobody knows.
    package var done = 0
    package var failed = 0
    package var inDoubt = 0
    /// There are more reviews than are looked at; the latest are.
    package var isPartial = false
    package var lastIncident: Timestamp?

    package var reviewed: Int { unchanged + edited + rejected }
    package var errors: Int { edited + rejected }
    package var bound: ErrorBound { ErrorBound(reviewed: reviewed, errors: errors) }

    /// What the terms ask for and is not there; none: a person may agree.
    package func lacks(_ terms: RiseTerms, at now: Timestamp) -> [String] {
        var lacking: [String] = []
        if reviewed < terms.reviewed { lacking.append("\(reviewed) of \(terms.reviewed) reviews") }
        if bound.upper > terms.errorsAtMost {
            lacking.append(
                "\(errors) of \(reviewed) reviews found errors: their share is under \(bound.text) with "
                    + "\(ErrorBound.confidence) % confidence, and must be under \(ErrorBound.text(terms.errorsAtMost))")
        }
        if let lastIncident, now.since(lastIncident) < terms.cleanFor {
            let clean = lastIncident.adding(milliseconds: terms.cleanFor)
            lacking.append("an incident at \(lastIncident.rfc3339); it may rise from \(clean.rfc3339) on")
        }
        return lacking
    }

    package var document: JSONValue {
        [
            "since": JSONValue(since?.rfc3339), "reviewed": JSONValue(reviewed), "unchanged": JSONValue(unchanged),
            "edited": JSONValue(edited), "rejected": JSONValue(rejected), "done": JSONValue(done),
            "failed": JSONValue(failed), "in_doubt": JSONValue(inDoubt),
            "error_share_below": JSONValue(bound.text), "last_incident": JSONValue(lastIncident?.rfc3339),
            "is_partial": .bool(isPartial),
        ]
    }

    /// Counts the decisions of one run, by folding its journal: only there is written what a person changed.
    mutating func count(_ entries: [JournalEntry], run: RunID, tool: String) throws {
        var past = RunState(run: run)
        var actions: Set<UInt32> = []
        for entry in entries {
            let event = try EntryCodec.decode(entry, of: run)
            let isCounted = since.map { entry.at > $0 } ?? true
            if isCounted, case .approvalResolved(let fields) = event, let action = past.decided(by: fields),
                action.proposal.tool == tool, !past.isOwn(fields)
            {
                count(fields, of: action, &actions)
            }
            try past.apply(event, at: entry.at)
        }
        guard !past.isRollback else { return }
        for action in past.history where actions.contains(action.ordinal) {
            switch action.end {
            case .done where action.isError: failed += 1
            case .done: done += 1
            default: break
            }
        }
        inDoubt +=
            past.batch.filter { action in
                action.stage.isInDoubt && actions.contains(action.ordinal)
            }.count
    }

    private mutating func count(_ fields: ApprovalResolved, of action: ActionState, _ actions: inout Set<UInt32>) {
        switch fields.status {
        // What a person wrote says nothing of the agent.
        case _ where action.hand != nil: break
        case .approved where fields.edited != nil: edited += 1
        case .approved where action.editor == nil:
            if actions.insert(action.ordinal).inserted { unchanged += 1 }
        case .rejected: rejected += 1
        default: break
        }
    }
}

extension RunState {
    /// The action that waits for this decision.
    fileprivate func decided(by fields: ApprovalResolved) -> ActionState? {
        isRollback ? nil : batch.first { $0.stage.approval == fields.approval }
    }

    /// An agent outside may answer what its principal is asked: its own yes is no review of it. A no is.
    fileprivate func isOwn(_ fields: ApprovalResolved) -> Bool {
        isGateway && fields.status == .approved && fields.by == created?.principal
    }
}
