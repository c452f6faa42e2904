import BallastCore
import BallastPolicy

/// What people endorsed in the run, as values; made anew when that changes.
struct EndorsedSoFar {
    var from: [RunEndorsement] = []
    var values = Endorsements()
}

/// Asking once: a person who decides about a value may vouch for it, or for where it came from, until the run ends.
extension RunDriver {
    // MARK: What holds

    /// Everything that is endorsed by now. A source covers what had been answered when the person was asked, so its
    /// values never change.
    mutating func endorsements() -> Endorsements {
        if endorsed.from == state.endorsements { return endorsed.values }
        var values = Endorsements()
        for endorsement in state.endorsements where endorsement.isInForce {
            let given = endorsement.given
            let endorser = Endorser(
                person: given.by, approval: given.approval, gate: endorsement.gate, group: endorsement.group)
            // What cannot be read endorses nothing.
            let document = session.bytes(of: given.items).flatMap { try? JSONReader.read($0) }
            for item in EndorsableValue.items(of: document) ?? [] {
                values.add(item.value, for: item.use, by: endorser)
                guard given.scope == .source, let source = item.source else { continue }
                for value in covered(by: source.tool, source.field, through: source.through) {
                    values.add(value, for: item.use, by: endorser)
                }
            }
        }
        endorsed = EndorsedSoFar(from: state.endorsements, values: values)
        return values
    }

    private func covered(by tool: String, _ field: FieldPath, through: Int) -> [JSONValue] {
        state.history.prefix(through).flatMap { past in
            past.tool == tool ? answer(of: past).map { AnswerField.values(at: field, in: $0) } ?? [] : []
        }
    }

    /// nil for what is no answer. What earlier runs wrote of it is none of the tool's.
    private func answer(of past: ActionSummary) -> JSONValue? {
        guard past.end == .done, !past.isError, let result = past.result,
            let answer = session.bytes(of: result).flatMap({ try? JSONReader.read($0) })
        else { return nil }
        return recalled(of: past.ordinal)?.cleaned(answer) ?? answer
    }

    // MARK: What can be endorsed

    /// What a person who is asked about the action may endorse, each with the first field of an answer that has it.
    func endorsable(_ verdict: GuardVerdict) -> [EndorsableValue] {
        state.isRollback ? [] : verdict.endorsable.map(located)
    }

    private func located(_ item: EndorsableValue) -> EndorsableValue {
        for past in state.history {
            guard let answer = answer(of: past),
                let field = AnswerField.place(of: item.value, for: item.use, in: answer)
            else { continue }
            var item = item
            let through = state.history.count
            item.source = EndorsableValue.Source(
                tool: past.tool, field: field, through: through,
                answers: state.history.count { $0.tool == past.tool && $0.end == .done && !$0.isError },
                covering: covered(by: past.tool, field, through: through))
            return item
        }
        return item
    }

    // MARK: Endorsing

    /// Puts on record what the person endorses with their approval: what they were shown, and nothing else.
    mutating func endorse(
        _ scope: EndorsementScope, _ wait: ApprovalWait, by person: Principal
    ) throws(DriverStop) {
        let review = session.bytes(of: wait.review).flatMap { try? JSONReader.read($0) }
        guard let list = review?["endorsable"], let items = EndorsableValue.items(of: list), !items.isEmpty,
            scope == .value || items.allSatisfy({ $0.source != nil })
        else { return }
        try record(
            .endorsementGiven(
                EndorsementGiven(
                    approval: wait.approval, by: person, scope: scope, items: session.seal(JSONWriter.canonical(list)))
            ))
    }
}
