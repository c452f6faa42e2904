/// Ordinary kinds of acts, as people name them. A tool says which it does, and the principal's words which they ask for.
package enum ActKind: String, Sendable, Hashable, CaseIterable, Comparable {
    case send, publish, share, invite, create, change, delete, pay, book, fetch, run
    /// A look that leaves a trace, such as mail that is marked as read. It has the policy's words only: no ordinary word
    /// tells it from any other question.
    case read

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// What becomes of acts that the principal's words do not ask for, and words beside the built-in ones.
package struct IntentRules: Sendable, Hashable {
    /// A reviewer is asked about acts that nobody asked for; otherwise they are denied.
    package var asksForUnlicensed = false
    /// More words for a kind, as commands in English or wherever they stand in another language.
    package var words: [ActKind: Set<String>] = [:]
    package var foreignWords: [ActKind: Set<String>] = [:]

    package init() {}
}
