import BallastCore
import BallastRuntime
import BallastWire
import Logging

extension MCPConnection.State {
    typealias Consequence = MCPConnection.Consequence

    mutating func perform(_ actions: [MCPClientSession.Action], _ consequences: inout [Consequence]) {
        for action in actions { perform(action, &consequences) }
    }

    private mutating func perform(_ action: MCPClientSession.Action, _ consequences: inout [Consequence]) {
        switch action {
        case .send(let line): outbox.append(Outbox.Entry(bytes: line))
        case .ready(let server):
            consequences.append(.opened(opening, .open))
            let name = server.implementation?.description ?? "unnamed"
            consequences.append(.log(.info, "the MCP server \(provider) is open: \(name), MCP \(server.version)"))
        case .unusable(let reason): close("speaks no version of MCP that is known here: \(reason)", &consequences)
        case .answered(let id, let answer):
            wasUseful = true
            settle(id, .answered(answer), &consequences)
            // The server withdrew its version with this answer: the conversation opens anew.
            if session.isOpening { opening = Arrival() }
        case .toolsChanged: lists.forget(.tools)
        case .changed(let list): lists.forget(list)
        case .progressed(let progress):
            if let relay = waiting[progress.id]?.relay { consequences.append(.progress(relay, progress)) }
        case .asked(let question, let parameters): ask(parameters, question, &consequences)
        case .ignored(let what): consequences.append(.log(.debug, "from the MCP server \(provider): \(what)"))
        }
    }

    mutating func settle(
        _ id: JSONRPCID, _ settlement: MCPSettlement, _ consequences: inout [Consequence]
    ) {
        guard let waiter = waiting.removeValue(forKey: id) else { return }
        session.forget(id)
        consequences.append(.settle(waiter.arrival, settlement))
    }

    /// A legacy server asks a person something and does not say in which call. Where several are under way it cannot be
    /// known whose person is meant, and another's must not see it.
    private mutating func ask(
        _ parameters: JSONObject, _ question: JSONRPCID, _ consequences: inout [Consequence]
    ) {
        let calls = waiting.filter(\.value.isCall)
        guard calls.count == 1, let (id, call) = calls.first else {
            consequences.append(
                .log(.notice, "a question of the MCP server \(provider) belongs to no single call, and is cancelled"))
            return reply(.cancel, to: question)
        }
        guard let relay = call.relay else { return reply(.decline, to: question) }
        consequences.append(.ask(relay, parameters, question: question, call: id))
    }

    private mutating func reply(_ reply: MCPReply, to question: JSONRPCID) {
        outbox.append(Outbox.Entry(bytes: session.writer.reply(reply, to: question)))
    }

    /// Passes a person's answer on, unless the call has ended meanwhile. Leave to send is asked for again: with the answer
    /// the tool goes on to act.
    mutating func pass(_ reply: MCPReply, to question: JSONRPCID, of call: JSONRPCID) {
        guard closing == nil, let waiter = waiting[call] else { return }
        let isConsent = if case .accept = reply { true } else { false }
        outbox.append(
            Outbox.Entry(
                bytes: session.writer.reply(reply, to: question), permit: isConsent ? waiter.permit : nil,
                answeredCall: call))
    }

    /// The leave to write `entry` was refused.
    mutating func refuse(_ entry: Outbox.Entry, _ refusal: SendPermit.Refusal, _ consequences: inout [Consequence]) {
        if let id = entry.id {
            settle(id, .refused(refusal), &consequences)
        } else if let call = entry.answeredCall {
            if let line = session.cancel(call, reason: "halted") { outbox.append(Outbox.Entry(bytes: line)) }
            settle(call, .stopped(refusal), &consequences)
        }
    }

    /// Nothing is written from now on. Requests that were not begun are settled; the others may still be answered
    /// while the server goes.
    mutating func close(
        _ reason: String, mayDislikeDiscovery: Bool = false, _ consequences: inout [Consequence]
    ) {
        guard closing == nil else { return }
        let message = message(reason)
        closing = message
        if session.isOpening {
            let failure = ToolFailure(code: .unreachable, message: message)
            consequences.append(.opened(opening, .failed(failure, mayDislikeDiscovery: mayDislikeDiscovery)))
        }
        for entry in outbox.abandon() {
            if entry.hasBegun {
                if let permit = entry.permit { consequences.append(.release(permit)) }
            } else if let id = entry.id {
                settle(id, .lost(reason: "\(message); the call was not sent", wasHandedOver: false), &consequences)
            }
        }
        consequences.append(.stop)
    }

    /// The process is gone: what was handed over and not answered will never be.
    mutating func end(_ reason: String, _ consequences: inout [Consequence]) {
        let reason = lostInput.map { "no longer read its input (\($0)): \(reason)" } ?? reason
        // The end that was asked for is no news.
        let wasAsked = closing != nil && reason == ChildProcess.End.exited(code: 0).description
        // What was written after it stopped reading, it has not heard.
        let heardOnlyDiscovery = session.hasHeardOnlyDiscovery || lostInput != nil && session.hasAskedDiscovery
        close(reason, mayDislikeDiscovery: session.isOpening && heardOnlyDiscovery, &consequences)
        processID = nil
        let message = message(reason)
        for id in waiting.keys { settle(id, .lost(reason: message, wasHandedOver: true), &consequences) }
        consequences.append(.log(wasAsked ? .debug : .notice, message))
    }

    private func message(_ reason: String) -> String {
        let tail = errorText.tail(1_024)
        return "the MCP server \(provider) \(reason)" + (tail.isEmpty ? "" : "; the end of its error output: \(tail)")
    }
}
