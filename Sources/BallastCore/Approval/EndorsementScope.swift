/// What a person vouches for, beside the action that they approve, for the rest of the run.
package enum EndorsementScope: UInt8, Sendable, Hashable, CaseIterable {
    /// Exactly this value, in this kind of argument.
    case value = 0
    /// What a field of a tool's answers held when the person was asked, in this kind of argument.
    case source = 1

    package var name: String { ["value", "source"][Int(rawValue)] }
    package init?(name: String) {
        guard let found = EndorsementScope.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}
