import BallastCore
import BallastRuntime
import BallastWire

/// Makes one call in as many rounds as the server asks for: a modern server that needs to know something of a person
/// answers with its questions, and the same request is made again with the answers.
struct MCPRounds: Sendable {
    /// Requests that one call makes at most.
    private static let most = 8
    /// Milliseconds before a server that asked nothing and wants to be called again is called again, times the round.
    private static let pause: Int64 = 100

    let provider: String
    let relay: CallRelay?

    func run(_ first: MCPCallRequest, send: (MCPCallRequest) async -> MCPSettlement) async -> ToolOutcome {
        var request = first
        for round in 1...Self.most {
            let settlement = await send(request)
            let outcome = ToolOutcome(settlement, of: request.target, provider: provider)
            // What was sent before was answered by a question: the server waits, and has not done it.
            if round > 1, case .neverSent(let failure, _) = outcome { return unfinished(failure.message) }
            guard let questions = Questions(settlement, request.target) else { return outcome }
            guard relay != nil || questions.requests.isEmpty else { return outcome }
            switch await answers(to: questions) {
            case .again(let answers): request = request.answering(answers)
            case .enough: return outcome
            }
            if questions.requests.isEmpty, (try? await Task.sleep(for: .milliseconds(Self.pause * Int64(round)))) == nil
            {
                return unfinished("the call was cancelled")
            }
        }
        return unfinished("the server asked \(Self.most) times and came to no end")
    }

    private func unfinished(_ why: String) -> ToolOutcome {
        let text = "The tool did not finish: it asked a question, and then \(why). Nothing was done."
        return .result(ToolResult(content: text, isError: true))
    }

    // MARK: Answers

    /// What a settlement asks.
    private struct Questions {
        var requests: [MCPCallResult.InputRequest]
        var state: JSONValue?
        /// The person was only to open addresses; the request is then made again as it was.
        var areAddresses = false

        init?(_ settlement: MCPSettlement, _ target: MCPCallRequest.Target) {
            switch settlement {
            case .answered(.result(let value)):
                guard value["resultType"]?.string == "input_required",
                    let asked = (try? MCPCallResult(value, of: target))?.questions
                else { return nil }
                (requests, state) = (asked.requests, asked.state)
            case .answered(.error(let error)) where error.code == .addressElicitationRequired:
                let elicitations = error.data?["elicitations"]?.array ?? []
                guard (1...MCPCallResult.Questions.most).contains(elicitations.count) else { return nil }
                requests = elicitations.map { Self.opening($0) }
                areAddresses = true
            default: return nil
            }
        }

        private static func opening(_ elicitation: JSONValue) -> MCPCallResult.InputRequest {
            var parameters = elicitation.object ?? [:]
            parameters["mode"] = "url"
            return MCPCallResult.InputRequest(key: "", method: MCPMethod.elicit, parameters: parameters)
        }
    }

    private enum Step {
        case again(MCPAnswers?)
        case enough
    }

    private func answers(to questions: Questions) async -> Step {
        guard questions.requests.allSatisfy({ $0.method == MCPMethod.elicit }) else { return .enough }
        var responses: [JSONMember] = []
        for request in questions.requests {
            let reply = await relay?.ask(request.parameters) ?? .decline
            if Task.isCancelled { return .enough }
            if questions.areAddresses, reply == .decline || reply == .cancel { return .enough }
            responses.append(JSONMember(request.key, reply.json))
        }
        guard !questions.areAddresses else { return .again(nil) }
        return .again(MCPAnswers(responses: JSONObject(responses), state: questions.state))
    }
}
