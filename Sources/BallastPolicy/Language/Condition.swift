/// How sure the model is of an action, in the bands that policies speak of.
package enum ConfidenceBand: UInt8, Sendable, Hashable, Comparable, CaseIterable {
    case veryLow = 0
    case low = 1
    case medium = 2
    case high = 3

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    package var name: String { ["very_low", "low", "medium", "high"][Int(rawValue)] }
    package init?(name: String) {
        guard let found = ConfidenceBand.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}

/// One condition of a rule: a fact and what must be true of it. A rule's conditions must all hold.
package enum Condition: Sendable, Hashable {
    case argument(FieldPath, ValueTest)
    /// Whether the argument equals an attribute of the principal, such as their own address.
    case argumentIsAttribute(FieldPath, attribute: String, isEqual: Bool)
    /// Whether the argument comes from text that nobody vouches for. An absent argument is neither.
    case label(FieldPath, isUntrusted: Bool)
    case principal(ValueTest)
    /// An attribute of the principal in people.yaml.
    case attribute(String, ValueTest)
    /// A group of people.yaml that the principal belongs to.
    case role(ValueTest)
    case tenant(ValueTest)
    case environment(ValueTest)
    case confidence(Comparison, ConfidenceBand)
    /// Whether the run has read anything untrusted so far.
    case readUntrusted(Bool)
    /// Whether every argument is what the principal asked for, by its type.
    case grounded(Bool)

    /// Names that `when` reserves; an argument of such a name is written `argument.NAME`.
    package static let reservedNames = [
        "tool", "class", "agent", "principal", "role", "tenant", "environment", "confidence", "untrusted_read",
        "arguments",
    ]

    /// The argument that the condition looks at, if it looks at one.
    package var path: FieldPath? {
        switch self {
        case .argument(let path, _), .label(let path, _), .argumentIsAttribute(let path, _, _): path
        default: nil
        }
    }

    /// The fact in words: `amount`, `the environment`.
    private var subject: String {
        switch self {
        case .argument(let path, _), .label(let path, _), .argumentIsAttribute(let path, _, _): path.text
        case .principal: "the principal"
        case .attribute(let name, _): "the principal's \(name)"
        case .role: "the principal's group"
        case .tenant: "the tenant"
        case .environment: "the environment"
        case .confidence: "confidence"
        case .readUntrusted: "the run"
        case .grounded: "the arguments"
        }
    }

    private var test: ValueTest? {
        switch self {
        case .argument(_, let test), .principal(let test), .attribute(_, let test), .role(let test),
            .tenant(let test), .environment(let test):
            test
        case .label, .argumentIsAttribute, .confidence, .readUntrusted, .grounded: nil
        }
    }

    /// The condition in words: `amount is above 1000.00 USD`.
    package var words: String { subject + " " + (test?.words ?? predicate(holds: true)) }
    /// What would have to be so for it not to hold: `amount is at most 1000.00 USD`.
    package var oppositeWords: String { subject + " " + (test?.oppositeWords ?? predicate(holds: false)) }

    private func predicate(holds: Bool) -> String {
        switch self {
        case .argumentIsAttribute(_, let attribute, let isEqual):
            isEqual == holds ? "is the principal's own \(attribute)" : "is not the principal's own \(attribute)"
        case .label(_, let isUntrusted):
            isUntrusted == holds ? "comes from untrusted text" : "comes from a trusted source"
        case .confidence(let comparison, let band):
            "is \((holds ? comparison : comparison.opposite).words) \(band.name)"
        case .readUntrusted(let wanted):
            wanted == holds ? "has read untrusted text" : "has read no untrusted text"
        case .grounded(let wanted):
            wanted == holds ? "are all what the principal asked for" : "are not all what the principal asked for"
        default: ""
        }
    }
}
