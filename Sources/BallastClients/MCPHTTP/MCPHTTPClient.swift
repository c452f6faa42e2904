package import BallastCore
package import BallastRuntime
import BallastWire
package import Logging
import NIOHTTP1
import Synchronization

/// The tools of an MCP server that is spoken to over streamable HTTP, in the modern way or the older one.
///
/// A conversation opens when it is first needed and again after the server ended it. Nothing is ever sent twice: what
/// was under way when a connection broke is unknown, what had not left certainly did not happen.
package final class MCPHTTPClient: ToolClient {
    package let provider: String
    let link: MCPHTTPLink
    private let limits: MCPHTTPLimits
    private let isPrefixed: Bool
    private let logger: Logger
    let writer = MCPRequestWriter(client: MCPImplementation(name: "ballast", version: "0.1.0"))
    private let lists: MCPLists
    private let lastID = Atomic<Int64>(0)
    private let state = Mutex(State())

    private struct State {
        var talk: MCPHTTPTalk?
        var opening: Arrival<Result<MCPHTTPTalk, ToolFailure>>?
        var first = MCPClientSession.Opening.discover
        var number = 0
        var isShutDown = false
        var listener: Task<Void, Never>?
    }

    /// - Parameters:
    ///   - provider: the key in the configuration; with `prefix` it stands before the names of the tools.
    ///   - url: where messages are posted.
    ///   - headers: sent with every message; values may be secrets.
    ///   - prefix: name the tools `provider__tool` instead of by their bare names.
    package init(
        provider: String, url: String, headers: [OutboundHeader] = [], prefix: Bool = true,
        limits: MCPHTTPLimits = MCPHTTPLimits(), clock: any RuntimeClock, logger: Logger
    ) {
        self.provider = provider
        self.limits = limits
        self.logger = logger
        isPrefixed = prefix
        link = MCPHTTPLink(provider: provider, url: url, headers: headers, limits: limits, clock: clock)
        lists = MCPLists(provider: provider)
    }

    // MARK: Lists

    package func definitions() async throws(ToolFailure) -> [ToolDefinition] {
        try await catalogue(until: listDeadline).definitions
    }

    package func resources() async throws(ToolFailure) -> [JSONValue] { try await entries(of: .resources) }
    package func resourceTemplates() async throws(ToolFailure) -> [JSONValue] {
        try await entries(of: .resourceTemplates)
    }
    package func prompts() async throws(ToolFailure) -> [JSONValue] { try await entries(of: .prompts) }

    private var listDeadline: ContinuousClock.Instant {
        .inMilliseconds(limits.openTimeout + limits.listTimeout)
    }

    private func entries(of list: MCPList) async throws(ToolFailure) -> [JSONValue] {
        let deadline = listDeadline
        guard let cache = lists[list], try await talk(until: deadline).server.offers(list) else { return [] }
        return try await cache.value(until: deadline) { await self.lister.entries(of: list) }
    }

    private func catalogue(until deadline: ContinuousClock.Instant) async throws(ToolFailure) -> ToolCatalogue {
        try await lists.tools.value(until: deadline) { await self.listTools() }
    }

    private func listTools() async -> Result<Cached<ToolCatalogue>.Fetched, ToolFailure> {
        let server: MCPServer
        do throws(ToolFailure) {
            server = try await talk(until: listDeadline).server
        } catch {
            return .failure(error)
        }
        return await lister.tools(of: server, isPrefixed: isPrefixed).map { catalogue, timeToLive in
            for rejection in catalogue.rejections {
                logger.warning("a tool of the MCP server \(provider) is not offered: \(rejection)")
            }
            // Nobody tells of changes here for sure, so a list is not kept for as long as its server allows.
            return (
                catalogue,
                .milliseconds(min(limits.listLife, max(timeToLive ?? limits.listLife, MCPLister.shortestLife)))
            )
        }
    }

    private var lister: MCPLister {
        let deadline = ContinuousClock.Instant.inMilliseconds(limits.listTimeout)
        return MCPLister(provider: provider) { list, cursor in
            let settlement = await self.page(of: list, cursor: cursor, until: deadline)
            // Asking for a list again changes nothing, and what ended the session was not the list.
            guard case .decided(.neverSent(_, isRetryable: true)) = settlement else { return settlement }
            return await self.page(of: list, cursor: cursor, until: deadline)
        }
    }

    private func page(
        of list: MCPList, cursor: String?, until deadline: ContinuousClock.Instant
    ) async -> MCPSettlement {
        do throws(ToolFailure) {
            let talk = try await talk(until: deadline)
            let id = nextID()
            let message = MCPHTTPMessage(
                id: id, body: writer.page(of: list, cursor: cursor, era: talk.server.era, id),
                headers: talk.headers(method: list.method))
            let reply = await link.post(message, timeout: deadline.millisecondsLeft) { message in
                await self.receive(message, in: talk, permit: .always, relay: nil)
            }
            return settle(reply, talk)
        } catch {
            return .decided(.neverSent(error, isRetryable: false))
        }
    }

    // MARK: Calls

    package func call(_ invocation: ToolInvocation) async -> ToolOutcome {
        let deadline = ContinuousClock.Instant.inMilliseconds(invocation.timeout)
        do throws(ToolFailure) {
            let catalogue = try await catalogue(until: deadline)
            if let refusal = catalogue.refusal(of: invocation.tool) { return .neverSent(refusal, isRetryable: false) }
            let relay = invocation.relay.map(CallRelay.init)
            defer { relay?.close() }
            let request: MCPCallRequest
            do throws(MCPProtocolError) {
                request = try MCPCallRequest(invocation, relay: relay)
            } catch {
                throw ToolFailure(code: .protocolError, message: "the call cannot be sent: \(error)")
            }
            let headers = catalogue.headers(of: invocation.tool.remoteName).compactMap { header in
                header.value(in: request.object).map { (name: header.name, value: $0) }
            }
            return await MCPRounds(provider: provider, relay: relay).run(request) { request in
                await send(request, headers, invocation.permit, relay, until: deadline)
            }
        } catch {
            return .neverSent(error, isRetryable: ![.cancelled, .refused, .protocolError].contains(error.code))
        }
    }

    private func send(
        _ request: MCPCallRequest, _ parameters: [(name: String, value: String)], _ permit: SendPermit,
        _ relay: CallRelay?, until deadline: ContinuousClock.Instant
    ) async -> MCPSettlement {
        do throws(ToolFailure) {
            let talk = try await talk(until: deadline + (relay?.paused ?? .zero))
            guard !Task.isCancelled else { throw Self.cancelled }
            let id = nextID()
            let message = MCPHTTPMessage(
                id: id, body: writer.call(request, era: talk.server.era, id),
                headers: talk.headers(method: request.method, name: request.name, parameters: parameters))
            let reply = await link.post(
                message, permit: permit, timeout: deadline.millisecondsLeft, relay: relay
            ) { message in
                await self.receive(message, in: talk, permit: permit, relay: relay)
            }
            cancel(id, after: reply, in: talk)
            return settle(reply, talk)
        } catch {
            let isRetryable = ![.cancelled, .refused, .protocolError].contains(error.code)
            return .decided(.neverSent(error, isRetryable: isRetryable))
        }
    }

    private static let cancelled = ToolFailure(code: .cancelled, message: "the call was cancelled before it was sent")

    /// A legacy server goes on when its client goes away, so it is told. A modern one sees the stream close.
    private func cancel(_ id: JSONRPCID, after reply: MCPHTTPReply, in talk: MCPHTTPTalk) {
        guard talk.server.era == .legacy, case .failed(let failure, let state) = reply.kind,
            state == .written, failure.kind == .cancelled || failure.kind == .timeout
        else { return }
        let reason = failure.kind == .timeout ? "timeout" : "cancelled"
        let message = MCPHTTPMessage(
            id: nil, body: writer.cancellation(of: id, reason: reason),
            headers: talk.headers(method: MCPMethod.cancelled))
        Task { _ = await self.link.post(message, timeout: Self.courtesy) }
    }

    /// Milliseconds for messages on whose outcome nothing hangs.
    private static let courtesy: Int64 = 2_000

    /// What a server says before it answers. A failure ends the call.
    func receive(
        _ message: JSONRPCMessage, in talk: MCPHTTPTalk, permit: SendPermit, relay: CallRelay?
    ) async -> HTTPExchangeFailure? {
        switch message {
        case .notification(MCPMethod.progress, let parameters):
            if let relay, let progress = MCPProgress(parameters) { relay.note(progress) }
            return nil
        case .notification(let method, _):
            for list in MCPList.changed(by: method) { lists.forget(list) }
            return nil
        case .request(let id, let method, let parameters):
            // A modern server asks nothing in this way.
            guard talk.server.era == .legacy else { return nil }
            guard method == MCPMethod.elicit else {
                return await answer(writer.answer(to: id, method: method), in: talk, .always)
            }
            let reply = await relay?.ask(parameters) ?? .decline
            // With a person's consent the tool goes on to act, so leave to send is asked for again.
            let isConsent = if case .accept = reply { true } else { false }
            return await answer(writer.reply(reply, to: id), in: talk, isConsent ? permit : .always)
        case .result, .error: return nil
        }
    }

    private func answer(
        _ line: [UInt8], in talk: MCPHTTPTalk, _ permit: SendPermit
    ) async -> HTTPExchangeFailure? {
        let message = MCPHTTPMessage(id: nil, body: line, headers: talk.headers(method: ""))
        let reply = await link.post(message, permit: permit, timeout: Self.answerTimeout)
        guard case .failed(_, .refused(let refusal)) = reply.kind else { return nil }
        return HTTPExchangeFailure(.cancelled, "what it asked may not be answered any more (\(refusal))")
    }

    private static let answerTimeout: Int64 = 10_000

    private func settle(_ reply: MCPHTTPReply, _ talk: MCPHTTPTalk) -> MCPSettlement {
        let settling = MCPHTTPSettling(reply, talk, provider: provider)
        switch settling.conversation {
        case .goesOn: break
        case .ended: drop(talk, openingBy: .discover)
        case .outgrown: drop(talk, openingBy: .initialize)
        }
        // Perhaps the server wants other headers now than its list said.
        if case .answered(.error(let error)) = settling.settlement, error.code == .headerMismatch {
            lists.forget(.tools)
        }
        return settling.settlement
    }

    func nextID() -> JSONRPCID { .integer(lastID.add(1, ordering: .relaxed).newValue) }

    package func shutdown() async {
        let (talk, listener) = state.withLock { state in
            state.isShutDown = true
            defer { (state.talk, state.listener) = (nil, nil) }
            return (state.talk, state.listener)
        }
        listener?.cancel()
        if let talk, talk.session != nil {
            let message = MCPHTTPMessage(id: nil, body: [], headers: talk.headers(method: ""))
            _ = await link.post(message, method: .DELETE, timeout: Self.courtesy)
        }
        await link.shutdown()
    }
}

// MARK: Opening

extension MCPHTTPClient {
    /// The conversation, opened when there is none. The opening outlives a caller who stops waiting.
    private func talk(until deadline: ContinuousClock.Instant) async throws(ToolFailure) -> MCPHTTPTalk {
        let arrival: Opening
        switch state.withLock({ state in Self.look(&state) }) {
        case .open(let talk): return talk
        case .closed: throw ToolFailure(code: .refused, message: "the MCP server \(provider) is shut down")
        case .opening(let running): arrival = running
        case .unopened(let new):
            arrival = new
            Task { await self.open(new) }
        }
        switch await arrival.wait(until: deadline) {
        case .value(let result): return try result.get()
        case .timedOut:
            throw ToolFailure(
                code: .timeout, message: "the MCP server \(provider) did not open a conversation in time")
        case .cancelled: throw Self.cancelled
        }
    }

    private typealias Opening = Arrival<Result<MCPHTTPTalk, ToolFailure>>

    private enum Look {
        case open(MCPHTTPTalk)
        case opening(Opening)
        case unopened(Opening)
        case closed
    }

    private static func look(_ state: inout State) -> Look {
        if state.isShutDown { return .closed }
        if let talk = state.talk { return .open(talk) }
        if let opening = state.opening { return .opening(opening) }
        let opening = Opening()
        state.opening = opening
        return .unopened(opening)
    }

    private func drop(_ talk: MCPHTTPTalk, openingBy first: MCPClientSession.Opening) {
        state.withLock { state in
            guard state.talk?.number == talk.number else { return }
            state.talk = nil
            state.first = first
        }
    }

    func isCurrent(_ talk: MCPHTTPTalk) -> Bool { state.withLock { $0.talk?.number == talk.number } }

    private func open(_ arrival: Opening) async {
        let (first, number) = state.withLock { state in
            state.number += 1
            return (state.first, state.number)
        }
        let handshake = MCPHTTPHandshake(
            provider: provider, link: link, writer: writer, limits: limits, number: number, nextID: nextID)
        let result = await handshake.open(beginning: first)
        let old = state.withLock { state in
            state.opening = nil
            state.first = .discover
            guard case .success(let talk) = result, !state.isShutDown else { return nil as Task<Void, Never>? }
            state.talk = talk
            defer { state.listener = listener(to: talk) }
            return state.listener
        }
        old?.cancel()
        if case .success(let talk) = result {
            let name = talk.server.implementation?.description ?? "unnamed"
            logger.info(
                "the MCP server \(provider) is open: \(ShownText.text(name, longest: 200)), MCP \(talk.server.version)")
        }
        arrival.fulfil(result)
    }
}
