/// What may happen with an action, from weak to strict; the strictest of several wins.
package enum Outcome: UInt8, Sendable, Hashable, Comparable, CaseIterable {
    case allow = 0
    /// Somebody agrees first: the principal, or for a relaxed dangerous tool somebody on the operator's side.
    case confirm = 1
    /// Reviewers, who are other people, agree first.
    case approve = 2
    case deny = 3

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    package var name: String { ["allow", "confirm", "approve", "deny"][Int(rawValue)] }
}
