import BallastCore
package import BallastPolicy

/// What kind of work an agent does. A shape has defaults; what its files state themselves goes before them, but for the
/// drafts of an amplifier.
package enum AgentShape: String, Sendable, Hashable, CaseIterable {
    /// Helps with many things, within guardrails: what is dangerous waits for a reviewer every time.
    case assistant
    /// Does one thing: it asks nobody back, gives nothing away, and has few steps.
    case worker
    /// Drafts; a person does what has an effect.
    case amplifier

    /// Steps of a worker that states none.
    package static let workerSteps = 20
}

extension DeployedAgent {
    /// The rule of this agent's autonomy with a tool; nil where the policy alone decides.
    package func autonomy(of tool: String) -> AutonomyRule? {
        let stated = policy.rules(for: tool).autonomy
        guard let toolClass = policy.toolClass(of: tool) else { return nil }
        switch (definition.shape, toolClass) {
        case (.amplifier, .risky), (.amplifier, .dangerous): return AutonomyRule(start: .draft)
        case (.assistant, .dangerous): return stated ?? AutonomyRule(start: .draft)
        case (.assistant, .risky): return stated ?? AutonomyRule(start: .confirm)
        default: return stated
        }
    }

    /// Tools whose level is kept, by name.
    package var autonomousTools: [String] { policy.classes.keys.filter { autonomy(of: $0) != nil }.sorted() }
}
