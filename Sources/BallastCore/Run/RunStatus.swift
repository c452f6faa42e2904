/// Where a run stands, as people and the API see it. Derived from the journal, never set by hand.
public enum RunStatus: UInt8, Sendable, Hashable, CaseIterable {
    case queued = 0
    case running = 1
    /// The principal must confirm an action.
    case waitingConfirm = 2
    /// A reviewer must approve an action.
    case waitingApproval = 3
    /// The principal must answer a question.
    case waitingInput = 4
    case halted = 5
    /// A person has the run.
    case escalated = 6
    /// A cancel was asked for; effects in flight are being settled.
    case cancelling = 7
    case succeeded = 8
    /// Ended with some of the actions done and others not.
    case partial = 9
    case failed = 10
    case cancelled = 11

    /// The word of the API, the journal and the command line, such as `waiting_approval`.
    public var name: String {
        [
            "queued", "running", "waiting_confirm", "waiting_approval", "waiting_input", "halted", "escalated",
            "cancelling", "succeeded", "partial", "failed", "cancelled",
        ][Int(rawValue)]
    }
    /// True once the run is over.
    public var isTerminal: Bool { rawValue >= RunStatus.succeeded.rawValue }
    /// True while only a person can move it.
    public var waitsForPerson: Bool {
        [.waitingConfirm, .waitingApproval, .waitingInput, .halted, .escalated].contains(self)
    }
    public init?(name: String) {
        guard let found = RunStatus.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}
