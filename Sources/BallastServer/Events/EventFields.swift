import BallastCore
import BallastPolicy

/// The fields of each kind of event, by the names that the API promises.
struct EventFields {
    let run: RunID
    let before: EventMemory
    let after: EventMemory
    let bodies: EventBodies

    func add(_ event: RunEvent, to document: inout JSONObject) {
        switch event {
        case .created(let fields): add(fields, to: &document)
        case .messageAdded(let fields): document.merge(message(fields))
        case .modelRequested(let fields):
            document.merge([
                "model": JSONValue(fields.model), "reserved_tokens": JSONValue(fields.reservedTokens),
                "reserved_microdollars": JSONValue(fields.reservedMicrodollars),
            ])
        case .modelReplied(let fields): add(fields, to: &document)
        case .modelFailed(let fields):
            document.merge(["model": JSONValue(fields.model), "code": JSONValue(fields.code)])
            document.add("detail", fields.detail, from: bodies)
            document.merge([
                "retry_at": JSONValue(fields.retryAt?.rfc3339), "gives_model_up": .bool(fields.skipsRoute),
            ])
        case .replyRejected(let fields):
            document["code"] = JSONValue(fields.code)
            document.add("message", fields.message, from: bodies)
        case .playbookStepped(let fields): add(fields, to: &document)
        case .actionsProposed(let fields): document["calls"] = calls(fields.proposals)
        case .rollbackRequested(let fields): add(fields, to: &document)
        case .effectCompensated(let fields): add(fields, to: &document)
        case .breakerChanged(let fields): document.merge(fields.document)
        case .fallbackChosen(let fields): add(fields, to: &document)
        case .confusionNoticed(let fields): document.merge(fields.document)
        case .contextReset(let fields): document.add("summary_for_model", fields.summary, from: bodies)
        case .contractStated(let fields): add(fields, to: &document)
        case .contractDrafted(let fields): add(fields, to: &document)
        case .labelsRecalled(let fields): add(fields, to: &document)
        case .endorsementGiven(let fields): add(fields, to: &document)
        case .actionDecided(let fields): add(fields, to: &document)
        case .actionShadowed(let fields): add(fields, to: &document)
        case .guardChecked(let fields): add(fields, to: &document)
        case .confidenceEstimated(let fields): add(fields, to: &document)
        case .approvalRequested(let fields): add(fields, to: &document)
        case .approvalResolved(let fields): add(fields, to: &document)
        case .effectStarted(let fields): add(fields, to: &document)
        case .effectRetried(let fields): add(fields, to: &document)
        case .effectSettled(let fields): add(fields, to: &document)
        case .effectInDoubt(let fields): add(fields, to: &document)
        case .effectVerified(let fields): add(fields, to: &document)
        case .effectWithdrawn(let fields): add(fields, to: &document)
        case .subRunStarted(let fields): add(fields, to: &document)
        case .subRunFinished(let fields): add(fields, to: &document)
        case .questionAsked, .escalated, .escalationClaimed, .escalationPassedOn, .actedByHand, .handedBack, .halted,
            .resumed, .cancelRequested, .claimed, .finished:
            addPeople(event, to: &document)
        }
    }

    // MARK: Creation and words

    private func add(_ fields: RunCreated, to document: inout JSONObject) {
        document.merge([
            "tenant": JSONValue(fields.tenant.name), "principal": JSONValue(fields.principal.name),
            "started_by": JSONValue(fields.startedBy.name), "agent": JSONValue(fields.agent.name),
            "agent_version": JSONValue(Hex.encode(fields.agent.version)),
            "conversation_id": JSONValue(fields.conversation.description), "source": JSONValue(fields.source),
            "parent_action_id": JSONValue(fields.parent?.description),
            "root_run_id": JSONValue(fields.root.description),
            "depth": JSONValue(fields.depth), "environment": JSONValue(fields.environment),
            "locale": JSONValue(fields.locale), "workflow": JSONValue(fields.workflow),
            "budget": fields.budget.document,
        ])
        document.add("task", fields.task.body, from: bodies)
        document["label"] = fields.task.label.document
        document.add("instructions", fields.instructions, from: bodies)
        let tools = bodies.json(fields.toolset)?.array ?? []
        document["tools"] = .array(tools.compactMap { $0["name"] })
        document["history"] = .array(fields.history.map { .object(message($0)) })
    }

    private func message(_ fields: MessageAdded) -> JSONObject {
        var document: JSONObject = ["role": JSONValue(fields.role.name), "by": JSONValue(fields.by.name)]
        document.add("text", fields.body, from: bodies)
        document["label"] = fields.label.document
        return document
    }

    // MARK: Proposals

    private func calls(_ proposals: [ProposedAction]) -> JSONValue {
        .array(
            proposals.enumerated().map { place, proposal in
                self.proposal(proposal, ordinal: before.lastAction &+ UInt32(truncatingIfNeeded: place) &+ 1)
            })
    }

    private func add(_ fields: ModelReplied, to document: inout JSONObject) {
        document["model"] = JSONValue(fields.servedModel)
        if let text = fields.text { document.add("text", text, from: bodies) }
        document["calls"] = calls(fields.proposals)
        document.merge([
            "finish": JSONValue(fields.finish.name),
            "usage": [
                "input": JSONValue(fields.usage.input), "output": JSONValue(fields.usage.output),
                "cache_read": JSONValue(fields.usage.cacheRead), "cache_write": JSONValue(fields.usage.cacheWrite),
                "reported": .bool(fields.usage.isReported),
            ],
            "microdollars": JSONValue(fields.microdollars), "duration_ms": JSONValue(fields.duration),
        ])
    }

    func proposal(_ proposal: ProposedAction, ordinal: UInt32) -> JSONValue {
        var document: JSONObject = [
            "action_id": action(ordinal), "call_id": JSONValue(proposal.callID), "tool": JSONValue(proposal.tool),
        ]
        document.addJSON("arguments", proposal.arguments, from: bodies)
        document["label"] = proposal.label.document
        return .object(document)
    }

    private func add(_ fields: PlaybookStepped, to document: inout JSONObject) {
        document["playbook"] = JSONValue(fields.playbook)
        document["cursor"] = .array(fields.cursor.map { JSONValue($0) })
        document.addJSON("slots", fields.slots, from: bodies)
        if let say = fields.say { document.add("say", say, from: bodies) }
        if let call = fields.proposal { document["call"] = proposal(call, ordinal: after.lastAction) }
    }

    // MARK: Decisions

    private func add(_ fields: ActionDecided, to document: inout JSONObject) {
        addAction(fields.action, to: &document)
        document.merge([
            "outcome": JSONValue(fields.outcome.name), "code": JSONValue(fields.code),
            "rule": JSONValue(fields.rule), "policy": JSONValue(Hex.encode(fields.policy)),
        ])
        let refusal = fields.reasons.flatMap { bodies.json($0) }
        let sentence = refusal?["message"]?.string ?? DecisionCode(rawValue: fields.code)?.sentence
        document["message"] = JSONValue(sentence)
        document["would_be_allowed"] = refusal?["would_be_allowed"]
        // Judged once more before the start: what was asked for has been given.
        if fields.outcome == .confirm || fields.outcome == .approve, let given = after.approval(givenFor: fields.action)
        {
            document["given_approval_id"] = approval(given)
        }
        if let standing = fields.standing { document["standing_effect_id"] = JSONValue(standing.description) }
    }

    private func add(_ fields: ActionShadowed, to document: inout JSONObject) {
        addAction(fields.action, to: &document)
        let refusal = fields.reasons.flatMap { bodies.json($0) }
        document.merge([
            "shadow": JSONValue(fields.name), "outcome": JSONValue(fields.outcome?.name),
            "code": JSONValue(fields.code), "rule": JSONValue(fields.rule),
            "policy": JSONValue(Hex.encode(fields.policy)),
            "message": refusal?["message"] ?? JSONValue(DecisionCode(rawValue: fields.code)?.sentence),
        ])
        if fields.quorum > 0 {
            document.merge(["group": JSONValue(fields.group), "quorum": JSONValue(fields.quorum)])
        }
        if let decided = after.outcome(fields.action) {
            let asked = after.reviewers(fields.action)
            let standing = fields.standing(to: decided, group: asked?.group, quorum: asked?.quorum ?? 0)
            document.merge(["standing": JSONValue(standing.rawValue), "in_force": JSONValue(decided.name)])
        }
    }

    private func add(_ fields: GuardChecked, to document: inout JSONObject) {
        document["action_id"] = action(fields.action)
        document["purpose"] = JSONValue(fields.purpose)
        document["tool"] = JSONValue(fields.tool)
        document.addJSON("arguments", fields.arguments, from: bodies)
        document.addJSON("result", fields.result, from: bodies)
        document["passed"] = .bool(fields.passed)
    }

    private func add(_ fields: ConfidenceEstimated, to document: inout JSONObject) {
        document["action_id"] = action(fields.action)
        document["source"] = JSONValue(fields.source)
        let bands = ["very_low", "low", "medium", "high"]
        document["band"] = JSONValue(bands[Int(min(fields.band, 3))])
        document.add("detail", fields.detail, from: bodies)
        if let assumptions = fields.assumptions { document.addJSON("assumptions", assumptions, from: bodies) }
        document["tokens"] = JSONValue(fields.tokens)
        document["microdollars"] = JSONValue(fields.microdollars)
    }

    private func add(_ fields: ApprovalRequested, to document: inout JSONObject) {
        document["approval_id"] = approval(fields.approval)
        addAction(fields.action, to: &document)
        document.merge([
            "gate": JSONValue(fields.gate.name), "group": JSONValue(fields.group), "quorum": JSONValue(fields.quorum),
            "expires_at": JSONValue(fields.expiresAt.rfc3339), "binding": JSONValue(fields.binding.description),
        ])
        document.addJSON("review", fields.review, from: bodies)
    }

    private func add(_ fields: ApprovalResolved, to document: inout JSONObject) {
        document["approval_id"] = approval(fields.approval)
        if let action = after.action(approval: fields.approval) { addAction(action, to: &document) }
        document.merge(["status": JSONValue(fields.status.name), "by": JSONValue(fields.by.name)])
        if let reason = fields.reason {
            let refusal = bodies.json(reason)
            if let message = refusal?["message"] {
                document["reason"] = message
            } else {
                document.add("reason", reason, from: bodies)
            }
        }
        if let edited = fields.edited {
            document.addJSON("edited_arguments", edited, from: bodies)
            document["new_action_id"] = action(after.lastAction)
        }
    }

    // MARK: Effects

    private func addEffect(_ ordinal: UInt32, to document: inout JSONObject) {
        document["effect_id"] = JSONValue(EffectID(run: run, ordinal: ordinal).description)
        addAction(ordinal, to: &document)
    }

    private func add(_ fields: EffectStarted, to document: inout JSONObject) {
        addEffect(fields.action, to: &document)
        document["attempt"] = JSONValue(fields.attempt)
        document.merge(fields.repeatability.document)
        if let approval = fields.approval { document["approval_id"] = self.approval(approval) }
        document["idempotency_key"] = document["effect_id"]
    }

    private func add(_ fields: EffectRetried, to document: inout JSONObject) {
        addEffect(fields.action, to: &document)
        document.merge(["attempt": JSONValue(fields.attempt), "code": JSONValue(fields.code)])
        document.add("detail", fields.detail, from: bodies)
        document["retry_at"] = JSONValue(fields.retryAt.rfc3339)
    }

    private func add(_ fields: EffectSettled, to document: inout JSONObject) {
        addEffect(fields.action, to: &document)
        document["is_error"] = .bool(fields.isError)
        document.addJSON("result", fields.result, from: bodies)
        document["label"] = fields.label.document
        document["duration_ms"] = JSONValue(fields.duration)
    }

    private func add(_ fields: EffectInDoubt, to document: inout JSONObject) {
        addEffect(fields.action, to: &document)
        document["code"] = JSONValue(fields.code)
        document.add("detail", fields.detail, from: bodies)
        document["verify_at"] = JSONValue(fields.verifyAt?.rfc3339)
    }

    private func add(_ fields: EffectVerified, to document: inout JSONObject) {
        addEffect(fields.action, to: &document)
        document.merge(["answer": JSONValue(fields.answer.name), "by": JSONValue(fields.by.name)])
        document.addJSON("detail", fields.detail, from: bodies)
        document["label"] = fields.label.document
        document["verify_at"] = JSONValue(fields.verifyAt?.rfc3339)
    }

    private func add(_ fields: SubRunStarted, to document: inout JSONObject) {
        addAction(fields.action, to: &document)
        document.merge([
            "sub_run_id": JSONValue(fields.run.description), "agent": JSONValue(fields.agent),
            "budget": fields.budget.document,
        ])
        if let approval = fields.approval {
            document["approval_id"] = JSONValue(ApprovalID(run: run, ordinal: approval).description)
        }
    }

    private func add(_ fields: SubRunFinished, to document: inout JSONObject) {
        addAction(fields.action, to: &document)
        document.merge([
            "sub_run_id": JSONValue(fields.run.description), "status": JSONValue(fields.status.name),
            "label": fields.label.document, "steps": JSONValue(fields.steps), "tokens": JSONValue(fields.tokens),
            "microdollars": JSONValue(fields.microdollars), "active_ms": JSONValue(fields.activeMilliseconds),
        ])
        document.add("result", fields.result, from: bodies)
    }

    private func add(_ fields: EffectWithdrawn, to document: inout JSONObject) {
        if after.hasStarted(fields.action) {
            addEffect(fields.action, to: &document)
        } else {
            addAction(fields.action, to: &document)
        }
        document["code"] = JSONValue(fields.code)
        document.addFailure(fields.detail, from: bodies)
    }

    // MARK: Names

    func action(_ ordinal: UInt32) -> JSONValue { JSONValue(ActionID(run: run, ordinal: ordinal).description) }
    func approval(_ ordinal: UInt32) -> JSONValue {
        JSONValue(ApprovalID(run: run, ordinal: ordinal).description)
    }

    func addAction(_ ordinal: UInt32, to document: inout JSONObject) {
        document["action_id"] = action(ordinal)
        document["tool"] = JSONValue(after.tool(ordinal))
    }
}
