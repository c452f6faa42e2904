/// The syntax tree of a pattern; groups leave no trace, since captures are not reported.
indirect enum PatternExpression: Sendable {
    /// Matches without taking a character.
    case empty
    /// Takes one character of the class.
    case character(PatternClass)
    case assertion(PatternAssertion)
    case sequence([PatternExpression])
    case choice([PatternExpression])
    /// `least` to `most` times; without end when `most` is nil.
    case repetition(PatternExpression, least: Int, most: Int?)
}

/// A condition on the place between two characters.
enum PatternAssertion: Sendable {
    case start, end, wordBoundary, notWordBoundary

    /// Whether it holds between `previous` and `next`; nil stands for the ends of the text.
    func holds(previous: Unicode.Scalar?, next: Unicode.Scalar?) -> Bool {
        switch self {
        case .start: previous == nil
        case .end: next == nil
        case .wordBoundary: Self.isWord(previous) != Self.isWord(next)
        case .notWordBoundary: Self.isWord(previous) == Self.isWord(next)
        }
    }

    private static func isWord(_ scalar: Unicode.Scalar?) -> Bool { scalar.map(PatternClass.word.contains) ?? false }
}
