import BallastCore
import BallastRuntime
import BallastWire
import Logging

extension MCPConnection {
    /// Milliseconds that a list is kept at least; some servers allow none, and each call looks at the list.
    private static let shortestListLife: Int64 = 10_000

    /// What is known of the server's tools.
    enum ToolsState {
        case unknown
        /// Being asked for; `isStale` when they changed meanwhile.
        case asked(Arrival<Result<ToolCatalogue, ToolFailure>>, isStale: Bool)
        /// Good until the moment, or until a change is announced.
        case known(ToolCatalogue, until: ContinuousClock.Instant?)

        mutating func forget() {
            switch self {
            case .unknown: break
            case .asked(let arrival, _): self = .asked(arrival, isStale: true)
            case .known: self = .unknown
            }
        }
    }

    /// Calls a tool with exactly these argument bytes.
    func call(
        _ remoteName: String, invocation: ToolInvocation, until deadline: ContinuousClock.Instant
    ) async -> ToolOutcome {
        let key = invocation.idempotencyKey
        let settlement = await request(until: deadline, permit: invocation.permit) {
            session throws(MCPProtocolError) in
            try session.callTool(remoteName, arguments: invocation.arguments, idempotencyKey: key)
        }
        return ToolOutcome(settlement, provider: settings.provider)
    }

    /// Makes a request and waits for its answer, the deadline, or the task's cancellation.
    private func request(
        until deadline: ContinuousClock.Instant, permit: SendPermit? = nil,
        _ make: (inout MCPClientSession) throws(MCPProtocolError) -> MCPClientSession.Request?
    ) async -> MCPSettlement {
        let arrival = Arrival<MCPSettlement>()
        let id = change { state, _ in enqueue(&state, arrival, permit, make) }
        switch await arrival.wait(until: deadline) {
        case .value(let settlement): return settlement
        case .timedOut: return abandon(id, arrival, .timeout)
        case .cancelled: return abandon(id, arrival, .cancelled)
        }
    }

    private func enqueue(
        _ state: inout State, _ arrival: Arrival<MCPSettlement>, _ permit: SendPermit?,
        _ make: (inout MCPClientSession) throws(MCPProtocolError) -> MCPClientSession.Request?
    ) -> JSONRPCID? {
        do throws(MCPProtocolError) {
            guard state.closing == nil, let request = try make(&state.session) else {
                arrival.fulfil(.lost(reason: "the MCP server \(settings.provider) is not open", wasHandedOver: false))
                return nil
            }
            state.waiting[request.id] = arrival
            state.outbox.append(Outbox.Entry(id: request.id, bytes: request.line, permit: permit))
            return request.id
        } catch {
            arrival.fulfil(.unsendable(reason: error.message))
            return nil
        }
    }

    /// Stops waiting: takes the request back while that is possible, tells the server otherwise.
    private func abandon(
        _ id: JSONRPCID?, _ arrival: Arrival<MCPSettlement>, _ code: ToolFailure.Code
    ) -> MCPSettlement {
        change { state, consequences in
            if let id, state.waiting[id] != nil {
                let wasHandedOver = !state.outbox.withdraw(id)
                if wasHandedOver, let line = state.session.cancel(id, reason: code.name) {
                    state.outbox.append(Outbox.Entry(bytes: line))
                }
                state.settle(id, .abandoned(code, wasHandedOver: wasHandedOver), &consequences)
            }
        }
        // An answer may have come in the meantime; it counts.
        return arrival.value ?? .abandoned(code, wasHandedOver: true)
    }
}

// MARK: Tools

extension MCPConnection {
    /// The server's tools, asked for when they are not known or may have changed.
    func tools(until deadline: ContinuousClock.Instant) async -> Result<ToolCatalogue, ToolFailure> {
        let (arrival, isNew) = change { state, _ in currentTools(&state) }
        if isNew { Task { arrival.fulfil(await listTools()) } }
        switch await arrival.wait(until: deadline) {
        case .value(let result): return result
        case .timedOut: return .failure(listFailure(.timeout, "gave no list of tools in time"))
        case .cancelled: return .failure(listFailure(.cancelled, "was no longer asked for its tools"))
        }
    }

    private func currentTools(_ state: inout State) -> (Arrival<Result<ToolCatalogue, ToolFailure>>, isNew: Bool) {
        let arrival = Arrival<Result<ToolCatalogue, ToolFailure>>()
        switch state.tools {
        case .known(let catalogue, let end) where end.map({ ContinuousClock.now < $0 }) ?? true:
            arrival.fulfil(.success(catalogue))
            return (arrival, isNew: false)
        case .asked(let running, isStale: false): return (running, isNew: false)
        case .known, .asked, .unknown:
            state.tools = .asked(arrival, isStale: false)
            return (arrival, isNew: true)
        }
    }

    private func listTools() async -> Result<ToolCatalogue, ToolFailure> {
        let result = await listPages(until: .inMilliseconds(settings.limits.listTimeout)).map { listing in
            (ToolCatalogue(listing, provider: settings.provider, isPrefixed: settings.isPrefixed), listing.timeToLive)
        }
        change { state, consequences in
            guard case .asked(_, let isStale) = state.tools else { return }
            guard !isStale, case .success(let (catalogue, timeToLive)) = result else {
                state.tools = .unknown
                return
            }
            // A server that announces changes need not be asked again; a legacy one without them never changes.
            let life = state.session.isToldOfToolChanges ? nil : timeToLive
            state.tools = .known(catalogue, until: life.map { .inMilliseconds(max($0, Self.shortestListLife)) })
            for rejection in catalogue.rejections {
                consequences.append(
                    .log(.warning, "a tool of the MCP server \(settings.provider) is not offered: \(rejection)"))
            }
        }
        return result.map(\.0)
    }

    private func listPages(until deadline: ContinuousClock.Instant) async -> Result<MCPToolListing, ToolFailure> {
        var listing = MCPToolListing()
        var cursor: String?
        while true {
            let settlement = await request(until: deadline) { $0.listTools(cursor: cursor) }
            guard case .answered(.result(let page)) = settlement else { return .failure(listFailure(settlement)) }
            do {
                switch try listing.add(page) {
                case .finished: return .success(listing)
                case .page(let next): cursor = next
                }
            } catch {
                return .failure(listFailure(.protocolError, "gave a list of tools that breaks the protocol: \(error)"))
            }
        }
    }

    private func listFailure(_ settlement: MCPSettlement) -> ToolFailure {
        switch ToolOutcome(settlement, provider: settings.provider) {
        case .neverSent(let failure, _), .unknown(let failure): failure
        case .result(let result): listFailure(.serverError, "gave no list of tools: \(result.content)")
        }
    }

    private func listFailure(_ code: ToolFailure.Code, _ what: String) -> ToolFailure {
        ToolFailure(code: code, message: "the MCP server \(settings.provider) \(what)")
    }
}
