package import BallastCore

/// Everything that somebody who takes a run over needs: what was asked, what was done, what was not and why, and forms
/// to do it by hand through the same tools.
package struct EscalationSheet: Sendable {
    /// One action of the run.
    package struct Line: Sendable {
        package let action: ActionID
        package let tool: String
        /// nil where they cannot be read, or are too long to be shown.
        package var arguments: JSONValue?
        /// Set for what was done, or may have been.
        package var effect: EffectID?
        /// Why it was not done, or how far it is: a code, and a sentence.
        package var code: String?
        package var sentence: String?
        /// The person who did it.
        package var byHandOf: Principal?
        /// The request for a decision that it waits for.
        package var approval: ApprovalID?
    }

    /// A tool of the agent that a person may call.
    package struct Tool: Sendable {
        package let name: String
        package let description: String
        package let toolClass: ToolClass?
        package let schema: JSONValue
        /// What keeps it from being called now.
        package let obstacle: String?
    }

    /// Who is told, and until when somebody there has to take it.
    package struct Step: Sendable {
        package let to: String
        package let within: Int64
        /// nil for those who were not told yet.
        package let toldAt: Timestamp?
        package let dueAt: Timestamp?
    }

    package let run: RunID
    package let status: RunStatus
    package let agent: String
    package let principal: Principal
    package let startedBy: Principal
    package let conversation: ConversationID?
    /// The task, and the last of what the principal said since.
    package let task: String
    package let words: [String]
    /// Why it was handed over, by whom, and since when.
    package let code: String
    package let reason: String
    package let by: Principal
    package let since: Timestamp
    package let chain: [Step]
    package let told: String?
    package let claimedBy: Principal?
    package let claimedAt: Timestamp?
    package internal(set) var done: [Line] = []
    package internal(set) var notDone: [Line] = []
    package internal(set) var inDoubt: [Line] = []
    package internal(set) var pending: [Line] = []
    /// Actions that are on record and not shown here: the journal has them.
    package internal(set) var leftOff = 0
    package internal(set) var forms: [EscalationForm] = []
    package internal(set) var tools: [Tool] = []
    /// The agent had read what nobody vouches for: values of its attempts may come from there.
    package let hasReadUntrusted: Bool

    /// Actions, forms and tools that are shown, and bytes of one set of arguments or of one schema.
    package static let mostLines = 60
    package static let mostForms = 20
    package static let mostTools = 100
    package static let mostWords = 10
    package static let longestValue = 32 << 10
    /// Characters of the principal's words that are shown, of each.
    static let longestWords = 2_000

    /// The step that is told now.
    package var current: Step? { chain.last { $0.toldAt != nil } }

    /// Nobody took it in the time of the last of its chain who was told.
    package func isOverdue(at now: Timestamp) -> Bool {
        claimedBy == nil && (current?.dueAt.map { $0 <= now } ?? false)
    }
}

/// An action that was tried and not done, ready to be done by hand.
package struct EscalationForm: Sendable {
    /// The number of the attempt in its run.
    package let number: UInt32
    package let action: ActionID
    package let tool: String
    package let title: String?
    package let description: String
    package let toolClass: ToolClass?
    /// As the agent tried; nil where they are no JSON object, or too long to be shown.
    package let arguments: JSONValue?
    /// JSON Schema of the arguments; null where the tool is gone or its schema is too long to be shown.
    package let schema: JSONValue
    /// Why it was not done.
    package let code: String
    package let sentence: String
    /// What keeps it from being done now.
    package let obstacle: String?

    /// The command that does it.
    package var command: String { "ballast act \(action.run) --form \(number)" }
}
