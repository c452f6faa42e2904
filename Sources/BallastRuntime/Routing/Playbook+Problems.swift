import BallastCore
import BallastPolicy

/// Something wrong with a playbook, found before any message meets it.
package struct PlaybookProblem: Sendable, Hashable {
    /// The step: block, index, block, index, … from the playbook down. Empty for its triggers and guards.
    package let path: [Int]
    package let problem: String
    package let advice: String
}

extension Playbook {
    /// Names that lead nowhere: slots that nothing fills, results of no step, labels of no step.
    package func problems() -> [PlaybookProblem] {
        let steps = PlaybookStep.all(in: [self.steps, onFailure])
        let known = KnownNames(self, steps: steps.map(\.0))
        let unguarded = guards.map(\.slot).filter { !known.slots.contains($0) }
            .map { known.missingSlot($0, path: []) }
        return unguarded + steps.flatMap { step, path in known.problems(of: step, at: path) } + repeatedLabels(steps)
    }

    private func repeatedLabels(_ steps: [(PlaybookStep, [Int])]) -> [PlaybookProblem] {
        var seen: Set<String> = []
        return steps.compactMap { step, path in
            guard let label = step.label, !seen.insert(label).inserted else { return nil }
            return PlaybookProblem(
                path: path, problem: "two steps are labelled `\(label)`, so `go_to` could mean either",
                advice: "rename one of them")
        }
    }
}

/// The names that steps may use.
private struct KnownNames {
    /// Slots that every phrasing fills, or that a step asks for.
    let slots: Set<String>
    private let someSlots: Set<String>
    private let results: Set<String>
    private let labels: Set<String>

    init(_ playbook: Playbook, steps: [PlaybookStep]) {
        let perTrigger = playbook.triggers.map { Set($0.slots.map(\.name)) }
        let always = perTrigger.dropFirst().reduce(perTrigger.first ?? []) { $0.intersection($1) }
        let asked = steps.compactMap { if case .ask(_, let slot, _) = $0.action { slot } else { nil } }
        slots = always.union(asked)
        someSlots = perTrigger.reduce([]) { $0.union($1) }
        results = Set(steps.compactMap { if case .call(_, _, let name, _) = $0.action { name } else { nil } })
        labels = Set(steps.compactMap(\.label))
    }

    func problems(of step: PlaybookStep, at path: [Int]) -> [PlaybookProblem] {
        var found = step.references.compactMap { problem(with: $0, path: path) }
        if case .goTo(let label) = step.action, !labels.contains(label) {
            found.append(
                PlaybookProblem(
                    path: path, problem: "no step is labelled `\(label)`",
                    advice: suggestion(label, among: labels, otherwise: "add `label: \(label)` to a step")))
        }
        return found
    }

    private func problem(with reference: PlaybookReference, path: [Int]) -> PlaybookProblem? {
        switch reference {
        case .attribute: return nil
        case .slot(let name): return slots.contains(name) ? nil : missingSlot(name, path: path)
        case .result(let name, _):
            guard !results.contains(name) else { return nil }
            return PlaybookProblem(
                path: path, problem: "no call is named `\(name)`, so `\(reference)` is never known",
                advice: suggestion(name, among: results, otherwise: "add `as: \(name)` to the call"))
        }
    }

    func missingSlot(_ name: String, path: [Int]) -> PlaybookProblem {
        let isPartial = someSlots.contains(name)
        return PlaybookProblem(
            path: path,
            problem: isPartial
                ? "not every trigger fills the slot `\(name)`" : "nothing fills a slot `\(name)`",
            advice: isPartial
                ? "add it to every trigger, or ask for it first"
                : suggestion(name, among: slots, otherwise: "add `{\(name):text}` to the triggers, or ask for it"))
    }

    private func suggestion(_ name: String, among known: Set<String>, otherwise: String) -> String {
        NearestWord.of(name, among: known).map { "did you mean `\($0)`?" } ?? otherwise
    }
}

extension PlaybookStep {
    /// All values that the step names, its blocks aside.
    fileprivate var references: [PlaybookReference] {
        switch action {
        case .call(_, let arguments, _, _):
            arguments.compactMap { if case .reference(let reference) = $0.value { reference } else { nil } }
        case .branch(let conditions, _, _): conditions.map(\.reference)
        case .say(let text), .ask(let text, _, _), .confirm(let text, _), .handOff(let text): text.references
        case .end(_, let text): text?.references ?? []
        case .goTo: []
        }
    }
}
