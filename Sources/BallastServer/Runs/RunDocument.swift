package import BallastCore
package import BallastRuntime

/// A run as the API shows it.
package enum RunDocument {
    /// Words of the task shown in lists, in characters.
    private static let excerpt = 200

    /// The row of a list. `quarantine` says why this server does not drive the run any more, `halt` what keeps it from
    /// going on.
    static func summary(
        _ header: RunHeader, halt: HaltRecord?, quarantine: String?, bodies: EventBodies
    ) -> JSONObject {
        [
            "run_id": JSONValue(header.run.description), "status": JSONValue(header.status.name),
            "agent": JSONValue(header.agent), "principal": JSONValue(header.principal.name),
            "conversation_id": JSONValue(header.conversation.description),
            "parent_action_id": JSONValue(header.parent?.description),
            "created_at": JSONValue(header.createdAt.rfc3339), "updated_at": JSONValue(header.updatedAt.rfc3339),
            "last_sequence": JSONValue(header.lastSequence), "steps": JSONValue(header.steps),
            "tokens": JSONValue(header.tokens), "microdollars": JSONValue(header.microdollars),
            "quarantine": JSONValue(quarantine),
            "halt": halt.map { .object(HaltRoutes.document($0)) } ?? .null,
            "task": JSONValue(header.task.flatMap { bodies.text($0) }.map { PlainText.line($0, longest: excerpt) }),
        ]
    }

    /// Reads the run and shows all of it.
    package static func read(_ header: RunHeader, runtime: AgentRuntime, scope: TenantScope) async throws -> JSONValue {
        let state = try await RunReader(runtime.store).state(of: header.run, scope: scope)
        var shown: [BodyReference?] = [header.task, state.outcome?.text, state.question?.question]
        shown += [state.escalation?.reason, state.escalation?.told, state.created?.task.body]
        let document = full(
            header, state, halt: runtime.halt(on: header, created: state.created),
            quarantine: runtime.quarantinedRuns[header.run],
            bodies: try await EventBodies.read(shown.compactMap(\.self), runtime, scope))
        // Of a rollback: what it takes back. Of any other run: what was taken back of it, and what can be.
        let subject = state.rollback?.request.of ?? header.run
        guard var all = document.object, state.history.contains(where: { $0.end == .done }) || state.isRollback else {
            return document
        }
        if let report = try? await runtime.rollbackReport(of: subject, scope: scope), !report.items.isEmpty {
            all["rollback"] = RollbackDocument.document(report)
        }
        return .object(all)
    }

    /// Everything that a person needs to know where the run stands.
    static func full(
        _ header: RunHeader, _ state: RunState, halt: HaltRecord?, quarantine: String?, bodies: EventBodies
    ) -> JSONValue {
        var document = summary(header, halt: halt, quarantine: quarantine, bodies: bodies)
        if let created = state.created { document.merge(origin(created)) }
        if let task = state.created?.task.body { document.add("task", task, from: bodies) }
        document["usage"] = [
            "steps": JSONValue(state.usage.steps), "tokens": JSONValue(state.usage.tokens),
            "microdollars": JSONValue(state.usage.microdollars), "active_ms": JSONValue(state.activeMilliseconds),
            "lost_model_calls": JSONValue(state.usage.lostModelCalls),
        ]
        document["outcome"] = state.outcome.map { outcome($0, bodies) } ?? .null
        document["question"] = state.question.map { question($0, bodies) } ?? .null
        document["escalation"] = state.escalation.map { escalation($0, state.takeover, bodies) } ?? .null
        document["halt_id"] = JSONValue(state.halt?.description)
        document["open_approvals"] = .array(state.batch.compactMap { openApproval($0, run: header.run) })
        document["account"] = account(state, run: header.run)
        return .object(document)
    }

    private static func origin(_ created: RunCreated) -> JSONObject {
        [
            "agent_version": JSONValue(Hex.encode(created.agent.version)),
            "started_by": JSONValue(created.startedBy.name),
            "source": JSONValue(created.source), "environment": JSONValue(created.environment),
            "locale": JSONValue(created.locale), "workflow": JSONValue(created.workflow),
            "budget": created.budget.document,
        ]
    }

    private static func outcome(_ outcome: RunFinished, _ bodies: EventBodies) -> JSONValue {
        var document: JSONObject = ["status": JSONValue(outcome.status.name), "code": JSONValue(outcome.code)]
        document.add("text", outcome.text, from: bodies)
        document["label"] = outcome.label.document
        return .object(document)
    }

    private static func question(_ question: QuestionAsked, _ bodies: EventBodies) -> JSONValue {
        var document: JSONObject = [:]
        document.add("text", question.question, from: bodies)
        document["options"] = .array(question.options.map { JSONValue($0) })
        return .object(document)
    }

    private static func escalation(
        _ escalation: RunEscalated, _ takeover: Takeover?, _ bodies: EventBodies
    ) -> JSONValue {
        var document: JSONObject = ["code": JSONValue(escalation.code)]
        document.add("reason", escalation.reason, from: bodies)
        document.merge([
            "to": JSONValue(takeover?.to ?? escalation.to), "by": JSONValue(escalation.by.name),
            "told": JSONValue(escalation.told.flatMap { bodies.text($0) }),
            "claimed_by": JSONValue(takeover?.claimedBy?.name),
        ])
        return .object(document)
    }

    private static func openApproval(_ action: ActionState, run: RunID) -> JSONValue? {
        guard case .waiting(let wait) = action.stage else { return nil }
        return [
            "approval_id": JSONValue(ApprovalID(run: run, ordinal: wait.approval).description),
            "action_id": JSONValue(ActionID(run: run, ordinal: action.ordinal).description),
            "tool": JSONValue(action.proposal.tool), "gate": JSONValue(wait.gate.name), "group": JSONValue(wait.group),
            "expires_at": JSONValue(wait.expiresAt.rfc3339),
            "approved_by": .array(wait.approvers.map { JSONValue($0.name) }),
            "quorum": JSONValue(wait.quorum),
        ]
    }
}

/// What was done, what was not, and what nobody knows yet.
extension RunDocument {
    static func account(_ state: RunState, run: RunID) -> JSONValue {
        var (done, notDone, inDoubt, pending) = ([JSONValue](), [JSONValue](), [JSONValue](), [JSONValue]())
        for action in state.history {
            switch action.end {
            case .done: done.append(line(run, action.ordinal, action.tool, hasEffect: true))
            case .failed, .denied, .rejected, .expired, .withdrawn, .answered:
                notDone.append(line(run, action.ordinal, action.tool, why: action.end.name))
            case .superseded: break
            }
        }
        for action in state.batch {
            switch action.stage {
            case .closed: break
            case .inDoubt(let doubt):
                inDoubt.append(line(run, action.ordinal, action.proposal.tool, why: doubt.code, hasEffect: true))
            case let stage:
                pending.append(line(run, action.ordinal, action.proposal.tool, why: stage.word))
            }
        }
        return [
            "done": .array(done), "not_done": .array(notDone), "in_doubt": .array(inDoubt), "pending": .array(pending),
        ]
    }

    private static func line(
        _ run: RunID, _ ordinal: UInt32, _ tool: String, why: String? = nil, hasEffect: Bool = false
    ) -> JSONValue {
        var line: JSONObject = [
            "action_id": JSONValue(ActionID(run: run, ordinal: ordinal).description), "tool": JSONValue(tool),
        ]
        if hasEffect { line["effect_id"] = JSONValue(EffectID(run: run, ordinal: ordinal).description) }
        if let why { line["why"] = JSONValue(why) }
        return .object(line)
    }
}

extension ActionStage {
    /// How far an action is, in one word for programs.
    fileprivate var word: String {
        switch self {
        case .proposed, .approved: "being_judged"
        case .allowed: "allowed"
        case .waiting(let wait): wait.gate == .confirm ? "waiting_confirm" : "waiting_approval"
        case .asking: "waiting_input"
        case .started, .retrying, .foreign: "under_way"
        case .inDoubt: "in_doubt"
        case .checking: "being_checked"
        case .delegated: "sub_run"
        case .closed: "closed"
        }
    }
}
