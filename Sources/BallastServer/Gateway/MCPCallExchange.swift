import BallastCore
import BallastPolicy
import BallastRuntime
import BallastWire

/// One request that follows a call: progress, questions to the person at the client, and the answer.
actor MCPCallExchange: MCPExchange {
    private let request: MCPFaceRequest
    private let who: MCPCaller
    private let session: MCPSession?
    private let client: MCPFaceClient
    private let binding: GatewayBinding
    private let desk: MCPCallDesk
    private let open: OpenCall
    /// The requests for approval that this very request answers: they may show once more before the run has taken the
    /// answer.
    private let decided: [ApprovalID]

    private var waiting: [MCPOutput] = []
    private var isOver = false
    /// The request for a decision that stands in the way now.
    private var approval: GatewayApproval?
    /// Where it waits with others for one answer.
    private var place: SharedQuestions.Place?
    private var askedAbout: [ApprovalID] = []
    /// Questions on this stream that nobody has answered.
    private var asked: [JSONRPCID] = []
    private var lastProgress: Double?
    private var timers: [Task<Void, Never>] = []
    /// The number under which the pulse knows the call.
    private var beat: UInt64?

    init(
        _ request: MCPFaceRequest, _ who: MCPCaller, session: MCPSession?, client: MCPFaceClient,
        binding: GatewayBinding, desk: MCPCallDesk, open: OpenCall, decided: [ApprovalID]
    ) {
        self.request = request
        self.who = who
        self.session = session
        self.client = client
        self.binding = binding
        self.desk = desk
        self.open = open
        self.decided = decided
    }

    nonisolated func abandon() { open.post(.gone) }
    nonisolated func stop() { open.post(.stopping) }

    func next() async -> MCPOutput? {
        if !waiting.isEmpty { return waiting.removeFirst() }
        if isOver { return nil }
        if beat == nil { beat = desk.pulse.add(open) }
        while true {
            guard let output = take(await open.next()) else {
                if isOver { return nil }
                continue
            }
            return output
        }
    }

    // MARK: Signals

    private func take(_ signal: OpenCall.Signal) -> MCPOutput? {
        switch signal {
        case .turn(.progress(let progress)): return show(progress)
        case .turn(.approval(let approval)): return show(approval)
        case .turn(.question(let number, let question)): return ask(number, question)
        case .turn(.ended(let end)):
            open.leave(cancelling: false)
            return finish(desk.answer(to: end, request))
        case .tick: return .comment
        case .lead:
            gather()
            return nil
        case .gathered: return askTogether()
        case .unanswered: return wait()
        case .waitIsOver:
            guard let approval else { return nil }
            open.leave(cancelling: false)
            return finish(desk.pending(approval, request))
        case .cancelled:
            open.leave(cancelling: true)
            return finish(
                .last(200, .error(request.id, JSONRPCError(.cancelled, "The client took the request back."))))
        case .gone:
            // A modern client takes a request back by leaving; a legacy one may come back for the result.
            open.leave(cancelling: request.era == .modern)
            end()
            return nil
        case .stopping:
            open.leave(cancelling: false)
            if let approval { return finish(desk.pending(approval, request)) }
            return finish(desk.stopping(request))
        }
    }

    private func show(_ progress: ToolProgress) -> MCPOutput? {
        guard let token = request.progressToken, case .number(let now) = progress.progress,
            let value = now.double, value > lastProgress ?? -.infinity
        else { return nil }
        lastProgress = value
        var total: JSONNumber?
        if case .number(let number)? = progress.total { total = number }
        return .message(
            MCPFaceAnswers.progress(
                token, now, total: total, message: progress.message.map { ShownText.text($0, longest: 1_024) }))
    }

    private func show(_ approval: GatewayApproval) -> MCPOutput? {
        self.approval = approval
        if decided.contains(approval.id) { return nil }
        let mayStandFor = approval.gate == .confirm || who.caller.may(.approveElicit)
        guard client.answersForms, mayStandFor else { return wait() }
        let place = SharedQuestions.Place(
            run: approval.id.run, key: who.keyName, principal: who.principal, session: session?.id)
        self.place = place
        if desk.shared.join(place, open, approval, now: desk.runtime.clock.monotonic) {
            gather()
        } else {
            // Another call asks for this one, too.
            post(.waitIsOver, after: desk.pace.question)
        }
        return nil
    }

    /// Calls that an agent makes at once come one after the other: the person is asked about all of them.
    private func gather() { post(.gathered, after: desk.pace.gather) }

    private func askTogether() -> MCPOutput? {
        guard let place else { return nil }
        let approvals = desk.shared.take(place, open)
        // The same is not asked twice, however often it was time to.
        guard !approvals.isEmpty, approvals.map(\.id) != askedAbout else { return nil }
        askedAbout = approvals.map(\.id)
        return ask(
            .approvals(approvals.map(\.id), place), MCPApprovalForm.name,
            MCPApprovalForm(reviews: approvals.map(\.review)).parameters)
    }

    /// Nobody can be asked here: people elsewhere have a while to decide.
    private func wait() -> MCPOutput? {
        post(.waitIsOver, after: desk.pace.wait)
        return nil
    }

    private func post(_ signal: OpenCall.Signal, after time: Int64) {
        let (open, clock) = (open, desk.runtime.clock)
        timers.append(Task { if (try? await clock.sleep(milliseconds: time)) != nil { open.post(signal) } })
    }

    private func ask(_ number: Int, _ question: ToolQuestion) -> MCPOutput? {
        let isAddress = question.parameters["mode"]?.string == "url"
        guard isAddress ? client.opensAddresses : client.answersForms else {
            open.answer(number, .cancel)
            return nil
        }
        return ask(.question(number), "question", question.parameters)
    }

    private func ask(_ subject: MCPSubject, _ name: String, _ parameters: JSONObject) -> MCPOutput? {
        if let session {
            let id = session.ask(open, subject)
            asked.append(id)
            return .message(MCPFaceAnswers.elicitation(id, parameters, version: session.version))
        }
        let state = desk.keep(open, subject, for: request, who)
        end()
        return .last(
            200, desk.answers.result(MCPFaceAnswers.inputRequired(name, parameters, state: state), to: request))
    }

    // MARK: The end

    private func finish(_ output: MCPOutput) -> MCPOutput {
        end()
        let open = asked.filter { session?.take($0) != nil }
        guard !open.isEmpty else { return output }
        waiting = open.dropFirst().map { .message(MCPFaceAnswers.cancelled($0, reason: "It is decided.")) } + [output]
        return .message(MCPFaceAnswers.cancelled(open[0], reason: "It is decided."))
    }

    private func end() {
        isOver = true
        if let place { desk.shared.leave(place, open) }
        for timer in timers { timer.cancel() }
        timers = []
        if let beat { desk.pulse.remove(beat) }
        desk.ended(request, who, session)
    }
}

extension JSONRPCError.Code {
    /// The client took its request back; no answer is expected, and an HTTP request needs one.
    static let cancelled = JSONRPCError.Code(-31_800)
    /// The guard refused what has no result to say so in; the data is the refusal.
    static let refused = JSONRPCError.Code(-31_403)
}
