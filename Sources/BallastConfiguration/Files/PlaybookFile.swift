import BallastCore
import BallastPolicy
import BallastRuntime

/// A playbook as its file says it, with the places of its steps.
struct PlaybookDraft {
    let playbook: Playbook
    /// By path: block, index, block, index, …
    let positions: [[Int]: SourcePosition]
    let position: SourcePosition
    /// What was written, for the version of the agents that have it.
    let written: JSONValue
}

/// Reads one file of playbooks/.
final class PlaybookFile {
    private let name: String
    private let list: DiagnosticList
    private var positions: [[Int]: SourcePosition] = [:]
    /// Lists of steps inside lists of steps.
    private static let maxDepth = 8

    init(name: String, list: DiagnosticList) {
        self.name = name
        self.list = list
    }

    func read(_ node: YAMLNode) -> PlaybookDraft? {
        guard let file = MappingReader(node, .playbook, list) else { return nil }
        if let given = file["name"], let text = list.text(given, "`name`"), text != name {
            list.add(
                given.position, "the playbook is named `\(text)` here and `\(name)` by its file",
                "name the file \(text).yaml")
        }
        let phrases = list.texts(file.required("triggers", "[where is order {order_id:id}]"), "`triggers`")
        let triggers = phrases.compactMap(trigger)
        let guards = list.entries(file["when"], "`when`", "{ amount: { at_most: 50.00 USD } }").flatMap { entry in
            list.tests(entry.value, "`\(entry.key)`").map { SlotGuard(slot: entry.key, test: $0) }
        }
        let steps = steps(file.required("steps", ""), under: [0])
        let playbook = Playbook(
            name: name, triggers: triggers, guards: guards, steps: steps,
            onFailure: self.steps(file["on_failure"], under: [1]),
            isAllOrNothing: list.bool(file["all_or_nothing"], "`all_or_nothing`") ?? false)
        for problem in playbook.problems() {
            let place = positions[problem.path] ?? file.position(of: "when")
            list.add(place, problem.problem, problem.advice)
        }
        return PlaybookDraft(playbook: playbook, positions: positions, position: node.position, written: node.json)
    }

    private func trigger(_ node: YAMLNode) -> TriggerPattern? {
        do throws(TriggerPattern.Invalid) {
            return try TriggerPattern(node.text ?? "")
        } catch {
            list.add(node.position, error.problem, error.advice)
            return nil
        }
    }

    // MARK: Steps

    private func steps(_ node: YAMLNode?, under path: [Int]) -> [PlaybookStep] {
        guard let node else { return [] }
        guard path.count <= 2 * PlaybookFile.maxDepth else {
            list.add(node.position, "steps are nested too deeply", "use `go_to` and labels")
            return []
        }
        var steps: [PlaybookStep] = []
        for element in list.elements(node, "a list of steps", "say: …") {
            let place = path + [steps.count]
            positions[place] = element.position
            if let step = step(element, at: place) { steps.append(step) }
        }
        return steps
    }

    /// The key that names what a step does; `say` also accompanies `end`.
    private static let actions = ["call", "if", "ask", "confirm", "hand_off", "go_to", "end", "say"]
    private static let companions: [String: [String]] = [
        "call": ["with", "as", "on_failure"], "if": ["then", "else"], "ask": ["slot", "type"], "confirm": ["otherwise"],
        "hand_off": [], "go_to": [], "end": ["say"], "say": [],
    ]

    private func step(_ node: YAMLNode, at path: [Int]) -> PlaybookStep? {
        guard let reader = MappingReader(node, .step, list) else { return nil }
        guard let kind = PlaybookFile.actions.first(where: { reader[$0] != nil }), let value = reader[kind] else {
            // An unknown key has its own complaint, and is probably the one that is missing.
            guard reader.hasOnlyKnownKeys else { return nil }
            list.add(
                node.position, "the step does nothing",
                "give it one of \(PlaybookFile.actions.map { "`\($0)`" }.joined(separator: ", "))")
            return nil
        }
        let allowed = (PlaybookFile.companions[kind] ?? []) + [kind, "label"]
        for entry in node.entries ?? [] where MappingKind.step.keys.contains(entry.key) && !allowed.contains(entry.key)
        {
            list.add(
                entry.position, "`\(entry.key)` does not go with `\(kind)`", why: "a step does one thing",
                "make it a step of its own")
        }
        guard let action = action(kind, value, reader, at: path) else { return nil }
        return PlaybookStep(action, label: list.name(reader["label"], "`label`"))
    }

    private func action(
        _ kind: String, _ value: YAMLNode, _ reader: MappingReader, at path: [Int]
    ) -> PlaybookStep.Action? {
        switch kind {
        case "call": return call(value, reader, at: path)
        case "if":
            return .branch(
                conditions: conditions(value), then: steps(reader.required("then", ""), under: path + [0]),
                otherwise: steps(reader["else"], under: path + [1]))
        case "ask": return ask(value, reader)
        case "confirm":
            let otherwise = steps(reader["otherwise"], under: path + [0])
            return template(value).map { .confirm($0, otherwise: otherwise) }
        case "hand_off": return template(value).map { .handOff(reason: $0) }
        case "go_to": return list.name(value, "`go_to`").map { .goTo($0) }
        case "end": return end(value, reader)
        default: return template(value).map { .say($0) }
        }
    }

    private func call(_ value: YAMLNode, _ reader: MappingReader, at path: [Int]) -> PlaybookStep.Action? {
        guard let tool = list.text(value, "`call`") else { return nil }
        let bound = list.entries(reader["with"], "`with`", "{ order_id: $order_id }").compactMap { entry in
            argument(entry.value).map { PlaybookArgument(name: entry.key, value: $0) }
        }
        let name = list.name(reader["as"], "`as`") ?? tool
        return .call(tool: tool, with: bound, name: name, onFailure: steps(reader["on_failure"], under: path + [0]))
    }

    private func argument(_ node: YAMLNode) -> PlaybookValue? {
        guard let text = node.text, text.hasPrefix("$") else { return .literal(node.json) }
        guard let reference = PlaybookReference(String(text.dropFirst())) else {
            list.add(
                node.position, "`\(text)` names no value", "write `$slot`, `$step.field` or `$principal.attribute`")
            return nil
        }
        return .reference(reference)
    }

    private func conditions(_ node: YAMLNode) -> [PlaybookCondition] {
        list.entries(node, "`if`", "{ order.status: delivered }").flatMap { entry -> [PlaybookCondition] in
            guard let reference = PlaybookReference(entry.key) else {
                list.add(entry.position, "`\(entry.key)` names no value", "write `step.field`, or a slot")
                return []
            }
            return list.tests(entry.value, "`\(entry.key)`").map { PlaybookCondition(reference: reference, test: $0) }
        }
    }

    private func ask(_ value: YAMLNode, _ reader: MappingReader) -> PlaybookStep.Action? {
        let slot = list.name(reader.required("slot", "order_id"), "`slot`")
        let type = slotType(reader["type"])
        guard let question = template(value), let slot, let type else { return nil }
        return .ask(question: question, slot: slot, type: type)
    }

    private func slotType(_ node: YAMLNode?) -> SlotType? {
        guard let node else { return .text }
        guard let text = list.text(node, "`type`"), let type = SlotType(text) else {
            list.add(
                node.position, "`\(node.text ?? "")` is no type of a slot",
                "use one of \(SlotType.words.joined(separator: ", "))")
            return nil
        }
        return type
    }

    private func end(_ value: YAMLNode, _ reader: MappingReader) -> PlaybookStep.Action? {
        let ends = RunStatus.allCases.filter(\.isTerminal).map(\.name)
        guard let status = list.word(value, "end of a run", of: ends).flatMap({ RunStatus(name: $0) }) else {
            return nil
        }
        return .end(status, say: reader["say"].flatMap(template))
    }

    private func template(_ node: YAMLNode) -> PlaybookTemplate? {
        guard let text = list.text(node, "the words") else { return nil }
        do throws(TriggerPattern.Invalid) {
            return try PlaybookTemplate(text)
        } catch {
            list.add(node.position, error.problem, error.advice)
            return nil
        }
    }
}
