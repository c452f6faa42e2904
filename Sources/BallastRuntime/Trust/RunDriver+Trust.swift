import BallastCore
import BallastPolicy

/// The level of autonomy at which an action is judged, and what narrows it. A level never lets anything pass that the
/// policy would not: it is asked after the policy, and only ever raises what the policy decided.
extension RunDriver {
    /// Asks a person first where the agent has not earned to do this by itself.
    mutating func holdBack(_ verdict: inout GuardVerdict, of tool: String) {
        // What a person wants taken back needs no trust in the agent that did it.
        guard !state.isRollback, verdict.outcome < .approve, let rule = agent.autonomy(of: tool) else { return }
        let key = TrustKey(tenant: session.scope.tenant, agent: agent.definition.name, tool: tool)
        let standing = services.trust.standing(of: key)
        let (level, lapse) = standing.level(under: rule, basis: basis(of: tool), at: now)
        if let lapse { noteLapse(lapse, of: key, to: level) }
        guard verdict.outcome < level.floor else { return }
        let agent = agent.definition.name
        verdict.outcome = level.floor
        verdict.code = .autonomy
        verdict.rule = "autonomy"
        verdict.sentence =
            level == .draft
            ? "\(agent) only drafts what \(tool) does: a reviewer decides each time."
            : "\(agent) does not use \(tool) by itself: somebody agrees first."
        verdict.remedy = level == .draft ? "A reviewer approves it." : "It is confirmed."
        if level == .draft { verdict.requirement = verdict.requirement ?? ApprovalRequirement() }
        if verdict.within == 0 { verdict.within = options.answerWithin }
    }

    /// What a rise has to have been agreed to for; nil for a run of an earlier version of its agent, which never has more
    /// than the level at the start.
    private func basis(of tool: String) -> TrustBasis? {
        guard let current = deployment.agents[agent.definition.name], current.reference == agent.reference,
            let entry = deployment.catalog[tool]
        else { return nil }
        return TrustBasis(tool: entry, agent: current, models: deployment.models)
    }

    private mutating func noteLapse(_ lapse: TrustStanding.Lapse, of key: TrustKey, to level: AutonomyLevel) {
        let reason =
            switch lapse {
            case .drifted(let what): "changed since it was agreed to: " + what.joined(separator: ", ")
            case .expired: "the time that was agreed to is over"
            }
        session.note(
            TrustRecord(
                tenant: key.tenant, agent: key.agent, tool: key.tool, kind: .drifted, level: level, by: .ballast,
                reason: reason, at: now))
    }

    /// Something went wrong: the level falls with the commit that puts it on record.
    mutating func noteIncident(_ tool: String, of name: String, effect: EffectID, by: Principal, _ reason: String) {
        guard deployment.agents[name]?.autonomy(of: tool) != nil else { return }
        session.note(
            TrustRecord(
                tenant: session.scope.tenant, agent: name, tool: tool, kind: .incident, level: .draft, by: by,
                reason: reason, effect: effect, at: now))
    }

    /// A person had an effect taken back: whatever the reason, the agent should not have done it.
    mutating func noteIncident(takenBack effect: EffectID) {
        guard let request = state.rollback?.request, request.by != .ballast,
            let step = state.rollback?.step(of: effect)
        else { return }
        noteIncident(
            step.tool, of: step.agent, effect: effect, by: request.by,
            "taken back: " + session.text(of: request.reason))
    }

    /// What narrows holds in this process before it is on record: nothing that was judged before is sent any more.
    func narrow(by records: [TrustRecord]) {
        guard !records.isEmpty else { return }
        for record in records { services.trust.take(record) }
        _ = services.gate.renew()
    }
}
