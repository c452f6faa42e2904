import BallastCore
import BallastPolicy

/// Choosing what comes next: a playbook's move first, then a model, then a person.
extension RunDriver {
    mutating func plan() throws(DriverStop) {
        if try stopWhenExhausted() { return }
        if state.playbook != nil {
            try movePlaybook()
        } else if state.usage.steps == 0, state.transcript.count == (state.created?.history.count ?? 0) + 1,
            let match = matchPlaybook()
        {
            try enter(match)
        } else {
            try requestModel()
        }
    }

    /// Ends the run when a bound is used up, with an account of what was done; also with leave for a model call in hand.
    mutating func stopWhenExhausted() throws(DriverStop) -> Bool {
        guard let stop = exhausted() else { return try handOverWithoutProgress() }
        if try takeBackFirst(.stopped(code: stop.code, sentence: stop.sentence)) { return true }
        let text = RunAccount(state).sentences(opening: stop.sentence) + takeBackSentence
        let didSomething = state.history.contains { $0.end == .done }
        try finish(didSomething ? .partial : .failed, code: stop.code, text: text, label: Label([.configuration]))
        return true
    }

    /// The breaker of the task itself.
    private mutating func handOverWithoutProgress() throws(DriverStop) -> Bool {
        guard state.escalation == nil else { return false }
        if try breakCircle() { return true }
        guard let why = standstill else { return false }
        let words = "\(why), so a person takes over."
        if try takeBackFirst(.handOff(words)) { return true }
        try escalate("no_progress", words)
        return true
    }

    private var standstill: String? {
        let bounds = agent.definition.bounds
        if state.failedChecks >= options.failedChecks {
            return "\(state.failedChecks) effects in a row were not as they should be afterwards"
        }
        if let most = bounds.failures, state.failedSteps >= most {
            return "Every call of \(state.failedSteps) replies in a row failed or was refused"
        }
        if let most = bounds.staleSteps, state.staleSteps >= most {
            return "\(state.staleSteps) steps in a row brought nothing new"
        }
        return nil
    }

    /// The bound that is used up, if one is.
    private func exhausted() -> (code: String, sentence: String)? {
        guard let budget = state.created?.budget else { return nil }
        if state.usage.steps >= budget.steps, options.planted != .budgetIgnored {
            return ("budget.steps", "I stopped because this task reached its limit of \(budget.steps) steps.")
        }
        if state.usage.tokens >= budget.tokens {
            return ("budget.tokens", "I stopped because this task used up its \(budget.tokens) tokens.")
        }
        if state.usage.microdollars >= budget.microdollars {
            return ("budget.cost", "I stopped because this task reached its cost limit.")
        }
        if state.activeMilliseconds >= budget.activeMilliseconds {
            return (
                "budget.time",
                "I stopped because this task took longer than its \(budget.activeMilliseconds / 1000) seconds."
            )
        }
        if state.sequence >= options.entryCap {
            return ("budget.entries", "I stopped because this task's journal is full.")
        }
        return nil
    }

    // MARK: Playbooks

    private func matchPlaybook() -> PlaybookMatch? {
        guard !agent.playbooks.isEmpty, let task = state.created?.task else { return nil }
        return PlaybookRouter.match(session.text(of: task.body), playbooks: agent.playbooks)
    }

    private mutating func enter(_ match: PlaybookMatch) throws(DriverStop) {
        try move(match.playbook, .start, slots: match.slots, answer: nil)
    }

    /// The next move of the playbook under way, from its cursor, its slots and the results of its calls.
    private mutating func movePlaybook() throws(DriverStop) {
        guard let step = state.playbook, let playbook = agent.playbooks.first(where: { $0.name == step.playbook })
        else {
            return try escalate(
                "playbook_gone", "The playbook \(state.playbook?.playbook ?? "") is no longer configured.")
        }
        let document = session.bytes(of: step.slots).flatMap { try? JSONReader.read($0) }
        try move(playbook, PlaybookCursor(step.cursor), slots: document?.object ?? JSONObject(), answer: lastAnswer)
    }

    private mutating func move(
        _ playbook: Playbook, _ cursor: PlaybookCursor, slots: JSONObject, answer: String?
    ) throws(DriverStop) {
        var (cursor, slots) = (cursor, slots)
        let move = PlaybookInterpreter.next(
            playbook, cursor: &cursor, slots: &slots, results: playbookResults, answer: answer,
            attributes: deployment.attributes(state.created?.principal ?? .ballast))
        var step = PlaybookStepped(
            playbook: playbook.name, cursor: cursor.path, slots: session.seal(JSONWriter.canonical(.object(slots))))
        switch move {
        case .call(let tool, let arguments, let name):
            step.proposal = ProposedAction(
                callID: name, tool: tool, arguments: session.seal(JSONWriter.canonical(arguments)),
                label: slotLabel)
        case .say(let text): step.say = session.seal(text)
        case .ask, .confirm, .handOff, .end: break
        }
        try record(.playbookStepped(step))
        try follow(move)
    }

    /// Slots are filled from the words that were said to the run, and these may be an agent's or only claimed.
    private var slotLabel: Label {
        state.transcript.reduce(into: Label([.configuration])) { label, item in
            guard case .message(let message) = item, message.role == .user else { return }
            label.sources.formUnion(message.label.sources)
        }
    }

    /// What a move brings beside its step.
    private mutating func follow(_ move: PlaybookMove) throws(DriverStop) {
        switch move {
        case .call, .say: break
        case .ask(let question, let slot):
            try record(.questionAsked(QuestionAsked(question: session.seal(question), slot: slot)))
        case .confirm(let text):
            try record(.questionAsked(QuestionAsked(question: session.seal(text), options: ["yes", "no"])))
        case .handOff(let reason): if try !takeBackFirst(.handOff(reason)) { try escalate("playbook", reason) }
        case .end(let status, let text):
            if status != .succeeded, try takeBackFirst(.ended(status, text ?? lastWords)) { return }
            try finish(
                status, code: "playbook_ended", text: text ?? lastWords, label: Label([.configuration]))
        }
    }

    /// What the playbook said last, or an account, when it ends without words.
    private var lastWords: String {
        for item in state.transcript.reversed() {
            if case .said(let body) = item { return session.text(of: body) }
        }
        return RunAccount(state).sentences(opening: "This is finished.")
    }

    /// Results of the playbook's calls by step name; the latest call of a step counts.
    private var playbookResults: [String: PlaybookStepResult] {
        var results: [String: PlaybookStepResult] = [:]
        for action in state.history where action.end != .superseded {
            let text = action.result.map { session.text(of: $0) } ?? ""
            let value = try? JSONReader.read(Array(text.utf8))
            results[action.callID] = PlaybookStepResult(value: value ?? JSONValue(text), text: text, end: action.end)
        }
        return results
    }

    /// The principal's last words, when they came after the playbook's last question.
    private var lastAnswer: String? {
        guard let last = state.transcript.last, case .message(let message) = last, message.role == .user else {
            return nil
        }
        return session.text(of: message.body)
    }

    // MARK: Models

    /// Reserves one model call, or hands over when there is no model that could take it.
    private mutating func requestModel() throws(DriverStop) {
        if draftIsDue { return try planDraft() }
        if state.rejectedReplies >= options.unusableReplies {
            try escalate(
                "model_unusable",
                "The model gave \(state.rejectedReplies) replies in a row that could not be used.")
            return
        }
        guard let name = nextModel() else {
            try escalateWithoutModel()
            return
        }
        try reserveModel(name)
    }

    mutating func reserveModel(_ name: String) throws(DriverStop) {
        guard let model = deployment.models[name] else {
            try escalate("no_model", "The model \"\(name)\" is not configured.")
            return
        }
        let input = Int64(contextBytes() / 3)
        let tokens = Int64(agent.definition.maxOutputTokens) + input
        let cost = model.price.cost(
            of: ModelUsage(input: input, output: Int64(agent.definition.maxOutputTokens)))
        try record(
            .modelRequested(ModelRequested(model: name, reservedTokens: tokens, reservedMicrodollars: cost)))
    }

    /// The model for the next attempt: the route's first, and its fallbacks once the attempts of one are used up.
    func nextModel() -> String? {
        let route = agent.definition.models
        return state.routeIndex < route.count ? route[state.routeIndex] : nil
    }

    private mutating func escalateWithoutModel() throws(DriverStop) {
        let task = state.created.map { session.text(of: $0.task.body) } ?? ""
        let understood = "The request was: \"\(task.prefix(400))\"."
        if agent.definition.models.isEmpty {
            try escalate(
                "no_model",
                (state.usage.steps == 0
                    ? "No playbook matches this request and the agent has no model to ask"
                    : "No playbook is under way and the agent has no model to go on with")
                    + ", so a person takes over. \(understood)"
            )
        } else {
            try escalate(
                "model_unavailable",
                "The request could not be answered by any of the agent's models in the attempts allowed, so a person takes over. \(understood)"
            )
        }
    }
}
