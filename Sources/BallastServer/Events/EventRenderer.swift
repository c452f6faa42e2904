package import BallastCore

/// Turns the entries of one run into the JSON that the API, the event stream and the program show.
///
/// It walks the journal from its first entry, because what an entry means depends on those before it: entries name
/// actions by number, and the numbers come from the proposals.
package struct EventRenderer: Sendable {
    private let run: RunID
    private var memory: EventMemory

    package init(run: RunID) {
        self.run = run
        memory = EventMemory(run: run)
    }

    /// Takes note of an entry that is not shown.
    package mutating func pass(_ entry: JournalEntry) throws(EntryDecodingError) {
        memory.note(try EntryCodec.decode(entry))
    }

    /// The entry as a JSON object.
    package mutating func render(_ entry: JournalEntry, bodies: EventBodies) throws(EntryDecodingError) -> JSONValue {
        let event = try EntryCodec.decode(entry)
        let before = memory
        memory.note(event)
        var document: JSONObject = [
            "sequence": JSONValue(entry.sequence), "type": JSONValue(entry.type.name),
            "at": JSONValue(entry.at.rfc3339), "run_id": JSONValue(run.description),
        ]
        EventFields(run: run, before: before, after: memory, bodies: bodies).add(event, to: &document)
        document["summary"] = JSONValue(EventSummary.line(of: document))
        return .object(document)
    }

    /// Text of the model that is not on record yet.
    package static func provisional(_ text: String) -> JSONValue {
        ["type": "text_delta", "text": JSONValue(text), "provisional": true]
    }
}

/// What earlier entries said that later ones refer to by number.
struct EventMemory: Sendable {
    let run: RunID
    private(set) var lastAction: UInt32 = 0
    private var tools: [UInt32: String] = [:]
    private var actions: [UInt32: UInt32] = [:]
    private var started: Set<UInt32> = []
    /// The approval that was given for an action and not voided, by action.
    private var given: [UInt32: UInt32] = [:]
    /// What was decided last of an action, and who was asked to approve it.
    private var outcomes: [UInt32: Outcome] = [:]
    private var asked: [UInt32: (group: String?, quorum: Int)] = [:]
    /// Tools of the effects that a rollback takes back.
    private(set) var takenBack: [EffectID: String] = [:]

    init(run: RunID) { self.run = run }

    mutating func note(_ event: RunEvent) {
        switch event {
        case .modelReplied(let fields):
            for proposal in fields.proposals { propose(proposal.tool) }
        case .actionsProposed(let fields):
            for proposal in fields.proposals { propose(proposal.tool) }
        case .actedByHand(let fields): propose(fields.proposal.tool)
        case .rollbackRequested(let fields):
            for step in fields.steps { takenBack[step.effect] = step.tool }
        case .playbookStepped(let fields):
            if let proposal = fields.proposal { propose(proposal.tool) }
        case .fallbackChosen(let fields): propose(fields.proposal.tool)
        case .approvalRequested(let fields):
            actions[fields.approval] = fields.action
            asked[fields.action] = fields.gate == .approve ? (fields.group, fields.quorum) : nil
        case .actionDecided(let fields): outcomes[fields.action] = fields.outcome
        case .approvalResolved(let fields):
            if let action = actions[fields.approval] {
                given[action] = fields.status == .approved ? fields.approval : nil
            }
            if fields.edited != nil, let tool = tool(approval: fields.approval) { propose(tool) }
        case .effectStarted(let fields):
            started.insert(fields.action)
        default: break
        }
    }

    private mutating func propose(_ tool: String) {
        let (next, overflow) = lastAction.addingReportingOverflow(1)
        guard !overflow else { return }
        lastAction = next
        tools[next] = tool
    }

    func tool(_ action: UInt32) -> String? { tools[action] }
    func tool(approval: UInt32) -> String? { actions[approval].flatMap { tools[$0] } }
    func approval(givenFor action: UInt32) -> UInt32? { given[action] }
    func action(approval: UInt32) -> UInt32? { actions[approval] }
    func outcome(_ action: UInt32) -> Outcome? { outcomes[action] }
    func reviewers(_ action: UInt32) -> (group: String?, quorum: Int)? { asked[action] }
    func hasStarted(_ action: UInt32) -> Bool { started.contains(action) }
}
