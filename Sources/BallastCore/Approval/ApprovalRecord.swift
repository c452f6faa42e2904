/// Which gate an action waits at.
package enum Gate: UInt8, Sendable, Hashable {
    /// The principal confirms.
    case confirm = 0
    /// A reviewer, who is somebody else, approves.
    case approve = 1

    package var name: String { ["confirm", "approve"][Int(rawValue)] }
}

package enum ApprovalStatus: UInt8, Sendable, Hashable, CaseIterable {
    case pending = 0
    case approved = 1
    case rejected = 2
    case expired = 3
    /// The action was taken back before a decision.
    case withdrawn = 4
    /// Approved, but when it was to be used something it is bound to had changed, or the guard decided more strictly.
    case void = 5
    /// Consumed by the start of its effect.
    case used = 6

    package var name: String {
        ["pending", "approved", "rejected", "expired", "withdrawn", "void", "used"][Int(rawValue)]
    }
    package init?(name: String) {
        guard let found = ApprovalStatus.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}

/// The list's row of one approval: a projection of the journal for people's work lists.
package struct ApprovalRecord: Sendable, Hashable {
    package let id: ApprovalID
    package let action: ActionID
    package let gate: Gate
    package var status: ApprovalStatus
    package let tool: String
    package let agent: String
    package let principal: Principal
    /// The group that may decide; nil for the principal's own confirmation.
    package let group: String?
    package let requestedAt: Timestamp
    package let expiresAt: Timestamp
    /// The canonical review document (JSON) that every renderer draws from.
    package let review: BodyReference
    /// What the decision is bound to.
    package let binding: Digest
    package var decidedBy: Principal?
    package var decidedAt: Timestamp?

    package init(
        id: ApprovalID, action: ActionID, gate: Gate, status: ApprovalStatus, tool: String, agent: String,
        principal: Principal, group: String?, requestedAt: Timestamp, expiresAt: Timestamp, review: BodyReference,
        binding: Digest, decidedBy: Principal? = nil, decidedAt: Timestamp? = nil
    ) {
        self.id = id
        self.action = action
        self.gate = gate
        self.status = status
        self.tool = tool
        self.agent = agent
        self.principal = principal
        self.group = group
        self.requestedAt = requestedAt
        self.expiresAt = expiresAt
        self.review = review
        self.binding = binding
        self.decidedBy = decidedBy
        self.decidedAt = decidedAt
    }
}
