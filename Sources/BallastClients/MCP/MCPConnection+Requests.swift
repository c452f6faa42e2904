import BallastCore
import BallastRuntime
import BallastWire
import Logging

extension MCPConnection {
    /// Makes a call with exactly the bytes of its arguments, in as many rounds as the server asks for.
    func call(
        _ request: MCPCallRequest, _ invocation: ToolInvocation, relay: CallRelay?,
        until deadline: ContinuousClock.Instant
    ) async -> ToolOutcome {
        await MCPRounds(provider: settings.provider, relay: relay).run(request) { request in
            await self.request(until: deadline, permit: invocation.permit, relay: relay, isCall: true) {
                $0.call(request)
            }
        }
    }

    /// Makes a request and waits for its answer, the deadline, or the task's cancellation. The time in which a person was
    /// asked is not counted.
    private func request(
        until deadline: ContinuousClock.Instant, permit: SendPermit? = nil, relay: CallRelay? = nil,
        isCall: Bool = false, _ make: (inout MCPClientSession) -> MCPClientSession.Request?
    ) async -> MCPSettlement {
        let arrival = Arrival<MCPSettlement>()
        let waiter = Waiter(arrival: arrival, isCall: isCall, permit: permit, relay: relay)
        let id = change { state, _ in enqueue(&state, waiter, make) }
        var end = deadline + (relay?.paused ?? .zero)
        while true {
            switch await arrival.wait(until: end) {
            case .value(let settlement): return settlement
            case .timedOut:
                let later = deadline + (relay?.paused ?? .zero) + (relay?.isAsking == true ? .seconds(1) : .zero)
                guard later > .now else { return abandon(id, arrival, .timeout) }
                end = later
            case .cancelled: return abandon(id, arrival, .cancelled)
            }
        }
    }

    private func enqueue(
        _ state: inout State, _ waiter: Waiter, _ make: (inout MCPClientSession) -> MCPClientSession.Request?
    ) -> JSONRPCID? {
        guard state.closing == nil, let request = make(&state.session) else {
            waiter.arrival.fulfil(
                .lost(reason: "the MCP server \(settings.provider) is not open", wasHandedOver: false))
            return nil
        }
        state.waiting[request.id] = waiter
        state.outbox.append(Outbox.Entry(id: request.id, bytes: request.line, permit: waiter.permit))
        return request.id
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

// MARK: Lists

extension MCPConnection {
    /// The server's tools, asked for when they are not known or may have changed.
    func tools(until deadline: ContinuousClock.Instant) async throws(ToolFailure) -> ToolCatalogue {
        try await lists.tools.value(until: deadline) { await self.listTools() }
    }

    /// The entries of another list; none where the server has no such list.
    func entries(
        of list: MCPList, until deadline: ContinuousClock.Instant
    ) async throws(ToolFailure) -> [JSONValue] {
        guard let cache = lists[list], change({ state, _ in state.session.server?.offers(list) }) == true else {
            return []
        }
        return try await cache.value(until: deadline) { await self.lister.entries(of: list) }
    }

    private var lister: MCPLister {
        let deadline = ContinuousClock.Instant.inMilliseconds(settings.limits.listTimeout)
        return MCPLister(provider: settings.provider) { list, cursor in
            await self.request(until: deadline) { $0.page(of: list, cursor: cursor) }
        }
    }

    private func listTools() async -> Result<Cached<ToolCatalogue>.Fetched, ToolFailure> {
        guard let server = change({ state, _ in state.session.server }) else {
            let message = "the MCP server \(settings.provider) is not open"
            return .failure(ToolFailure(code: .unreachable, message: message))
        }
        let result = await lister.tools(of: server, isPrefixed: settings.isPrefixed)
        // A server that announces changes need not be asked again; a legacy one without them never changes.
        let isTold = change { state, _ in state.session.isToldOfToolChanges }
        return result.map { catalogue, timeToLive in
            for rejection in catalogue.rejections {
                settings.logger.warning("a tool of the MCP server \(settings.provider) is not offered: \(rejection)")
            }
            let life = isTold ? nil : timeToLive.map { max($0, MCPLister.shortestLife) }
            return (catalogue, life.map { .milliseconds(min($0, 86_400_000)) })
        }
    }
}
