import BallastCore
import BallastPolicy

/// Ending an action that certainly was not done, or putting an equivalent in its place.
extension RunDriver {
    mutating func withdraw(
        _ ordinal: UInt32, code: String, _ sentence: String, retryAfter: Int64? = nil
    ) throws(DriverStop) {
        guard let action = state.action(ordinal) else { return }
        if case .waiting(let wait) = action.stage {
            try resolve(wait, action: action, status: .withdrawn, by: .ballast, reason: sentence)
            return
        }
        // Only what certainly was not done can be withdrawn; what an earlier attempt may have done is in doubt. A tool
        // that changes nothing leaves no doubt.
        if action.stage.progress?.mayHaveHappened == true, options.planted != .withdrawnThoughSent,
            agent.policy.toolClass(of: action.proposal.tool) != .safe
        {
            return try doubt(action, code: code, sentence)
        }
        let hadStarted = action.stage.progress != nil
        let error = ToolError(
            kind: code, message: sentence, retryAfter: retryAfter, tried: action.attempts,
            next: nextMoves(code, retryAfter: retryAfter))
        if let fallback = fallback(for: action, after: code) {
            try choose(fallback, for: action, code: code, error)
        } else {
            try record(
                .effectWithdrawn(
                    EffectWithdrawn(
                        action: ordinal, code: code, detail: session.seal(JSONWriter.canonical(error.document)))))
        }
        intended[ordinal] = nil
        shadowIntended[ordinal] = nil
        if hadStarted {
            enterLedger(action, .withdrawn)
            closeLimits(of: action, \.released)
        }
    }

    private func nextMoves(_ code: String, retryAfter: Int64?) -> [ToolError.NextMove] {
        guard FallbackCause.codes.contains(code) else { return [.tellUser] }
        let handOver: [ToolError.NextMove] = agent.definition.mayAskUser && !state.isGateway ? [.handOver] : []
        return (retryAfter == nil ? [] : [.later]) + [.anotherTool, .tellUser] + handOver
    }

    // MARK: Fallbacks

    /// A denial for want of the tool itself, and not of the action, goes to the next equivalent; false when there is none.
    mutating func fellBack(_ action: ActionState, _ verdict: GuardVerdict) throws(DriverStop) -> Bool {
        guard let fallback = fallback(for: action, after: verdict.code.rawValue) else { return false }
        let error = ToolError(
            kind: verdict.code.rawValue, message: verdict.sentence, retryAfter: verdict.retryAfter,
            tried: action.attempts, next: [.anotherTool])
        try choose(fallback, for: action, code: verdict.code.rawValue, error)
        return true
    }

    /// The next tool that the operator declared to do the same, that the agent may call, and that is there. What takes an
    /// effect back is declared with the effect, and nothing stands in for it.
    private func fallback(for action: ActionState, after code: String) -> (tool: String, arguments: [UInt8])? {
        guard FallbackCause.codes.contains(code), state.cancelRequest == nil, state.escalation == nil,
            !state.isFinished, !state.isRollback
        else { return nil }
        let tried = (action.trail?.tools ?? []) + [action.proposal.tool]
        let given = action.trail?.arguments ?? action.proposal.arguments
        guard let first = tried.first,
            let arguments = session.bytes(of: given).flatMap({ try? JSONReader.read($0) })
        else { return nil }
        for fallback in agent.policy.rules(for: first).fallbacks where !tried.contains(fallback.tool) {
            guard agent.definition.mayCall(fallback.tool), let tool = deployment.catalog[fallback.tool], tool.isPinned,
                tool.agent == nil, breakerRefusal(of: fallback.tool) == nil,
                let mapped = fallback.arguments(from: arguments)
            else { continue }
            return (fallback.tool, JSONWriter.canonical(mapped))
        }
        return nil
    }

    private mutating func choose(
        _ fallback: (tool: String, arguments: [UInt8]), for action: ActionState, code: String, _ error: ToolError
    ) throws(DriverStop) {
        var proposal = action.proposal
        proposal.tool = fallback.tool
        proposal.arguments = session.seal(fallback.arguments)
        let note =
            "\(action.proposal.tool) was not done (\(code)), so \(fallback.tool) was called in its place; the result is "
            + "what \(fallback.tool) answered."
        try record(
            .fallbackChosen(
                FallbackChosen(
                    action: action.ordinal, code: code, detail: session.seal(JSONWriter.canonical(error.document)),
                    note: session.seal(note), proposal: proposal)))
    }
}

/// Why an action was not done that says something of its tool alone: another one may do it.
enum FallbackCause {
    static let codes: Set<String> = Set(
        [
            ToolFailure.Code.unreachable, .timeout, .connectionLost, .refused, .rateLimited, .protocolError,
            .resultTooLarge, .serverError,
        ].map(\.name) + [DecisionCode.breaker.rawValue, DecisionCode.unavailable.rawValue, "unavailable"])
}
