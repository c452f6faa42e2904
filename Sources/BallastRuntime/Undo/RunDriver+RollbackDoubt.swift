import BallastCore
import BallastPolicy

/// Effects that nobody knew of when their run ended: whether they happened is found out before they are taken back.
extension RunDriver {
    mutating func lookUp(_ step: RollbackStep, since: Timestamp) async throws(DriverStop) {
        let (row, isOver): (EffectRecord?, Bool)
        do throws(StoreError) {
            row = try await services.store.effects(
                matching: EffectFilter(id: step.effect), limit: 1, scope: session.scope
            ).first
            isOver =
                try await services.store.header(of: step.effect.run, scope: session.scope)?.status.isTerminal ?? true
        } catch {
            throw .store(error)
        }
        switch row?.state {
        case .withdrawn, .failed, nil: return try neverHappened(step, by: .ballast)
        case .compensated: return try noteTakenBack(step)
        case .settled where !isOver, .started, .sent, .planned: return try stop(at: step, "it is being looked into")
        // Its own run asks, and its people.
        case .inDoubt where !isOver: return try stop(at: step, "it is not known whether it happened")
        case .settled, .inDoubt: break
        }
        guard let answer = try await asked(step, since: since) else { return try askPerson(about: step) }
        switch answer {
        case .happened(let result): try happened(step, result: result, label: resultLabel(step.tool))
        case .didNot(let by): try neverHappened(step, by: by)
        }
    }

    private enum Answer {
        case happened(String)
        case didNot(Principal)
    }

    /// What the tool that was declared for it says; nil when it does not know, or there is none.
    private mutating func asked(_ step: RollbackStep, since: Timestamp) async throws(DriverStop) -> Answer? {
        act(as: step.agent)
        let own = session.bytes(of: step.arguments).flatMap { try? JSONReader.read($0) } ?? .null
        guard let verification = agent.policy.rules(for: step.tool).verification,
            let arguments = verification.with.object(arguments: own, idempotencyKey: step.effect.description),
            let tool = deployment.catalog[verification.tool], tool.isPinned
        else { return nil }
        let moment = now
        let outcome = await ask(tool, JSONWriter.canonical(arguments), as: step.effect)
        guard case .result(let result) = outcome, !result.isError else { return nil }
        let value = result.structured ?? (try? JSONReader.read(Array(result.content.utf8))) ?? .null
        switch verification.saysHappened(value) {
        case .yes: return .happened(result.content)
        // "Not found" means "did not" once it can no longer land.
        case .no where moment >= since.adding(milliseconds: verification.landsWithin):
            return .didNot(Principal("tool:\(verification.tool)"))
        default: return nil
        }
    }

    private mutating func askPerson(about step: RollbackStep) throws(DriverStop) {
        guard state.escalation == nil else { return }
        try escalate(
            RunEscalated.inDoubt,
            "It is not known whether \(step.tool) happened (\(step.effect)), so it cannot be taken back yet. "
                + "Look it up by hand, then: ballast settle \(step.effect) happened|did-not --reason …")
    }

    /// A person's word on an effect whose own run is over.
    mutating func settleForRollback(
        _ effect: EffectID, happened: Bool, by person: Principal, reason: String
    ) throws(DriverStop) {
        guard let step = state.rollback?.step(of: effect), case .inDoubt = step.way,
            state.rollback?.isClosed(effect) == false, state.batch.isEmpty
        else { return }
        if happened {
            try self.happened(step, result: nil, label: Label([.reviewer]))
        } else {
            try neverHappened(step, by: person)
        }
        if state.escalation?.code == RunEscalated.inDoubt { try record(.handedBack(RunHandedBack(by: person))) }
    }

    /// It is to be taken back like any other: the plan says how from here on.
    private mutating func happened(_ step: RollbackStep, result: String?, label: Label) throws(DriverStop) {
        guard var request = state.rollback?.request,
            let index = request.steps.firstIndex(where: { $0.effect == step.effect })
        else { return }
        let plan = UndoPlan.call(
            for: step.effect, tool: step.tool, agent: step.agent, arguments: session.bytes(of: step.arguments),
            label: step.label, result: result.map { Array($0.utf8) }, resultLabel: label, deployment)
        var open = session
        let body = result.map { open.seal($0) }
        request.steps[index].way = plan.way(since: now, result: body) { open.seal($0) }
        session = open
        try record(.rollbackRequested(request))
    }

    private mutating func neverHappened(_ step: RollbackStep, by who: Principal) throws(DriverStop) {
        try record(.effectCompensated(EffectCompensated(effect: step.effect, how: .neverHappened, by: who)))
        session.amend(EffectAmendment(effect: step.effect, state: .withdrawn, at: now))
    }

    private mutating func noteTakenBack(_ step: RollbackStep) throws(DriverStop) {
        try record(.effectCompensated(EffectCompensated(effect: step.effect, how: .before)))
    }
}
