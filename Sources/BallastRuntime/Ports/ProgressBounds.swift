/// When a task that does not get on goes to a person, and how far it may go alone. nil is no bound.
package struct ProgressBounds: Sendable, Hashable {
    /// Replies in a row of which every call failed or was refused.
    package var failures: Int? = 5
    /// Steps in a row that brought no new answer, effect or word of a person.
    package var staleSteps: Int? = 8
    /// The same call with the same error, or much the same, until the agent counts as going round in circles.
    package var repeats: Int? = 3
    /// Effects of risky and dangerous tools, until a person is asked about each further one.
    package var effects: Int? = 25

    package init() {}

    /// An agent that is driven elsewhere decides itself how to go on, and its sessions are long.
    package static let gateway: ProgressBounds = {
        var bounds = ProgressBounds()
        (bounds.failures, bounds.staleSteps, bounds.repeats, bounds.effects) = (nil, nil, nil, nil)
        return bounds
    }()
}
