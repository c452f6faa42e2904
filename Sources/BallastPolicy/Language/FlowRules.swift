package import BallastCore

/// Where the value of an argument must come from.
package enum GroundSource: Sendable, Hashable, CustomStringConvertible {
    /// The principal's own words, in this conversation.
    case principal
    /// A field of what a tool answered in this run; the operator vouches for it.
    case field(tool: String, FieldPath)

    package var description: String {
        switch self {
        case .principal: "principal"
        case .field(let tool, let path): "\(tool).\(path)"
        }
    }

    /// Reads `principal` or `lookup_order.id`; nil for other text.
    package init?(_ text: String) {
        if text == "principal" {
            self = .principal
            return
        }
        guard let dot = text.firstIndex(of: "."), FieldPath.isName(text[..<dot]),
            let path = FieldPath(String(text[text.index(after: dot)...]))
        else { return nil }
        self = .field(tool: String(text[..<dot]), path)
    }
}

/// The value of an argument must occur in one of these, exactly: a model may choose it and not make it up.
package struct Grounding: Sendable, Hashable {
    package let argument: FieldPath
    package let sources: [GroundSource]

    package init(argument: FieldPath, sources: [GroundSource]) {
        self.argument = argument
        self.sources = sources
    }
}

/// An argument that says where something goes, and the places that are allowed.
package struct Destination: Sendable, Hashable {
    package let argument: FieldPath
    /// Each is about this argument; all must hold, for every element of a list.
    package let conditions: [Condition]

    package init(argument: FieldPath, conditions: [Condition]) {
        self.argument = argument
        self.conditions = conditions
    }
}

/// What may flow into a tool, and out with it.
package struct FlowRules: Sendable, Hashable {
    package var groundings: [Grounding] = []
    package var destinations: [Destination] = []
    /// Arguments that text which nobody vouches for must not decide.
    package var untainted: [FieldPath] = []
    /// Kinds of secrets that this tool's arguments may hold.
    package var mayCarry: Set<SensitiveKind> = []
    /// True when e-mail addresses and telephone numbers must not leave with it.
    package var deniesPersonal = false
    /// Who may see what this tool takes; nil: whoever may see what the run has read.
    package var readers: Label.Confidentiality?
    /// What each argument is; one that is not named here is `said`.
    package var types: [FieldPath: ArgumentType] = [:]
    /// The kinds of acts of which the principal's words must ask for one; empty: none.
    package var acts: Set<ActKind> = []
    /// Who may see what this tool answers.
    package var confidentiality = Label.Confidentiality.tenant

    package init() {}

    /// Kinds that an argument is searched for.
    package var forbidden: Set<SensitiveKind> {
        var kinds = FlowRules.secrets
        if !mayCarry.isEmpty { kinds.subtract(mayCarry) }
        if deniesPersonal { kinds.insert(.personal) }
        return kinds
    }
    private static let secrets: Set<SensitiveKind> = [.keys, .cards, .accounts]

    package func grounding(of argument: FieldPath) -> Grounding? { groundings.first { $0.argument == argument } }
}
