package import BallastCore

/// What must be so once a tool has done its work, before the next step.
package enum PostCondition: Sendable, Hashable {
    /// Of the tool's own answer.
    case result([FieldPath: ValueTest])
    /// Of what a safe tool answers then.
    case check(tool: String, with: [BoundArgument], expect: [FieldPath: ValueTest])

    package var expectations: [FieldPath: ValueTest] {
        switch self {
        case .result(let tests): tests
        case .check(_, _, let tests): tests
        }
    }

    /// What was expected and is not so, in words; nil when all of it is.
    package func complaint(about answer: JSONValue) -> String? {
        let missed = expectations.sorted { $0.key < $1.key }.filter { path, test in
            test.evaluate(path.value(in: answer), quantifier: .every) != .yes
        }
        guard !missed.isEmpty else { return nil }
        let words = missed.map { path, test in
            "\(path) \(test.words) (it is \(path.value(in: answer).map(PostCondition.shown) ?? "not there"))"
        }
        return "expected that \(Wording.list(words, last: "and"))"
    }

    private static func shown(_ value: JSONValue) -> String {
        let text = JSONWriter.canonicalString(value)
        return text.count > 120 ? String(text.prefix(120)) + "…" : text
    }
}
