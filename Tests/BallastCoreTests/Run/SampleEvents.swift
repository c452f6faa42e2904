import BallastCore

/// One event of every kind with every field set, for golden files and round trips.
enum SampleEvents {
    static let run = RunID(high: 0x0193_4b5a_0000_1111, low: 0x2222_3333_4444_5555)
    static let moment = Timestamp(milliseconds: 1_763_700_000_123)
    static let ana = Principal("customer:ana")
    static let inline = BodyReference.inline(SealedBytes(keyID: 1, bytes: Array(repeating: 0xAB, count: 40)))
    static let stored = BodyReference.stored(name: .sha256([1, 2, 3]), size: 1024)
    static let proposal = ProposedAction(
        callID: "call_1", tool: "desk__issue_refund", arguments: inline, label: Label([.model, .untrustedTool]))
    static let words = MessageAdded(
        role: .user, by: ana, body: inline, label: Label([.principal], confidentiality: .principal))

    static let all: [RunEvent] = [
        .created(
            RunCreated(
                tenant: .default, principal: ana, agent: AgentReference(name: "support", version: [1, 2, 3, 4]),
                conversation: ConversationID(high: 7, low: 8), source: "cli",
                startedBy: Principal("operator:first-key"),
                parent: ActionID(run: run, ordinal: 9), root: run, depth: 1, environment: "test", locale: "en",
                workflow: "refunds", budget: RunBudget(), instructions: stored, toolset: stored, task: words,
                history: [words])),
        .messageAdded(words),
        .modelRequested(ModelRequested(model: "main", reservedTokens: 2000, reservedMicrodollars: 350)),
        .modelReplied(
            ModelReplied(
                servedModel: "m-1", text: stored, proposals: [proposal], finish: .toolCalls,
                usage: ModelUsage(input: 100, output: 20, cacheRead: 3, cacheWrite: 4), microdollars: 12, duration: 480)
        ),
        .modelFailed(
            ModelFailed(model: "main", code: "rate_limited", detail: inline, retryAt: moment, skipsRoute: false)),
        .replyRejected(ReplyRejected(code: "reply.empty", message: inline)),
        .playbookStepped(
            PlaybookStepped(playbook: "refund", cursor: [1, 0, 2, 0], slots: inline, say: inline, proposal: proposal)),
        .actionsProposed(ActionsProposed(proposals: [proposal])),
        .rollbackRequested(
            RollbackRequested(
                of: RunID(high: 5, low: 6), by: Principal("operator:olga"), reason: inline,
                steps: [
                    RollbackStep(
                        effect: EffectID(run: run, ordinal: 3), tool: "issue_refund", agent: "support",
                        arguments: inline, label: Label([.model]),
                        way: .call(
                            UndoCall(
                                tool: "void_refund", arguments: inline, label: Label([.configuration]), result: stored))
                    ),
                    RollbackStep(
                        effect: EffectID(run: run, ordinal: 2), tool: "post", agent: "support", arguments: stored,
                        label: Label([.model]), way: .inDoubt(since: moment)),
                    RollbackStep(
                        effect: EffectID(run: run, ordinal: 1), tool: "send_email", agent: "billing",
                        arguments: stored, label: Label([.model]), way: .impossible(code: "undo.none", why: inline)),
                ])),
        .effectCompensated(
            EffectCompensated(
                effect: EffectID(run: run, ordinal: 3), how: .before, through: EffectID(run: run, ordinal: 7),
                by: .ballast)),
        .breakerChanged(
            BreakerChanged(
                subject: "tool:lookup_order", tenant: "acme", state: .open, code: "timeout", failures: 5, until: moment)
        ),
        .fallbackChosen(
            FallbackChosen(action: 1, code: "timeout", detail: stored, note: inline, proposal: proposal)),
        .confusionNoticed(
            ConfusionNoticed(kind: .sameErrorVaried, response: .ask, tool: "lookup_order", count: 4)),
        .contextReset(ContextReset(summary: inline)),
        .contractStated(ContractStated(by: ana, contract: stored, label: Label([.claimed]))),
        .contractDrafted(
            ContractDrafted(
                model: "small", outcome: .drafted, contract: stored, detail: inline, tokens: 412, microdollars: 90)),
        .labelsRecalled(LabelsRecalled(action: 1, recalled: inline)),
        .endorsementGiven(
            EndorsementGiven(approval: 2, by: Principal("operator:olga"), scope: .source, items: stored)),
        .actionDecided(
            ActionDecided(
                action: 1, outcome: .approve, code: "policy.class_floor", rule: "class:dangerous",
                policy: Array(repeating: 7, count: 16), reasons: inline, standing: EffectID(run: run, ordinal: 1))),
        .actionShadowed(
            ActionShadowed(
                action: 1, outcome: .approve, code: "policy.required", rule: "two-eyes", group: "finance", quorum: 2,
                name: "stricter", policy: Array(repeating: 8, count: 16), reasons: inline)),
        .guardChecked(
            GuardChecked(
                action: 1, purpose: "ground_truth", tool: "lookup_order", arguments: inline, result: stored,
                passed: true)),
        .confidenceEstimated(
            ConfidenceEstimated(
                action: 1, source: "verifier:small", band: 2, detail: inline, assumptions: stored, tokens: 40,
                microdollars: 7)),
        .approvalRequested(
            ApprovalRequested(
                approval: 1, action: 1, gate: .approve, group: "finance", quorum: 2, expiresAt: moment, review: stored,
                binding: .sha256([9]))),
        .approvalResolved(
            ApprovalResolved(
                approval: 1, status: .approved, by: Principal("reviewer:rita"), reason: inline, edited: inline)),
        .effectStarted(
            EffectStarted(
                action: 1, attempt: 1, repeatability: .byKey(milliseconds: 86_400_000), approval: 1,
                reservations: [
                    LimitReservation(
                        key: LimitKey(name: "issue_refund/sum.amount/tenant/day|", window: moment), amount: 2000,
                        isRate: false)
                ])),
        .effectRetried(
            EffectRetried(action: 1, attempt: 1, code: "timeout", detail: inline, retryAt: moment, wasSent: true)),
        .effectSettled(
            EffectSettled(action: 1, isError: false, result: stored, label: Label([.trustedTool]), duration: 35)),
        .effectInDoubt(EffectInDoubt(action: 1, code: "timeout", detail: inline, verifyAt: moment)),
        .effectVerified(
            EffectVerified(
                action: 1, answer: .happened, by: Principal("tool:find_refund"), detail: stored,
                label: Label([.trustedTool]), verifyAt: moment)),
        .effectWithdrawn(EffectWithdrawn(action: 1, code: "cancelled", detail: inline)),
        .subRunStarted(
            SubRunStarted(
                action: 3, run: RunID(high: 5, low: 6), agent: "billing", approval: 2, budget: RunBudget(steps: 7))),
        .subRunFinished(
            SubRunFinished(
                action: 3, run: RunID(high: 5, low: 6), status: .partial, result: stored, label: Label([.model]),
                steps: 4, tokens: 900, microdollars: 12, activeMilliseconds: 3_400)),
        .questionAsked(QuestionAsked(question: inline, options: ["yes", "no"], action: 2, slot: "order_id")),
        .escalated(RunEscalated(code: "asked_for", reason: inline, to: "support-leads", by: ana, told: inline)),
        .escalationPassedOn(EscalationPassedOn(to: "directors", step: 1)),
        .escalationClaimed(EscalationClaimed(by: Principal("operator:olga"))),
        .actedByHand(
            ActionByHand(
                by: Principal("operator:olga"),
                proposal: ProposedAction(
                    callID: "hand_1", tool: "desk__issue_refund", arguments: inline, label: Label([.reviewer])),
                form: 1, note: stored)),
        .handedBack(RunHandedBack(by: Principal("operator:olga"))),
        .halted(RunHalted(halt: HaltID(high: 1, low: 2), reason: "drill", told: inline)),
        .resumed(RunResumed(halt: HaltID(high: 1, low: 2), by: Principal("operator:olga"))),
        .cancelRequested(CancelRequested(by: ana, reason: "changed my mind")),
        .claimed(RunClaimed(owner: "node-1", fence: 3, foreignUntil: moment)),
        .finished(RunFinished(status: .succeeded, code: "answered", text: inline, label: Label([.model]))),
    ]
}
