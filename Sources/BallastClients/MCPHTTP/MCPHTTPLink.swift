import AsyncHTTPClient
import BallastCore
import BallastRuntime
import BallastWire
import NIOCore
import NIOHTTP1

/// Posts messages to one server. It never posts one twice.
///
/// Credentials are those of the configuration and of nobody else; they leave here and are taken out of everything that
/// comes back.
struct MCPHTTPLink: Sendable {
    /// Milliseconds that an unused connection stays open. Servers close theirs after five seconds and more; one that
    /// closes in the moment of a call would leave the call in doubt.
    private static let keepAlive: Int64 = 3_000

    let provider: String
    let clock: any RuntimeClock
    let limits: MCPHTTPLimits
    private let url: String
    private let headers: HTTPHeaders
    private let redaction: Redaction
    private let gates: SendGates
    private let transport: HTTPTransport

    init(provider: String, url: String, headers: [OutboundHeader], limits: MCPHTTPLimits, clock: any RuntimeClock) {
        self.provider = provider
        self.url = url
        self.limits = limits
        self.clock = clock
        redaction = Redaction(headers.map(\.value))
        var fixed: HTTPHeaders = ["user-agent": "ballast"]
        for header in headers { fixed.replaceOrAdd(name: header.name, value: header.value.reveal()) }
        fixed.replaceOrAdd(name: "content-type", value: "application/json")
        fixed.replaceOrAdd(name: "accept", value: "application/json, text/event-stream")
        self.headers = fixed
        let gates = SendGates()
        self.gates = gates
        transport = HTTPTransport(HTTPTransport.Options(keepAlive: Self.keepAlive)) { gates.install(in: &$0) }
    }

    func shutdown() async { await transport.shutdown() }

    func post(
        _ message: MCPHTTPMessage, method: HTTPMethod = .POST, permit: SendPermit = .always, timeout: Int64,
        relay: CallRelay? = nil,
        onMessage: @escaping @Sendable (JSONRPCMessage) async -> HTTPExchangeFailure? = { _ in nil }
    ) async -> MCPHTTPReply {
        let gate = SendGate(permit)
        let token = gates.add(gate)
        defer { gates.remove(token) }
        var request = OutgoingRequest(url: url)
        request.method = method
        request.headers = headers
        for header in message.headers { request.headers.replaceOrAdd(name: header.name, value: header.value) }
        request.headers.replaceOrAdd(name: SendGates.header, value: token)
        if method == .POST { request.body = ByteBuffer(bytes: message.body) }
        var exchange = HTTPExchange(transport: transport, clock: clock, timeout: timeout, idleTimeout: nil)
        if let relay { exchange.uncounted = { relay.paused.wholeMilliseconds } }
        let reader = MCPHTTPReader(
            id: message.id, listens: message.listens, limits: limits, redaction: redaction, now: clock.now,
            onMessage: onMessage)
        do throws(HTTPExchangeFailure) {
            return try await exchange.run(request) { head, body throws(HTTPExchangeFailure) in
                try await reader.read(head, &body)
            }
        } catch {
            return MCPHTTPReply(kind: .failed(error, gate.seal()))
        }
    }
}
