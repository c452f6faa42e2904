import BallastCore
import BallastPolicy

extension RecordedDecision {
    /// What people had vouched for, as values; nil when some of it cannot be opened any more.
    func endorsed(_ content: (BodyReference) -> [UInt8]?) -> Endorsements? {
        var values = Endorsements()
        for endorsement in endorsements {
            let given = endorsement.given
            guard let bytes = content(given.items) else { return nil }
            let endorser = Endorser(
                person: given.by, approval: given.approval, gate: endorsement.gate, group: endorsement.group)
            for item in EndorsableValue.items(of: try? JSONReader.read(bytes)) ?? [] {
                values.add(item.value, for: item.use, by: endorser)
                guard given.scope == .source, let source = item.source else { continue }
                guard let covered = covered(by: source, content) else { return nil }
                for value in covered { values.add(value, for: item.use, by: endorser) }
            }
        }
        return values
    }

    private func covered(
        by source: EndorsableValue.Source, _ content: (BodyReference) -> [UInt8]?
    ) -> [JSONValue]? {
        var values: [JSONValue] = []
        for act in evidence.acts where act.tool == source.tool && act.place < source.through {
            guard act.isDone, !act.isError, let result = act.result else { continue }
            guard let bytes = content(result) else { return nil }
            guard let answer = try? JSONReader.read(bytes) else { continue }
            guard let body = act.recalled else {
                values += AnswerField.values(at: source.field, in: answer)
                continue
            }
            guard let known = content(body) else { return nil }
            let cleaned = RecalledLabels(bytes: known)?.cleaned(answer) ?? answer
            values += AnswerField.values(at: source.field, in: cleaned)
        }
        return values
    }
}
