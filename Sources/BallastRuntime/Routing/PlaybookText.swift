package import BallastCore
package import BallastPolicy

/// A value that a playbook names: a slot, a field of an earlier step's result, or an attribute of the principal.
package enum PlaybookReference: Sendable, Hashable, CustomStringConvertible {
    case slot(String)
    case result(step: String, field: FieldPath)
    case attribute(String)

    /// Reads `amount` or `slot.amount`, `order.status`, `principal.customer_id`; nil for other text.
    package init?(_ text: String) {
        guard let path = FieldPath(text) else { return nil }
        let head = path.segments[0].text
        guard path.segments.count > 1, let rest = FieldPath(String(text.dropFirst(head.count + 1))) else {
            self = .slot(text)
            return
        }
        switch head {
        case "slot":
            guard rest.segments.count == 1 else { return nil }
            self = .slot(rest.text)
        case "principal":
            guard rest.segments.count == 1 else { return nil }
            self = .attribute(rest.text)
        default: self = .result(step: head, field: rest)
        }
    }

    package var description: String {
        switch self {
        case .slot(let name): name
        case .result(let step, let field): "\(step).\(field)"
        case .attribute(let name): "principal.\(name)"
        }
    }
}

/// A value of a step's argument: one that is named, or one that is written in the playbook.
package enum PlaybookValue: Sendable, Hashable {
    case reference(PlaybookReference)
    case literal(JSONValue)
}

/// Words of a playbook with places for values: `Order {order_id} is {order.status}.`
///
/// `{order.total_cents:USD}` writes minor units as an amount; `{{` and `}}` are braces.
package struct PlaybookTemplate: Sendable, Hashable, CustomStringConvertible {
    package enum Part: Sendable, Hashable {
        case text(String)
        case value(PlaybookReference, currency: Currency?)
    }

    /// As written.
    package let source: String
    package let parts: [Part]
    package var description: String { source }

    package var references: [PlaybookReference] {
        parts.compactMap { if case .value(let reference, _) = $0 { reference } else { nil } }
    }

    /// Fails with the place that is no reference.
    package init(_ source: String) throws(TriggerPattern.Invalid) {
        var (parts, text): ([Part], String) = ([], "")
        var rest = source[...]
        while let character = rest.first {
            if rest.hasPrefix("{{") || rest.hasPrefix("}}") {
                text.append(character)
                rest = rest.dropFirst(2)
            } else if character == "{" {
                guard let close = rest.firstIndex(of: "}") else { throw PlaybookTemplate.invalid(String(rest)) }
                if !text.isEmpty { parts.append(.text(text)) }
                text = ""
                parts.append(try PlaybookTemplate.value(rest[rest.index(after: rest.startIndex)..<close]))
                rest = rest[rest.index(after: close)...]
            } else {
                text.append(character)
                rest = rest.dropFirst()
            }
        }
        self.source = source
        self.parts = text.isEmpty ? parts : parts + [.text(text)]
    }

    private static func value(_ text: Substring) throws(TriggerPattern.Invalid) -> Part {
        let pieces = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = pieces.first, let reference = PlaybookReference(String(name)) else {
            throw invalid("{\(text)}")
        }
        guard pieces.count == 2 else { return .value(reference, currency: nil) }
        guard let currency = Currency(code: String(pieces[1])) else { throw invalid("{\(text)}") }
        return .value(reference, currency: currency)
    }

    private static func invalid(_ text: String) -> TriggerPattern.Invalid {
        TriggerPattern.Invalid(
            problem: "`\(text)` names no value",
            advice:
                "write `{slot}`, `{step.field}`, `{step.field:USD}` or `{principal.attribute}`, and `{{` for a brace")
    }
}
