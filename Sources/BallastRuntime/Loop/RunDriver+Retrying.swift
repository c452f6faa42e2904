import BallastCore
import BallastPolicy

/// Whether a call that failed is made once more.
enum RetryPlan: Sendable, Hashable {
    case after(milliseconds: Int64)
    /// Why not; empty where it could not help or is not allowed.
    case no(String)
}

/// Trying again: a bounded number of times, later each time and never at the same moment as others, not past the end of
/// the run, and not so often that an outage is multiplied.
extension RunDriver {
    /// Milliseconds of activity that the run has left.
    var timeLeft: Int64 {
        guard let budget = state.created?.budget else { return 0 }
        // A person's time is not the agent's.
        if state.takeover?.claimedBy != nil { return budget.activeMilliseconds }
        let used = state.activeMilliseconds.addingReportingOverflow(max(0, now.since(state.updatedAt))).partialValue
        return max(0, budget.activeMilliseconds.subtractingReportingOverflow(used).partialValue)
    }

    /// No call is waited for past the end of the run.
    func withinDeadline(_ timeout: Int64) -> Int64 { max(1, min(timeout, timeLeft)) }

    func attempts(of tool: String) -> Int { agent.policy.rules(for: tool).retry?.attempts ?? options.attempts }

    func retryPlan(of tool: String, _ failure: ToolFailure, attempt: Int) -> RetryPlan {
        let rule = agent.policy.rules(for: tool).retry
        return retryPlan(
            of: .tool(tool), attempt: attempt, attempts: rule?.attempts ?? options.attempts,
            backoff: rule?.backoff ?? options.backoff, asked: failure.retryAfter)
    }

    /// For what the guard asks by itself.
    func retryPlan(of tool: String, after outcome: ToolOutcome, attempt: Int) -> RetryPlan {
        switch outcome {
        case .result: .no("")
        case .neverSent(let failure, let isRetryable):
            isRetryable ? retryPlan(of: tool, failure, attempt: attempt) : .no("")
        case .unknown(let failure): retryPlan(of: tool, failure, attempt: attempt)
        }
    }

    func retryPlan(of model: String, _ failure: ModelFailure) -> RetryPlan {
        if failure.code == .resting { return restPlan(failure) }
        guard failure.isRetryable else { return .no("") }
        let rule = deployment.models[model]?.retry
        return retryPlan(
            of: .model(model), attempt: state.failedAttempts + 1, attempts: rule?.attempts ?? options.attempts,
            backoff: rule?.backoff ?? options.backoff, asked: failure.retryAfter)
    }

    /// A model that rests is passed over; where there is none after it, it is waited for, a bounded number of times and
    /// within the run's time. Nothing was sent, so no budget is used.
    private func restPlan(_ failure: ModelFailure) -> RetryPlan {
        guard let rest = failure.retryAfter, state.routeIndex + 1 >= agent.definition.models.count,
            state.failedAttempts < options.restWaits
        else { return .no("") }
        // Whoever waits comes at a moment of its own: the first is the probe, and the others find it under way.
        let spread = services.backoff(
            beforeAttempt: state.failedAttempts + 2, first: options.backoff * 2, asked: nil)
        let wait = rest.addingReportingOverflow(spread).partialValue
        if wait > options.longestAskedWait { return .no("that is too long to wait for") }
        return wait < timeLeft ? .after(milliseconds: wait) : .no("the run's time would be over by then")
    }

    private func retryPlan(
        of subject: BreakerSubject, attempt: Int, attempts: Int, backoff: Int64, asked: Int64?
    ) -> RetryPlan {
        guard attempt < attempts else { return .no("") }
        if let asked, asked > options.longestAskedWait {
            return .no("\(subject.name) asks to wait for \(DurationWords.text(asked))")
        }
        let wait = services.backoff(beforeAttempt: attempt + 1, first: backoff, asked: asked)
        if wait >= timeLeft { return .no("the run's time would be over by then") }
        let now = services.clock.monotonic
        if let rest = services.breakers.rest(of: subject, tenant: session.scope.tenant, now: now),
            rest.retryAfter > wait
        {
            return .no(rest.sentence)
        }
        guard services.breakers.takeRetry(of: subject, now: now) else {
            return .no("too many calls of \(subject.name) were tried again in the last minute")
        }
        return .after(milliseconds: wait)
    }

    // MARK: Tools

    /// After a failed attempt: one more, or the end of the action with what is known of it.
    mutating func tryAgain(
        _ action: ActionState, _ progress: EffectProgress, _ failure: ToolFailure, isRetryable: Bool, wasSent: Bool
    ) throws(DriverStop) {
        let tool = action.proposal.tool
        let plan = isRetryable ? retryPlan(of: tool, failure, attempt: progress.attempt) : RetryPlan.no("")
        switch plan {
        case .after(let wait):
            try retry(action, failure, after: wait, made: progress.attempt, wasSent: wasSent)
        case .no(let why) where wasSent && agent.policy.toolClass(of: tool) != .safe:
            try doubt(action, code: failure.code.name, failure.message + (why.isEmpty ? "" : " (\(why))"))
        case .no(let why):
            let end =
                wasSent
                ? "\(tool) gave no answer (\(failure.message)); it only reads, so nothing was changed"
                : failure.code == .resting
                    ? "Nothing was sent: \(failure.message)"
                    : "\(tool) could not be reached (\(failure.message)); nothing was done"
            try withdraw(
                action.ordinal, code: failure.code == .resting ? DecisionCode.breaker.rawValue : failure.code.name,
                end + "." + (why.isEmpty ? "" : " Not tried again: \(why)."), retryAfter: restOrWait(tool, failure))
        }
    }

    /// When it may be worth calling it again.
    private func restOrWait(_ tool: String, _ failure: ToolFailure) -> Int64? {
        let rest = services.breakers.rest(
            of: .tool(tool), tenant: session.scope.tenant, now: services.clock.monotonic)
        return rest?.retryAfter ?? failure.retryAfter
    }

    mutating func retry(
        _ action: ActionState, _ failure: ToolFailure, after wait: Int64, made attempt: Int, wasSent: Bool
    ) throws(DriverStop) {
        try record(
            .effectRetried(
                EffectRetried(
                    action: action.ordinal, attempt: attempt, code: failure.code.name,
                    detail: session.seal(failure.message), retryAt: now.adding(milliseconds: wait), wasSent: wasSent)))
    }
}
