/// Where a value came from and who may see it; kept on every message, argument and result.
///
/// The label of a value made from several is the join of their labels: all sources, the narrowest readers.
package struct Label: Sendable, Hashable {
    package var sources: Sources
    package var confidentiality: Confidentiality

    package init(_ sources: Sources, confidentiality: Confidentiality = .tenant) {
        self.sources = sources
        self.confidentiality = confidentiality
    }

    package func joined(with other: Label) -> Label {
        Label(sources.union(other.sources), confidentiality: max(confidentiality, other.confidentiality))
    }

    /// True when any part came from text that nobody vouches for.
    package var isUntrusted: Bool { !sources.isDisjoint(with: [.untrustedTool, .claimed, .model]) }

    /// Origins, as a set because a value may have several.
    package struct Sources: OptionSet, Sendable, Hashable {
        package let rawValue: UInt16
        package init(rawValue: UInt16) { self.rawValue = rawValue }

        /// The agent's own instructions.
        package static let instruction = Sources(rawValue: 1 << 0)
        /// The operator's configuration, such as words of a playbook.
        package static let configuration = Sources(rawValue: 1 << 1)
        /// The principal's own words.
        package static let principal = Sources(rawValue: 1 << 2)
        package static let trustedTool = Sources(rawValue: 1 << 3)
        package static let untrustedTool = Sources(rawValue: 1 << 4)
        package static let memory = Sources(rawValue: 1 << 5)
        package static let model = Sources(rawValue: 1 << 6)
        /// A reviewer's edit or answer.
        package static let reviewer = Sources(rawValue: 1 << 7)
        /// Stated by a caller that may not vouch for it.
        package static let claimed = Sources(rawValue: 1 << 8)

        package static let names: [(Sources, String)] = [
            (.instruction, "instruction"), (.configuration, "configuration"), (.principal, "principal"),
            (.trustedTool, "trusted_tool"), (.untrustedTool, "untrusted_tool"), (.memory, "memory"),
            (.model, "model"), (.reviewer, "reviewer"), (.claimed, "claimed"),
        ]
    }

    /// Who may see a value, from wide to narrow.
    package enum Confidentiality: UInt8, Sendable, Hashable, Comparable, CaseIterable {
        case open = 0
        case tenant = 1
        case principal = 2
        case secret = 3

        package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
        package var name: String { ["open", "tenant", "principal", "secret"][Int(rawValue)] }
    }

    /// The names of the sources, for people and JSON.
    package var sourceNames: [String] { Sources.names.filter { sources.contains($0.0) }.map(\.1) }
}
