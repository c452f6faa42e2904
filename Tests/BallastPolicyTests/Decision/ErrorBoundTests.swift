import BallastPolicy
import Testing

@Suite("How few errors a number of reviews shows is an exact bound (R08)")
struct ErrorBoundTests {
    @Test(
        "the one-sided 95 % bound of Clopper and Pearson, in hundredths of a percent, rounded up",
        arguments: [
            // 1 - 0.05^(1/n): the rule of three says 300/n %.
            (10, 0, 2_589), (30, 0, 951), (59, 0, 496), (60, 0, 488), (300, 0, 100),
            (50, 1, 914), (100, 5, 1_023), (10, 10, 10_000), (0, 0, 10_000),
        ])
    func known(reviewed: Int, errors: Int, upper: Int64) {
        #expect(ErrorBound(reviewed: reviewed, errors: errors).upper == upper)
    }

    @Test("large numbers do not leave the range of numbers, and more errors never look better")
    func large() {
        let bounds = stride(from: 0, through: 100_000, by: 10_000).map {
            ErrorBound(reviewed: 100_000, errors: $0).upper
        }
        #expect(bounds == bounds.sorted())
        #expect(zip(bounds, stride(from: 0, through: 100_000, by: 10_000)).allSatisfy { $0 >= Int64($1) / 10 })
    }
}
