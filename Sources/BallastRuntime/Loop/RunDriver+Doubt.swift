import BallastCore
import BallastPolicy

/// Effects whose outcome was lost: asked about, never assumed.
extension RunDriver {
    mutating func doubt(_ action: ActionState, code: String, _ detail: String) throws(DriverStop) {
        let verification = agent.policy.rules(for: action.proposal.tool).verification
        try record(
            .effectInDoubt(
                EffectInDoubt(
                    action: action.ordinal, code: code, detail: session.seal(detail),
                    verifyAt: verification == nil ? nil : now)))
        enterLedger(action, .inDoubt)
        if verification == nil { try askPersonAbout(action) }
    }

    private mutating func askPersonAbout(_ action: ActionState) throws(DriverStop) {
        guard state.escalation == nil, state.cancelRequest == nil else { return }
        let effect = EffectID(run: run, ordinal: action.ordinal)
        try escalate(
            RunEscalated.inDoubt,
            "\(action.proposal.tool) was sent and its answer was lost; it is not known whether it happened. "
                + "Look it up by hand, then: ballast settle \(effect) happened|did-not --reason …")
    }

    /// An effect that an owner before this one had started: repeatable ones go again, others are in doubt.
    mutating func recover(_ ordinal: UInt32) async throws(DriverStop) {
        guard let action = state.action(ordinal), let progress = action.stage.progress else { return }
        let isRepeatable = mayRepeat(progress, startedAt: action.firstStartedAt) || options.planted == .resendForeign
        if options.planted == .foreignForgotten {
            try withdraw(ordinal, code: "forgotten", "Nothing was sent.")
        } else if isRepeatable, state.cancelRequest == nil, state.halt == nil {
            let lost = ToolFailure(code: .connectionLost, message: "The server stopped while this call was under way.")
            try retry(action, progress, lost, wait: nil, wasSent: true)
        } else {
            try doubt(action, code: "crash", "The server stopped while this call was under way.")
        }
        try await flush()
    }

    /// Asks the tool what became of an effect. "Not found" means "did not" only once it can no longer land.
    mutating func verify(_ ordinal: UInt32) async throws(DriverStop) {
        guard let action = state.action(ordinal), case .inDoubt(let doubt) = action.stage,
            let verification = agent.policy.rules(for: action.proposal.tool).verification
        else { return try escalateDoubt(ordinal) }
        let effect = EffectID(run: run, ordinal: ordinal)
        let own = session.bytes(of: action.proposal.arguments).flatMap { try? JSONReader.read($0) } ?? .null
        guard let arguments = verification.with.object(arguments: own, idempotencyKey: effect.description) else {
            return try escalateDoubt(ordinal)
        }
        let asked = now
        let outcome = await look(with: verification.tool, JSONWriter.canonical(arguments), for: effect)
        try conclude(action, doubt, verification, outcome, asked: asked)
        try await flush()
    }

    /// A tool that is not offered at the moment is like one that does not answer: it is asked again later.
    private func look(with name: String, _ arguments: [UInt8], for effect: EffectID) async -> ToolOutcome {
        guard let tool = deployment.catalog[name], tool.isPinned else {
            return .neverSent(
                ToolFailure(code: .unreachable, message: "\(name) is not offered at the moment."), isRetryable: true)
        }
        return await ask(tool, arguments, as: effect)
    }

    private mutating func escalateDoubt(_ ordinal: UInt32) throws(DriverStop) {
        guard let action = state.action(ordinal) else { return }
        try record(
            .effectVerified(
                EffectVerified(
                    action: ordinal, answer: .unknown, by: .ballast,
                    detail: session.seal("There is no tool that could be asked."), label: Label([.configuration]),
                    verifyAt: nil)))
        try askPersonAbout(action)
    }

    private mutating func conclude(
        _ action: ActionState, _ doubt: EffectDoubt, _ verification: Verification, _ outcome: ToolOutcome,
        asked: Timestamp
    ) throws(DriverStop) {
        let landsUntil = doubt.since.adding(milliseconds: verification.landsWithin)
        var answer = EffectVerified.Answer.unknown
        let detail: String
        switch outcome {
        case .result(let result): detail = result.content
        case .neverSent(let failure, _), .unknown(let failure): detail = failure.message
        }
        if case .result(let result) = outcome, !result.isError {
            let value = result.structured ?? (try? JSONReader.read(Array(result.content.utf8))) ?? .null
            switch verification.saysHappened(value) {
            case .yes: answer = .happened
            // The tool looked somewhere between question and answer, so only the question's moment is certain.
            case .no where asked >= landsUntil || options.planted == .verifyTooEarly: answer = .didNot
            default: answer = .unknown
            }
        }
        let isExhausted = doubt.checks + 1 >= options.verifications && now >= landsUntil
        // A tool that rests is asked when it is tried again.
        let wait = max(
            landsUntil.since(now), options.verifyBackoff << Int64(min(doubt.checks, 10)),
            min(outcome.retryAfter ?? 0, options.longestAskedWait))
        // It is waited for until it can no longer land, and past the run's time for nothing else: a person is quicker.
        let isLate = wait > landsUntil.since(now) && wait >= timeLeft
        let next = answer == .unknown && !isExhausted && !isLate ? now.adding(milliseconds: wait) : nil
        try record(
            .effectVerified(
                EffectVerified(
                    action: action.ordinal, answer: answer, by: Principal("tool:\(verification.tool)"),
                    detail: session.seal(detail), label: resultLabel(verification.tool), verifyAt: next)))
        switch answer {
        case .happened:
            enterLedger(action, .settled)
            closeLimits(of: action, \.settled)
        case .didNot: enterLedger(action, .started)
        case .unknown: if next == nil { try askPersonAbout(action) }
        }
    }
}
