package import BallastCore
import BallastPolicy

extension AgentRuntime {
    /// The sheet of a run that was handed over, also when it is over by now.
    package func escalation(of run: RunID, scope: TenantScope) async throws(RuntimeError) -> EscalationSheet {
        let state = try await read(run, scope: scope)
        let bodies = try await contents(EscalationSheet.bodies(of: state), scope: scope)
        let clerk = FormClerk(
            deployment: deployment.now, agent: state.created?.agent.name ?? "",
            rest: { [services] tool in
                services.breakers.rest(of: .tool(tool), tenant: scope.tenant, now: services.clock.monotonic)
            })
        guard let sheet = EscalationSheet(state, clerk, bodies) else {
            throw RuntimeError(
                .conflict, "\(run) is \(state.status.name): no person has it.",
                advice: "Hand it off first: `ballast handoff \(run)`.")
        }
        return sheet
    }
}

extension EscalationSheet {
    /// Actions of the history that are looked at.
    private static func shown(of state: RunState) -> ArraySlice<ActionSummary> {
        state.history.filter { $0.end != .superseded }.suffix(mostLines)
    }

    private static func words(of state: RunState) -> ArraySlice<BodyReference> {
        let own = state.created.map(\.history.count) ?? 0
        let said = state.transcript.dropFirst(own + 1).compactMap { item -> BodyReference? in
            guard case .message(let message) = item, message.role == .user else { return nil }
            return message.body
        }
        return (said + state.heldWords.filter { $0.role == .user }.map(\.body)).suffix(mostWords)
    }

    static func bodies(of state: RunState) -> [BodyReference] {
        var all = [state.created?.task.body, state.escalation?.reason, state.escalation?.told].compactMap(\.self)
        all += words(of: state)
        all += shown(of: state).flatMap { [$0.arguments, $0.result].compactMap(\.self) }
        return all + state.batch.map(\.proposal.arguments)
    }

    /// nil for a run that was not handed over.
    init?(_ state: RunState, _ clerk: FormClerk, _ bodies: OpenedBodies) {
        guard let escalation = state.escalation, let created = state.created, let takeover = state.takeover else {
            return nil
        }
        run = state.run
        status = state.status
        agent = created.agent.name
        principal = created.principal
        startedBy = created.startedBy
        conversation = created.conversation
        task = bodies.text(created.task.body).map { String($0.prefix(EscalationSheet.longestWords)) } ?? ""
        words = EscalationSheet.words(of: state).compactMap { body in
            bodies.text(body).map { String($0.prefix(EscalationSheet.longestWords)) }
        }
        code = escalation.code
        reason = bodies.text(escalation.reason) ?? ""
        by = escalation.by
        since = takeover.since
        told = escalation.told.flatMap { bodies.text($0) }
        chain = EscalationSheet.chain(clerk.chain, takeover)
        (claimedBy, claimedAt) = (takeover.claimedBy, takeover.claimedAt)
        hasReadUntrusted =
            state.isGateway
            || state.transcript.contains {
                if case .result(_, _, _, let label) = $0 { label.sources.contains(.untrustedTool) } else { false }
            }
        list(state, bodies)
        forms = clerk.forms(of: EscalationSheet.shown(of: state), in: state, bodies)
        tools = clerk.tools
    }

    private static func chain(_ chain: [AgentDefinition.EscalationStep], _ takeover: Takeover) -> [Step] {
        chain.enumerated().map { place, step in
            let toldAt = place == takeover.step ? takeover.toldAt : place < takeover.step ? takeover.since : nil
            return Step(
                to: step.to, within: step.within, toldAt: toldAt,
                dueAt: place == takeover.step ? takeover.toldAt.adding(milliseconds: step.within) : nil)
        }
    }

    private mutating func list(_ state: RunState, _ bodies: OpenedBodies) {
        let shown = EscalationSheet.shown(of: state)
        leftOff = state.history.count { $0.end != .superseded } - shown.count
        for past in shown {
            var line = Line(action: ActionID(run: run, ordinal: past.ordinal), tool: past.tool)
            line.arguments = EscalationSheet.bounded(bodies.json(past.arguments))
            line.byHandOf = past.hand?.by
            if past.end == .done, !past.isError {
                line.effect = EffectID(run: run, ordinal: past.ordinal)
                done.append(line)
            } else {
                let why = ActionReason(past, bodies)
                (line.code, line.sentence) = (why.code, why.sentence)
                if past.end == .done { line.effect = EffectID(run: run, ordinal: past.ordinal) }
                notDone.append(line)
            }
        }
        for action in state.batch where !action.isClosed { list(action, bodies) }
    }

    private mutating func list(_ action: ActionState, _ bodies: OpenedBodies) {
        var line = Line(action: ActionID(run: run, ordinal: action.ordinal), tool: action.proposal.tool)
        line.arguments = EscalationSheet.bounded(bodies.json(action.proposal.arguments))
        line.byHandOf = action.hand?.by
        switch action.stage {
        case .inDoubt(let doubt):
            line.effect = EffectID(run: run, ordinal: action.ordinal)
            line.code = doubt.code
            line.sentence = "It was sent and its answer was lost: nobody knows yet whether it happened."
            inDoubt.append(line)
        case .waiting(let wait):
            line.approval = ApprovalID(run: run, ordinal: wait.approval)
            line.code = wait.gate == .confirm ? "waiting_confirm" : "waiting_approval"
            line.sentence =
                wait.gate == .confirm
                ? "It waits until \(principal) confirms it." : "It waits for \(wait.group ?? "a reviewer")."
            pending.append(line)
        default:
            line.code = "under_way"
            line.sentence = "It is being worked on."
            pending.append(line)
        }
    }

    static func bounded(_ value: JSONValue?) -> JSONValue? {
        guard let value, JSONWriter.canonical(value).count <= longestValue else { return nil }
        return value
    }
}

/// Why an action was not done, from what it was answered with.
struct ActionReason {
    let code: String
    let sentence: String
    /// A fact was missing, and nothing else is known to speak against it.
    let isUnanswered: Bool
    /// Characters of what a tool said that are shown.
    private static let longest = 600

    init(_ past: ActionSummary, _ bodies: OpenedBodies) {
        let text = past.result.flatMap { bodies.text($0) } ?? ""
        let document = try? JSONReader.read(text)
        let error = document?["error"]
        isUnanswered = past.end == .denied && document?["unanswered"]?.bool == true
        if past.end != .failed, let said = document?["message"]?.string {
            code = document?["code"]?.string ?? past.end.name
            sentence = said
        } else if past.end != .failed, let kind = error?["kind"]?.string {
            code = kind
            sentence = error?["message"]?.string ?? ""
        } else {
            code = past.end.name
            let short = String(text.prefix(ActionReason.longest))
            sentence = past.end == .failed ? "\(past.tool) answered with an error: \(short)" : short
        }
    }
}
