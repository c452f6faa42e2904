import BallastCore

/// The single values of an action's arguments, each with its type.
struct ArgumentLeaves {
    struct Leaf {
        /// Such as `attachments.file_id`.
        let path: String
        /// The declared argument, or the path itself.
        let argument: FieldPath?
        let value: JSONValue
        let type: ArgumentType
        /// True for a member that neither a statement nor the top level names: its name may be anybody's.
        let isStray: Bool

        var isEmpty: Bool {
            switch value {
            case .null: true
            case .string(let text): text.text.utf8.allSatisfy { $0 <= 32 }
            case .array(let elements): elements.isEmpty
            case .object(let object): object.isEmpty
            default: false
            }
        }
    }

    private(set) var leaves: [Leaf] = []
    private let types: [FieldPath: ArgumentType]

    init(_ arguments: JSONValue, _ types: [FieldPath: ArgumentType]) {
        self.types = types
        for member in arguments.object?.members ?? [] {
            walk(member.value, path: member.key.text, declared: nil, depth: 0)
        }
    }

    /// Depth is bounded by the reader of arguments.
    private mutating func walk(
        _ value: JSONValue, path: String, declared: (FieldPath, ArgumentType)?, depth: Int
    ) {
        let own = FieldPath(path).flatMap { path in types[path].map { (path, $0) } }
        let declared = own ?? declared
        switch value {
        case .array(let elements) where !elements.isEmpty:
            for element in elements { walk(element, path: path, declared: declared, depth: depth) }
        case .object(let object) where !object.isEmpty:
            for member in object.members {
                walk(member.value, path: "\(path).\(member.key.text)", declared: declared, depth: depth + 1)
            }
        default:
            let place = FieldPath(path)
            leaves.append(
                Leaf(
                    path: path, argument: declared?.0 ?? place, value: value, type: declared?.1 ?? .said,
                    isStray: own == nil && (depth > 0 || place == nil)))
        }
    }
}
