package import BallastCore

/// Who has to approve, how many of them, and until when.
package struct ApprovalRequirement: Sendable, Hashable {
    /// A group of people.yaml; nil for anybody who may approve.
    package let group: String?
    /// Different people who must approve, at least 1.
    package let quorum: Int
    /// Milliseconds until the request expires, which never allows.
    package let within: Int64

    /// How long a request for an approval or a confirmation stands unless a rule says otherwise.
    package static let defaultWait: Int64 = 24 * 3_600_000

    package init(group: String? = nil, quorum: Int = 1, within: Int64 = ApprovalRequirement.defaultWait) {
        self.group = group
        self.quorum = max(1, quorum)
        self.within = within
    }

    /// Such as `2 people of finance within 4h`.
    package var words: String {
        let who = quorum == 1 ? group.map { "one of \($0)" } ?? "a reviewer" : "\(quorum) people"
        let members = quorum > 1 ? group.map { " of \($0)" } ?? "" : ""
        return "\(who)\(members) within \(DurationText.text(within))"
    }
}

/// What a rule does where it matches.
package enum RuleAction: Sendable, Hashable {
    /// Lowers the floor of the tool's class to `allow` or `confirm`, only where no raising rule matches.
    case relax(to: Outcome)
    case requireConfirm(within: Int64)
    case requireApproval(ApprovalRequirement)
    case deny

    package var isRaising: Bool { if case .relax = self { false } else { true } }
}

/// Which actions a rule looks at; tested before any condition. nil means all.
package struct RuleScope: Sendable, Hashable {
    package var tools: Set<String>?
    package var classes: Set<ToolClass>?
    package var agents: Set<String>?

    package init(tools: Set<String>? = nil, classes: Set<ToolClass>? = nil, agents: Set<String>? = nil) {
        self.tools = tools
        self.classes = classes
        self.agents = agents
    }

    package func covers(tool: String, class toolClass: ToolClass) -> Bool {
        (tools?.contains(tool) ?? true) && (classes?.contains(toolClass) ?? true)
    }
}

/// One rule of a policy.
package struct PolicyRule: Sendable, Hashable {
    /// Unique in the policy.
    package let id: String
    package let action: RuleAction
    package let scope: RuleScope
    /// All must hold.
    package let conditions: [Condition]
    package let owner: String?
    package let reason: String?
    /// The first moment at which a relaxing rule no longer applies. A raising rule stays in force and warns.
    package let expires: Timestamp?

    package init(
        id: String, action: RuleAction, scope: RuleScope = RuleScope(), conditions: [Condition] = [],
        owner: String? = nil, reason: String? = nil, expires: Timestamp? = nil
    ) {
        self.id = id
        self.action = action
        self.scope = scope
        self.conditions = conditions
        self.owner = owner
        self.reason = reason
        self.expires = expires
    }

    package func isExpired(at now: Timestamp) -> Bool { expires.map { $0 <= now } ?? false }
}
