package import BallastCore

/// Whether every argument of an action is what the principal asked for, and what is not.
package struct Groundedness: Sendable, Hashable {
    /// One value that nothing vouches for.
    package struct Gap: Sendable, Hashable {
        /// Such as `attachments.file_id`.
        package let path: String
        /// What it would have to be, as it follows the path: `is not in the principal's words`.
        package let why: String
        /// The value that is doubted, and where it stands; nil where no word for it would help.
        package var value: JSONValue?
        package var use: EndorsedUse?
        /// People who vouched for the value in this run.
        package var endorsers: Set<Endorser> = []
        package var words: String { path.isEmpty ? why : "\(path) \(why)" }
    }

    package var isGrounded: Bool
    /// The first few gaps, in the order of the arguments.
    package var gaps: [Gap]

    /// There may be more gaps than these.
    package var isCut: Bool { gaps.count >= Groundedness.mostGaps }
    static let mostGaps = 8

    package init(isGrounded: Bool, gaps: [Gap] = []) {
        self.isGrounded = isGrounded
        self.gaps = gaps
    }
}
