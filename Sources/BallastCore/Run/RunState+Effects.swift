/// What happens to an effect from its start to the moment when nobody doubts it any more.
extension RunState {
    mutating func start(_ fields: EffectStarted, at moment: Timestamp) throws(RunTransitionError) {
        guard halt == nil, cancelRequest == nil else { throw impossible(.effectStarted, "halted or cancelling") }
        try change(fields.action, .effectStarted) { action in
            guard action.stage.mayStart else { return false }
            var progress = EffectProgress(
                attempt: fields.attempt, repeatability: fields.repeatability,
                approval: fields.approval ?? action.stage.progress?.approval)
            progress.mayHaveHappened = action.stage.progress?.mayHaveHappened ?? false
            progress.reservations = (action.stage.progress?.reservations ?? []) + fields.reservations
            action.stage = .started(progress)
            action.attempts = max(action.attempts, fields.attempt)
            action.firstStartedAt = action.firstStartedAt ?? moment
            return true
        }
    }

    mutating func retry(_ fields: EffectRetried) throws(RunTransitionError) {
        try change(fields.action, .effectRetried) { action in
            guard var progress = action.stage.progress else { return false }
            progress.attempt = fields.attempt + 1
            progress.mayHaveHappened = progress.mayHaveHappened || fields.wasSent
            action.attempts = max(action.attempts, fields.attempt)
            action.stage = .retrying(progress, retryAt: fields.retryAt)
            return true
        }
    }

    mutating func settle(_ fields: EffectSettled) throws(RunTransitionError) {
        guard let index = batch.firstIndex(where: { $0.ordinal == fields.action }), batch[index].stage.progress != nil
        else { throw impossible(.effectSettled) }
        if fields.checks > 0, !fields.isError {
            batch[index].stage = .checking(
                EffectChecking(left: fields.checks, result: fields.result, label: fields.label))
            return
        }
        close(
            index, fields.isError ? .failed : .done, result: fields.result, isError: fields.isError, label: fields.label
        )
    }

    /// A look before the action changes nothing here; the last one after it ends the action.
    mutating func look(_ fields: GuardChecked) throws(RunTransitionError) {
        // What only a shadow asked for may come when the action is over.
        if fields.purpose == GuardChecked.shadow, phase != .new, phase != .finished, fields.action <= lastAction {
            return
        }
        guard let index = batch.firstIndex(where: { $0.ordinal == fields.action }) else {
            throw impossible(.guardChecked)
        }
        guard fields.purpose == GuardChecked.after else { return }
        guard case .checking(var checking) = batch[index].stage else {
            throw impossible(.guardChecked, "in action \(fields.action) at \(batch[index].stage)")
        }
        checking.left -= 1
        if !fields.passed { checking.failure = checking.failure ?? fields.result }
        batch[index].stage = .checking(checking)
        guard checking.left <= 0 else { return }
        failedChecks = checking.failure == nil ? 0 : failedChecks + 1
        // What was found comes from another tool, for which nobody vouches here.
        let label =
            checking.failure == nil ? checking.label : checking.label.joined(with: Label([.untrustedTool]))
        close(
            index, .done, result: checking.failure ?? checking.result, isError: checking.failure != nil, label: label)
    }

    mutating func estimate(_ fields: ConfidenceEstimated) throws(RunTransitionError) {
        guard let index = batch.firstIndex(where: { $0.ordinal == fields.action }), !batch[index].isClosed else {
            throw impossible(.confidenceEstimated)
        }
        var estimate = batch[index].estimate ?? ActionEstimate(band: fields.band, sources: [])
        estimate.band = min(estimate.band, fields.band)
        if fields.source != ConfidenceEstimated.rules { estimate.said = min(estimate.said ?? fields.band, fields.band) }
        estimate.sources.append(fields.source)
        estimate.assumptions = estimate.assumptions ?? fields.assumptions
        batch[index].estimate = estimate
        usage.charge(tokens: fields.tokens, microdollars: fields.microdollars)
    }

    mutating func doubt(_ fields: EffectInDoubt, at moment: Timestamp) throws(RunTransitionError) {
        try change(fields.action, .effectInDoubt) { action in
            guard let progress = action.stage.progress else { return false }
            action.stage = .inDoubt(
                EffectDoubt(code: fields.code, since: moment, verifyAt: fields.verifyAt, checks: 0, progress: progress))
            return true
        }
    }

    mutating func verify(_ fields: EffectVerified) throws(RunTransitionError) {
        guard let index = batch.firstIndex(where: { $0.ordinal == fields.action }),
            case .inDoubt(var doubt) = batch[index].stage
        else { throw impossible(.effectVerified) }
        switch fields.answer {
        case .happened: close(index, .done, result: fields.detail, isError: false, label: fields.label)
        case .didNot:
            var progress = doubt.progress
            progress.attempt += 1
            progress.mayHaveHappened = false
            batch[index].stage = .retrying(progress, retryAt: updatedAt)
        case .unknown:
            doubt.verifyAt = fields.verifyAt
            doubt.checks += 1
            batch[index].stage = .inDoubt(doubt)
        }
    }

    mutating func withdraw(_ fields: EffectWithdrawn) throws(RunTransitionError) {
        guard let index = batch.firstIndex(where: { $0.ordinal == fields.action }), !batch[index].isClosed else {
            throw impossible(.effectWithdrawn)
        }
        close(index, .withdrawn, result: fields.detail, isError: true, label: fields.label)
    }
}
