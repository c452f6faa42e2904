package import BallastCore
package import BallastPolicy

/// A hard-coded flow for a known request: what triggers it and what is then done, without a model. Its tool calls go
/// through the same guard as everybody's.
package struct Playbook: Sendable, Hashable {
    package let name: String
    package let triggers: [TriggerPattern]
    /// All must hold of the slots, or the playbook does not take the message.
    package let guards: [SlotGuard]
    package let steps: [PlaybookStep]
    /// What is done when a call fails or is denied and has no steps of its own for that; empty: it is said and a
    /// person takes over.
    package let onFailure: [PlaybookStep]
    /// It ends as succeeded, or what it did is taken back.
    package let isAllOrNothing: Bool
    /// Places of labelled steps.
    let labels: [String: [Int]]
    let slotTypes: [String: SlotType]

    package init(
        name: String, triggers: [TriggerPattern], guards: [SlotGuard] = [], steps: [PlaybookStep],
        onFailure: [PlaybookStep] = [], isAllOrNothing: Bool = false
    ) {
        self.name = name
        self.triggers = triggers
        self.guards = guards
        self.steps = steps
        self.onFailure = onFailure
        self.isAllOrNothing = isAllOrNothing
        var (labels, types): ([String: [Int]], [String: SlotType]) = ([:], [:])
        for (name, type) in triggers.flatMap(\.slots) { types[name] = type }
        for (step, path) in PlaybookStep.all(in: [steps, onFailure]) {
            if let label = step.label { labels[label] = path }
            if case .ask(_, let slot, let type) = step.action { types[slot] = type }
        }
        self.labels = labels
        self.slotTypes = types
    }

    /// Whether a message with these slots is for this playbook.
    func accepts(_ slots: JSONObject) -> Bool {
        guards.allSatisfy {
            $0.test.evaluate(slots[JSONString($0.slot)], money: slotTypes[$0.slot]?.moneyField, quantifier: .every)
                == .yes
        }
    }
}

/// A test that a slot must pass for the playbook to take a message.
package struct SlotGuard: Sendable, Hashable {
    package let slot: String
    package let test: ValueTest
    package init(slot: String, test: ValueTest) {
        self.slot = slot
        self.test = test
    }
}

/// A test of a value that a branch looks at.
package struct PlaybookCondition: Sendable, Hashable {
    package let reference: PlaybookReference
    package let test: ValueTest
    package init(reference: PlaybookReference, test: ValueTest) {
        self.reference = reference
        self.test = test
    }
}

/// A named argument of a playbook's call.
package struct PlaybookArgument: Sendable, Hashable {
    package let name: String
    package let value: PlaybookValue
    package init(name: String, value: PlaybookValue) {
        self.name = name
        self.value = value
    }
}

/// One step of a playbook.
package struct PlaybookStep: Sendable, Hashable {
    package indirect enum Action: Sendable, Hashable {
        /// Proposes a tool call; `name` is what later steps call its result.
        case call(tool: String, with: [PlaybookArgument], name: String, onFailure: [PlaybookStep])
        /// All conditions must hold for `then`.
        case branch(conditions: [PlaybookCondition], then: [PlaybookStep], otherwise: [PlaybookStep])
        case say(PlaybookTemplate)
        case ask(question: PlaybookTemplate, slot: String, type: SlotType)
        /// A fixed question that the principal answers with yes or no; `otherwise` is for no.
        case confirm(PlaybookTemplate, otherwise: [PlaybookStep])
        case handOff(reason: PlaybookTemplate)
        case goTo(String)
        case end(RunStatus, say: PlaybookTemplate?)
    }

    /// What `go_to` calls this step.
    package let label: String?
    package let action: Action

    package init(_ action: Action, label: String? = nil) {
        self.action = action
        self.label = label
    }

    /// The lists of steps inside this one, in the order of their numbers in a path.
    var blocks: [[PlaybookStep]] {
        switch action {
        case .call(_, _, _, let onFailure): [onFailure]
        case .branch(_, let then, let otherwise): [then, otherwise]
        case .confirm(_, let otherwise): [otherwise]
        case .say, .ask, .handOff, .goTo, .end: []
        }
    }

    /// Every step with its path; nesting is bounded by the loader.
    static func all(in blocks: [[PlaybookStep]], under path: [Int] = []) -> [(PlaybookStep, [Int])] {
        blocks.indices.flatMap { block in
            blocks[block].indices.flatMap { index in
                let place = path + [block, index]
                return [(blocks[block][index], place)] + all(in: blocks[block][index].blocks, under: place)
            }
        }
    }
}

/// A call that a playbook may make: which tool, and with which arguments.
package struct PlaybookCall: Sendable, Hashable {
    package let tool: String
    package let arguments: [String]
}

extension Playbook {
    /// All calls with the paths of their steps.
    package var calls: [(path: [Int], call: PlaybookCall)] {
        PlaybookStep.all(in: [steps, onFailure]).compactMap { step, path in
            guard case .call(let tool, let bound, _, _) = step.action else { return nil }
            return (path, PlaybookCall(tool: tool, arguments: bound.map(\.name)))
        }
    }
}
