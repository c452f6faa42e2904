package import BallastCore
import BallastPolicy

/// What a playbook wants done next.
package enum PlaybookMove: Sendable, Hashable {
    /// Propose this call; its outcome is recorded under `step`.
    case call(tool: String, arguments: JSONValue, step: String)
    /// Tell the principal; nothing is awaited.
    case say(String)
    /// Ask the principal; the words of the answer come back as `reply`.
    case ask(question: String, slot: String)
    /// Ask the principal for yes or no; the words of the answer come back as `reply`.
    case confirm(String)
    case handOff(reason: String)
    case end(RunStatus, text: String?)
}

/// How a playbook's call ended, as later steps see it.
package enum PlaybookStepResult: Sendable, Hashable {
    case succeeded(JSONValue)
    /// The tool failed; the reason is for the principal.
    case failed(String)
    /// The guard or a person said no; the reason is for the principal.
    case denied(String)
    /// The tool was out of reach and nothing was asked of it: that says nothing about what was asked for.
    case unavailable(String)

    /// Refused for want of the tool, or of a fact that nobody answered: nothing was learned of what was asked for.
    private static func saysNothing(_ refusal: JSONValue) -> Bool {
        refusal["unanswered"]?.bool == true || wants.contains(refusal["code"]?.string ?? "")
    }
    private static let wants = Set(
        [.unavailable, .breaker, .pin].map { (code: DecisionCode) in code.rawValue })

    /// From what the journal holds of the call: its result as a value and as text, and how it ended.
    package init(value: JSONValue, text: String, end: ActionEnd) {
        let reason = value["message"]?.string ?? value["error"]?.string ?? text
        switch end {
        case .done: self = .succeeded(value)
        case .withdrawn: self = .unavailable(reason)
        case .denied where PlaybookStepResult.saysNothing(value): self = .unavailable(reason)
        case .failed, .superseded: self = .failed(reason)
        case .denied, .rejected, .expired, .answered: self = .denied(reason)
        }
    }
}

/// Where a run stands in its playbook: a small value that the journal keeps after every move.
package struct PlaybookCursor: Sendable, Hashable {
    enum Phase: Int, Sendable, Hashable {
        /// The step at the place is next.
        case ready = 0
        /// The step's move was made, and its outcome is awaited.
        case waiting = 1
        /// The playbook gives up; a person takes over.
        case givingUp = 2
    }

    /// Block, step, block, step, … from the playbook down; block 0 at the top holds the steps, 1 those for failures.
    let place: [Int]
    let phase: Phase
    /// Moves made so far, and how often the question at the place was asked in vain.
    let moves: Int
    let tries: Int

    init(place: [Int], phase: Phase = .ready, moves: Int, tries: Int = 0) {
        self.place = place
        self.phase = phase
        self.moves = moves
        self.tries = tries
    }

    /// Before the first step.
    package static let start = PlaybookCursor(place: [0, 0], moves: 0)

    private static let format = 1

    /// The cursor as small numbers, none negative, for the journal.
    package var path: [Int] { [PlaybookCursor.format, phase.rawValue, moves, tries] + place }

    /// Reads what `path` gave. Other numbers give a cursor whose next move hands over to a person.
    package init(_ path: [Int]) {
        let isCursor =
            (6...64).contains(path.count) && path.count.isMultiple(of: 2) && path[0] == PlaybookCursor.format
            && path.dropFirst().allSatisfy { (0..<1 << 20).contains($0) }
        guard isCursor, let phase = Phase(rawValue: path[1]) else {
            self.init(place: [], phase: .givingUp, moves: 0)
            return
        }
        self.init(place: Array(path.dropFirst(4)), phase: phase, moves: path[2], tries: path[3])
    }
}
