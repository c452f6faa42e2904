import BallastCore
import BallastPolicy

/// Deciding every action under a shadow policy, too. It comes after the decision that counts and changes nothing: it
/// refuses nothing, nothing waits for it, and what fails in it is a shadow that could not be decided.
extension RunDriver {
    /// The question as the facts are now; they change with the decision that counts.
    mutating func question(
        of action: ActionState, _ shadow: ShadowPolicy, _ facts: PolicyFacts, _ asked: Set<GuardCall>
    ) -> ShadowQuestion? {
        guard action.stage.progress == nil else { return nil }
        var own = judgedAction(action, arguments: facts.arguments, under: shadow.policy)
            .facts(in: surroundings(of: facts.principal), now: facts.now, under: shadow.policy)
        own.groundTruth = facts.groundTruth
        let (policy, catalog) = (agent.policy, deployment.catalog)
        return ShadowQuestion(
            shadow, facts: own, asked: asked, estimate: state.action(action.ordinal)?.estimate
        ) { call in
            // A dry run is the tool itself: only the policy in force knows how to ask for one.
            !call.isDryRun && policy.toolClass(of: call.tool) == .safe && catalog[call.tool]?.isPinned == true
        }
    }

    /// Decides at once where nothing more is needed; otherwise asks beside what goes on.
    mutating func shade(_ action: ActionState, _ question: ShadowQuestion) async throws(DriverStop) {
        inquiries.removeValue(forKey: action.ordinal)?.end()
        let inquiry = ShadowInquiry(question)
        guard inquiry.next != nil else { return try await conclude(inquiry, of: action.ordinal) }
        let (services, executor, handle, scope) = (services, executor, handle, session.scope)
        let (catalog, options) = (deployment.catalog, options)
        let asking = ShadowAsking(
            // A name of its own: it may be under way together with the effect.
            effect: EffectID(run: run, ordinal: action.ordinal ^ 0x8000_0000), executor: executor, handle: handle,
            tenant: scope.tenant, principal: state.created?.principal ?? .ballast,
            timeout: min(options.shadowTimeout, options.toolTimeout), resultBytes: options.resultBytes,
            catalog: catalog, scopes: scopes)
        inquiries[action.ordinal] = inquiry
        inquiry.begin(Task(executorPreference: services.executor) { await asking.pursue(inquiry) })
    }

    enum Inquiries { case answered, all }

    /// Puts on record what came of inquiries; with `all`, what was not answered by now could not be decided.
    mutating func concludeInquiries(_ which: Inquiries) async throws(DriverStop) {
        guard !inquiries.isEmpty else { return }
        for (ordinal, inquiry) in inquiries.sorted(by: { $0.key < $1.key }) {
            guard which == .all || inquiry.isAnswered && !isUnderWay(ordinal) else { continue }
            inquiries[ordinal] = nil
            inquiry.end()
            try await conclude(inquiry, of: ordinal)
        }
    }

    /// The run has nothing else to do: it stays until the tools have answered, or something comes in. True when there is
    /// something to do again.
    mutating func awaitInquiries() async throws(DriverStop) -> Bool {
        guard !inquiries.isEmpty else { return false }
        try await flush()
        let deadline = services.clock.monotonic + 2 * options.shadowTimeout
        while !inquiries.values.allSatisfy(\.isAnswered), services.clock.monotonic < deadline {
            if handle.hasMail || handle.isLost || handle.isDraining || Task.isCancelled { return true }
            guard (try? await services.clock.sleep(milliseconds: RunDriver.look)) != nil else { return true }
        }
        try await concludeInquiries(.all)
        return true
    }
    private static let look: Int64 = 5

    /// The run ends: what was not answered by now could not be decided.
    mutating func giveUpInquiries() throws(DriverStop) {
        for (ordinal, inquiry) in inquiries.sorted(by: { $0.key < $1.key }) {
            inquiry.end()
            let (question, checks) = inquiry.outcome
            try note(checks, of: ordinal)
            try note(undecided: "The run ended before it was decided.", question, of: ordinal)
        }
        inquiries = [:]
    }

    /// Its outcome is not known yet, so neither is what it takes of limits.
    private func isUnderWay(_ ordinal: UInt32) -> Bool {
        guard let action = state.action(ordinal) else { return false }
        if case .checking = action.stage { return true }
        return action.stage.progress != nil
    }

    // MARK: On record

    private mutating func conclude(_ inquiry: ShadowInquiry, of ordinal: UInt32) async throws(DriverStop) {
        var (question, checks) = inquiry.outcome
        try note(checks, of: ordinal)
        switch question.next() {
        case .ask: try note(undecided: "A tool that it asked did not answer in time.", question, of: ordinal)
        case .undecided(let why): try note(undecided: why, question, of: ordinal)
        case .decided(let decision, let reason):
            var verdict = GuardVerdict(decision)
            if let reason {
                (verdict.code, verdict.rule, verdict.sentence) = (reason.code, reason.rule, reason.sentence)
            }
            if decision.outcome != .deny {
                do throws(DriverStop) {
                    verdict = try await limitRefusal(decision.demands, for: ordinal, .shadow) ?? verdict
                    try await askBeyond(&verdict, for: ordinal, .shadow)
                } catch {
                    return try note(undecided: "Its limits could not be looked at.", question, of: ordinal)
                }
            }
            if verdict.outcome != .deny { takeShadow(decision.demands, of: ordinal) }
            try note(verdict, question, of: ordinal)
        }
    }

    /// Reserved when the action starts, or used up where it was done meanwhile.
    private mutating func takeShadow(_ demands: [LimitDemand], of ordinal: UInt32) {
        guard !demands.isEmpty else { return }
        switch state.action(ordinal)?.stage {
        case .allowed: shadowIntended[ordinal] = demands
        case .none, .closed:
            if state.history.last(where: { $0.ordinal == ordinal })?.end == .done { useUp(demands) }
        default: break
        }
    }

    private mutating func note(_ checks: [ShadowCheck], of ordinal: UInt32) throws(DriverStop) {
        for check in checks {
            try record(
                .guardChecked(
                    GuardChecked(
                        action: ordinal, purpose: GuardChecked.shadow, tool: check.tool,
                        arguments: session.seal(check.arguments), result: session.seal(check.answer),
                        passed: check.passed)))
        }
    }

    private mutating func note(
        undecided why: String, _ question: ShadowQuestion, of ordinal: UInt32
    ) throws(DriverStop) {
        try note(
            ActionShadowed(
                action: ordinal, outcome: nil, code: ActionShadowed.undecided, rule: nil, name: question.shadow.name,
                policy: question.shadow.policy.hash,
                reasons: session.seal(JSONWriter.canonical(["message": JSONValue(why)]))))
    }

    private mutating func note(
        _ verdict: GuardVerdict, _ question: ShadowQuestion, of ordinal: UInt32
    ) throws(DriverStop) {
        let reasons =
            verdict.outcome == .allow
            ? nil
            : session.seal(
                JSONWriter.canonical(verdict.refusal(action: ActionID(run: run, ordinal: ordinal))))
        let asksReviewers =
            verdict.outcome == .approve || verdict.outcome == .confirm && verdict.confirmer == .operatorSide
        try note(
            ActionShadowed(
                action: ordinal, outcome: verdict.outcome, code: verdict.code.rawValue, rule: verdict.rule,
                group: verdict.requirement?.group, quorum: asksReviewers ? verdict.requirement?.quorum ?? 1 : 0,
                name: question.shadow.name, policy: question.shadow.policy.hash, reasons: reasons))
    }

    /// Said once: a second look at the action that finds the same adds nothing.
    private mutating func note(_ shadowed: ActionShadowed) throws(DriverStop) {
        if let before = state.action(shadowed.action)?.shadow, before.saysSame(as: shadowed) { return }
        try record(.actionShadowed(shadowed))
    }
}

/// All that asking tools for a shadow needs, apart from the run's driver.
private struct ShadowAsking: Sendable {
    let effect: EffectID
    let executor: EffectExecutor
    let handle: RunHandle
    let tenant: TenantID
    let principal: Principal
    let timeout: Int64
    let resultBytes: Int
    let catalog: ToolCatalog
    /// Of the run; the tool's own is added.
    let scopes: Set<HaltScope>

    /// One attempt for each call: nobody waits for a shadow.
    func pursue(_ inquiry: ShadowInquiry) async {
        while let calls = inquiry.next {
            for call in calls {
                if Task.isCancelled { return }
                let bytes = JSONWriter.canonical(call.arguments)
                let (answer, passed) = await ask(call, bytes)
                inquiry.learn(
                    call, GuardCall.learned(from: answer, passed: passed),
                    ShadowCheck(tool: call.tool, arguments: bytes, answer: answer, passed: passed))
            }
        }
    }

    private func ask(_ call: GuardCall, _ arguments: [UInt8]) async -> (answer: [UInt8], passed: Bool) {
        guard let tool = catalog[call.tool] else { return (Array("not offered".utf8), false) }
        let outcome = await executor.send(
            effect, of: tool, arguments: arguments, attempt: 1, tenant: tenant, principal: principal,
            timeout: timeout, scopes: scopes.union([.tool(call.tool)]), judgedUnder: nil, handle: handle)
        guard case .result(let result) = outcome else { return (Array("no answer".utf8), false) }
        let content = result.structured.map { JSONWriter.canonical($0) } ?? Array(result.content.utf8)
        return (Array(content.prefix(resultBytes)), !result.isError)
    }
}
