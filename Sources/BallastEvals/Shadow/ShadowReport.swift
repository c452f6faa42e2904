package import BallastCore

/// What would change if the shadows were in force: by agent, tool and the rule of the shadow, with an example of each.
package struct ShadowReport: Sendable {
    /// The shadow of an agent now.
    package struct Shadow: Sendable, Hashable {
        package let agent: String
        package let name: String
        /// First 16 bytes of its content hash.
        package let policy: [UInt8]

        package init(agent: String, name: String, policy: [UInt8]) {
            self.agent = agent
            self.name = name
            self.policy = policy
        }
    }

    private struct Row: Hashable {
        let agent: String
        let tool: String
        let rule: String?
    }

    private struct Tally {
        var counts: [ShadowStanding: Int] = [:]
        var examples: [ShadowStanding: ShadowedAction] = [:]
    }

    private let shadows: [Shadow]
    private let since: Timestamp?
    private var rows: [Row: Tally] = [:]
    private var counts: [ShadowStanding: Int] = [:]
    private var underOthers = 0
    /// Set when not all runs of the period were read.
    package var isPartial = false

    /// - Parameter shadows: Those of now; what earlier ones said is only counted.
    package init(shadows: [Shadow], since: Timestamp? = nil) {
        self.shadows = shadows.sorted { $0.agent < $1.agent }
        self.since = since
    }

    package mutating func take(_ action: ShadowedAction) {
        guard since.map({ action.at >= $0 }) ?? true else { return }
        guard shadows.contains(where: { $0.agent == action.agent && $0.policy == action.shadow.policy }) else {
            underOthers += 1
            return
        }
        let row = Row(agent: action.agent, tool: action.tool, rule: action.shadow.rule)
        counts[action.standing, default: 0] += 1
        rows[row, default: Tally()].counts[action.standing, default: 0] += 1
        if rows[row]?.examples[action.standing] == nil { rows[row]?.examples[action.standing] = action }
    }

    package func count(_ standing: ShadowStanding) -> Int { counts[standing] ?? 0 }
    /// Some action would have gone otherwise, or nobody can tell.
    package var differs: Bool { counts.contains { $0.key != .agreed && $0.value > 0 } }

    /// The report for programs.
    package var document: JSONValue {
        var document: JSONObject = [
            "since": JSONValue(since?.rfc3339),
            "shadows": .array(
                shadows.map { shadow in
                    [
                        "agent": JSONValue(shadow.agent), "name": JSONValue(shadow.name),
                        "policy": JSONValue(Hex.encode(shadow.policy)),
                    ]
                }),
            "actions": JSONValue(counts.values.reduce(0, +)),
        ]
        for standing in ShadowStanding.allCases { document[JSONString(standing.rawValue)] = JSONValue(count(standing)) }
        document["under_other_shadows"] = JSONValue(underOthers)
        document["is_partial"] = .bool(isPartial)
        document["rules"] = .array(sortedRows.map { ShadowReport.document($0.key, $0.value) })
        return .object(document)
    }

    /// What differs most comes first.
    private var sortedRows: [(key: Row, value: Tally)] {
        func differing(_ tally: Tally) -> Int {
            tally.counts.reduce(0) { $0 + ($1.key == .agreed ? 0 : $1.value) }
        }
        return rows.sorted { a, b in
            let (mine, other) = (differing(a.value), differing(b.value))
            if mine != other { return mine > other }
            return (a.key.agent, a.key.tool, a.key.rule ?? "") < (b.key.agent, b.key.tool, b.key.rule ?? "")
        }
    }

    private static func document(_ place: Row, _ tally: Tally) -> JSONValue {
        var row: JSONObject = [
            "agent": JSONValue(place.agent), "tool": JSONValue(place.tool), "rule": JSONValue(place.rule),
        ]
        var examples: JSONObject = [:]
        for standing in ShadowStanding.allCases {
            row[JSONString(standing.rawValue)] = JSONValue(tally.counts[standing] ?? 0)
            if let example = tally.examples[standing] { examples[JSONString(standing.rawValue)] = document(example) }
        }
        row["examples"] = .object(examples)
        return .object(row)
    }

    private static func document(_ action: ShadowedAction) -> JSONValue {
        [
            "action_id": JSONValue(action.id.description), "at": JSONValue(action.at.rfc3339),
            "in_force": ["outcome": JSONValue(action.outcome.name), "rule": JSONValue(action.rule)],
            "shadow": [
                "outcome": JSONValue(action.shadow.outcome?.name), "code": JSONValue(action.shadow.code),
                "rule": JSONValue(action.shadow.rule), "group": JSONValue(action.shadow.group),
                "quorum": JSONValue(action.shadow.quorum),
            ],
        ]
    }
}
