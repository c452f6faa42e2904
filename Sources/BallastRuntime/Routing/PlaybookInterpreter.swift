package import BallastCore

/// Carries out a playbook, one move at a time. Pure: the same cursor, slots, results and answer give the same move, so
/// a run that crashed asks again and goes on.
package enum PlaybookInterpreter {
    /// A playbook that goes round in circles ends with a person.
    package static let maxMoves = 100
    /// How often a question is asked until a person takes over.
    package static let maxTries = 3

    /// The next move. While the outcome of the last move is awaited and not given, the same move comes again.
    ///
    /// - Parameters:
    ///   - cursor: `.start`, or what the last move left; afterwards where the run stands once the move is made.
    ///   - slots: Those of the match; an answer fills in its own.
    ///   - results: Outcomes of calls by their step's name, the newest of each.
    ///   - answer: The principal's words, when the last move was a question.
    ///   - attributes: Those of the principal in people.yaml.
    package static func next(
        _ playbook: Playbook, cursor: inout PlaybookCursor, slots: inout JSONObject,
        results: [String: PlaybookStepResult], answer: String? = nil, attributes: [String: String] = [:]
    ) -> PlaybookMove {
        let scene = PlaybookScene(playbook: playbook, slots: slots, results: results, attributes: attributes)
        var walk = PlaybookWalk(scene: scene, cursor: cursor)
        let move = walk.next(reply: answer)
        (cursor, slots) = (walk.cursor, walk.scene.slots)
        return move
    }
}

/// One walk from a cursor to the next move.
struct PlaybookWalk {
    private(set) var scene: PlaybookScene
    private(set) var cursor: PlaybookCursor
    /// Steps passed without a move, such as branches: bounded, as `go_to` can make a circle of them.
    private var passed = 0

    init(scene: PlaybookScene, cursor: PlaybookCursor) {
        self.scene = scene
        self.cursor = cursor
    }

    mutating func next(reply: String?) -> PlaybookMove {
        guard cursor.moves < PlaybookInterpreter.maxMoves else {
            return give(up: "the playbook \(scene.playbook.name) took too many steps")
        }
        switch cursor.phase {
        case .givingUp: return give(up: failure(at: cursor.place))
        case .ready: return walk()
        case .waiting: return outcome(reply: reply)
        }
    }

    // MARK: Outcomes of the last move

    private mutating func outcome(reply: String?) -> PlaybookMove {
        switch step(at: cursor.place)?.action {
        case .call(_, _, let name, let onFailure): return called(name, onFailure: onFailure)
        case .ask(_, let slot, let type): return answered(reply, slot: slot, type: type)
        case .confirm(_, let otherwise): return confirmed(reply, otherwise: otherwise)
        default: return give(up: "the playbook \(scene.playbook.name) has changed under this run")
        }
    }

    private mutating func called(_ name: String, onFailure: [PlaybookStep]) -> PlaybookMove {
        switch scene.results[name] {
        case nil: return perform()
        case .succeeded:
            advance()
            return walk()
        // What a playbook says of a failure is about the answer; without one only a person can go on.
        case .unavailable: return explain()
        case .failed, .denied:
            if !onFailure.isEmpty {
                enter(block: 0)
            } else if !scene.playbook.onFailure.isEmpty, cursor.place.first == 0 {
                cursor = PlaybookCursor(place: [1, 0], moves: cursor.moves)
            } else {
                return explain()
            }
            return walk()
        }
    }

    /// Says what failed; the next move hands over.
    private mutating func explain() -> PlaybookMove {
        let reason = failure(at: cursor.place)
        // What was done is taken back first, and what is said then says so.
        if scene.playbook.isAllOrNothing { return give(up: reason) }
        move(.givingUp)
        return .say("I could not finish this: \(reason) A person will take over.")
    }

    private mutating func answered(_ reply: String?, slot: String, type: SlotType) -> PlaybookMove {
        guard let reply else { return perform() }
        if PrincipalWords.asksForHuman(reply) { return give(up: "the principal asked for a person") }
        if let value = type.value(ofAnswer: reply) {
            scene.slots[JSONString(slot)] = value
            advance()
            return walk()
        }
        return refused(reply) { "I need \(type.hint)." }
    }

    private mutating func confirmed(_ reply: String?, otherwise: [PlaybookStep]) -> PlaybookMove {
        guard let reply else { return perform() }
        if PrincipalWords.asksForHuman(reply) { return give(up: "the principal asked for a person") }
        if PrincipalWords.isYes(reply) {
            advance()
            return walk()
        }
        if PrincipalWords.isNo(reply), !otherwise.isEmpty {
            enter(block: 0)
            return walk()
        }
        return refused(reply) { "Please answer yes or no." }
    }

    /// A reply that was no answer: a wish to stop, or a misunderstanding.
    private mutating func refused(_ reply: String, hint: () -> String) -> PlaybookMove {
        if PrincipalWords.isNo(reply) { return end(.cancelled, "All right, I did not go ahead.") }
        let tries = cursor.tries + 1
        guard tries < PlaybookInterpreter.maxTries else { return give(up: "the answers were not understood") }
        cursor = PlaybookCursor(place: cursor.place, phase: .ready, moves: cursor.moves, tries: tries)
        switch perform() {
        case .ask(let question, let slot): return .ask(question: "\(hint()) \(question)", slot: slot)
        case .confirm(let question): return .confirm("\(hint()) \(question)")
        case let other: return other
        }
    }

    // MARK: Steps

    /// Passes steps that need nothing from outside until one makes a move.
    private mutating func walk() -> PlaybookMove {
        while passed < PlaybookInterpreter.maxMoves {
            passed += 1
            guard let step = step(at: cursor.place) else {
                if let end = leaveBlock() { return end }
                continue
            }
            switch step.action {
            case .branch(let conditions, _, _): enter(block: scene.holds(conditions) ? 0 : 1)
            case .goTo(let label):
                guard let path = scene.playbook.labels[label] else { return give(up: "no step is labelled \(label)") }
                cursor = PlaybookCursor(place: path, moves: cursor.moves)
            default: return perform()
            }
        }
        return give(up: "the playbook \(scene.playbook.name) goes round in circles")
    }

    /// Makes the move of the step at the cursor.
    private mutating func perform() -> PlaybookMove {
        switch step(at: cursor.place)?.action {
        case .call(let tool, let bound, let name, _): return call(tool, bound, name)
        case .say(let template):
            advance()
            move(.ready)
            return .say(scene.text(template))
        case .ask(let question, let slot, _):
            move(.waiting)
            return .ask(question: scene.text(question), slot: slot)
        case .confirm(let question, _):
            move(.waiting)
            return .confirm(scene.text(question))
        case .handOff(let reason): return give(up: scene.text(reason))
        case .end(let status, let text): return end(status, text.map(scene.text))
        case .branch, .goTo, nil: return give(up: "the playbook \(scene.playbook.name) has changed under this run")
        }
    }

    private mutating func call(_ tool: String, _ bound: [PlaybookArgument], _ name: String) -> PlaybookMove {
        switch scene.arguments(bound) {
        case .success(let arguments):
            move(.waiting)
            return .call(tool: tool, arguments: arguments, step: name)
        case .failure(let missing):
            return give(up: "\(tool) needs \(missing.reference), which is not known")
        }
    }

    private mutating func give(up reason: String) -> PlaybookMove {
        move(.givingUp)
        return .handOff(reason: reason)
    }

    private mutating func end(_ status: RunStatus, _ text: String?) -> PlaybookMove {
        move(cursor.phase)
        return .end(status, text: text)
    }

    /// Why the call at this path did not succeed.
    private func failure(at path: [Int]) -> String {
        guard case .call(let tool, _, let name, _) = step(at: path)?.action else {
            return "the playbook \(scene.playbook.name) cannot go on."
        }
        switch scene.results[name] {
        case .failed(let reason): return "\(tool) failed: \(PlaybookScene.harmless(reason))"
        case .denied(let reason): return "\(tool) was not allowed: \(PlaybookScene.harmless(reason))"
        case .unavailable(let reason): return "\(tool) cannot be used now: \(PlaybookScene.harmless(reason))"
        case .succeeded, nil: return "\(tool) gave no result."
        }
    }

    // MARK: Places

    private func block(at path: ArraySlice<Int>) -> [PlaybookStep]? {
        guard let number = path.last else { return nil }
        let above = path.dropLast()
        let blocks = above.isEmpty ? [scene.playbook.steps, scene.playbook.onFailure] : step(at: Array(above))?.blocks
        guard let blocks, blocks.indices.contains(number) else { return nil }
        return blocks[number]
    }

    private func step(at path: [Int]) -> PlaybookStep? {
        guard let index = path.last, let block = block(at: path.dropLast()), block.indices.contains(index) else {
            return nil
        }
        return block[index]
    }

    private mutating func enter(block: Int) {
        cursor = PlaybookCursor(place: cursor.place + [block, 0], moves: cursor.moves)
    }

    private mutating func advance() {
        let last = (cursor.place.last ?? 0) + 1
        cursor = PlaybookCursor(place: cursor.place.dropLast() + [last], moves: cursor.moves)
    }

    /// Goes on after the step around the block that ended. Steps for a failure lead nowhere by themselves: what they
    /// stand in for has not been done, so a person takes over.
    private mutating func leaveBlock() -> PlaybookMove? {
        let outer = Array(cursor.place.dropLast(2))
        guard let step = step(at: outer) else {
            return cursor.place.first == 0 ? end(.succeeded, nil) : give(up: "a step of \(scene.playbook.name) failed")
        }
        if case .call = step.action { return give(up: failure(at: outer)) }
        cursor = PlaybookCursor(place: outer, moves: cursor.moves)
        if case .confirm = step.action { return end(.cancelled, nil) }
        advance()
        return nil
    }

    private mutating func move(_ phase: PlaybookCursor.Phase) {
        cursor = PlaybookCursor(place: cursor.place, phase: phase, moves: cursor.moves + 1, tries: cursor.tries)
    }
}
