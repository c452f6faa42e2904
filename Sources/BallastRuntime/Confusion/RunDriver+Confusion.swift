import BallastCore
import BallastPolicy

/// What a driver has looked at of its run's transcript.
struct CircleWatch {
    var detector: ConfusionDetector?
    /// Items of the transcript that were looked at.
    var items = 0
    /// Calls without a result yet, by the item that made them.
    var open: [(step: Int, call: ProposedAction)] = []
    /// Calls of a reply with results, until all of its calls have one.
    var landed: [Int: [TracedCall]] = [:]
    /// Nothing was found when the transcript was as long as now, and confusion had been noticed as often.
    var clear: (items: Int, confusions: Int)?
}

/// An agent that goes round in circles is first shown where it stands, then its principal is asked, then a person takes
/// over. Each is on record, and none of it asks a model.
extension RunDriver {
    /// Answers whether something was done about it.
    mutating func breakCircle() throws(DriverStop) -> Bool {
        guard let repeats = agent.definition.bounds.repeats, isInAgentsHands else { return false }
        let (confusions, since, items) = (state.confusions, state.confusedAt, state.transcript.count)
        if let clear = circles.clear, clear == (items, confusions) { return false }
        look(ConfusionRule(failures: repeats))
        let found = confusions == 0 ? circles.detector?.finding() : circles.detector?.finding(since: since)
        guard let found else {
            circles.clear = (items, confusions)
            return false
        }
        try respond(to: found)
        return true
    }

    /// What comes next is for a model, or an agent outside, to say: playbooks and rollbacks know their way.
    private var isInAgentsHands: Bool {
        state.playbook == nil && !state.isRollback && state.escalation == nil
            && !state.isFinished && state.cancelRequest == nil && (state.phase == .planning || state.isGateway)
    }

    /// Takes in what came since the last look.
    private mutating func look(_ rule: ConfusionRule) {
        var detector = circles.detector ?? ConfusionDetector(rule)
        // Not held by the driver while it changes, so that nothing is copied.
        circles.detector = nil
        for (step, item) in zip(state.transcript.indices, state.transcript).dropFirst(circles.items) {
            switch item {
            case .message(let message) where message.role == .user: detector.hear(session.text(of: message.body))
            case .assistant(let text, let calls):
                if let text { detector.read(session.text(of: text), step: step) }
                circles.open += calls.map { (step, $0) }
            case .result(let callID, let body, let isError, _):
                let answer = session.text(of: body)
                guard let (step, tool) = land(callID, answer, isError: isError) else { continue }
                if tool == BuiltIn.askUser, !isError { detector.hear(answer) }
                guard !circles.open.contains(where: { $0.step == step }) else { continue }
                detector.add(circles.landed.removeValue(forKey: step) ?? [])
            case .message, .complaint, .said: break
            }
        }
        circles.items = state.transcript.count
        circles.detector = detector
    }

    /// Notes the result of a call; answers its reply and its tool.
    private mutating func land(_ callID: String, _ answer: String, isError: Bool) -> (step: Int, tool: String)? {
        guard let place = circles.open.firstIndex(where: { $0.call.callID == callID }) else { return nil }
        let (step, call) = circles.open.remove(at: place)
        if ![BuiltIn.askUser, BuiltIn.handOver, BuiltIn.takeBack].contains(call.tool) {
            let bytes = session.bytes(of: call.arguments) ?? []
            circles.landed[step, default: []].append(
                TracedCall(
                    step: step, tool: call.tool, arguments: bytes, answer: answer, isError: isError,
                    isEffect: agent.policy.toolClass(of: call.tool) != .safe))
        }
        return (step, call.tool)
    }

    // MARK: Responses

    private mutating func respond(to found: Confusion) throws(DriverStop) {
        let response = nextResponse
        let words = "\(found.sentence), so a person takes over."
        if response == .escalate, try takeBackFirst(.handOff(words)) { return }
        try record(
            .confusionNoticed(
                ConfusionNoticed(kind: found.kind, response: response, tool: found.tool, count: found.count)))
        switch response {
        case .reset:
            try record(.contextReset(ContextReset(summary: session.seal(summary(found)))))
            prompt = PromptSoFar()
        case .ask:
            try record(
                .questionAsked(
                    QuestionAsked(
                        question: session.seal(
                            "I do not get on: \(found.sentence.lowercasedFirst). What is missing, or what shall I try "
                                + "instead?"))))
        case .escalate: try escalate("confusion", words)
        }
    }

    /// An agent outside has its context to itself, and nobody is asked where nobody could answer.
    private var nextResponse: ConfusionResponse {
        if state.isGateway { return .escalate }
        switch state.confusions {
        case 0: return .reset
        case 1: return agent.definition.mayAskUser && state.created?.parent == nil ? .ask : .escalate
        default: return .escalate
        }
    }

    /// What the model reads in place of what it went through. Nothing that a tool said stands in it.
    private func summary(_ found: Confusion) -> String {
        let account = RunAccount(state).sentences(
            opening: "You were going round in circles: \(found.sentence.lowercasedFirst)", options: .none)
        let ways =
            agent.definition.mayAskUser
            ? "ask the user for what is missing, hand over, or answer with what is known"
            : "or answer with what is known and what is not"
        return account + " Above stands what was said and what your calls came to, each once; the rest was taken out. "
            + "Pending is what the user asked for and is not done. Do not make that call in that way again: "
            + "take another way, \(ways)."
    }

    // MARK: Replies that answer nothing

    /// A reply that only says the request again, or announces what it does not do, is no end of a task.
    mutating func refuseNoAnswer(_ text: String) throws(DriverStop) -> Bool {
        let request = state.transcript.last { item in
            if case .message(let message) = item { message.role == .user } else { false }
        }
        guard agent.definition.bounds.repeats != nil, agent.definition.answers == nil,
            case .message(let asked)? = request,
            let fault = AnswerFault(text, request: session.text(of: asked.body), mayAct: !offeredTools.isEmpty)
        else { return false }
        // Said once; then it is confusion like any other.
        if state.rejectedReplies > 0 {
            try respond(to: Confusion(kind: .noAnswer, tool: "", count: state.rejectedReplies + 1))
        } else {
            try record(.replyRejected(ReplyRejected(code: fault.code, message: session.seal(fault.complaint))))
        }
        return true
    }
}

extension Confusion {
    var sentence: String {
        switch kind {
        case .sameError: "\(tool) was called \(count) times in the same way and failed with the same error"
        case .sameErrorVaried: "\(tool) was called \(count) times with small changes and failed with the same error"
        case .sameAnswer: "\(tool) was called \(count) times in the same way with the same answer"
        case .nothingFound: "\(tool) was called \(count) times with small changes and found nothing"
        case .rounds: "The same round of calls, up to \(tool), was made \(count) times with the same answers"
        case .toAndFro: "What \(tool) did was taken back and done again \(count) times"
        case .standingPlan: "The same plan was stated \(count) times and nothing of it was done"
        case .contradiction: "One reply set the same thing to two values with \(tool)"
        case .noAnswer: "\(count) replies in a row did not answer the request"
        }
    }
}

extension String {
    fileprivate var lowercasedFirst: String {
        let isName = dropFirst().first.map { !$0.isLowercase && $0 != " " } ?? false
        return isName ? self : prefix(1).lowercased() + dropFirst()
    }
}
