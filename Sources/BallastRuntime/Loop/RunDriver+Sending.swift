import BallastCore
import BallastPolicy

/// Starting effects, sending them, and putting their outcomes on record.
extension RunDriver {
    /// Journals the start of an effect with its ledger row, decided under the epochs of now; false when it cannot
    /// start (the action is closed then).
    mutating func start(_ ordinal: UInt32) throws(DriverStop) -> Bool {
        guard let action = state.action(ordinal) else { return false }
        guard let tool = deployment.catalog[action.proposal.tool] else {
            try withdraw(ordinal, code: "unavailable", "\(action.proposal.tool) is not offered any more.")
            return false
        }
        if let until = repeatsUntil(action), now >= until {
            try doubt(
                action, code: "key_expired",
                "An attempt was sent and its answer was lost; by now \(action.proposal.tool) need not know its key any "
                    + "more, so it was not sent again.")
            return false
        }
        // A later attempt passes the guard only where something changed, but goes only to the tool that was approved.
        let isAsApproved = state.approvalOfAction[ordinal].map { isBound($0, to: action) } ?? true
        guard tool.isPinned || options.planted == .bindingIgnored, isAsApproved || options.planted == .bindingIgnored
        else {
            try withdraw(
                ordinal, code: DecisionCode.pin.rawValue,
                "\(action.proposal.tool) changed since this action was decided; nothing more was sent.")
            return false
        }
        let repeatability = agent.policy.repeatability(of: action.proposal.tool)
        let attempt = action.stage.progress?.attempt ?? 1
        let approval = action.stage.approval
        // An attempt that was counted before holds its place in the limits.
        let reservations = action.stage.progress == nil ? reserveLimits(of: ordinal) : []
        try record(
            .effectStarted(
                EffectStarted(
                    action: ordinal, attempt: attempt, repeatability: repeatability, approval: approval,
                    reservations: reservations)))
        if let approval, let request = state.approvalOfAction[ordinal] { showUsed(approval, request, action) }
        session.require(services.gate.epochs(of: sendScopes(action.proposal.tool)))
        enterLedger(state.action(ordinal) ?? action, .started)
        if attempt == 1, action.firstStartedAt == nil, options.planted != .twinsStart {
            session.startFirst(EffectID(run: run, ordinal: ordinal))
        }
        if attempt == 1, action.firstStartedAt == nil { markWritten(action) }
        return true
    }

    mutating func showUsed(_ approval: UInt32, _ wait: ApprovalWait, _ action: ActionState) {
        guard wait.approval == approval else { return }
        showApproval(wait, action: action, status: .used, by: wait.approvers.last)
    }

    /// The ledger keeps effects; calls of safe tools are only in the journal.
    mutating func enterLedger(_ action: ActionState, _ effectState: EffectState) {
        guard agent.policy.toolClass(of: action.proposal.tool) != .safe else { return }
        session.enter(ledgerRow(of: action, effectState))
    }

    mutating func ledgerRow(of action: ActionState, _ effectState: EffectState) -> EffectRecord {
        let key = businessKey(of: action, nil)
        return EffectRecord(
            id: EffectID(run: run, ordinal: action.ordinal), tool: action.proposal.tool, state: effectState,
            repeatability: action.stage.progress?.repeatability
                ?? agent.policy.repeatability(of: action.proposal.tool),
            businessKey: key.bytes, isBusinessKeyDeclared: key.isDeclared,
            startedAt: action.firstStartedAt ?? now, updatedAt: now)
    }

    /// Leave for the next model call rides on the commit that starts this batch.
    mutating func reserveAhead() throws(DriverStop) {
        guard state.reservation == nil, state.playbook == nil, !state.isRollback, state.cancelRequest == nil,
            state.escalation == nil,
            let name = nextModel(), deployment.models[name] != nil
        else { return }
        try reserveModel(name)
    }

    // MARK: Sending

    /// Sends started effects, several at once unless a tool is sequential, and records each outcome as it comes.
    mutating func send(_ ordinals: [UInt32]) async throws(DriverStop) {
        var parallel: [UInt32] = []
        for ordinal in ordinals {
            guard let action = state.action(ordinal) else { continue }
            if let progress = action.stage.progress, handedOver[ordinal] == progress.attempt {
                let lost = ToolFailure(code: .connectionLost, message: "The outcome of this call was lost.")
                try unknown(action, progress, lost)
            } else if ordinals.count == 1 || agent.policy.rules(for: action.proposal.tool).isSequential {
                guard let call = call(for: action) else { continue }
                try await take(await call.outcome(), of: ordinal, startedAt: action.firstStartedAt)
            } else {
                parallel.append(ordinal)
            }
        }
        if !parallel.isEmpty { try await sendTogether(parallel) }
    }

    /// A task group is waited for to its end even when this task is cancelled: an outcome that came is never dropped.
    private mutating func sendTogether(_ ordinals: [UInt32]) async throws(DriverStop) {
        var waiting: [(UInt32, PreparedCall)] = []
        for ordinal in ordinals {
            if let action = state.action(ordinal), let call = call(for: action) { waiting.append((ordinal, call)) }
        }
        var rest = waiting[...]
        let limit = options.parallelSends
        var stop: DriverStop?
        await withTaskGroup(of: (UInt32, ToolOutcome).self) { group in
            for (ordinal, call) in rest.prefix(limit) { group.addTask { (ordinal, await call.outcome()) } }
            rest = rest.dropFirst(limit)
            while let (ordinal, outcome) = await group.next() {
                do throws(DriverStop) {
                    try await take(outcome, of: ordinal, startedAt: state.action(ordinal)?.firstStartedAt)
                } catch {
                    stop = stop ?? error
                }
                if let (next, call) = rest.popFirst() { group.addTask { (next, await call.outcome()) } }
            }
        }
        if let stop { throw stop }
    }

    /// The call of a started attempt, once: an attempt that was handed over before is never handed over again.
    mutating func call(for action: ActionState, relay room: GatewayRoom? = nil) -> PreparedCall? {
        guard let tool = deployment.catalog[action.proposal.tool], case .started(let progress) = action.stage,
            handedOver[action.ordinal] != progress.attempt
        else { return nil }
        handedOver[action.ordinal] = progress.attempt
        let time = agent.policy.rules(for: action.proposal.tool).timeout ?? options.toolTimeout
        return PreparedCall(
            executor: executor, effect: EffectID(run: run, ordinal: keyOrdinal(action, progress)), tool: tool,
            arguments: session.bytes(of: action.proposal.arguments) ?? [], attempt: progress.attempt,
            tenant: session.scope.tenant, principal: state.created?.principal ?? .ballast,
            timeout: withinDeadline(time), scopes: sendScopes(action.proposal.tool),
            judgedUnder: judged[action.ordinal] ?? -1, notFrom: repeatsUntil(action), handle: handle,
            watch: watch(.tool(action.proposal.tool), time: time),
            relay: room?.relay(of: action.proposal.callID))
    }

    private func keyOrdinal(_ action: ActionState, _ progress: EffectProgress) -> UInt32 {
        options.planted == .freshKeyPerAttempt
            ? action.ordinal &+ UInt32(clamping: progress.attempt) &* 1_000_000 : action.ordinal
    }

    // MARK: Outcomes

    mutating func take(
        _ outcome: ToolOutcome, of ordinal: UInt32, startedAt: Timestamp?
    ) async throws(DriverStop) {
        try noteBreakerChanges()
        guard let action = state.action(ordinal), let progress = action.stage.progress else { return }
        switch outcome {
        case .result(let result):
            let checked = checkResult(result, of: action.proposal.tool)
            let recalled = try await recall(checked.content, of: action.proposal.tool)
            try settle(action, with: checked, since: startedAt ?? now, recalled: recalled)
        case .neverSent(let failure, let isRetryable):
            try neverSent(action, progress, failure, isRetryable: isRetryable)
        case .unknown(let failure) where options.planted == .resultInvented:
            let invented = ToolResult(content: "{\"message\":\"\(failure.code.name)\"}")
            try settle(action, with: checkResult(invented, of: action.proposal.tool), since: now)
        case .unknown(let failure):
            try unknown(action, progress, failure)
        }
        // Answers to an agent outside are made durable together, before any of them is given.
        guard !state.isGateway else { return }
        let isRepeatable = progress.repeatability == .naturally
        if options.durability == .strict || !isRepeatable { try await flush() }
    }

    private mutating func settle(
        _ action: ActionState, with checked: (content: [UInt8], isError: Bool), since: Timestamp,
        recalled: RecalledLabels? = nil
    ) throws(DriverStop) {
        // An error answers for its own attempt; an earlier one whose answer was lost may still have done it.
        if checked.isError, action.stage.progress?.mayHaveHappened == true, options.planted != .errorMeansFailed,
            agent.policy.toolClass(of: action.proposal.tool) != .safe
        {
            let said = String(decoding: checked.content.prefix(2_000), as: UTF8.self)
            return try doubt(
                action, code: "error_after_unknown",
                "An attempt was sent and its answer was lost; a later one was answered with an error: \(said)")
        }
        var label = resultLabel(action.proposal.tool)
        if let recalled {
            try record(
                .labelsRecalled(
                    LabelsRecalled(
                        action: action.ordinal, recalled: session.seal(JSONWriter.canonical(recalled.json)))))
            // Whoever hands it over, somebody wrote it whom nobody vouches for.
            label = label.joined(with: Label([.untrustedTool]))
        }
        if !checked.isError { markMade(action, checked.content) }
        try record(
            .effectSettled(
                EffectSettled(
                    action: action.ordinal, isError: checked.isError, result: session.seal(checked.content),
                    label: label, duration: max(0, now.since(since)),
                    checks: afterChecks(of: action.proposal.tool, isError: checked.isError))))
        enterLedger(action, checked.isError ? .failed : .settled)
        closeLimits(of: action, checked.isError ? \.failed : \.settled)
    }

    /// Bounds and validates what a tool said; what does not fit its schema is an error the model reads.
    private func checkResult(_ result: ToolResult, of tool: String) -> (content: [UInt8], isError: Bool) {
        let content = recorded(result, of: tool)
        guard content.count <= options.resultBytes else {
            let note = "\n[cut: the result had \(content.count) bytes, \(options.resultBytes) are kept]"
            return (
                Array(String(decoding: content.prefix(options.resultBytes), as: UTF8.self).utf8) + Array(note.utf8),
                result.isError
            )
        }
        guard !result.isError, let schema = deployment.catalog[tool]?.outputSchema else {
            return (content, result.isError)
        }
        let violations = schema.validate(result.structured ?? .null)
        guard !violations.isEmpty else { return (content, false) }
        let why = violations.prefix(3).map(\.message).joined(separator: "; ")
        return (
            Array("The tool ran, but its result does not fit its schema (\(why)). It answered: \(result.content)".utf8),
            false
        )
    }

    /// Records are read out of structured answers only, so such an answer is what is kept of these tools.
    private func recorded(_ result: ToolResult, of tool: String) -> [UInt8] {
        guard !result.isError, let structured = result.structured, agent.policy.hasRecords(tool) else {
            return Array(result.content.utf8)
        }
        return JSONWriter.compact(structured)
    }

    func resultLabel(_ tool: String) -> Label {
        let rules = agent.policy.rules(for: tool)
        return Label(
            rules.trust == .all ? [.trustedTool] : [.untrustedTool], confidentiality: rules.flow.confidentiality)
    }

    private mutating func neverSent(
        _ action: ActionState, _ progress: EffectProgress, _ failure: ToolFailure, isRetryable: Bool
    ) throws(DriverStop) {
        if failure.code == .permitRefused || failure.code == .cancelled {
            // This attempt left nothing, so the next one is not the same bytes again.
            handedOver[action.ordinal] = nil
            if state.cancelRequest != nil {
                try withdraw(action.ordinal, code: "cancelled", "The task was cancelled before this was sent.")
            } else {
                try retry(action, progress, failure, wait: isLeaseEnding ? options.backoff : 0)
            }
        } else {
            try tryAgain(action, progress, failure, isRetryable: isRetryable, wasSent: false)
        }
    }

    private mutating func unknown(
        _ action: ActionState, _ progress: EffectProgress, _ failure: ToolFailure
    ) throws(DriverStop) {
        let isHarmless =
            mayRepeat(progress, startedAt: action.firstStartedAt) || options.planted == .timeoutMeansFailed
        try tryAgain(
            action, progress, failure, isRetryable: isHarmless && state.cancelRequest == nil, wasSent: true)
    }

    /// Whether another attempt can do no harm.
    func mayRepeat(_ progress: EffectProgress, startedAt: Timestamp?) -> Bool {
        switch progress.repeatability {
        case .never: false
        case .naturally: true
        case .byKey(let window): startedAt.map { now.since($0) < window } ?? false
        }
    }

    /// The moment from which another attempt may do it again: what was sent before is only known by its key.
    private func repeatsUntil(_ action: ActionState) -> Timestamp? {
        guard let progress = action.stage.progress, progress.mayHaveHappened, let first = action.firstStartedAt,
            case .byKey(let window) = progress.repeatability
        else { return nil }
        return first.adding(milliseconds: window)
    }

    /// The lease is renewed in a while, or another owner takes over.
    private var isLeaseEnding: Bool {
        services.clock.monotonic >= handle.leaseEnds.subtractingReportingOverflow(options.leaseMargin).partialValue
    }

    /// - Parameter wait: milliseconds until an attempt that was not made is made; nil for another attempt, after a
    ///   backoff.
    mutating func retry(
        _ action: ActionState, _ progress: EffectProgress, _ failure: ToolFailure, wait: Int64?, wasSent: Bool = false
    ) throws(DriverStop) {
        let rule = agent.policy.rules(for: action.proposal.tool).retry
        let pause =
            wait
            ?? services.backoff(
                beforeAttempt: progress.attempt + 1, first: rule?.backoff ?? options.backoff, asked: failure.retryAfter)
        try retry(
            action, failure, after: pause, made: wait == nil ? progress.attempt : progress.attempt - 1,
            wasSent: wasSent)
    }
}

/// One attempt with all that it needs, so that it can run beside others.
struct PreparedCall: Sendable {
    let executor: EffectExecutor
    let effect: EffectID
    let tool: ToolCatalog.Entry
    let arguments: [UInt8]
    let attempt: Int
    let tenant: TenantID
    let principal: Principal
    let timeout: Int64
    let scopes: Set<HaltScope>
    /// The generation of the decision that allowed it.
    let judgedUnder: Int
    /// No byte leaves from this moment on.
    let notFrom: Timestamp?
    let handle: RunHandle
    let watch: BreakerWatch
    /// Who hears of it while it is under way.
    let relay: ToolRelay?

    func outcome() async -> ToolOutcome {
        handle.begin(effect, tool: tool.definition.name)
        defer { handle.end(effect) }
        return await watch.around(attempt: attempt) {
            await executor.send(
                effect, of: tool, arguments: arguments, attempt: attempt, tenant: tenant, principal: principal,
                timeout: timeout, scopes: scopes, judgedUnder: judgedUnder, notFrom: notFrom, handle: handle,
                relay: relay)
        }
    }
}
