package import BallastCore

/// Where an argument of a guard's call comes from.
package enum ValueSource: Sendable, Hashable {
    /// An argument of the action.
    case argument(FieldPath)
    /// A field of the action's result; for `undo` only.
    case result(FieldPath)
    case idempotencyKey
    case literal(JSONValue)
}

/// A named argument of a guard's call.
package struct BoundArgument: Sendable, Hashable {
    package let name: String
    package let source: ValueSource
    package init(name: String, source: ValueSource) {
        self.name = name
        self.source = source
    }
}

/// A value that the guard compares with: an argument of the action, or a field of what a safe tool answers now.
package enum ValueReference: Sendable, Hashable, CustomStringConvertible {
    case argument(FieldPath)
    /// Such as `lookup_order(order_id).total_cents`.
    case lookup(tool: String, arguments: [BoundArgument], field: FieldPath)

    package var description: String {
        switch self {
        case .argument(let path): return path.text
        case .lookup(let tool, let arguments, let field):
            return "\(tool)(\(arguments.map(\.name).joined(separator: ", "))).\(field)"
        }
    }

    /// Reads `order_id`, `lookup_order(order_id).total` or `lookup_order(id: order_id).total`; nil for other text.
    package init?(_ text: String) {
        guard let open = text.firstIndex(of: "(") else {
            guard let path = FieldPath(text) else { return nil }
            self = .argument(path)
            return
        }
        guard let close = text.lastIndex(of: ")"), open < close else { return nil }
        let tool = text[..<open]
        let rest = text[text.index(after: close)...]
        let inner = text[text.index(after: open)..<close]
        guard FieldPath.isName(tool), rest.hasPrefix("."), let field = FieldPath(String(rest.dropFirst())) else {
            return nil
        }
        var arguments: [BoundArgument] = []
        for part in inner.split(separator: ",", omittingEmptySubsequences: false) {
            guard let argument = ValueReference.argument(part) else { return nil }
            arguments.append(argument)
        }
        self = .lookup(tool: String(tool), arguments: arguments, field: field)
    }

    /// `order_id` passes the argument under its own name, `id: order_id` under another.
    private static func argument(_ text: Substring) -> BoundArgument? {
        let parts = text.split(separator: ":", maxSplits: 1).map { $0.filter { $0 != " " } }
        guard let name = parts.first, FieldPath.isName(name), let path = FieldPath(parts.last ?? name) else {
            return nil
        }
        return BoundArgument(name: name, source: .argument(path))
    }
}

/// A call that the guard makes itself to learn a fact. Equal calls of one decision are made once.
package struct GuardCall: Sendable, Hashable {
    package let tool: String
    /// An object, in the order of names.
    package let arguments: JSONValue
    /// True when the tool is the action's own, called with arguments that the operator declared to change nothing.
    package let isDryRun: Bool

    package init(tool: String, arguments: JSONValue, isDryRun: Bool = false) {
        self.tool = tool
        self.arguments = arguments
        self.isDryRun = isDryRun
    }
}

extension Sequence where Element == BoundArgument {
    /// The arguments of a call as an object; nil when a value that it needs is absent.
    package func object(
        arguments: JSONValue, result: JSONValue? = nil, idempotencyKey: String? = nil
    ) -> JSONValue? {
        var members: [JSONMember] = []
        for bound in self {
            let value: JSONValue? =
                switch bound.source {
                case .argument(let path): path.value(in: arguments)
                case .result(let path): result.flatMap { path.value(in: $0) }
                case .idempotencyKey: idempotencyKey.map { JSONValue($0) }
                case .literal(let value): value
                }
            guard let value else { return nil }
            members.append(JSONMember(JSONString(bound.name), value))
        }
        return .object(JSONObject(members))
    }
}

extension ValueReference {
    /// The call that answers this reference for these arguments; nil when none is needed or an argument is absent.
    package func guardCall(for arguments: JSONValue) -> GuardCall? {
        guard case .lookup(let tool, let bound, _) = self else { return nil }
        return bound.object(arguments: arguments).map { GuardCall(tool: tool, arguments: $0) }
    }

    /// The value itself, from the arguments or from what the guard's calls answered; nil when it cannot be told.
    package func value(arguments: JSONValue, groundTruth: [GuardCall: JSONValue]) -> JSONValue? {
        switch self {
        case .argument(let path): return path.value(in: arguments)
        case .lookup(_, _, let field):
            guard let call = guardCall(for: arguments), let answer = groundTruth[call] else { return nil }
            return field.value(in: answer)
        }
    }
}
