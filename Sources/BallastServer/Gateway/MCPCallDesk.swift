import BallastCore
import BallastPolicy
import BallastRuntime
import BallastWire

/// Calls of outside agents: how they begin, how people's answers reach them, and how their ends are told.
struct MCPCallDesk: Sendable {
    let runtime: AgentRuntime
    let pace: MCPPace
    let answers: MCPFaceAnswers
    private let states: MCPRequestState
    private let questions = MCPQuestionDesk()
    let shared = SharedQuestions()
    private let openOfKey: OpenCounter
    let pulse: CallPulse

    init(
        runtime: AgentRuntime, pace: MCPPace, answers: MCPFaceAnswers,
        seal: @escaping @Sendable ([UInt8]) -> [UInt8]
    ) {
        self.runtime = runtime
        self.pace = pace
        self.answers = answers
        states = MCPRequestState(seal: seal)
        pulse = CallPulse(clock: runtime.clock, first: pace.commit, every: pace.heartbeat)
        openOfKey = OpenCounter(atMost: pace.callsOfKey)
    }

    // MARK: The beginning

    /// Begins a call, joins an equal one, or goes on with the one that the client was asked about.
    func begin(
        _ request: MCPFaceRequest, _ proposal: GatewayProposal, _ who: MCPCaller, session: MCPSession?,
        client: MCPFaceClient, binding: GatewayBinding
    ) async throws(MCPFaceRejection) -> any MCPExchange {
        guard openOfKey.begin(who.keyName) else { return MCPWholeAnswer(tooMany(request, pace.callsOfKey, "key")) }
        let (open, decided): (OpenCall, [ApprovalID])
        do {
            (open, decided) = try await self.open(request, proposal, who, binding)
        } catch let error as RuntimeError {
            openOfKey.end(who.keyName)
            return MCPWholeAnswer(failure(error, request))
        } catch {
            openOfKey.end(who.keyName)
            throw error as? MCPFaceRejection ?? .refused(500, "the call could not be made", id: request.id)
        }
        if let session, !session.begin(request.id, open, atMost: pace.callsOfSession) {
            openOfKey.end(who.keyName)
            open.leave(cancelling: false)
            return MCPWholeAnswer(tooMany(request, pace.callsOfSession, "session"))
        }
        return MCPCallExchange(
            request, who, session: session, client: client, binding: binding, desk: self, open: open,
            decided: decided)
    }

    private func open(
        _ request: MCPFaceRequest, _ proposal: GatewayProposal, _ who: MCPCaller, _ binding: GatewayBinding
    ) async throws -> (OpenCall, decided: [ApprovalID]) {
        var decided: [ApprovalID] = []
        if let kept = try question(of: request, who) {
            let stands = await settle(kept.subject, kept.call, reply(request, kept.subject), who)
            if let call = kept.call {
                call.forgetTimes()
                return (call, [])
            }
            if stands, case .approvals(let ids, _) = kept.subject { decided = ids }
        }
        return (try await OpenCall.begin(proposal, under: binding, runtime), decided)
    }

    func ended(_ request: MCPFaceRequest, _ who: MCPCaller, _ session: MCPSession?) {
        openOfKey.end(who.keyName)
        session?.end(request.id, at: runtime.clock.monotonic)
    }

    // MARK: Questions

    private func call(of request: MCPFaceRequest, _ who: MCPCaller) -> MCPRequestState.Call {
        MCPRequestState.Call(
            principal: who.principal.name, key: who.keyName, method: request.method,
            name: request.name ?? request.uri ?? "", arguments: request.arguments ?? Array("{}".utf8))
    }

    /// Keeps a call whose client is asked; the state that the client sends back with the answer.
    func keep(_ open: OpenCall, _ subject: MCPSubject, for request: MCPFaceRequest, _ who: MCPCaller) -> String {
        let number = (runtime.randomBits(), runtime.randomBits())
        let now = runtime.clock.monotonic
        var call: OpenCall? = open
        if case .approvals(_, let place) = subject {
            shared.keep(place, open, until: now + pace.question, now: now)
            open.leave(cancelling: false)
            call = nil
        }
        questions.keep(
            .init(call: call, subject: subject, until: now + pace.question), under: number, now: now)
        return states.make(
            number, for: self.call(of: request, who), until: runtime.clock.now.adding(milliseconds: pace.question))
    }

    /// The question that a retry answers; nil when there is none any more, and the call is simply made again.
    private func question(
        of request: MCPFaceRequest, _ who: MCPCaller
    ) throws(MCPFaceRejection) -> MCPQuestionDesk.Kept? {
        guard request.era == .modern, request.inputResponses != nil, let state = request.requestState else {
            return nil
        }
        do throws(MCPRequestState.Refusal) {
            let number = try states.open(state, for: call(of: request, who), at: runtime.clock.now)
            return questions.take(number, now: runtime.clock.monotonic)
        } catch {
            if error == .expired { return nil }
            throw .refused(
                400, "requestState was not given for this call; make the call again without it", id: request.id)
        }
    }

    private func reply(_ request: MCPFaceRequest, _ subject: MCPSubject) -> JSONValue {
        let name: JSONString =
            switch subject {
            case .approvals: JSONString(MCPApprovalForm.name)
            case .question: "question"
            }
        return request.inputResponses?[name] ?? .null
    }

    /// Puts what a person answered where it belongs; false when it could not be put on record.
    @discardableResult
    func settle(_ subject: MCPSubject, _ open: OpenCall?, _ reply: JSONValue, _ who: MCPCaller) async -> Bool {
        switch subject {
        case .question(let number):
            switch reply["action"]?.string {
            case "accept"?: open?.answer(number, .accept(reply["content"]?.object ?? [:]))
            case "decline"?: open?.answer(number, .decline)
            default: open?.answer(number, .cancel)
            }
            return true
        case .approvals(let ids, let place):
            var stands = true
            for (id, verdict) in zip(ids, MCPApprovalForm.verdicts(reply, of: ids.count)) {
                stands = await settle(id, verdict, open, who) && stands
            }
            shared.answered(place)
            return stands
        }
    }

    /// Each request is a record of its own, with a decision of its own.
    private func settle(
        _ id: ApprovalID, _ verdict: MCPApprovalForm.Verdict, _ open: OpenCall?, _ who: MCPCaller
    ) async -> Bool {
        let decision: PersonDecision =
            switch verdict {
            case .approve: .approve
            case .reject(let reason): .reject(reason: reason)
            }
        do {
            try await runtime.decideElicited(id, decision, by: who.principal, scope: who.scope)
            return true
        } catch {
            // Somebody else may have been faster: the call itself says how it goes on.
            open?.post(.unanswered)
            return error.code == .conflict || error.code == .finished
        }
    }

    // MARK: Ends

    func answer(to end: GatewayEnd, _ request: MCPFaceRequest) -> MCPOutput {
        switch end {
        case .refused(let document): return refusal(document, request)
        case .result(let result):
            if let error = result.rpcError(request) {
                return .last(error.status(request.era), .error(request.id, error))
            }
            guard request.operation == .callTool else { return content(result, request) }
            return result.isError && result.blocksOrText.isEmpty
                ? .last(200, .error(request.id, JSONRPCError(.internalError, "The tool failed without a word.")))
                : last(
                    answers.call(
                        content: result.blocksOrText, structured: result.structured, isError: result.isError,
                        meta: result.meta, era: request.era), request)
        }
    }

    /// The result of a resource or prompt is what its server answered.
    private func content(_ result: ToolResult, _ request: MCPFaceRequest) -> MCPOutput {
        guard !result.isError, let object = result.structured?.object else {
            return .last(200, .error(request.id, JSONRPCError(.internalError, result.content)))
        }
        let isResource = request.operation == .readResource
        return last(isResource ? answers.cacheable(object, request.era) : object, request)
    }

    private func last(_ result: JSONObject, _ request: MCPFaceRequest) -> MCPOutput {
        .last(200, answers.result(result, to: request))
    }

    private func refusal(_ document: JSONValue, _ request: MCPFaceRequest) -> MCPOutput {
        let allowed = document["would_be_allowed"]?.string.map { " What would be allowed: \($0)" } ?? ""
        let words = (document["message"]?.string ?? "This was refused.") + allowed
        return refusal(document, words, request)
    }

    private func refusal(_ document: JSONValue, _ words: String, _ request: MCPFaceRequest) -> MCPOutput {
        guard request.operation == .callTool else {
            return .last(200, .error(request.id, JSONRPCError(.refused, words, data: document)))
        }
        return last(
            answers.call(
                content: [MCPFaceAnswers.text(words)], structured: document, isError: true, era: request.era), request)
    }

    /// People have not decided yet, and the client cannot wait for ever.
    func pending(_ approval: GatewayApproval, _ request: MCPFaceRequest) -> MCPOutput {
        let tool = approval.review["tool"]?.string ?? request.name ?? ""
        let who = approval.gate == .confirm ? "its principal" : approval.group ?? "a reviewer"
        let next = "Make the same call again, with the same arguments, once it is approved; it is then done once."
        var document: JSONObject = [
            "outcome": JSONValue(approval.gate.name), "code": JSONValue(DecisionCode.required.rawValue),
            "rule": approval.review["rule"] ?? .null, "action_id": approval.review["action_id"] ?? .null,
            "approval_id": JSONValue(approval.id.description),
            "message": JSONValue("\(tool) was not done yet: \(who) has to agree first."),
            "would_be_allowed": JSONValue(next), "expires_at": JSONValue(approval.expiresAt.rfc3339),
        ]
        document["retry_after_ms"] = 5_000
        let words =
            "\(tool) was not done yet: it waits for \(who) to agree, until \(approval.expiresAt.rfc3339). "
            + "approval id: \(approval.id) (in the console, or: ballast approve \(approval.id)). \(next)"
        return refusal(.object(document), words, request)
    }

    func stopping(_ request: MCPFaceRequest) -> MCPOutput {
        refusal(
            unavailable(
                "The server is stopping; what was begun goes on when it is back.",
                "Make the same call again in a moment."
            ), request)
    }

    private func tooMany(_ request: MCPFaceRequest, _ limit: Int, _ of: String) -> MCPOutput {
        refusal(
            unavailable("\(limit) calls of this \(of) are open already.", "Wait for some of them, then call again."),
            request)
    }

    private func failure(_ error: RuntimeError, _ request: MCPFaceRequest) -> MCPOutput {
        let words =
            error.concernsStore
            ? unavailable("The records cannot be written now, so nothing is done.", "Make the same call again later.")
            : error.concernsContract ? outsideContract(error) : unavailable(error.message, error.advice)
        return refusal(words, request)
    }

    /// The call was not made, as its task is not bounded the way that the caller says.
    private func outsideContract(_ error: RuntimeError) -> JSONValue {
        [
            "outcome": "deny", "code": JSONValue(DecisionCode.contract.rawValue), "message": JSONValue(error.message),
            "would_be_allowed": JSONValue(error.advice),
        ]
    }

    private func unavailable(_ message: String, _ remedy: String) -> JSONValue {
        [
            "outcome": "deny", "code": JSONValue(DecisionCode.unavailable.rawValue), "message": JSONValue(message),
            "would_be_allowed": JSONValue(remedy), "retry_after_ms": 1_000,
        ]
    }
}

/// An answer that is there at once.
struct MCPWholeAnswer: MCPExchange {
    private let output: MCPOutput
    init(_ output: MCPOutput) { self.output = output }
    func next() async -> MCPOutput? { output }
    func abandon() {}
    func stop() {}
}

extension ToolResult {
    /// The blocks of the result as its server stated them.
    var blocksOrText: [JSONValue] {
        if !blocks.isEmpty { return blocks }
        return content.isEmpty ? [] : [MCPFaceAnswers.text(content)]
    }

    /// The error with which the tool's server answered in place of a result, in the words of the client's era.
    func rpcError(_ request: MCPFaceRequest) -> JSONRPCError? {
        guard let protocolError else { return nil }
        var error = JSONRPCError(
            .init(protocolError.code), ShownText.text(protocolError.message), data: protocolError.data
        ).handedOn(to: request.era)
        // Before 2026-07-28 a resource that is not there has a code of its own.
        if request.operation == .readResource, request.era == .legacy, error.code == .invalidParameters {
            error.code = .resourceNotFound
        }
        return error
    }
}
