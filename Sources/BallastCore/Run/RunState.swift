/// What a run is now: the fold of its journal. A value; it knows no clock, no store and no client.
package struct RunState: Sendable, Hashable {
    package let run: RunID
    /// Sequence of the last event applied; 0 before the first.
    package private(set) var sequence: Int64 = 0
    package internal(set) var created: RunCreated?
    package internal(set) var phase: RunPhase = .new
    /// The halt in force, if any; a halted run takes answers and outcomes but starts nothing.
    package internal(set) var halt: HaltID?
    package internal(set) var cancelRequest: CancelRequested?
    package internal(set) var transcript: [TranscriptItem] = []
    /// Words that came while actions were open: models are shown them after the results of these.
    package internal(set) var heldWords: [MessageAdded] = []
    /// The same of what people did by hand.
    var heldWork: [TranscriptItem] = []
    /// The actions of the reply or playbook step that is being carried out; empty between steps.
    package internal(set) var batch: [ActionState] = []
    /// Leave to call the model, not used yet, and the sequence of the entry that gave it.
    package internal(set) var reservation: ModelRequested?
    package internal(set) var reservedAt: Int64 = 0
    package internal(set) var playbook: PlaybookStepped?
    /// What the run may do at all: every action is inside all of them.
    package internal(set) var contracts: [ContractStated] = []
    /// Set where one of them is drafted from the principal's words.
    package internal(set) var draft: ContractDraft?
    /// What earlier runs wrote of the answers of actions, where something was.
    package internal(set) var recalled: [UInt32: BodyReference] = [:]
    /// What people vouched for here, in the order in which they did.
    package internal(set) var endorsements: [RunEndorsement] = []
    package internal(set) var question: QuestionAsked?
    /// What is taken back here of another run.
    package internal(set) var rollback: RollbackProgress?
    package internal(set) var escalation: RunEscalated?
    /// Calls of people, so that nobody takes them for the agent's.
    package internal(set) var handCalls: Set<String> = []
    /// Who has it, while it is handed over.
    package internal(set) var takeover: Takeover?
    package internal(set) var outcome: RunFinished?
    package internal(set) var usage = RunUsage()
    /// Highest ordinal of any action and of any approval so far.
    package internal(set) var lastAction: UInt32 = 0
    package internal(set) var lastApproval: UInt32 = 0
    /// Place in the agent's list of models; moves on when one of them is given up.
    package internal(set) var routeIndex = 0
    /// Consecutive model attempts that failed, and consecutive replies that could not be used.
    package internal(set) var failedAttempts = 0
    package internal(set) var rejectedReplies = 0
    /// Effects in a row that were not as they should be afterwards.
    package internal(set) var failedChecks = 0
    /// Steps in a row of which every call failed, and steps in a row that brought nothing new.
    package internal(set) var failedSteps = 0
    package internal(set) var staleSteps = 0
    /// How often it was noticed that the agent goes round in circles, and how long the transcript was at the last time.
    package internal(set) var confusions = 0
    package internal(set) var confusedAt = 0
    package internal(set) var contextReset: ContextCut?
    /// What was taken for granted in what was done.
    package internal(set) var assumptions: [BodyReference] = []
    /// The earliest moment of the next model attempt.
    package internal(set) var modelNotBefore: Timestamp?
    /// Milliseconds in which the run could move; waiting for people does not count.
    package internal(set) var activeMilliseconds: Int64 = 0
    /// What became of every action that is closed: for the end of the run and for people.
    package private(set) var history: [ActionSummary] = []
    /// Those of them that people rejected, or let expire.
    package private(set) var refusals: [ActionSummary] = []
    /// Answers of closed actions of the batch, until all are there.
    var results: [UInt32: ActionAnswer] = [:]
    /// The approval that was given for an action of the batch.
    package internal(set) var approvalOfAction: [UInt32: ApprovalWait] = [:]
    package internal(set) var createdAt = Timestamp(milliseconds: 0)
    package internal(set) var updatedAt = Timestamp(milliseconds: 0)

    package init(run: RunID) { self.run = run }

    mutating func enterHistory(_ past: ActionSummary) {
        history.append(past)
        if past.end == .rejected || past.end == .expired { refusals.append(past) }
    }

    /// Folds a journal from its first entry.
    package init(run: RunID, folding entries: [JournalEntry]) throws {
        self.init(run: run)
        for entry in entries { try apply(try EntryCodec.decode(entry, of: run), at: entry.at) }
    }

    /// Moves the state by one event; throws, leaving the state as it was, when the event cannot happen now.
    package mutating func apply(_ event: RunEvent, at moment: Timestamp) throws(RunTransitionError) {
        // A person's time is not the agent's.
        let wasActive =
            phase != .new && takeover?.claimedBy == nil && !status.waitsForPerson && !waitsForSubRuns && !waitsForAgent
        try transition(event, at: moment)
        if wasActive { activeMilliseconds += max(0, min(moment.since(updatedAt), 86_400_000)) }
        sequence += 1
        updatedAt = moment
    }

    /// The status that people see.
    package var status: RunStatus {
        switch phase {
        case .finished: outcome?.status ?? .failed
        case _ where cancelRequest != nil: .cancelling
        case _ where halt != nil: .halted
        case .new: .queued
        case .escalated: .escalated
        case .waitingInput: .waitingInput
        case .planning: .running
        case .acting: actingStatus
        }
    }

    /// Waits only for people when every open action does; once a person has it, that is what counts.
    private var actingStatus: RunStatus {
        var gate: Gate?
        for action in batch {
            switch action.stage {
            case .waiting(let wait): gate = gate == .approve ? .approve : wait.gate
            case .asking: return escalation == nil ? .waitingInput : .escalated
            case .inDoubt(let doubt) where doubt.verifyAt == nil: return .escalated
            case .closed: continue
            default: return .running
            }
        }
        if gate != nil, escalation != nil { return .escalated }
        switch gate {
        case .approve: return .waitingApproval
        case .confirm: return .waitingConfirm
        case nil: return .running
        }
    }

    /// Nothing moves until a sub-run ends; the time until then is that run's.
    private var waitsForSubRuns: Bool {
        guard phase == .acting else { return false }
        var hasSubRun = false
        for action in batch {
            switch action.stage {
            case .delegated: hasSubRun = true
            case .closed, .waiting, .asking: continue
            default: return false
            }
        }
        return hasSubRun
    }

    /// Its actions are proposed by an agent that is driven elsewhere.
    package var isGateway: Bool { created?.source == RunCreated.gateway }

    /// Nothing is open, and what comes next is for the agent outside to say.
    private var waitsForAgent: Bool { phase == .planning && isGateway }

    package var isFinished: Bool { phase == .finished }
    /// The approval that people gave for the action, not used yet.
    package func consent(to action: ActionState) -> ApprovalWait? {
        switch action.stage {
        case .approved(let wait): wait
        case .allowed(let approval?): approvalOfAction[action.ordinal].flatMap { $0.approval == approval ? $0 : nil }
        default: nil
        }
    }

    package func action(_ ordinal: UInt32) -> ActionState? { batch.first { $0.ordinal == ordinal } }
}

/// The big states of a run.
package enum RunPhase: UInt8, Sendable, Hashable {
    case new = 0
    /// Nothing is open: what comes next is chosen.
    case planning = 1
    /// A batch of actions is being carried out.
    case acting = 2
    /// A question to the principal is open.
    case waitingInput = 3
    /// A person has it.
    case escalated = 4
    case finished = 5
}

/// What the run has used up.
package struct RunUsage: Sendable, Hashable {
    /// Model replies plus closed tool calls.
    package var steps = 0
    package var tokens: Int64 = 0
    package var microdollars: Int64 = 0
    /// Model calls whose fate was lost in a crash, charged at their reservation.
    package var lostModelCalls = 0

    package init() {}

    mutating func charge(tokens more: Int64, microdollars cost: Int64) {
        tokens = RunUsage.sum(tokens, max(0, more))
        microdollars = RunUsage.sum(microdollars, max(0, cost))
    }

    private static func sum(_ a: Int64, _ b: Int64) -> Int64 {
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow ? .max : sum
    }
}

/// One line of what the model is shown, as references.
package enum TranscriptItem: Sendable, Hashable {
    case message(MessageAdded)
    case assistant(text: BodyReference?, calls: [ProposedAction])
    /// `isError` tells the model that the call did not do what it asked.
    case result(callID: String, body: BodyReference, isError: Bool, label: Label)
    /// A readable complaint about the last reply.
    case complaint(BodyReference)
    /// Words of a playbook to the principal.
    case said(BodyReference)

    /// Bytes of what a model reads of it.
    package var size: Int {
        switch self {
        case .message(let message): message.body.size
        case .assistant(let text, let calls): calls.reduce(text?.size ?? 0) { $0 + $1.arguments.size }
        case .result(_, let body, _, _), .complaint(let body), .said(let body): body.size
        }
    }
}

/// One action of the batch.
package struct ActionState: Sendable, Hashable {
    package let ordinal: UInt32
    package var proposal: ProposedAction
    package var stage: ActionStage
    /// The reviewer whose edit made this proposal; it counts as that person's approval of these bytes.
    package var editor: Principal?
    /// The last decision of the guard.
    package var decision: ActionDecided?
    /// What a shadow policy would have said last.
    package var shadow: ActionShadowed?
    /// Attempts that were made.
    package var attempts = 0
    package var firstStartedAt: Timestamp?
    /// How sure anybody was of it, where that was asked.
    package var estimate: ActionEstimate?
    /// What it takes the place of, when other tools were not there for it.
    package var trail: FallbackTrail?
    /// Set when a person proposed it.
    package internal(set) var hand: HandWork?

    package init(ordinal: UInt32, proposal: ProposedAction, stage: ActionStage = .proposed, editor: Principal? = nil) {
        self.ordinal = ordinal
        self.proposal = proposal
        self.stage = stage
        self.editor = editor
    }

    package var isClosed: Bool { if case .closed = stage { true } else { false } }
    /// The proposal itself was wrong (not parsable, unknown tool, arguments against the schema).
    var wasUnusable: Bool { decision.map { ActionState.unusableCodes.contains($0.code) } ?? false }
    private static let unusableCodes: Set<String> = ["guard.parse", "guard.manifest", "guard.schema"]
}

/// What was said of how sure an action is.
package struct ActionEstimate: Sendable, Hashable {
    /// The lowest of all.
    package var band: UInt8
    /// The lowest of those that no policy gave: the model's own, and a verifier's.
    package var said: UInt8?
    package var sources: [String]
    /// A JSON array of sentences.
    package var assumptions: BodyReference?
}

/// How far an action is.
package enum ActionStage: Sendable, Hashable {
    /// The guard has not judged it yet.
    case proposed
    /// Allowed, not started; `approval` is the one that the start will consume.
    case allowed(approval: UInt32?)
    /// A person must decide.
    case waiting(ApprovalWait)
    /// Decided by people; the guard judges once more before the start.
    case approved(ApprovalWait)
    /// An `ask_user` call: the principal must answer.
    case asking
    /// May be sent now by the owner with the fence it was started under.
    case started(EffectProgress)
    /// An attempt failed; the next one is due at `retryAt`.
    case retrying(EffectProgress, retryAt: Timestamp)
    /// Started by an owner that is gone; its bytes may still be under way until `until`.
    case foreign(EffectProgress, until: Timestamp)
    case inDoubt(EffectDoubt)
    /// Done and settled; declared conditions are looked at before the next step.
    case checking(EffectChecking)
    /// An agent works on it in a run of its own.
    case delegated(SubRun)
    case closed(ActionEnd)
}

package struct ApprovalWait: Sendable, Hashable {
    package let approval: UInt32
    package let gate: Gate
    package let group: String?
    package let quorum: Int
    package let requestedAt: Timestamp
    package let expiresAt: Timestamp
    package let binding: Digest
    package let review: BodyReference
    package var approvers: [Principal]
}

/// A sub-run that is not over.
package struct SubRun: Sendable, Hashable {
    package let run: RunID
    package let agent: String
    package let budget: RunBudget
    package let approval: UInt32?
}

package struct EffectProgress: Sendable, Hashable {
    package var attempt: Int
    package let repeatability: Repeatability
    package let approval: UInt32?
    /// An earlier attempt left this process without an answer: the effect may have happened, whatever a later one says.
    package var mayHaveHappened = false
    /// What the effect holds of limits until its outcome is known.
    package var reservations: [LimitReservation] = []
}

package struct EffectDoubt: Sendable, Hashable {
    package let code: String
    package let since: Timestamp
    /// nil when only a person can say.
    package var verifyAt: Timestamp?
    package var checks: Int
    package let progress: EffectProgress
}

package struct EffectChecking: Sendable, Hashable {
    /// Conditions that were not looked at yet.
    package var left: Int
    package let result: BodyReference
    package let label: Label
    /// The first complaint, if there was one.
    package var failure: BodyReference?
}

/// How an action ended.
package enum ActionEnd: UInt8, Sendable, Hashable {
    case done = 0
    /// The tool ran and answered that it failed.
    case failed = 1
    case denied = 2
    case rejected = 3
    case expired = 4
    /// Replaced by an edit.
    case superseded = 5
    case withdrawn = 6
    /// Answered with the effect that stands for the same action.
    case answered = 7

    package var name: String {
        ["done", "failed", "denied", "rejected", "expired", "superseded", "withdrawn", "answered"][Int(rawValue)]
    }
}

/// What an action of the batch was answered with.
struct ActionAnswer: Sendable, Hashable {
    let body: BodyReference
    let isError: Bool
    let label: Label
}

/// One closed action, for the account at the end of a run.
package struct ActionSummary: Sendable, Hashable {
    package let ordinal: UInt32
    package let tool: String
    package let end: ActionEnd
    package let result: BodyReference?
    package let arguments: BodyReference
    package let callID: String
    package let isError: Bool
    /// As many people as were needed agreed to exactly these arguments, or one of them wrote them.
    package let isApproved: Bool
    /// Set when a person proposed it.
    package let hand: HandWork?
}

/// An event that cannot happen in this state. Live, it is a fault of the caller; in a journal, a damaged store.
package struct RunTransitionError: Error, Sendable, Hashable, CustomStringConvertible {
    package let run: RunID
    package let sequence: Int64
    package let event: EntryType
    package let state: String

    package var description: String {
        "\(run) cannot take \(event.name) after entry \(sequence): it is \(state)"
    }
}
