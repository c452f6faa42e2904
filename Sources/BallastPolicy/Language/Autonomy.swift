package import BallastCore

/// What the operator states of an agent's autonomy with one tool.
package struct AutonomyRule: Sendable, Hashable {
    package var start: AutonomyLevel
    /// The widest that it may ever rise to.
    package var atMost: AutonomyLevel
    /// What a rise needs; nil where none is possible.
    package var rise: RiseTerms?

    package init(start: AutonomyLevel, atMost: AutonomyLevel? = nil, rise: RiseTerms? = nil) {
        self.start = start
        self.atMost = atMost ?? start
        self.rise = rise
    }
}

/// What must be so before a person may let a level rise by one.
package struct RiseTerms: Sendable, Hashable {
    /// Reviews since the level last changed, at least.
    package var reviewed: Int
    /// Hundredths of a percent that the true share of errors stays under, with 95 % confidence.
    package var errorsAtMost: Int64
    /// Milliseconds without an incident.
    package var cleanFor: Int64
    /// The group of people.yaml that may agree.
    package var agreedBy: String
    /// Milliseconds after which a rise ends by itself.
    package var lasts: Int64

    package static let defaultLasts: Int64 = 90 * 86_400_000

    package init(
        reviewed: Int, errorsAtMost: Int64, cleanFor: Int64, agreedBy: String, lasts: Int64 = RiseTerms.defaultLasts
    ) {
        self.reviewed = reviewed
        self.errorsAtMost = errorsAtMost
        self.cleanFor = cleanFor
        self.agreedBy = agreedBy
        self.lasts = lasts
    }
}
