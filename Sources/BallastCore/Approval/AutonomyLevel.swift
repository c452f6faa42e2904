/// How much an agent may do with a tool by itself. A level only ever makes a decision stricter: what the policy would
/// not let pass passes at no level, so whatever is proved of the policy holds at every level.
package enum AutonomyLevel: UInt8, Sendable, Hashable, Comparable, CaseIterable {
    /// The action is shown; it is done only when a reviewer approves it.
    case draft = 0
    /// Somebody agrees first.
    case confirm = 1
    /// The policy alone decides.
    case allow = 2

    package var name: String { ["draft", "confirm", "allow"][Int(rawValue)] }
    package init?(name: String) {
        guard let found = AutonomyLevel.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }
    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

    /// The least that is asked of people at this level.
    package var floor: Outcome {
        switch self {
        case .draft: .approve
        case .confirm: .confirm
        case .allow: .allow
        }
    }

    /// The next wider level.
    package var wider: AutonomyLevel? { AutonomyLevel(rawValue: rawValue + 1) }
}
