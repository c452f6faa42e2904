package import BallastCore

/// One change of how far an agent is trusted with a tool, with what it rests on. Records are added, never changed.
package struct TrustRecord: Sendable, Hashable {
    package enum Kind: UInt8, Sendable, Hashable, CaseIterable {
        /// A person agreed to a wider level.
        case raised = 0
        /// A person narrowed it.
        case lowered = 1
        /// Something went wrong with the tool in the agent's hands.
        case incident = 2
        /// What the trust was earned with is not what is there now.
        case drifted = 3

        package var name: String { ["raised", "lowered", "incident", "drifted"][Int(rawValue)] }
    }
    package let tenant: TenantID
    package let agent: String
    package let tool: String
    package let kind: Kind
    /// From now on.
    package let level: AutonomyLevel
    package let by: Principal
    package let reason: String
    /// What a rise rests on, as canonical JSON; empty for anything else.
    package let evidence: String
    /// What a rise holds for: digests of the tool, the agent and the policy; empty for anything else.
    package let basis: [UInt8]
    /// What it was about, where that is one effect.
    package let effect: EffectID?
    package let at: Timestamp

    package init(
        tenant: TenantID, agent: String, tool: String, kind: Kind, level: AutonomyLevel, by: Principal, reason: String,
        evidence: String = "", basis: [UInt8] = [], effect: EffectID? = nil, at: Timestamp
    ) {
        self.tenant = tenant
        self.agent = agent
        self.tool = tool
        self.kind = kind
        self.level = level
        self.by = by
        self.reason = reason
        self.evidence = evidence
        self.basis = basis
        self.effect = effect
        self.at = at
    }
}
