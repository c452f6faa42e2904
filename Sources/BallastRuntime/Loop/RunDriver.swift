import BallastCore
import BallastPolicy
import Logging

/// Why a driver let go of its run.
enum DriverRest: Sendable {
    /// Nothing is left to do until somebody or some time moves the run; it is durable and its lease is given back.
    case resting
    case finished
    /// A call in flight was ended on request; the run goes on at once.
    case interrupted
    /// Somebody else owns the run now, or the journal moved under this owner.
    case lost
    /// The store refused what was decided: it is decided again, with a look at what stands there first.
    case refused
    /// The store does not work; the run is folded again once it does.
    case storeFailed(StoreError)
    /// Its agent is not configured any more; the run is durable and stands still until it is.
    case unconfigured
    /// The journal holds something the reducer does not accept.
    case broken(String)
}

/// What ends a driver early.
enum DriverStop: Error {
    case lost
    case refold
    case store(StoreError)
    case broken(String)
}

/// Drives one run: asks its state what is pending, does it, records what happened, and makes it durable in time.
///
/// One task over a struct. Only this changes the run; calls in flight return values to it.
struct RunDriver {
    let services: RuntimeServices
    let handle: RunHandle
    /// The agent as this run knows it; its policy is always the current one.
    private(set) var agent: DeployedAgent
    private(set) var deployment: Deployment
    /// Which configuration `agent` and `deployment` were taken from.
    private var configuration: Int
    /// The scopes whose halts stop this run.
    private(set) var scopes: Set<HaltScope> = []
    /// Sub-runs that were told to end.
    var cancelledSubRuns: Set<RunID> = []
    var session: RunSession
    var prompt = PromptSoFar()
    /// What was looked at for repetition.
    var circles = CircleWatch()
    /// The attempt of each action that was last handed to its tool.
    var handedOver: [UInt32: Int] = [:]
    /// The generation under which this owner judged each action. What an earlier owner allowed, or what was allowed
    /// before the rules changed or a halt was lifted, is judged again before it is sent.
    var judged: [UInt32: Int] = [:]
    /// When the guard first asked something of the world for the last judgement of each action; monotonic milliseconds.
    var learnedAt: [UInt32: Int64] = [:]
    /// Since when a gateway run's callers know more than the disk; monotonic milliseconds.
    var aheadSince: Int64?
    var readSoFar = ReadSoFar()
    /// A tool that the guard asked for the decision at hand did not answer.
    var lacksAnswer = false
    /// Milliseconds that it asked to be left alone for.
    var answerWait: Int64 = 0
    /// What decisions made now belong to.
    private(set) var generation = 0
    /// The store refused what was decided last, so the guard looks at what stands there before it decides.
    var isCareful = false
    /// What allowed actions that have not started are to reserve of limits.
    var intended: [UInt32: [LimitDemand]] = [:]
    /// The same of what the shadow would have reserved.
    var shadowIntended: [UInt32: [LimitDemand]] = [:]
    /// What only the shadow asks, by action: under way beside everything else.
    var inquiries: [UInt32: ShadowInquiry] = [:]
    /// Business keys of the open batch, by ordinal.
    var businessKeys: [UInt32: BusinessKey] = [:]
    /// What tools answered in this run, as records.
    var observed = ObservedRecords()
    var observedByShadow = ObservedRecords()
    var vouched = VouchedTexts()
    var endorsed = EndorsedSoFar()
    /// Calls of an outside agent's actions under way, and what tools answered that was not handed on yet.
    var flights: [UInt32: Flight] = [:]
    var answers: [UInt32: ToolResult] = [:]
    /// When something of a gateway run is due that nothing has to come in for.
    var nextDue: Timestamp?
    /// Where callers of a gateway run are met.
    var room: GatewayRoom?

    init(
        services: RuntimeServices, handle: RunHandle, agent: DeployedAgent, deployment: Deployment, session: RunSession
    ) {
        self.services = services
        self.handle = handle
        self.agent = agent
        self.deployment = deployment
        self.session = session
        configuration = -1
        scopes = ownScopes
    }

    var run: RunID { session.state.run }
    /// Lent, not copied: it is looked at many times in each step, and has many parts.
    var state: RunState {
        _read { yield session.state }
    }
    var options: RuntimeOptions { services.options }
    var now: Timestamp { services.clock.now }
    mutating func drive() async -> DriverRest {
        scopes = ownScopes
        handle.cover(scopes)
        defer { for inquiry in inquiries.values { inquiry.end() } }
        do throws(DriverStop) {
            if state.isGateway { return try await serve() }
            return try await loop()
        } catch {
            switch error {
            case .lost: return .lost
            case .refold: return .refused
            case .store(let failure): return .storeFailed(failure)
            case .broken(let reason): return .broken(reason)
            }
        }
    }

    private mutating func loop() async throws(DriverStop) -> DriverRest {
        while true {
            if handle.isLost { throw .lost }
            takeCurrentConfiguration()
            takeAgentOfUndo()
            if handle.takeMail() { try await readInbox() }
            try noteBreakerChanges()
            try noticeHalt()
            if Task.isCancelled {
                try await concludeInquiries(.all)
                try await flush()
                return .interrupted
            }
            if handle.isDraining {
                try await concludeInquiries(.all)
                try await flush(releasing: true)
                return .resting
            }
            try await concludeInquiries(.answered)
            let pending = state.pendingEffects
            if state.isFinished {
                try await flush(releasing: true)
                return .finished
            }
            if !isConfigured {
                try await flush(releasing: true)
                return .unconfigured
            }
            if pending.isEmpty {
                if try await awaitInquiries() { continue }
                try await flush(releasing: true, resting: true)
                return .resting
            }
            if try await perform(pending) == .rest {
                if try await awaitInquiries() { continue }
                try await flush(releasing: true, resting: true)
                return .resting
            }
        }
    }

    var isConfigured: Bool { deployment.agents[agent.definition.name] != nil }

    /// Tools, models, people, limits and the policy are those of now; what the agent is stays as it was.
    mutating func takeCurrentConfiguration() {
        // In this order: a reload replaces the configuration first, so nothing is judged by an older one than this says.
        generation = services.gate.generation
        let revision = services.deployment.revision
        guard revision != configuration else { return }
        configuration = revision
        deployment = services.deployment.now
        if let current = deployment.agents[agent.definition.name] {
            (agent.policy, agent.shadow) = (current.policy, current.shadow)
        }
    }

    /// Goes on under the rules of this agent.
    mutating func act(as name: String) {
        guard agent.definition.name != name, let other = deployment.agents[name] else { return }
        agent = other
    }

    enum Progress { case moved, rest }

    private mutating func perform(_ pending: [RunEffect]) async throws(DriverStop) -> Progress {
        switch pending.first {
        case .plan:
            if state.isRollback {
                try await planRollback()
            } else if isTakingBack {
                try await concludeTakingBack()
            } else {
                // A long wait is over before the call is reserved: what is reserved and not made is charged.
                if let moment = state.modelNotBefore, try await !nap(until: moment) { return .rest }
                try plan()
            }
            return .moved
        case .callModel(let request):
            return try await callModel(request)
        case .finishCancelled:
            try finishCancelled()
            return .moved
        default:
            return try await act(pending)
        }
    }

    // MARK: Recording

    mutating func record(_ event: RunEvent, at moment: Timestamp? = nil) throws(DriverStop) {
        do {
            let moment = moment ?? now
            try session.record(event, at: moment)
            if state.isRollback { try noteUndone(at: moment) }
        } catch {
            throw .broken(error.description)
        }
    }

    /// Makes everything recorded so far durable.
    mutating func flush(releasing: Bool = false, resting: Bool = false) async throws(DriverStop) {
        guard session.hasUnsaved || releasing else { return }
        let batch = session.takeBatch(releasing: releasing, resting: resting)
        let result: AppendResult
        narrow(by: batch.trust)
        do {
            result = try await services.store.append(batch)
        } catch {
            throw .store(error)
        }
        switch result {
        case .applied, .alreadyApplied:
            session.didSave()
            if !batch.trust.isEmpty, let epochs = try? await services.store.epochs() { services.gate.take(epochs) }
            services.feed.publish(.entries(batch.entries), of: run)
            for child in batch.children { services.bell.ring(child.run) }
            for item in batch.deliveries { services.bell.ring(item.run) }
        case .refused(.fence), .refused(.sequence), .refused(.unknownRun):
            throw .lost
        case .refused(let refusal):
            services.logger.debug("append refused", metadata: ["run": "\(run)", "why": "\(refusal)"])
            throw .refold
        }
    }

    /// A halt that covers the run becomes an event; nothing starts after it.
    mutating func noticeHalt() throws(DriverStop) {
        let halt = services.gate.halt(of: scopes)
        switch (halt, state.halt) {
        case (let halt?, nil) where !state.isFinished:
            let told =
                RunAccount(state).sentences(
                    opening: "This task was stopped by an operator: \(halt.reason)", options: .none)
                + " Nothing more is done until it is resumed."
            try record(.halted(RunHalted(halt: halt.id, reason: halt.reason, told: session.seal(told))))
            tell(.halted, told)
        case (nil, let old?) where !state.isFinished:
            try record(.resumed(RunResumed(halt: old, by: services.gate.whoLifted(old) ?? .ballast)))
            tell(.resumed, "This task goes on.")
        default: break
        }
    }

    /// Leaves word for those who are to be told outside of the API; what delivers it reads the outbox.
    mutating func tell(_ notice: Notice, _ text: String, _ about: JSONObject = JSONObject()) {
        guard let created = state.created else { return }
        var document: JSONObject = [
            "run_id": JSONValue(run.description), "agent": JSONValue(created.agent.name),
            "principal": JSONValue(created.principal.name), "text": JSONValue(text), "at": JSONValue(now.rfc3339),
        ]
        for member in about.members { document[member.key] = member.value }
        session.tell(OutboxItem(kind: notice.rawValue, payload: session.vault.sealedDocument(.object(document))))
    }

    // MARK: Ends

    mutating func finish(_ status: RunStatus, code: String, text: String, label: Label) throws(DriverStop) {
        for timer in openTimers { session.change(TimerChange.clear(kind: timer)) }
        try giveUpInquiries()
        try record(.finished(RunFinished(status: status, code: code, text: session.seal(text), label: label)))
        tellParent(status, text: text, label: label)
    }

    private var openTimers: [String] {
        state.batch.compactMap { action in
            if case .waiting(let wait) = action.stage { RunTimers.approval(wait.approval) } else { nil }
        }
    }

    mutating func finishCancelled() throws(DriverStop) {
        if let progress = state.rollback { return try finishCancelledRollback(progress) }
        let request = state.cancelRequest
        let text = RunAccount(state).sentences(
            opening: "This task was cancelled by \(request?.by.name ?? "an operator").", options: .none)
        try finish(.cancelled, code: "cancelled", text: text + takeBackSentence, label: Label([.configuration]))
    }
}

/// What people are told of outside of the API.
enum Notice: String {
    case halted = "run_halted"
    case resumed = "run_resumed"
    case escalated = "run_escalated"
    case replied = "person_replied"
    case rolledBack = "run_rolled_back"
    case breakerOpened = "breaker_opened"
    case breakerClosed = "breaker_closed"
}

/// Names of durable timers of a run.
enum RunTimers {
    static let wake = "wake"
    /// The end of a gateway run without calls.
    static let idle = "idle"
    /// Nobody took a run that was handed over, by the place in the chain.
    static func escalation(_ step: Int) -> String { "\(claim)/\(step)" }
    static let claim = "escalation"
    static func approval(_ ordinal: UInt32) -> String { "approval/\(ordinal)" }
}
