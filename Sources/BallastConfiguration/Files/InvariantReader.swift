import BallastCore
import BallastPolicy

/// Reads one invariant under `never` of a policy.
struct InvariantReader {
    let list: DiagnosticList
    private static let outcomes = [Outcome.allow, .confirm, .approve]

    func read(_ node: YAMLNode, into draft: inout PolicyDraft) {
        guard let reader = MappingReader(node, .never, list) else { return }
        let id = list.name(reader["id"], "the id of an invariant") ?? unnamed(in: draft)
        if draft.positions["never/\(id)"] != nil {
            list.add(
                reader.position(of: "id"), "an invariant `\(id)` stands in this file already",
                why: "proofs name invariants by their id", "give each an id of its own")
        }
        draft.positions["never/\(id)"] = node.position
        for entry in node.entries ?? [] { draft.positions["never/\(id)/\(entry.key)"] = entry.position }
        for entry in reader["when"]?.entries ?? [] {
            draft.positions["never/\(id)/when/\(entry.key)"] = entry.position
        }
        var scope = RuleScope()
        var conditions: [Condition] = []
        let rules = PolicyRuleReader(list: list)
        for entry in node.entries ?? [] where ["tool", "class", "agent"].contains(entry.key) && !entry.value.isEmpty {
            rules.read(entry, into: &conditions, scope: &scope, &draft)
        }
        for entry in list.entries(reader["when"], "`when`", "{ amount: { above: 500.00 USD } }") {
            if ["tool", "class", "agent"].contains(entry.key) {
                list.add(
                    entry.position, "`\(entry.key)` of an invariant stands beside `when`, not in it",
                    "move it out of `when`")
            } else {
                rules.read(entry, into: &conditions, scope: &scope, &draft)
            }
        }
        let outcomes = outcomes(reader.required("outcome", "[allow, confirm]"))
        guard !outcomes.isEmpty else { return }
        draft.invariants.append(
            Invariant(
                id: id, scope: scope, conditions: conditions, outcomes: outcomes,
                reason: list.text(reader["reason"], "`reason`")))
        draft.written["never/\(id)"] = node.json
    }

    /// The name of the file and a number.
    private func unnamed(in draft: PolicyDraft) -> String {
        let base = draft.position.file.split(separator: "/").last?.split(separator: ".").first ?? "policy"
        return "\(base)-never-\(draft.invariants.count + 1)"
    }

    /// A denial is what an invariant wants, so it is none of them.
    private func outcomes(_ node: YAMLNode?) -> Set<Outcome> {
        let names = InvariantReader.outcomes.map(\.name)
        _ = list.someNames(node, "`outcome`")
        let words = (node?.elements ?? node.map { [$0] } ?? []).compactMap {
            list.word($0, "outcome that runs", of: names)
        }
        return Set(InvariantReader.outcomes.filter { words.contains($0.name) })
    }
}
