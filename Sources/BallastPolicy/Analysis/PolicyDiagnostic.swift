/// Something about a policy that somebody should know before any action meets it.
package struct PolicyDiagnostic: Sendable, Hashable {
    package enum Severity: UInt8, Sendable, Hashable {
        /// The policy does not load, or does not do what it says.
        case error = 0
        /// It does something that is probably not meant.
        case warning = 1
        /// To be known, not to be mended.
        case note = 2

        package var name: String { ["error", "warning", "note"][Int(rawValue)] }
    }

    package let severity: Severity
    /// Where in the policy, as keys from the top: `["rules", "small-refunds", "when", "amount"]`. Rules go by id.
    package let place: [String]
    /// What is wrong and why it matters.
    package let problem: String
    /// What to write instead.
    package let advice: String

    package init(_ severity: Severity = .error, place: [String], problem: String, advice: String) {
        self.severity = severity
        self.place = place
        self.problem = problem
        self.advice = advice
    }
}
