import BallastCore
import BallastPolicy
import Synchronization

/// Whose trust with what.
struct TrustKey: Sendable, Hashable {
    let tenant: TenantID
    let agent: String
    let tool: String
}

/// Where the records leave one agent with one tool.
struct TrustStanding: Sendable, Hashable {
    /// The level that was last given; nil: the one that it starts at.
    var given: AutonomyLevel?
    /// What a rise holds for.
    var basis: [UInt8] = []
    /// When the level last changed.
    var since: Timestamp?
    var lastIncident: Timestamp?

    /// Why a level that was given does not hold.
    enum Lapse: Sendable, Hashable {
        case drifted([String])
        case expired
    }

    mutating func take(_ record: TrustRecord) {
        switch record.kind {
        case .raised: (given, basis) = (record.level, record.basis)
        case .lowered: given = record.level
        case .incident:
            given = .draft
            lastIncident = record.at
        case .drifted: given = nil
        }
        since = record.at
    }

    /// The level at which an action is judged now, and why it is not the one that was given.
    func level(
        under rule: AutonomyRule, basis now: TrustBasis?, at moment: Timestamp
    ) -> (level: AutonomyLevel, lapse: Lapse?) {
        guard let given else { return (rule.start, nil) }
        // What was narrowed stays so, whatever changed since.
        guard given > rule.start else { return (given, nil) }
        if let now, now.bytes != basis { return (rule.start, .drifted(now.differences(from: basis))) }
        if now == nil { return (rule.start, nil) }
        if let since, let rise = rule.rise, moment.since(since) >= rise.lasts { return (rule.start, .expired) }
        return (min(given, rule.atMost), nil)
    }
}

/// What a rise was agreed to for: the tool as it describes itself, the agent with its models, the policy.
struct TrustBasis: Sendable, Hashable {
    private let parts: [Digest]
    private static let names = ["the tool's definition", "the agent or its model", "the policy"]

    init(tool: ToolCatalog.Entry, agent: DeployedAgent, models: [String: DeployedModel]) {
        let served = agent.definition.models.map { Array("\($0)=\(models[$0]?.model ?? "")".utf8) }
        parts = [
            tool.hash,
            .lengthPrefixed(
                domain: "ballast.trust.agent.v1", [agent.reference.version, Array(agent.definition.name.utf8)] + served),
            .lengthPrefixed(domain: "ballast.trust.policy.v1", [agent.policy.hash]),
        ]
    }

    var bytes: [UInt8] { parts.flatMap(\.bytes) }

    /// What is not as it was then.
    func differences(from old: [UInt8]) -> [String] {
        zip(parts.indices, parts).filter { index, part in
            let (first, last) = (index * part.bytes.count, (index + 1) * part.bytes.count)
            return old.count < last || Array(old[first..<last]) != part.bytes
        }.map { TrustBasis.names[$0.0] }
    }
}

/// The standings of all tenants in memory. It narrows before the records say so, and widens only after.
final class TrustBook: Sendable {
    private let standings = Mutex<[TrustKey: TrustStanding]>([:])

    /// Takes all records, oldest first.
    func restore(_ records: [TrustRecord]) {
        var all: [TrustKey: TrustStanding] = [:]
        for record in records { all[record.key, default: TrustStanding()].take(record) }
        standings.withLock { $0 = all }
    }

    func take(_ record: TrustRecord) {
        standings.withLock { $0[record.key, default: TrustStanding()].take(record) }
    }

    func standing(of key: TrustKey) -> TrustStanding { standings.withLock { $0[key] } ?? TrustStanding() }

    /// Tenants that have records.
    var tenants: Set<TenantID> { standings.withLock { Set($0.keys.map(\.tenant)) } }
}

extension TrustRecord {
    var key: TrustKey { TrustKey(tenant: tenant, agent: agent, tool: tool) }
}
