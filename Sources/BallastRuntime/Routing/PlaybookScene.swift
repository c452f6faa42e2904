import BallastCore
import BallastPolicy

/// The values that a playbook's steps can name at one moment.
struct PlaybookScene {
    let playbook: Playbook
    var slots: JSONObject
    let results: [String: PlaybookStepResult]
    let attributes: [String: String]

    /// A named value; nil when it is not there (yet).
    func value(_ reference: PlaybookReference) -> JSONValue? {
        switch reference {
        case .slot(let name): return slots[JSONString(name)]
        case .attribute(let name): return attributes[name].map { JSONValue($0) }
        case .result(let step, let field):
            guard case .succeeded(let result) = results[step] else { return nil }
            return field.value(in: result)
        }
    }

    /// The arguments of a call, or the first reference that names nothing.
    func arguments(_ bound: [PlaybookArgument]) -> Result<JSONValue, MissingValue> {
        var members: [JSONMember] = []
        for argument in bound {
            switch argument.value {
            case .literal(let value): members.append(JSONMember(JSONString(argument.name), value))
            case .reference(let reference):
                guard let value = value(reference) else { return .failure(MissingValue(reference: reference)) }
                members.append(JSONMember(JSONString(argument.name), value))
            }
        }
        return .success(.object(JSONObject(members)))
    }

    /// All conditions hold. A value that is not there holds none, except a test for its absence.
    func holds(_ conditions: [PlaybookCondition]) -> Bool {
        conditions.allSatisfy { condition in
            condition.test.evaluate(value(condition.reference), money: money(condition), quantifier: .every) == .yes
        }
    }

    /// Slots of money are read as such; a result is an amount where the test speaks of one.
    private func money(_ condition: PlaybookCondition) -> MoneyField? {
        if case .slot(let name) = condition.reference, let field = playbook.slotTypes[name]?.moneyField { return field }
        guard case .compares(_, .money(let money)) = condition.test else { return nil }
        return SlotType.money(money.currency).moneyField
    }

    /// The words with their values; a value that is not there reads as `(unknown)`.
    func text(_ template: PlaybookTemplate) -> String {
        template.parts.map { part in
            switch part {
            case .text(let text): text
            case .value(let reference, let currency):
                value(reference).map { shown($0, reference, currency) } ?? "(unknown)"
            }
        }.joined()
    }

    private func shown(_ value: JSONValue, _ reference: PlaybookReference, _ currency: Currency?) -> String {
        var unit = currency
        if unit == nil, case .slot(let name) = reference, case .money(let own)? = playbook.slotTypes[name] {
            unit = own
        }
        if let unit, let units = value.integer { return Money(minorUnits: units, currency: unit).description }
        return PlaybookScene.harmless(value.string ?? JSONWriter.canonicalString(value))
    }

    /// Values come from people and tools: they are cut at 500 characters, and what could disguise the words around them
    /// (control characters, marks of direction) is left out.
    static func harmless(_ text: String) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(500) {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: shown.append(" ")
            case .format, .privateUse, .surrogate, .unassigned: break
            default: shown.append(scalar)
            }
        }
        return String(shown) + (text.unicodeScalars.count > 500 ? "…" : "")
    }
}

struct MissingValue: Error {
    let reference: PlaybookReference
}
