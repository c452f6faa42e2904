/// Something wrong with a policy, found before any action meets it.
package struct PolicyDiagnostic: Sendable, Hashable {
    /// Where in the policy, as keys from the top: `["rules", "small-refunds", "when", "amount"]`. Rules go by id.
    package let place: [String]
    /// What is wrong and why it matters.
    package let problem: String
    /// What to write instead.
    package let advice: String

    package init(place: [String], problem: String, advice: String) {
        self.place = place
        self.problem = problem
        self.advice = advice
    }
}
