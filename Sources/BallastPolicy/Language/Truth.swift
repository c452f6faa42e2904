/// The answer of a condition. A condition over a fact that is missing or has another type is unknown, never false.
package enum Truth: Sendable, Hashable {
    case yes
    case no
    case unknown

    /// Kleene's conjunction: one `no` settles it, whatever is unknown beside it.
    package func and(_ other: Truth) -> Truth {
        if self == .no || other == .no { return .no }
        return self == .unknown || other == .unknown ? .unknown : .yes
    }

    /// Kleene's disjunction: one `yes` settles it, whatever is unknown beside it.
    package func or(_ other: Truth) -> Truth {
        if self == .yes || other == .yes { return .yes }
        return self == .unknown || other == .unknown ? .unknown : .no
    }

    package static func of(_ holds: Bool) -> Truth { holds ? .yes : .no }
}

/// How many elements of a list must satisfy a test.
///
/// A raising rule is met by one bad element among good ones; a relaxing rule only when every element is good. So
/// nobody slips past a rule by adding an element to a list.
package enum Quantifier: Sendable, Hashable {
    case any
    case every
}
