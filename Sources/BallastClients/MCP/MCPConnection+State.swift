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
        case .toolsChanged: tools.forget()
        case .ignored(let what): consequences.append(.log(.debug, "from the MCP server \(provider): \(what)"))
        }
    }

    mutating func settle(
        _ id: JSONRPCID, _ settlement: MCPSettlement, _ consequences: inout [Consequence]
    ) {
        guard let arrival = waiting.removeValue(forKey: id) else { return }
        session.forget(id)
        consequences.append(.settle(arrival, settlement))
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
        // The end that was asked for is no news.
        let wasAsked = closing != nil && reason == ChildProcess.End.exited(code: 0).description
        close(reason, mayDislikeDiscovery: session.isOpening && session.hasHeardOnlyDiscovery, &consequences)
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
