package import BallastCore

/// One action with what was decided of it and what a shadow would have said.
package struct ShadowedAction: Sendable, Hashable {
    package let id: ActionID
    package let agent: String
    package let tool: String
    package let at: Timestamp
    /// The decision in force.
    package let outcome: Outcome
    package let rule: String?
    package let shadow: ActionShadowed
    package let standing: ShadowStanding
}

/// The fold of one run's journal that keeps only what shadows said, beside the decisions of then.
package struct ShadowTrail: Sendable {
    private let run: RunID
    private var agent = ""
    private var last: UInt32 = 0
    private var tools: [UInt32: String] = [:]
    private var decisions: [UInt32: ActionDecided] = [:]
    private var asked: [UInt32: ApprovalRequested] = [:]
    private var actionOfApproval: [UInt32: UInt32] = [:]
    /// By action: what was said last counts.
    private var shadowed: [UInt32: ShadowedAction] = [:]

    package init(run: RunID) { self.run = run }

    package mutating func take(_ entries: [JournalEntry]) throws(EntryDecodingError) {
        for entry in entries {
            switch entry.type {
            case .runCreated, .modelReplied, .actionsProposed, .playbookStepped, .actionDecided, .approvalRequested,
                .approvalResolved, .actionShadowed:
                take(try EntryCodec.decode(entry), at: entry.at)
            default: continue
            }
        }
    }

    /// What the shadows said, in the order of the actions.
    package var actions: [ShadowedAction] { shadowed.sorted { $0.key < $1.key }.map(\.value) }

    private mutating func take(_ event: RunEvent, at moment: Timestamp) {
        switch event {
        case .created(let fields): agent = fields.agent.name
        case .modelReplied(let fields): for proposal in fields.proposals { propose(proposal.tool) }
        case .actionsProposed(let fields): for proposal in fields.proposals { propose(proposal.tool) }
        case .playbookStepped(let fields): if let proposal = fields.proposal { propose(proposal.tool) }
        case .actionDecided(let fields): decisions[fields.action] = fields
        case .approvalRequested(let fields):
            asked[fields.action] = fields
            actionOfApproval[fields.approval] = fields.action
        case .approvalResolved(let fields):
            guard fields.edited != nil, let action = actionOfApproval[fields.approval] else { break }
            propose(tools[action] ?? "")
        case .actionShadowed(let fields): note(fields, at: moment)
        default: break
        }
    }

    private mutating func propose(_ tool: String) {
        let (next, overflow) = last.addingReportingOverflow(1)
        guard !overflow else { return }
        last = next
        tools[next] = tool
    }

    private mutating func note(_ fields: ActionShadowed, at moment: Timestamp) {
        guard let decided = decisions[fields.action] else { return }
        let reviewers = asked[fields.action].flatMap { $0.gate == .approve ? $0 : nil }
        shadowed[fields.action] = ShadowedAction(
            id: ActionID(run: run, ordinal: fields.action), agent: agent, tool: tools[fields.action] ?? "", at: moment,
            outcome: decided.outcome, rule: decided.rule, shadow: fields,
            standing: fields.standing(
                to: decided.outcome, group: reviewers?.group, quorum: reviewers?.quorum ?? 0))
    }
}
