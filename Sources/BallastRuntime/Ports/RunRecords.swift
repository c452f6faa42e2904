package import BallastCore

/// The row of a run for lists and for waking: a projection of its journal.
package struct RunHeader: Sendable, Hashable {
    package var run: RunID
    package var tenant: TenantID
    package var status: RunStatus
    package var agent: String
    package var principal: Principal
    package var conversation: ConversationID
    package var parent: ActionID?
    package var createdAt: Timestamp
    package var updatedAt: Timestamp
    /// Sequence of the last entry; set by the store from the batch.
    package var lastSequence: Int64
    /// Model replies plus tool calls so far.
    package var steps: Int
    package var tokens: Int64
    package var microdollars: Int64
    /// How often it was claimed since it last moved; three crashes quarantine it.
    package var claimAttempts: Int
    /// The sealed first words of the task, for lists.
    package var task: BodyReference?

    package init(
        run: RunID, tenant: TenantID, status: RunStatus, agent: String, principal: Principal,
        conversation: ConversationID, parent: ActionID? = nil, createdAt: Timestamp, updatedAt: Timestamp,
        lastSequence: Int64 = 0, steps: Int = 0, tokens: Int64 = 0, microdollars: Int64 = 0, claimAttempts: Int = 0,
        task: BodyReference? = nil
    ) {
        self.run = run
        self.tenant = tenant
        self.status = status
        self.agent = agent
        self.principal = principal
        self.conversation = conversation
        self.parent = parent
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.lastSequence = lastSequence
        self.steps = steps
        self.tokens = tokens
        self.microdollars = microdollars
        self.claimAttempts = claimAttempts
        self.task = task
    }
}

package struct RunFilter: Sendable, Hashable {
    package var statuses: Set<RunStatus>
    package var agent: String?
    package var principal: Principal?
    package var conversation: ConversationID?

    package init(
        statuses: Set<RunStatus> = [], agent: String? = nil, principal: Principal? = nil,
        conversation: ConversationID? = nil
    ) {
        self.statuses = statuses
        self.agent = agent
        self.principal = principal
        self.conversation = conversation
    }
}

package struct EffectFilter: Sendable, Hashable {
    package var states: Set<EffectState>
    package var run: RunID?
    package var id: EffectID?
    /// Pages: only effects that stand after this one in the list, which has the newest first.
    package var before: EffectID?

    package init(
        states: Set<EffectState> = [], run: RunID? = nil, id: EffectID? = nil, before: EffectID? = nil
    ) {
        self.states = states
        self.run = run
        self.id = id
        self.before = before
    }
}

/// The right to change a run, until a moment, with the fence that proves it.
package struct Lease: Sendable, Hashable {
    package let run: RunID
    package let fence: Int64
    package init(run: RunID, fence: Int64) {
        self.run = run
        self.fence = fence
    }
}

/// A claimed run.
package struct Claim: Sendable, Hashable {
    package let lease: Lease
    package let header: RunHeader
    /// When the previous owner's lease ended, if it was taken over; foreign sends may happen until then.
    package let previousLeaseUntil: Timestamp?
    package init(lease: Lease, header: RunHeader, previousLeaseUntil: Timestamp?) {
        self.lease = lease
        self.header = header
        self.previousLeaseUntil = previousLeaseUntil
    }
}

/// Something from outside that waits to become an event of a run.
package struct InboxItem: Sendable, Hashable {
    package let id: InboxID
    package let run: RunID
    /// Unique within the run: the second delivery of the same thing changes nothing.
    package let uniqueKey: String
    /// The name of the kind, read by the runtime (`input`, `decision`, `expiry`, `cancel`, `timer`, `child`, …).
    package let kind: String
    /// Layout owned by the runtime; content inside it is sealed.
    package let payload: [UInt8]
    package let receivedAt: Timestamp

    package init(
        id: InboxID, run: RunID, uniqueKey: String, kind: String, payload: [UInt8], receivedAt: Timestamp
    ) {
        self.id = id
        self.run = run
        self.uniqueKey = uniqueKey
        self.kind = kind
        self.payload = payload
        self.receivedAt = receivedAt
    }
}

package enum Delivery: Sendable, Hashable {
    case accepted
    /// A row with this unique key was there already (consumed or not).
    case duplicate(InboxItem)
    case unknownRun
    /// The run is finished and takes nothing more.
    case finished(RunStatus)
}

package enum TimerChange: Sendable, Hashable {
    case set(kind: String, due: Timestamp)
    case clear(kind: String)
}

/// Something to be told to the outside after the commit (webhooks); delivered by a later issue.
package struct OutboxItem: Sendable, Hashable {
    package let kind: String
    package let payload: [UInt8]
    package init(kind: String, payload: [UInt8]) {
        self.kind = kind
        self.payload = payload
    }
}

/// Something that a run wrote after it had read what nobody vouches for, under a keyed digest: reading it back, in whatever
/// run, does not clean it.
package struct WrittenMark: Sendable, Hashable {
    package struct Marks: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        /// A text, an address, a number.
        package static let value = Marks(rawValue: 1)
        /// A record that was made or changed, to which nobody agreed.
        package static let record = Marks(rawValue: 2)
        /// A record with text that only an agent has seen.
        package static let unread = Marks(rawValue: 4)
    }

    /// Sixteen bytes.
    package let key: [UInt8]
    package let marks: Marks

    package init(key: [UInt8], marks: Marks) {
        self.key = key
        self.marks = marks
    }
}

/// What a halt stops.
package enum HaltScope: Sendable, Hashable, CustomStringConvertible {
    case everything
    case tenant(TenantID)
    case agent(String)
    case tool(String)
    case run(RunID)

    package var description: String {
        switch self {
        case .everything: "everything"
        case .tenant(let tenant): "tenant:\(tenant)"
        case .agent(let name): "agent:\(name)"
        case .tool(let name): "tool:\(name)"
        case .run(let run): "run:\(run)"
        }
    }

    package init?(parsing text: String) {
        if text == "everything" {
            self = .everything
            return
        }
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let value = String(text[text.index(after: colon)...])
        guard !value.isEmpty else { return nil }
        switch text[..<colon] {
        case "tenant": self = .tenant(TenantID(value))
        case "agent": self = .agent(value)
        case "tool": self = .tool(value)
        case "run":
            guard let run = try? RunID(parsing: value) else { return nil }
            self = .run(run)
        default: return nil
        }
    }
}

package struct HaltRecord: Sendable, Hashable {
    package let id: HaltID
    package let scope: HaltScope
    package let reason: String
    package let by: Principal
    package let at: Timestamp
    package var endedBy: Principal?
    package var endedReason: String?
    package var endedAt: Timestamp?

    package init(
        id: HaltID, scope: HaltScope, reason: String, by: Principal, at: Timestamp, endedBy: Principal? = nil,
        endedReason: String? = nil, endedAt: Timestamp? = nil
    ) {
        self.id = id
        self.scope = scope
        self.reason = reason
        self.by = by
        self.at = at
        self.endedBy = endedBy
        self.endedReason = endedReason
        self.endedAt = endedAt
    }
}

/// The definition of a tool that a person accepted.
package struct ToolPin: Sendable, Hashable {
    package let tool: String
    package let hash: Digest
    package let acceptedBy: Principal
    package let acceptedAt: Timestamp
    /// What was accepted, as canonical JSON, so that a change can be shown; empty when it was not kept.
    package let definition: String
    package init(tool: String, hash: Digest, acceptedBy: Principal, acceptedAt: Timestamp, definition: String = "") {
        self.tool = tool
        self.hash = hash
        self.acceptedBy = acceptedBy
        self.acceptedAt = acceptedAt
        self.definition = definition
    }
}

/// A place in the list of approvals: pending ones first, then the newest first.
package struct ApprovalPlace: Sendable, Hashable, Comparable {
    package let isPending: Bool
    package let requestedAt: Timestamp
    package let id: ApprovalID

    package init(isPending: Bool, requestedAt: Timestamp, id: ApprovalID) {
        self.isPending = isPending
        self.requestedAt = requestedAt
        self.id = id
    }

    package init(_ record: ApprovalRecord) {
        self.init(isPending: record.status == .pending, requestedAt: record.requestedAt, id: record.id)
    }

    /// Smaller is further up in the list.
    package static func < (a: ApprovalPlace, b: ApprovalPlace) -> Bool {
        a.isPending != b.isPending ? a.isPending : (a.requestedAt, a.id) > (b.requestedAt, b.id)
    }
}

/// A tenant's data key, sealed under the installation's master key.
package struct WrappedKey: Sendable, Hashable {
    package let id: UInt32
    package let sealed: [UInt8]
    package let createdAt: Timestamp
    package init(id: UInt32, sealed: [UInt8], createdAt: Timestamp) {
        self.id = id
        self.sealed = sealed
        self.createdAt = createdAt
    }
}

/// An API key; only a hash of its secret is stored.
package struct APIKeyRecord: Sendable, Hashable {
    package let id: KeyID
    package let secretHash: Digest
    package let name: String
    package let tenant: TenantID
    package let principal: Principal
    package let scopes: [String]
    package let createdAt: Timestamp
    package var revokedAt: Timestamp?
    package init(
        id: KeyID, secretHash: Digest, name: String, tenant: TenantID, principal: Principal, scopes: [String],
        createdAt: Timestamp, revokedAt: Timestamp? = nil
    ) {
        self.id = id
        self.secretHash = secretHash
        self.name = name
        self.tenant = tenant
        self.principal = principal
        self.scopes = scopes
        self.createdAt = createdAt
        self.revokedAt = revokedAt
    }
}

/// A POST with an `Idempotency-Key`: scope of the key, route, and a fingerprint of the payload.
package struct IdempotentRequest: Sendable, Hashable {
    package let key: String
    package let caller: String
    package let route: String
    package let fingerprint: Digest
    package init(key: String, caller: String, route: String, fingerprint: Digest) {
        self.key = key
        self.caller = caller
        self.route = route
        self.fingerprint = fingerprint
    }
}

package enum IdempotencyClaim: Sendable, Hashable {
    case claimed
    case inProgress
    case mismatch
    case finished(answer: [UInt8], status: Int)
}
