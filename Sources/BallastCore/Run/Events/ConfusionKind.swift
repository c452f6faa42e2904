/// How an agent goes round in circles.
package enum ConfusionKind: UInt8, Sendable, Hashable, CaseIterable {
    /// The same call with the same error.
    case sameError = 0
    /// Slightly different calls with the same error.
    case sameErrorVaried = 1
    /// The same call with the same answer.
    case sameAnswer = 2
    /// Slightly different calls that find nothing.
    case nothingFound = 3
    /// A round of several calls, walked over and over.
    case rounds = 4
    /// What is done is undone and done again: its outputs contradict each other.
    case toAndFro = 5
    /// A plan that is stated again and again, of which nothing is done.
    case standingPlan = 6
    /// Replies that answer nothing.
    case noAnswer = 7
    /// One reply sets the same thing to two values.
    case contradiction = 8

    package var name: String {
        [
            "same_error", "same_error_varied", "same_answer", "nothing_found", "rounds", "to_and_fro", "standing_plan",
            "no_answer", "contradiction",
        ][Int(rawValue)]
    }
}

/// What is done about it: each time more.
package enum ConfusionResponse: UInt8, Sendable, Hashable {
    /// The model is shown what counts, without the rest.
    case reset = 0
    /// The principal is asked how to go on.
    case ask = 1
    /// A person takes over.
    case escalate = 2

    package var name: String { ["reset", "ask", "escalate"][Int(rawValue)] }
}
