import BallastCore
import BallastPolicy

/// What the guard found about one action, before anything is recorded.
struct GuardVerdict {
    var outcome: Outcome
    var code: DecisionCode
    var rule: String?
    var sentence: String
    /// What would be allowed instead, or what is needed.
    var remedy: String
    var reasons: [PolicyReason] = []
    var standing: EffectID?
    var requirement: ApprovalRequirement?
    var confirmer: Confirmer = .principal
    var within: Int64 = 0
    var demands: [LimitDemand] = []
    var toolClass: ToolClass?
    var arguments: JSONValue = .null
    /// Values that it would not have been asked about if somebody vouched for them.
    var endorsable: [EndorsableValue] = []
    /// What should follow a denial for want of confidence.
    var next: NextStep?
    /// Milliseconds after which it may be different.
    var retryAfter: Int64?
    /// When the policy decided; nil when it was not asked.
    var decidedAt: Timestamp?
    /// It was refused only because a tool that was asked for a fact did not answer.
    var isUnanswered = false
    /// What is asked of the shadow, where the policy was asked and there is one.
    var shadow: ShadowQuestion?

    init(_ decision: PolicyDecision) {
        self.init(
            outcome: decision.outcome, code: decision.code, rule: decision.rule, sentence: decision.explanation,
            remedy: decision.wouldBeAllowed)
        reasons = decision.reasons
        requirement = decision.approval
        confirmer = decision.confirmer
        within = decision.within
        demands = decision.demands
        toolClass = decision.toolClass
        next = decision.next
    }

    init(
        outcome: Outcome, code: DecisionCode, rule: String? = nil, sentence: String, remedy: String,
        standing: EffectID? = nil
    ) {
        self.outcome = outcome
        self.code = code
        self.rule = rule
        self.sentence = sentence
        self.remedy = remedy
        self.standing = standing
    }

    static func deny(_ code: DecisionCode, _ sentence: String, remedy: String, standing: EffectID? = nil)
        -> GuardVerdict
    {
        GuardVerdict(outcome: .deny, code: code, sentence: sentence, remedy: remedy, standing: standing)
    }

    /// The refusal as the model and the API read it.
    func refusal(action: ActionID) -> JSONValue {
        var document: JSONObject = [
            "outcome": JSONValue(outcome.name), "code": JSONValue(code.rawValue),
            "action_id": JSONValue(action.description),
            "message": JSONValue(sentence), "would_be_allowed": JSONValue(remedy),
        ]
        if let rule { document["rule"] = JSONValue(rule) }
        if let next { document["next"] = JSONValue(next.name) }
        if let retryAfter { document["retry_after_ms"] = JSONValue(retryAfter) }
        if isUnanswered { document["unanswered"] = true }
        if code == .breaker {
            document["error"] =
                ToolError(
                    kind: code.rawValue, message: sentence, retryAfter: retryAfter, tried: 0,
                    next: [.later, .anotherTool, .tellUser]
                ).document["error"]
        }
        if let standing { document["effect_id"] = JSONValue(standing.description) }
        return .object(document)
    }
}

extension GuardVerdict {
    /// Refusals that may only say that a fact is missing.
    private static let lackingFacts: Set<DecisionCode> = [.entitlement, .groundTruth, .cannotEvaluate, .magnitude]

    /// What nobody answered says nothing of what was asked for.
    mutating func noteUnanswered(_ lacksAnswer: Bool) {
        isUnanswered = lacksAnswer && outcome == .deny && GuardVerdict.lackingFacts.contains(code)
        if isUnanswered { remedy = "Try it again later: a tool that knows what this needs did not answer." }
    }
}

/// A keyed digest of what makes an action the same in the real world.
struct BusinessKey {
    let bytes: [UInt8]
    /// The operator declared the fields; otherwise it is all arguments.
    let isDeclared: Bool
}

/// The checks before an action, in the order of `GuardCheck`: the first that fails names the refusal. Deterministic: no
/// model is asked whether the action may run.
extension RunDriver {
    /// Judges an action; guard calls are made and journaled on the way.
    mutating func verdict(on action: ActionState) async throws(DriverStop) -> GuardVerdict {
        let proposal = action.proposal
        if action.stage.approval == nil, let answered = refusedBefore(action) { return answered }
        guard let text = session.bytes(of: proposal.arguments),
            let arguments = readable(text), case .object = arguments
        else { return unreadable(proposal) }
        if let complaint = ArgumentReading.complaint(about: arguments) { return unusable(proposal, complaint) }
        guard let tool = deployment.catalog[proposal.tool], mayCall(proposal.tool) else {
            return outsideManifest(proposal.tool)
        }
        guard tool.isPinned else {
            return .deny(
                .pin, "The definition of \(proposal.tool) changed since a person accepted it.",
                remedy: "An operator reviews the new definition and accepts it.")
        }
        let violations = tool.inputSchema.validate(arguments)
        guard violations.isEmpty else {
            return .deny(
                .schema,
                "The arguments do not fit: " + violations.prefix(5).map(\.message).joined(separator: "; ") + ".",
                remedy: "Call \(proposal.tool) again with arguments that satisfy its schema.")
        }
        let declared = tool.definition.inputSchema
        if let complaint = ArgumentReading.complaint(about: arguments, declared: declared) {
            return .deny(
                .schema, "The arguments do not fit: \(complaint).",
                remedy: "Call \(proposal.tool) again with the names as its schema spells them.")
        }
        // How far an agent goes by itself bounds no person.
        if action.hand == nil, stepsLeft(for: action) < 1, options.planted != .budgetIgnored {
            return .deny(
                .budget, "This task has no steps left for this call.", remedy: "Answer with what is known now.")
        }
        if let twin = twin(of: action, arguments: arguments) { return twin }
        if isCareful, let standing = try await standing(for: action, arguments: arguments) { return standing }
        var verdict = try await policyVerdict(action, arguments: arguments)
        verdict.arguments = arguments
        if verdict.outcome != .deny, let refusal = breakerRefusal(of: proposal.tool) { return refusal }
        askWhenFar(&verdict, for: action)
        // What is allowed meets standing effects and limits in the commit of its start, which refuses it there; then
        // it is decided again carefully. Nobody is asked about, or refused by a rule, what stands already.
        guard verdict.outcome != .allow || isCareful else { return verdict }
        if !isCareful, let standing = try await standing(for: action, arguments: arguments) { return standing }
        // An attempt that was started before has its place in the limits.
        guard action.stage.progress == nil else { return verdict }
        if verdict.outcome != .deny, var refusal = try await limitRefusal(verdict.demands, for: action.ordinal) {
            refusal.shadow = verdict.shadow
            return refusal
        }
        try await askBeyond(&verdict, for: action.ordinal)
        return verdict
    }

    private func readable(_ bytes: [UInt8]) -> JSONValue? {
        try? JSONReader.read(bytes, limits: JSONLimits(maxDepth: 64, maxBytes: options.argumentBytes))
    }

    private func unreadable(_ proposal: ProposedAction) -> GuardVerdict {
        var why = "they are not a JSON object"
        if let bytes = session.bytes(of: proposal.arguments) {
            do throws(JSONError) {
                _ = try JSONReader.read(bytes, limits: JSONLimits(maxDepth: 64, maxBytes: options.argumentBytes))
            } catch {
                why = error.description
            }
        }
        return unusable(proposal, why)
    }

    private func unusable(_ proposal: ProposedAction, _ why: String) -> GuardVerdict {
        .deny(
            .parse, "The arguments of \(proposal.tool) cannot be used: \(why).",
            remedy: "Call \(proposal.tool) again with one valid JSON object.")
    }

    /// In the manifest, and not deeper than runs may be started by runs.
    private func mayCall(_ name: String) -> Bool {
        if state.isRollback { return mayUndo(with: name) }
        return agent.definition.mayCall(name) && (deployment.catalog[name]?.agent == nil || mayStartSubRuns)
    }

    private func outsideManifest(_ name: String) -> GuardVerdict {
        let tools = agent.definition.manifest.filter(mayCall).sorted().joined(separator: ", ")
        let isKnown = mayCall(name)
        return .deny(
            isKnown ? .unavailable : .manifest,
            isKnown ? "\(name) is not offered at the moment." : "There is no tool \"\(name)\" for this agent.",
            remedy: tools.isEmpty ? "Answer without tools." : "Use one of: \(tools).")
    }

    // MARK: The same action before

    /// A rejected or expired action is answered from that decision until the principal says something new.
    private func refusedBefore(_ action: ActionState) -> GuardVerdict? {
        guard action.editor == nil, action.hand == nil else { return nil }
        let before = state.refusals.last { past in
            past.tool == action.proposal.tool && past.arguments == action.proposal.arguments
        }
        guard let before, !hasNewWords(since: before.ordinal) else { return nil }
        let wasRejected = before.end == .rejected
        return .deny(
            wasRejected ? .rejected : .expired,
            wasRejected
                ? "A reviewer rejected exactly this action." : "Nobody approved exactly this action in time.",
            remedy: "Do not propose it again; tell the user, or ask them how to go on.")
    }

    private func hasNewWords(since ordinal: UInt32) -> Bool {
        guard let callID = state.history.first(where: { $0.ordinal == ordinal })?.callID,
            let place = state.transcript.lastIndex(where: {
                if case .result(callID, _, _, _) = $0 { true } else { false }
            })
        else { return false }
        return state.transcript[place...].contains { item in
            guard case .message(let words) = item, words.role == .user else { return false }
            return !Acknowledgement.isOnly(session.text(of: words.body))
        }
    }

    /// Steps of the run's budget that nothing else takes: what was used, and what is open of the same reply.
    func stepsLeft(for action: ActionState) -> Int {
        guard let budget = state.created?.budget else { return 0 }
        return state.batch.reduce(budget.steps - state.usage.steps) { left, other in
            guard other.ordinal != action.ordinal, !other.isClosed else { return left }
            switch other.stage {
            case .delegated(let subRun): return left - 1 - subRun.budget.steps
            case .proposed, .waiting, .approved, .asking: return other.ordinal < action.ordinal ? left - 1 : left
            default: return left - 1
            }
        }
    }

    /// An earlier call of the same reply is the same action and not over.
    private mutating func twin(of action: ActionState, arguments: JSONValue) -> GuardVerdict? {
        guard state.batch.count > 1, agent.policy.toolClass(of: action.proposal.tool) != .safe else { return nil }
        let key = businessKey(of: action, arguments)
        let earlier = state.batch.filter {
            $0.ordinal < action.ordinal && !$0.isClosed && $0.proposal.tool == action.proposal.tool
        }
        guard let twin = earlier.first(where: { businessKey(of: $0, nil).bytes == key.bytes }) else { return nil }
        return .deny(
            .duplicate, "The same action (\(ActionID(run: run, ordinal: twin.ordinal))) is part of the same reply.",
            remedy: "Wait for its outcome.", standing: EffectID(run: run, ordinal: twin.ordinal))
    }

    private mutating func standing(
        for action: ActionState, arguments: JSONValue
    ) async throws(DriverStop) -> GuardVerdict? {
        guard agent.policy.toolClass(of: action.proposal.tool) != .safe else { return nil }
        _ = businessKey(of: action, arguments)
        let found: EffectRecord?
        do {
            found = try await services.store.standingEffect(
                against: ledgerRow(of: action, .started), scope: session.scope)
        } catch {
            throw .store(error)
        }
        guard let found else { return nil }
        switch found.state {
        case .inDoubt:
            return .deny(
                .inDoubt, "It is not known yet whether the same action (\(found.id)) happened.",
                remedy: "Wait until that is settled; do not repeat it.", standing: found.id)
        case .settled where found.isBusinessKeyDeclared:
            return .deny(
                .duplicate, "The same action was done before (\(found.id)), so it was not done again.",
                remedy: "Tell the user that it has been done.", standing: found.id)
        case .started, .sent, .planned:
            return .deny(
                .duplicate, "The same action (\(found.id)) is under way, so it was not started again.",
                remedy: "Wait for its outcome.", standing: found.id)
        default: return nil
        }
    }

    /// What makes two calls the same action: the declared fields, or all canonical arguments.
    mutating func businessKey(of action: ActionState, _ arguments: JSONValue?) -> BusinessKey {
        if let known = businessKeys[action.ordinal] { return known }
        if action.ordinal % 64 == 0 { businessKeys.removeAll() }
        let tool = action.proposal.tool
        let fields = agent.policy.rules(for: tool).businessKey
        let text = session.bytes(of: action.proposal.arguments) ?? []
        let whole = arguments ?? (try? JSONReader.read(text)) ?? .null
        // A call without one of the fields says nothing about which action it is: then all arguments count.
        let values = fields.compactMap { $0.value(in: whole) }
        let isDeclared = !fields.isEmpty && values.count == fields.count
        let key = BusinessKey(
            bytes: session.vault.actionDigest(
                tool: tool, key: isDeclared ? JSONWriter.canonical(.array(values)) : text),
            isDeclared: isDeclared)
        businessKeys[action.ordinal] = key
        return key
    }

    // MARK: Policy

    private mutating func policyVerdict(
        _ action: ActionState, arguments: JSONValue
    ) async throws(DriverStop) -> GuardVerdict {
        let policy = agent.policy
        let judged = judgedAction(action, arguments: arguments, under: policy)
        var facts = judged.facts(in: surroundings(of: judged.principal), now: now, under: policy)
        if let refusal = policy.flowDecision(facts) { return verdict(refusal, of: action, on: facts) }
        // Only whether the record is the principal's own is asked before it is known to be.
        var asked: Set<GuardCall> = []
        for call in policy.entitlementCalls(for: judged.tool, arguments: arguments) where policy.mayAsk(call) {
            asked.insert(call)
            facts.groundTruth[call] = try await learn(call, for: action)
        }
        facts.now = now
        if let refusal = policy.entitlementDecision(facts) {
            return verdict(refusal, of: action, on: facts, asked: asked)
        }
        for call in policy.askedCalls(for: judged.tool, arguments: arguments) where !asked.contains(call) {
            asked.insert(call)
            facts.groundTruth[call] = try await learn(call, for: action)
        }
        facts.confidence = try await confidence(of: action, facts)
        if isStale(action.ordinal) { try discard(asked, for: action, &facts) }
        facts.now = now
        return verdict(policy.decide(facts), of: action, on: facts, asked: asked)
    }

    /// The moment of the facts is that of the decision's entry, so that it can be made again from the journal.
    private mutating func verdict(
        _ decision: PolicyDecision, of action: ActionState, on facts: PolicyFacts, asked: Set<GuardCall> = []
    ) -> GuardVerdict {
        services.witness?(ActionID(run: run, ordinal: action.ordinal), facts)
        var verdict = GuardVerdict(decision)
        verdict.decidedAt = facts.now
        verdict.endorsable = agent.policy.endorsable(facts, decision)
        if action.hand == nil { holdBack(&verdict, of: action.proposal.tool) }
        if let shadow = agent.shadow { verdict.shadow = question(of: action, shadow, facts, asked) }
        return verdict
    }

    func surroundings(of principal: Principal) -> DecisionSurroundings {
        DecisionSurroundings(
            attributes: deployment.attributes(principal), roles: deployment.groups(principal),
            environment: deployment.environment)
    }

    /// What the run itself tells of an action that is judged now.
    mutating func judgedAction(_ action: ActionState, arguments: JSONValue, under policy: Policy) -> JudgedAction {
        let tool = action.proposal.tool
        var judged = JudgedAction(
            tool: tool, arguments: arguments, label: action.proposal.label,
            hasReadUntrusted: hasReadUntrusted(for: action),
            mostConfidentialRead: mostConfidentialRead(for: action),
            evidence: policy.asksForEvidence(of: tool) ? evidence(for: tool, under: policy) : Evidence(),
            isRepeat: isRepeat(action, under: policy), agent: agent.definition.name, tenant: session.scope.tenant,
            principal: state.created?.principal ?? .ballast, run: run, conversation: state.created?.conversation)
        judged.isUndo = state.isRollback
        if !state.endorsements.isEmpty { judged.endorsements = endorsements() }
        if !state.contracts.isEmpty {
            judged.contracts = contracts
            judged.uses = uses(of: tool, but: action.ordinal)
        }
        return judged
    }

    /// Something that nobody vouches for is in what the model reads: a result, a task that was given with it, or an
    /// earlier answer that came of it.
    var hasReadUntrusted: Bool {
        // Nobody sees what else an agent outside has read.
        state.isGateway
            || state.transcript.contains { item in
                switch item {
                case .result(_, _, _, let label): label.sources.contains(.untrustedTool)
                case .message(let message): message.label.sources.contains(.untrustedTool)
                default: false
                }
            }
    }

    /// The label of words that the model writes: with everything it has read in them.
    var modelLabel: Label { Label(hasReadUntrusted ? [.model, .untrustedTool] : [.model]) }

    /// An equal action was done before in this run.
    private func isRepeat(_ action: ActionState, under policy: Policy) -> Bool {
        policy.toolClass(of: action.proposal.tool) != .safe
            && state.history.contains {
                $0.end == .done && $0.tool == action.proposal.tool && $0.arguments == action.proposal.arguments
            }
    }

    /// What the guard learned for the action is older than its policy takes.
    func isStale(_ ordinal: UInt32) -> Bool {
        guard let learned = learnedAt[ordinal], let action = state.action(ordinal),
            let freshness = agent.policy.rules(for: action.proposal.tool).freshness
        else { return false }
        return services.clock.monotonic - learned > freshness
    }

    /// Tools that answer so slowly that the first answer is too old with the last one have told nothing.
    private mutating func discard(
        _ asked: Set<GuardCall>, for action: ActionState, _ facts: inout PolicyFacts
    ) throws(DriverStop) {
        lacksAnswer = true
        learnedAt[action.ordinal] = nil
        for call in asked.sorted(by: { $0.tool < $1.tool }) {
            facts.groundTruth[call] = nil
            try noteGuardCall(
                call.tool, JSONWriter.canonical(call.arguments), Array("too old when the last answer came".utf8),
                passed: false, action: action.ordinal)
        }
    }

    /// Asks a safe tool for a fact; a failure is no answer, and the policy denies what it cannot evaluate.
    private mutating func learn(_ call: GuardCall, for action: ActionState) async throws(DriverStop) -> JSONValue? {
        let bytes = JSONWriter.canonical(call.arguments)
        learnedAt[action.ordinal] = learnedAt[action.ordinal] ?? services.clock.monotonic
        guard let tool = deployment.catalog[call.tool], tool.isPinned else {
            lacksAnswer = true
            try noteGuardCall(call.tool, bytes, Array("not offered".utf8), passed: false, action: action.ordinal)
            return nil
        }
        let outcome = await ask(tool, bytes, as: EffectID(run: run, ordinal: action.ordinal))
        guard case .result(let result) = outcome else {
            lacksAnswer = true
            answerWait = max(answerWait, outcome.retryAfter ?? 0)
            try noteGuardCall(call.tool, bytes, Array("no answer".utf8), passed: false, action: action.ordinal)
            return nil
        }
        // What is learned is what is on record, so that the decision can be made again from the journal.
        let content = result.structured.map { JSONWriter.canonical($0) } ?? Array(result.content.utf8)
        let answer = Array(content.prefix(options.resultBytes))
        try noteGuardCall(call.tool, bytes, answer, passed: !result.isError, action: action.ordinal)
        return GuardCall.learned(from: answer, passed: !result.isError)
    }

    private mutating func noteGuardCall(
        _ tool: String, _ arguments: [UInt8], _ answer: [UInt8], passed: Bool, action: UInt32
    ) throws(DriverStop) {
        try record(
            .guardChecked(
                GuardChecked(
                    action: action, purpose: GuardChecked.groundTruth, tool: tool, arguments: session.seal(arguments),
                    result: session.seal(answer), passed: passed)))
    }

    /// A call the guard makes for itself: a safe tool, bounded in time, retried like any read.
    func ask(_ tool: ToolCatalog.Entry, _ arguments: [UInt8], as effect: EffectID) async -> ToolOutcome {
        var outcome = ToolOutcome.neverSent(ToolFailure(code: .unreachable, message: "not tried"), isRetryable: true)
        let name = tool.definition.name
        let watch = watch(.tool(name), time: options.toolTimeout)
        for attempt in 1...max(1, attempts(of: name)) {
            if attempt > 1 {
                guard case .after(let wait) = retryPlan(of: name, after: outcome, attempt: attempt - 1),
                    (try? await services.clock.sleep(milliseconds: wait)) != nil
                else { break }
            }
            outcome = await watch.around(attempt: attempt) {
                await executor.send(
                    effect, of: tool, arguments: arguments, attempt: attempt, tenant: session.scope.tenant,
                    principal: state.created?.principal ?? .ballast, timeout: withinDeadline(options.toolTimeout),
                    scopes: sendScopes(name), judgedUnder: nil, handle: handle)
            }
            if case .result = outcome { break }
        }
        return outcome
    }

    var executor: EffectExecutor {
        EffectExecutor(
            gate: services.gate, clock: services.clock, leaseMargin: options.leaseMargin, planted: options.planted)
    }
    func sendScopes(_ tool: String) -> Set<HaltScope> { scopes.union([.tool(tool)]) }
}
