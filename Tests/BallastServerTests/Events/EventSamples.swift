import BallastCore

/// One event of every kind, as they could follow each other in one run.
enum EventSamples {
    static let run = RunID(high: 0x0190_0000_0000_0001, low: 0x0123_4567_89AB_CDEF)
    static let start = Timestamp(milliseconds: 1_764_000_000_000)

    /// Content that stands for itself: the samples are read without a key.
    static func body(_ text: String) -> BodyReference { .inline(SealedBytes(keyID: 1, bytes: Array(text.utf8))) }
    static func open(_ reference: BodyReference) -> [UInt8]? {
        if case .inline(let sealed) = reference { sealed.bytes } else { nil }
    }

    static var entries: [JournalEntry] {
        events.enumerated().map { index, event in
            let sequence = Int64(index + 1)
            return EntryCodec.encode(
                event, sequence: sequence, at: start.adding(milliseconds: sequence * 250), run: run)
        }
    }

    private static let trusted = Label([.trustedTool])
    private static let policy = Array(repeating: UInt8(0xAB), count: 16)
    private static let halt = HaltID(high: 1, low: 2)

    static var events: [RunEvent] { beginning + deciding + doing + people }

    private static var beginning: [RunEvent] {
        [
            .created(
                RunCreated(
                    tenant: .default, principal: Principal("customer:ana"),
                    agent: AgentReference(name: "support", version: Array(0..<16)),
                    conversation: ConversationID(high: 3, low: 4), source: "cli",
                    startedBy: Principal("operator:first-key"), root: run, environment: "development",
                    budget: RunBudget(), instructions: body("You are the support desk."),
                    toolset: body("[{\"name\":\"lookup_order\"},{\"name\":\"issue_refund\"}]"),
                    task: MessageAdded(
                        role: .user, by: Principal("customer:ana"), body: body("Refund order 1042, please."),
                        label: Label([.principal])))),
            .modelRequested(ModelRequested(model: "main", reservedTokens: 900, reservedMicrodollars: 120)),
            .modelFailed(
                ModelFailed(
                    model: "main", code: "timeout", detail: body("no answer in 30 s"),
                    retryAt: start.adding(milliseconds: 1500), skipsRoute: false)),
            .modelReplied(
                ModelReplied(
                    servedModel: "small-1b", text: body("I look it up."),
                    proposals: [
                        ProposedAction(
                            callID: "call_1", tool: "lookup_order", arguments: body("{\"order_id\":\"1042\"}"),
                            label: Label([.model])),
                        ProposedAction(
                            callID: "call_2", tool: "issue_refund",
                            arguments: body("{\"amount\":1999,\"order_id\":\"1042\"}"), label: Label([.model])),
                    ], finish: .toolCalls, usage: ModelUsage(input: 310, output: 42), microdollars: 37,
                    duration: 1240)),
            .replyRejected(ReplyRejected(code: "reply.empty", message: body("Your last reply was empty."))),
            .playbookStepped(
                PlaybookStepped(
                    playbook: "refund", cursor: [0, 2], slots: body("{\"order\":\"1042\"}"), say: body("One moment."),
                    proposal: ProposedAction(
                        callID: "order", tool: "lookup_order", arguments: body("{\"order_id\":\"1042\"}"),
                        label: Label([.configuration, .principal])))),
            .actionsProposed(
                ActionsProposed(proposals: [
                    ProposedAction(
                        callID: "call_1", tool: "lookup_order", arguments: body("{\"order_id\":\"1042\"}"),
                        label: Label([.model, .untrustedTool]))
                ])),
            .rollbackRequested(
                RollbackRequested(
                    of: RunID(high: 5, low: 6), by: Principal("operator:olga"), reason: body("the wrong order"),
                    steps: [
                        RollbackStep(
                            effect: EffectID(run: RunID(high: 5, low: 6), ordinal: 3), tool: "issue_refund",
                            agent: "support", arguments: body("{\"amount\":1999}"), label: Label([.model]),
                            way: .call(
                                UndoCall(
                                    tool: "void_refund", arguments: body("{\"refund_id\":\"R-1\"}"),
                                    label: Label([.configuration, .trustedTool]), result: nil))),
                        RollbackStep(
                            effect: EffectID(run: RunID(high: 5, low: 6), ordinal: 1), tool: "send_email",
                            agent: "support", arguments: body("{}"), label: Label([.model]),
                            way: .impossible(
                                code: "undo.none", why: body("nothing is declared that takes send_email back"))),
                    ])),
            .contractStated(
                ContractStated(
                    by: Principal("customer:ana"),
                    contract: body("{\"tools\":[{\"max_count\":1,\"name\":\"issue_refund\"}]}"),
                    label: Label([.principal]))),
            .contractDrafted(
                ContractDrafted(
                    model: "small", outcome: .drafted,
                    contract: body("{\"tools\":[{\"max_count\":1,\"name\":\"issue_refund\"}]}"),
                    detail: body("The answer was JSON."), tokens: 412, microdollars: 90)),
            .labelsRecalled(
                LabelsRecalled(
                    action: 1,
                    recalled: body(
                        "{\"records\":[{\"doubtful\":true,\"id\":\"7\",\"kind\":\"note\",\"unread\":false}],"
                            + "\"values\":[\"0b1c6e9d2f7a45308c11d2e3\"]}"))),
            .effectCompensated(
                EffectCompensated(
                    effect: EffectID(run: RunID(high: 5, low: 6), ordinal: 3), how: .undone,
                    through: EffectID(run: RunID(high: 5, low: 7), ordinal: 1))),
            .confusionNoticed(
                ConfusionNoticed(kind: .sameError, response: .reset, tool: "lookup_order", count: 3)),
            .contextReset(ContextReset(summary: body("You were going round in circles."))),
            .breakerChanged(
                BreakerChanged(
                    subject: "tool:lookup_order", state: .open, code: "timeout", failures: 5,
                    until: start.adding(milliseconds: 15_000))),
            .messageAdded(
                MessageAdded(
                    role: .user, by: Principal("customer:ana"), body: body("And be quick."), label: Label([.principal]))
            ),
        ]
    }

    private static var deciding: [RunEvent] {
        [
            .actionDecided(
                ActionDecided(action: 1, outcome: .allow, code: "policy.allowed", rule: "class:safe", policy: policy)),
            .guardChecked(
                GuardChecked(
                    action: 2, purpose: "entitlement", tool: "lookup_order", arguments: body("{\"order_id\":\"1042\"}"),
                    result: body("{\"customer_id\":\"c-7\"}"), passed: true)),
            .confidenceEstimated(
                ConfidenceEstimated(
                    action: 2, source: "stated", band: 2, detail: body("The model says: medium."),
                    assumptions: body("[\"The order is the last one.\"]"))),
            .actionDecided(
                ActionDecided(
                    action: 2, outcome: .approve, code: "policy.class_floor", rule: "class:dangerous", policy: policy,
                    reasons: body(
                        "{\"message\":\"issue_refund is dangerous, so a reviewer approves.\","
                            + "\"outcome\":\"approve\",\"would_be_allowed\":\"An approval.\"}"))),
            .approvalRequested(
                ApprovalRequested(
                    approval: 1, action: 2, gate: .approve, group: "finance", quorum: 1,
                    expiresAt: start.adding(milliseconds: 86_400_000),
                    review: body("{\"arguments\":{\"amount\":1999,\"order_id\":\"1042\"},\"tool\":\"issue_refund\"}"),
                    binding: .sha256([1]))),
            .actionShadowed(
                ActionShadowed(
                    action: 2, outcome: .deny, code: "policy.denied", rule: "no-refunds", name: "careful",
                    policy: policy, reasons: body("{\"message\":\"Rule no-refunds forbids this.\"}"))),
            .endorsementGiven(
                EndorsementGiven(
                    approval: 1, by: Principal("operator:olga"), scope: .source,
                    items: body(
                        "[{\"allows\":\"exactly this value as to of send_email, for the rest of this run\","
                            + "\"argument\":\"to\",\"path\":\"to\",\"source\":{\"allows\":\"the one value of email in the "
                            + "answer that lookup_customer had given by now, as to of send_email, for the rest of this "
                            + "run\",\"answers\":1,\"field\":\"email\",\"first_values\":[\"ben@example.com\"],"
                            + "\"through\":1,\"tool\":\"lookup_customer\",\"values\":1},"
                            + "\"tool\":\"send_email\",\"value\":\"ben@example.com\"}]"))),
            .approvalResolved(
                ApprovalResolved(
                    approval: 1, status: .approved, by: Principal("reviewer:rita"),
                    edited: body("{\"amount\":999,\"order_id\":\"1042\"}"))),
            .approvalRequested(
                ApprovalRequested(
                    approval: 2, action: 3, gate: .confirm, group: nil, quorum: 1,
                    expiresAt: start.adding(milliseconds: 86_400_000), review: body("{}"), binding: .sha256([2]))),
            .approvalResolved(
                ApprovalResolved(
                    approval: 2, status: .rejected, by: Principal("customer:ana"),
                    reason: body("{\"code\":\"approval.rejected\",\"message\":\"customer:ana rejected this action.\"}"))
            ),
        ]
    }

    private static var doing: [RunEvent] {
        [
            .effectStarted(
                EffectStarted(action: 4, attempt: 1, repeatability: .byKey(milliseconds: 86_400_000), approval: 1)),
            .effectRetried(
                EffectRetried(
                    action: 4, attempt: 1, code: "unreachable", detail: body("connection refused"),
                    retryAt: start.adding(milliseconds: 5000), wasSent: true)),
            .effectStarted(EffectStarted(action: 1, attempt: 2, repeatability: .naturally)),
            .effectSettled(
                EffectSettled(
                    action: 1, isError: false, result: body("{\"id\":\"1042\",\"total\":1999}"), label: trusted,
                    duration: 12)),
            .effectInDoubt(
                EffectInDoubt(
                    action: 4, code: "crash", detail: body("The server stopped while this call was under way."),
                    verifyAt: start.adding(milliseconds: 6000))),
            .effectVerified(
                EffectVerified(
                    action: 4, answer: .happened, by: Principal("tool:find_refund"),
                    detail: body("{\"refund_id\":\"r1\"}"),
                    label: trusted)),
            .fallbackChosen(
                FallbackChosen(
                    action: 1, code: "timeout",
                    detail: body(
                        "{\"error\":{\"kind\":\"timeout\",\"may_have_happened\":false,"
                            + "\"message\":\"lookup_order gave no answer.\",\"tried\":3,"
                            + "\"what_may_be_tried\":[\"another_tool\"]}}"),
                    note: body("lookup_order was not done, so find_order was called in its place."),
                    proposal: ProposedAction(
                        callID: "order", tool: "find_order", arguments: body("{\"id\":\"1042\"}"),
                        label: Label([.configuration])))),
            .effectWithdrawn(EffectWithdrawn(action: 3, code: "cancelled", detail: body("The task was cancelled."))),
            .subRunStarted(
                SubRunStarted(
                    action: 4, run: RunID(high: 5, low: 6), agent: "billing", approval: nil,
                    budget: RunBudget(steps: 12))),
            .subRunFinished(
                SubRunFinished(
                    action: 4, run: RunID(high: 5, low: 6), status: .succeeded,
                    result: body("The invoice is paid."), label: Label([.model]), steps: 5, tokens: 1200,
                    microdollars: 340, activeMilliseconds: 2_100)),
        ]
    }

    private static var people: [RunEvent] {
        [
            .questionAsked(QuestionAsked(question: body("Shall I go on?"), options: ["yes", "no"], slot: "go_on")),
            .escalated(
                RunEscalated(
                    code: "asked_for", reason: body("The customer wants a person."), to: "operators",
                    by: Principal("customer:ana"), told: body("A person takes over this task. Nothing was done."))),
            .escalationPassedOn(EscalationPassedOn(to: "directors", step: 1)),
            .escalationClaimed(EscalationClaimed(by: Principal("operator:olga"))),
            .actedByHand(
                ActionByHand(
                    by: Principal("operator:olga"),
                    proposal: ProposedAction(
                        callID: "hand_1", tool: "issue_refund", arguments: body("{\"order_id\":\"O-1001\"}"),
                        label: Label([.reviewer])),
                    form: 1, note: body("A person (operator:olga) had this task."))),
            .handedBack(RunHandedBack(by: Principal("operator:olga"))),
            .halted(RunHalted(halt: halt, reason: "looked odd")),
            .resumed(RunResumed(halt: halt, by: Principal("operator:olga"))),
            .cancelRequested(CancelRequested(by: Principal("customer:ana"), reason: "no longer needed")),
            .claimed(RunClaimed(owner: "server-2", fence: 2, foreignUntil: start.adding(milliseconds: 32_000))),
            .finished(
                RunFinished(
                    status: .succeeded, code: "answered", text: body("Your refund of 9.99 USD is on its way."),
                    label: Label([.model]))),
        ]
    }
}
