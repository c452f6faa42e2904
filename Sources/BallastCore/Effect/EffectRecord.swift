/// Where an effect stands in the ledger.
///
/// planned → started → sent → settled | failed | inDoubt | withdrawn (known never sent) → compensated.
package enum EffectState: UInt8, Sendable, Hashable, CaseIterable {
    case planned = 0
    /// Journaled; bytes may leave from now on.
    case started = 1
    /// Bytes left this process.
    case sent = 2
    /// It happened.
    case settled = 3
    /// Sent, and nobody knows whether it happened.
    case inDoubt = 4
    /// Known never to have been sent.
    case withdrawn = 5
    case compensated = 6
    /// The tool answered that it did not do it.
    case failed = 7

    package var name: String {
        ["planned", "started", "sent", "settled", "in_doubt", "withdrawn", "compensated", "failed"][Int(rawValue)]
    }
    package var isOpen: Bool { [.planned, .started, .sent, .inDoubt].contains(self) }
    package init?(name: String) {
        guard let found = EffectState.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}

/// The ledger's row of one effect; it outlives its run.
package struct EffectRecord: Sendable, Hashable {
    package let id: EffectID
    package let tool: String
    package var state: EffectState
    package let repeatability: Repeatability
    /// Keyed digest (16 bytes) of tool and canonical arguments, or of the declared business key: equal for what is
    /// the same action in the real world.
    package let businessKey: [UInt8]
    /// True when the operator declared the business key: then a settled effect also answers an equal proposal.
    package let isBusinessKeyDeclared: Bool
    package let startedAt: Timestamp
    package var updatedAt: Timestamp

    package init(
        id: EffectID, tool: String, state: EffectState, repeatability: Repeatability, businessKey: [UInt8],
        isBusinessKeyDeclared: Bool, startedAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.tool = tool
        self.state = state
        self.repeatability = repeatability
        self.businessKey = businessKey
        self.isBusinessKeyDeclared = isBusinessKeyDeclared
        self.startedAt = startedAt
        self.updatedAt = updatedAt
    }
}
