package import BallastCore

/// A kind of record that tools answer with: an object with an id, and perhaps a name that people call it by.
package struct RecordKind: Sendable, Hashable {
    /// What the kind is called in `arguments`.
    package let name: String
    /// Tools whose answers hold such records, in every shape.
    package let tools: Set<String>
    /// The member that identifies a record among those of its kind.
    package let id: JSONString
    /// Members that hold what people call it.
    package let names: [JSONString]
    /// Members whose values may stand for those of another kind, where the principal asks for them by this record's
    /// name: the participants of an event as addresses.
    package let lends: [JSONString: String]

    package init(
        name: String, tools: Set<String>, id: JSONString, names: [JSONString] = [], lends: [JSONString: String] = [:]
    ) {
        self.name = name
        self.tools = tools
        self.id = id
        self.names = names
        self.lends = lends
    }

    /// Words for it that point at what stands beside them: `event`, `events`.
    var words: Set<String> {
        let parts = name.lowercased().split(whereSeparator: { $0 == "_" || $0 == "-" }).map(String.init)
        return Set(parts + parts.map { $0 + "s" })
    }
}

/// What an argument is, and so where its value may come from.
package enum ArgumentType: Sendable, Hashable {
    /// The value must be in the principal's own words.
    case said
    /// Free text that somebody else may read.
    case text
    /// Free text that only the principal reads.
    case own
    /// A wrong value does no harm.
    case minor
    /// An address that is fetched or called.
    case link
    /// The id of a record.
    case record(String)
    /// These values do no harm; others must be in the principal's own words.
    case harmless([JSONValue])

    package static let builtIn: [String: ArgumentType] = [
        "said": .said, "text": .text, "private": .own, "minor": .minor, "link": .link,
    ]
}
