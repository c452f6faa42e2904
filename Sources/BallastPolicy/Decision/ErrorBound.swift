/// What a number of reviews says of the share of errors among all actions: the exact one-sided 95 % upper bound of
/// Clopper and Pearson. Without any error it is 1 - 0.05^(1/n), which the rule of three rounds to 3/n.
package struct ErrorBound: Sendable, Hashable {
    package let reviewed: Int
    package let errors: Int
    /// Hundredths of a percent, rounded up.
    package let upper: Int64

    package static let confidence = 95

    package init(reviewed: Int, errors: Int) {
        self.reviewed = max(0, reviewed)
        self.errors = min(max(0, errors), self.reviewed)
        upper = ErrorBound.upper(self.reviewed, self.errors)
    }

    /// The smallest share under which so few errors would be seen in at most one of twenty such series.
    private static func upper(_ reviewed: Int, _ errors: Int) -> Int64 {
        guard errors < reviewed else { return 10_000 }
        var (low, high): (Int64, Int64) = (0, 10_000)
        while high - low > 1 {
            let middle = (low + high) / 2
            if chance(of: errors, in: reviewed, at: Double(middle) / 10_000) > 0.05 {
                low = middle
            } else {
                high = middle
            }
        }
        return high
    }

    /// The chance of at most so many errors. The factors of the smallest term are taken in as the sum grows, so that no
    /// step leaves the range of numbers.
    private static func chance(of errors: Int, in reviewed: Int, at share: Double) -> Double {
        var (sum, term, left) = (1.0, 1.0, reviewed)
        func shrunk(while isLarge: (Double) -> Bool) {
            while left > 0, isLarge(sum) {
                sum *= 1 - share
                term *= 1 - share
                left -= 1
            }
        }
        for count in 0..<errors {
            term *= Double(reviewed - count) / Double(count + 1) * share / (1 - share)
            sum += term
            shrunk { $0 > 1e100 }
        }
        shrunk { $0 > 0 }
        return sum
    }

    /// Such as `4.88 %`.
    package var text: String { ErrorBound.text(upper) }
    package static func text(_ share: Int64) -> String { "\(Decimal.text(minorUnits: share, exponent: 2)) %" }
}
