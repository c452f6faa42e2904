import BallastCore
import BallastEvals
import BallastPolicy
import BallastRuntime
import HTTPTypes

/// What policies make of recorded actions.
enum PolicyRoutes {
    static var operations: [APIOperation] { [explain, shadow] }

    private static let explain = APIOperation(
        method: .get, path: "/api/v1/actions/{action_id}/explanation", id: "explainAction", tag: "policies",
        summary: "The decisions about an action, with the facts of then under the policy in force now.",
        scopes: RunRoutes.readers,
        answers: [.json(200, "ActionExplanation", "Every decision that is on record, in order.")], problems: [404]
    ) { call in
        let id: ActionID = try call.scopedID("action_id")
        _ = try await call.visibleRun(id.run)
        let decisions = try await explanations(of: id, call)
        guard !decisions.isEmpty else {
            throw Problem.notFound("decision about \(id)", advice: "The actions of a run: ballast show \(id.run)")
        }
        return .json([
            "action_id": JSONValue(id.description), "decisions": .array(decisions.map(\.document)),
        ])
    }

    private static func explanations(of id: ActionID, _ call: APICall) async throws -> [ActionExplanation] {
        let entries = try await call.stored { () async throws(StoreError) in
            try await RunReader(call.store).entries(of: id.run, scope: call.scope)
        }
        let vault = try await call.runtime.vault(of: call.scope.tenant)
        return try await ActionExplanation.all(of: id, in: entries, Candidate(call.runtime.deployment.now)) { bodies in
            let names = Array(Set(bodies.compactMap(\.storedName)))
            let stored = try await call.stored { () async throws(StoreError) in
                try await call.store.bodies(names, scope: call.scope)
            }
            return { body in
                switch body {
                case .inline(let sealed): vault.open(sealed)
                case .stored(let name, _): stored[name].flatMap { vault.open($0) }
                }
            }
        }
    }

    private static let shadow = APIOperation(
        method: .get, path: "/api/v1/policies/shadow", id: "compareShadows", tag: "policies",
        summary: "What would change if the shadow policies were in force, as they said of recorded actions.",
        scopes: [.policy, .audit, .admin],
        query: [
            .init("agent", "Only this agent's.", OpenAPISchemas.name),
            .init(
                "since", "From when on: a span such as 7d or 12h, or a date such as 2026-11-01.",
                ["type": "string", "maxLength": 32]),
        ], answers: [.json(200, "ShadowReport", "By agent, tool and the shadow's rule, what differs most first.")]
    ) { call in
        let since = try call.query["since"].map { (text) throws(Problem) in
            try moment(text, now: call.runtime.clock.now)
        }
        let agent = call.query["agent"]
        let agents = call.runtime.deployment.now.agents
        if let agent, agents[agent] == nil {
            throw Problem.notFound("agent \(agent)", advice: "See GET /api/v1/agents.")
        }
        var report = ShadowReport(shadows: ShadowReport.shadows(of: agents, agent: agent), since: since)
        do {
            try await report.read(call.store, scope: call.scope, agent: agent, since: since)
        } catch let failure as StoreError {
            _ = try await call.stored { () async throws(StoreError) in throw failure }
        }
        return .json(report.document)
    }

    private static func moment(_ text: String, now: Timestamp) throws(Problem) -> Timestamp {
        if let span = DurationText.milliseconds(text) { return now.adding(milliseconds: -span) }
        if let date = DateText.milliseconds(text) { return Timestamp(milliseconds: date) }
        throw .invalid("since", "`\(text)` is neither a span such as 7d nor a date such as 2026-11-01")
    }
}

extension Candidate {
    /// The policies and people of what is in force.
    init(_ deployment: Deployment) {
        self.init(
            policies: deployment.agents.mapValues(\.policy), attributes: deployment.attributes,
            groups: deployment.groups, zoneOffset: deployment.zoneOffset)
    }
}
