package import BallastCore

/// The fold of a journal that keeps only what decisions are made of: who and for whom, what was proposed, what had been
/// read and done by then. A small fraction of `RunState`, so that many runs are read back at once.
package struct ActionTrail: Sendable {
    private let run: RunID
    private var origin: RecordedRun?
    /// What a rollback takes back, by the name of its call.
    private var takenBack: [String: RollbackStep]?
    /// Actions of the reply or step under way that are not closed.
    private var open: [UInt32: OpenAction] = [:]
    private var last: UInt32 = 0
    private var hasReadUntrusted = false
    private var mostConfidentialRead = Label.Confidentiality.open
    private var evidence = RecordedEvidence()
    private let keepsEvidence: Bool
    /// Words that came in while actions were open: the model reads them after the results.
    private var held: [MessageAdded] = []
    /// Results of closed actions that the model sees once the others are closed too, in the order of the reply.
    private var unread: [UInt32: Answer] = [:]
    private var done: Set<EqualAction> = []
    private var actionOfApproval: [UInt32: UInt32] = [:]
    private var askedOf: [UInt32: ApprovalRequested] = [:]
    private var contracts: [ContractStated] = []
    private var endorsements: [RecordedEndorsement] = []
    /// How many actions are over.
    private var closed = 0
    /// How often each tool was used.
    private var uses: [String: Int] = [:]

    private struct OpenAction {
        var proposal: ProposedAction
        var checks: [GuardChecked] = []
        var estimates: [ConfidenceEstimated] = []
        var isDecided = false
        var isStarted = false
        var isAsking = false
        /// People who agreed, and how many are needed.
        var agreed = 0
        var needed = 1
        /// Somebody else wrote the arguments.
        var isEdited = false
        /// What an earlier run wrote of its answer.
        var recalled: BodyReference?
        /// Set while what the effect left behind is looked at.
        var checking: Checking?
    }

    private struct Checking {
        var left: Int
        var isFailed = false
        let answer: Answer
    }

    private struct Answer {
        let label: Label
        /// nil for what is no answer of a tool or a person.
        let body: BodyReference?
        let isError: Bool
    }

    private struct EqualAction: Hashable {
        let tool: String
        let arguments: BodyReference
    }

    /// - Parameter keepsEvidence: Policies ask where values of arguments come from.
    package init(run: RunID, keepsEvidence: Bool = true) {
        self.run = run
        self.keepsEvidence = keepsEvidence
    }

    /// Reads the entries of one append; answers what they say of actions.
    package mutating func take(_ entries: [JournalEntry]) throws(EntryDecodingError) -> [RecordedStep] {
        var steps: [RecordedStep] = []
        for entry in entries where ActionTrail.speaks(entry.type) {
            take(try EntryCodec.decode(entry), at: entry.at, into: &steps)
        }
        return steps
    }

    /// The others change nothing that a decision looks at; most entries are passed over here without being read.
    private static func speaks(_ type: EntryType) -> Bool {
        switch type {
        case .runCreated, .messageAdded, .modelReplied, .playbookStepped, .actionsProposed, .actionByHand,
            .rollbackRequested, .actionDecided, .contractStated, .labelsRecalled, .endorsementGiven, .guardChecked,
            .confidenceEstimated,
            .approvalRequested,
            .approvalResolved, .effectStarted, .effectSettled, .effectVerified, .effectWithdrawn, .fallbackChosen,
            .questionAsked, .subRunStarted, .subRunFinished:
            true
        case .effectCompensated, .modelRequested, .modelFailed, .replyRejected, .effectRetried, .effectInDoubt,
            .runEscalated, .runHandedBack, .runHalted, .runResumed, .cancelRequested, .runClaimed, .runFinished,
            .escalationClaimed, .escalationPassedOn, .actionShadowed, .breakerChanged, .confusionNoticed, .contextReset,
            .contractDrafted:
            false
        }
    }

    private mutating func take(_ event: RunEvent, at moment: Timestamp, into steps: inout [RecordedStep]) {
        switch event {
        case .created(let fields): create(fields)
        case .messageAdded(let fields): add(fields)
        case .modelReplied(let fields): for proposal in fields.proposals { propose(proposal) }
        case .actionsProposed(let fields): for proposal in fields.proposals { propose(proposal) }
        case .actedByHand(let fields): propose(fields.proposal)
        case .rollbackRequested(let fields):
            takenBack = Dictionary(fields.steps.map { ($0.effect.description, $0) }) { $1 }
        case .playbookStepped(let fields): if let proposal = fields.proposal { propose(proposal) }
        case .contractStated(let fields): contracts.append(fields)
        case .labelsRecalled(let fields): open[fields.action]?.recalled = fields.recalled
        case .endorsementGiven(let fields):
            if let asked = askedOf[fields.approval] {
                endorsements.append(RecordedEndorsement(given: fields, gate: asked.gate, group: asked.group))
            }
        case .guardChecked(let fields): check(fields, into: &steps)
        case .confidenceEstimated(let fields): open[fields.action]?.estimates.append(fields)
        case .actionDecided(let fields): decide(fields, at: moment, into: &steps)
        case .approvalRequested(let fields): ask(fields, into: &steps)
        case .approvalResolved(let fields): resolve(fields, into: &steps)
        case .effectStarted(let fields): start(fields.action, at: moment, into: &steps)
        case .subRunStarted(let fields): start(fields.action, at: moment, into: &steps)
        case .effectSettled(let fields): settle(fields, into: &steps)
        case .effectVerified(let fields):
            guard fields.answer == .happened else { break }
            close(
                fields.action, .done, Answer(label: fields.label, body: fields.detail, isError: false), into: &steps)
        case .effectWithdrawn(let fields):
            close(fields.action, .notDone, Answer(label: fields.label, body: nil, isError: true), into: &steps)
        case .fallbackChosen(let fields): fallBack(fields, into: &steps)
        case .subRunFinished(let fields):
            let succeeded = fields.status == .succeeded || fields.status == .partial
            let answer = Answer(label: fields.label, body: fields.result, isError: !succeeded)
            close(fields.action, succeeded ? .done : .failed, answer, into: &steps)
        case .questionAsked(let fields): if let action = fields.action { open[action]?.isAsking = true }
        default: break
        }
    }

    private mutating func create(_ fields: RunCreated) {
        origin = RecordedRun(run, fields)
        // Nobody sees what else an agent outside has read.
        if fields.source == RunCreated.gateway { hasReadUntrusted = true }
        for message in fields.history + [fields.task] { read(message) }
    }

    /// A refusal that the model reads.
    private static let refusal = Answer(label: Label([.configuration]), body: nil, isError: true)

    /// Words answer the open question of the lowest action, as in `RunState`; otherwise the model reads them next.
    private mutating func add(_ fields: MessageAdded) {
        var steps: [RecordedStep] = []
        if fields.role == .user, let asking = open.filter(\.value.isAsking).keys.min() {
            close(
                asking, .done, Answer(label: fields.label, body: fields.body, isError: false), into: &steps)
        } else if open.isEmpty {
            read(fields)
        } else {
            held.append(fields)
        }
    }

    private mutating func read(_ message: MessageAdded) {
        read(message.label)
        guard keepsEvidence, message.role == .user, message.label.sources == [.principal] else { return }
        evidence.words.append(message.body)
    }

    private mutating func read(_ label: Label) {
        if label.sources.contains(.untrustedTool) { hasReadUntrusted = true }
        mostConfidentialRead = max(mostConfidentialRead, label.confidentiality)
    }

    private mutating func propose(_ proposal: ProposedAction) {
        last += 1
        open[last] = OpenAction(proposal: proposal)
    }

    /// An equivalent takes the place of what was not done, and is judged from the start.
    private mutating func fallBack(_ fields: FallbackChosen, into steps: inout [RecordedStep]) {
        propose(fields.proposal)
        close(fields.action, .notDone, ActionTrail.refusal, into: &steps)
    }

    // MARK: Decisions

    private mutating func decide(_ fields: ActionDecided, at moment: Timestamp, into steps: inout [RecordedStep]) {
        guard var origin, var action = open[fields.action] else { return }
        var (untrusted, confidentiality, evidence) = (hasReadUntrusted, mostConfidentialRead, evidence)
        // An undo is decided by its own label, under the rules of the agent whose effect it takes back.
        if let step = takenBack?[action.proposal.callID] {
            origin.agent = step.agent
            untrusted = action.proposal.label.sources.contains(.untrustedTool)
            confidentiality = action.proposal.label.confidentiality
            evidence.answers = step.answers.mapValues { $0.map { RecordedAnswer(body: $0, recalled: nil) } }
        }
        steps.append(
            .decided(
                RecordedDecision(
                    origin: origin, action: fields.action, at: moment, proposal: action.proposal,
                    hasReadUntrusted: untrusted, mostConfidentialRead: confidentiality,
                    evidence: evidence, isEqualToEarlier: done.contains(equal(action.proposal)),
                    contracts: contracts, endorsements: endorsements.filter(\.isInForce),
                    uses: uses(of: action.proposal.tool, but: fields.action),
                    checks: action.checks, estimates: action.estimates, decided: fields, isFirst: !action.isDecided)))
        action.isDecided = true
        action.checks = []
        open[fields.action] = action
        if fields.outcome == .deny { close(fields.action, .notDone, ActionTrail.refusal, into: &steps) }
    }

    /// Whoever is asked is asked in the append of the decision.
    private mutating func ask(_ fields: ApprovalRequested, into steps: inout [RecordedStep]) {
        actionOfApproval[fields.approval] = fields.action
        askedOf[fields.approval] = fields
        open[fields.action]?.agreed = 0
        open[fields.action]?.needed = Int(fields.quorum)
        let place = steps.lastIndex {
            if case .decided(let decision) = $0 { decision.action == fields.action } else { false }
        }
        guard let place, case .decided(var decision) = steps[place] else { return }
        decision.asked = fields
        steps[place] = .decided(decision)
    }

    private mutating func resolve(_ fields: ApprovalResolved, into steps: inout [RecordedStep]) {
        guard let action = actionOfApproval[fields.approval] else { return }
        if fields.status != .approved || fields.edited != nil {
            endorsements.removeAll { $0.given.approval == fields.approval }
        }
        switch fields.status {
        case .approved:
            guard let edited = fields.edited else {
                open[action]?.agreed += 1
                if let open = open[action], open.agreed >= open.needed { put(fields.approval) }
                break
            }
            replace(action, with: edited)
        case .rejected, .expired, .withdrawn: close(action, .notDone, ActionTrail.refusal, into: &steps)
        case .pending, .void, .used: break
        }
    }

    /// Everybody who was needed has agreed.
    private mutating func put(_ approval: UInt32) {
        for place in endorsements.indices where endorsements[place].given.approval == approval {
            endorsements[place].isInForce = true
        }
    }

    /// An edit is a new proposal in the place of the old one.
    private mutating func replace(_ action: UInt32, with edited: BodyReference) {
        guard var proposal = open.removeValue(forKey: action)?.proposal else { return }
        closed += 1
        proposal.arguments = edited
        proposal.label = Label([.reviewer])
        propose(proposal)
        open[last]?.isEdited = true
    }

    private mutating func start(_ action: UInt32, at moment: Timestamp, into steps: inout [RecordedStep]) {
        guard open[action]?.isStarted == false else { return }
        open[action]?.isStarted = true
        steps.append(.started(ActionID(run: run, ordinal: action), at: moment))
    }

    // MARK: Ends

    private mutating func settle(_ fields: EffectSettled, into steps: inout [RecordedStep]) {
        let answer = Answer(label: fields.label, body: fields.result, isError: fields.isError)
        guard fields.checks > 0, !fields.isError else {
            return close(fields.action, fields.isError ? .failed : .done, answer, into: &steps)
        }
        open[fields.action]?.checking = Checking(left: fields.checks, answer: answer)
    }

    /// A look before the action is a fact of its decision; the last one after it ends it.
    private mutating func check(_ fields: GuardChecked, into steps: inout [RecordedStep]) {
        guard fields.purpose == GuardChecked.after else {
            open[fields.action]?.checks.append(fields)
            return
        }
        guard var checking = open[fields.action]?.checking else { return }
        checking.left -= 1
        checking.isFailed = checking.isFailed || !fields.passed
        open[fields.action]?.checking = checking
        guard checking.left <= 0 else { return }
        let answer = checking.answer
        let failure = Answer(
            label: answer.label.joined(with: Label([.untrustedTool])), body: fields.result, isError: true)
        close(fields.action, .done, checking.isFailed ? failure : answer, into: &steps)
    }

    private mutating func close(
        _ action: UInt32, _ end: RecordedEnd, _ answer: Answer, into steps: inout [RecordedStep]
    ) {
        guard let closed = open.removeValue(forKey: action) else { return }
        if end != .notDone { uses[closed.proposal.tool, default: 0] += 1 }
        if end == .done {
            done.insert(equal(closed.proposal))
            if keepsEvidence, !answer.isError, let body = answer.body {
                evidence.answers[closed.proposal.tool, default: []].append(
                    RecordedAnswer(body: body, recalled: closed.recalled))
            }
        }
        if keepsEvidence, end != .notDone {
            evidence.acts.append(
                RecordedAct(
                    tool: closed.proposal.tool, arguments: closed.proposal.arguments,
                    result: answer.isError ? nil : answer.body, isError: answer.isError || end == .failed,
                    isApproved: closed.isEdited || closed.agreed >= closed.needed, recalled: closed.recalled,
                    isDone: end == .done, place: self.closed))
        }
        self.closed += 1
        unread[action] = answer
        if closed.isDecided { steps.append(.ended(ActionID(run: run, ordinal: action), end)) }
        guard open.isEmpty else { return }
        for (_, answer) in unread.sorted(by: { $0.key < $1.key }) {
            read(answer.label)
            if keepsEvidence, !answer.isError, answer.label.sources == [.principal], let body = answer.body {
                evidence.words.append(body)
            }
        }
        for message in held { read(message) }
        (unread, held) = ([:], [])
        (actionOfApproval, askedOf) = ([:], [:])
    }

    /// What is decided and open will be a use, as far as anybody knows.
    private func uses(of tool: String, but action: UInt32) -> Int {
        guard !contracts.isEmpty else { return 0 }
        return uses[tool, default: 0]
            + open.count { $0.key != action && $0.value.isDecided && $0.value.proposal.tool == tool }
    }

    private func equal(_ proposal: ProposedAction) -> EqualAction {
        EqualAction(tool: proposal.tool, arguments: proposal.arguments)
    }
}

extension RollbackStep {
    /// What the effect was answered with, where its undo takes values from there.
    fileprivate var answers: [String: [BodyReference]] {
        guard case .call(let call) = way, let result = call.result else { return [:] }
        return [tool: [result]]
    }
}
