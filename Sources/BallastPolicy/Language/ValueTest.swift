package import BallastCore

/// An order comparison by its word in the language.
package enum Comparison: String, Sendable, Hashable, CaseIterable {
    case atMost = "at_most"
    case above
    case atLeast = "at_least"
    case below

    package func holds<Value: Comparable>(_ a: Value, _ b: Value) -> Bool {
        switch self {
        case .atMost: a <= b
        case .above: a > b
        case .atLeast: a >= b
        case .below: a < b
        }
    }

    /// The comparison that holds exactly where this one does not.
    package var opposite: Comparison {
        switch self {
        case .atMost: .above
        case .above: .atMost
        case .atLeast: .below
        case .below: .atLeast
        }
    }

    /// True where the comparison bounds a value from above.
    package var isUpperBound: Bool { self == .atMost || self == .below }

    /// Such as `at most`.
    package var words: String { rawValue.split(separator: "_").joined(separator: " ") }
}

/// What a value is compared with: a plain integer, or money.
package enum Quantity: Sendable, Hashable, CustomStringConvertible {
    case integer(Int64)
    case money(Money)

    /// The integer that values are compared with: the number itself, or minor units.
    package var units: Int64 {
        switch self {
        case .integer(let value): value
        case .money(let money): money.minorUnits
        }
    }

    package var description: String {
        switch self {
        case .integer(let value): String(value)
        case .money(let money): money.description
        }
    }
}

/// One test of one value. Total: it answers for every value, and `unknown` where the value has another type.
package enum ValueTest: Sendable, Hashable {
    case exists(Bool)
    case equals(JSONValue)
    case isIn([JSONValue])
    case isNotIn([JSONValue])
    case compares(Comparison, Quantity)
    case hasPrefix(String)
    case hasSuffix(String)
    case domainIn([DomainPattern])
    case domainNotIn([DomainPattern])

    /// The words of the language, in the order that messages list them.
    package static let words = [
        "equals", "not_equals", "in", "not_in", "at_most", "above", "at_least", "below", "prefix", "suffix",
        "domain_in",
        "domain_not_in", "exists",
    ]

    /// Whether the value satisfies the test.
    ///
    /// - Parameters:
    ///   - value: The value, or nil when it is absent.
    ///   - money: How to read the value when it is an amount.
    ///   - quantifier: How many elements must satisfy it when the value is a list.
    package func evaluate(_ value: JSONValue?, money: MoneyField? = nil, quantifier: Quantifier) -> Truth {
        if case .exists(let wanted) = self { return .of((value != nil) == wanted) }
        guard let value else { return .unknown }
        guard case .array(let elements) = value else { return test(value, money: money) }
        switch quantifier {
        case .any: return elements.reduce(.no) { $0.or(test($1, money: money)) }
        case .every:
            return elements.isEmpty ? .unknown : elements.reduce(.yes) { $0.and(test($1, money: money)) }
        }
    }

    private func test(_ value: JSONValue, money: MoneyField?) -> Truth {
        switch self {
        case .exists(let wanted): .of(wanted)
        case .equals(let other): ValueTest.equal(value, other)
        case .isIn(let others): ValueTest.contains(others, value)
        case .isNotIn(let others): ValueTest.negate(ValueTest.contains(others, value))
        case .compares(let comparison, let bound): ValueTest.compare(value, comparison, bound, money: money)
        case .hasPrefix(let text): value.string.map { .of($0.utf8.starts(with: text.utf8)) } ?? .unknown
        case .hasSuffix(let text):
            value.string.map { .of($0.utf8.reversed().starts(with: text.utf8.reversed())) } ?? .unknown
        case .domainIn(let domains): ValueTest.domain(of: value, in: domains)
        case .domainNotIn(let domains): ValueTest.negate(ValueTest.domain(of: value, in: domains))
        }
    }

    private static func negate(_ truth: Truth) -> Truth {
        switch truth {
        case .yes: .no
        case .no: .yes
        case .unknown: .unknown
        }
    }

    /// Integers by value, everything else by bytes; two kinds of value are not comparable.
    private static func equal(_ a: JSONValue, _ b: JSONValue) -> Truth {
        switch (a, b) {
        case (.number(let a), .number(let b)):
            guard let a = a.integer, let b = b.integer else { return .unknown }
            return .of(a == b)
        case (.string(let a), .string(let b)): return .of(a == b)
        case (.bool(let a), .bool(let b)): return .of(a == b)
        default: return .unknown
        }
    }

    private static func contains(_ list: [JSONValue], _ value: JSONValue) -> Truth {
        // A list may hold several kinds; the value is comparable when any entry is of its kind.
        var answer = Truth.unknown
        for entry in list {
            switch equal(value, entry) {
            case .yes: return .yes
            case .no: answer = .no
            case .unknown: break
            }
        }
        return answer
    }

    private static func compare(
        _ value: JSONValue, _ comparison: Comparison, _ bound: Quantity, money: MoneyField?
    ) -> Truth {
        let units: Int64?
        switch (bound, money) {
        case (.integer, nil): units = value.integer
        case (.money(let limit), let field?):
            units = limit.currency == field.currency ? field.minorUnits(of: value) : nil
        default: units = nil
        }
        return units.map { .of(comparison.holds($0, bound.units)) } ?? .unknown
    }

    private static func domain(of value: JSONValue, in domains: [DomainPattern]) -> Truth {
        guard let text = value.string, let address = MailAddress(text) else { return .unknown }
        return .of(domains.contains { $0.matches(address.domain) })
    }
}

extension ValueTest {
    /// The test in words, as it follows a name: `is at most 50.00 USD`.
    package var words: String {
        switch self {
        case .exists(let wanted): wanted ? "is given" : "is not given"
        case .equals(let value): "is \(ValueTest.text(value))"
        case .isIn(let values): "is one of \(values.map(ValueTest.text).joined(separator: ", "))"
        case .isNotIn(let values): "is none of \(values.map(ValueTest.text).joined(separator: ", "))"
        case .compares(let comparison, let bound): "is \(comparison.words) \(bound)"
        case .hasPrefix(let text): "starts with \"\(text)\""
        case .hasSuffix(let text): "ends with \"\(text)\""
        case .domainIn(let domains): "is an address at \(ValueTest.list(domains))"
        case .domainNotIn(let domains): "is an address outside \(ValueTest.list(domains))"
        }
    }

    /// What the value would have to be for the test not to hold, as it follows a name.
    package var oppositeWords: String {
        switch self {
        case .exists(let wanted): ValueTest.exists(!wanted).words
        case .equals(let value): "is not \(ValueTest.text(value))"
        case .isIn(let values): ValueTest.isNotIn(values).words
        case .isNotIn(let values): ValueTest.isIn(values).words
        case .compares(let comparison, let bound): "is \(comparison.opposite.words) \(bound)"
        case .hasPrefix(let text): "does not start with \"\(text)\""
        case .hasSuffix(let text): "does not end with \"\(text)\""
        case .domainIn(let domains): ValueTest.domainNotIn(domains).words
        case .domainNotIn(let domains): ValueTest.domainIn(domains).words
        }
    }

    private static func text(_ value: JSONValue) -> String { JSONWriter.canonicalString(value) }
    private static func list(_ domains: [DomainPattern]) -> String {
        domains.map(\.description).joined(separator: " or ")
    }
}
