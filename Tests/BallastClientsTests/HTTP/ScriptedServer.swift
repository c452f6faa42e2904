import BallastClients
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A real HTTP/1.1 server on a free port of 127.0.0.1 that does what a script says, down to the byte.
final class ScriptedServer: Sendable {
    struct Request: Sendable {
        let method: String
        let path: String
        let body: [UInt8]
        /// Counted from 1 in order of acceptance.
        let connection: Int

        fileprivate let headers: HTTPHeaders

        var text: String { String(decoding: body, as: UTF8.self) }
        /// All values of a header; names have no case.
        func header(_ name: String) -> [String] { headers[name] }
    }

    typealias Script = @Sendable (Request, ScriptedConnection) async throws -> Void

    private let log: ServerLog
    private let channel: any Channel

    private init(log: ServerLog, channel: any Channel) {
        self.log = log
        self.channel = channel
    }

    /// Runs `body` with a server that answers every request by `script`, on a free port unless told.
    static func run(port: Int = 0, _ script: @escaping Script, body: (ScriptedServer) async throws -> Void) async throws
    {
        _ = HTTPTypes.prepared
        let log = ServerLog()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(ArrivalHandler(log))
                    try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
                    try pipeline.addHandler(ScriptHandler(log, script))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        let server = ScriptedServer(log: log, channel: channel)
        do {
            try await body(server)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    private func stop() async {
        for channel in log.channels { try? await channel.close() }
        try? await channel.close()
    }

    var origin: String { "http://127.0.0.1:\(port)" }
    var port: Int { channel.localAddress?.port ?? 0 }
    var requests: [Request] { log.requests }
    var connections: Int { log.channels.count }
    /// Bytes that have arrived on all connections.
    var bytes: Int { log.bytes }
}

/// What the script may do to the connection of a request.
struct ScriptedConnection: Sendable {
    fileprivate let channel: any Channel

    /// Writes these bytes as they are.
    func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)) }

    func answer(_ status: Int = 200, _ headers: [String] = ["content-type: application/json"], _ body: String = "{}")
        async throws
    {
        let lines = ["HTTP/1.1 \(status) X"] + headers + ["content-length: \(body.utf8.count)"]
        try await send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }

    /// Starts an answer of unknown length; `chunk` goes on, `endChunks` ends it.
    func beginChunks(_ type: String = "text/event-stream") async throws {
        try await send("HTTP/1.1 200 OK\r\ncontent-type: \(type)\r\ntransfer-encoding: chunked\r\n\r\n")
    }
    func chunk(_ text: String) async throws {
        try await send(String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n")
    }
    func endChunks() async throws { try await send("0\r\n\r\n") }

    func close() async throws { try await channel.close() }
    /// Returns when the other side has closed the connection.
    func waitForClose() async throws { try await channel.closeFuture.get() }
}

private final class ServerLog: Sendable {
    private struct State {
        var requests: [ScriptedServer.Request] = []
        var channels: [any Channel] = []
        var bytes = 0
    }
    private let state = Mutex(State())

    var requests: [ScriptedServer.Request] { state.withLock(\.requests) }
    var channels: [any Channel] { state.withLock(\.channels) }
    var bytes: Int { state.withLock(\.bytes) }

    func add(_ channel: any Channel) -> Int {
        state.withLock { state in
            state.channels.append(channel)
            return state.channels.count
        }
    }
    func add(_ request: ScriptedServer.Request) { state.withLock { $0.requests.append(request) } }
    func add(bytes: Int) { state.withLock { $0.bytes += bytes } }
}

/// Counts what arrives, whether or not it is HTTP.
private final class ArrivalHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let log: ServerLog

    init(_ log: ServerLog) { self.log = log }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        log.add(bytes: unwrapInboundIn(data).readableBytes)
        context.fireChannelRead(data)
    }
}

private final class ScriptHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    private let log: ServerLog
    private let script: ScriptedServer.Script
    private var connection = 0
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(_ log: ServerLog, _ script: @escaping ScriptedServer.Script) {
        self.log = log
        self.script = script
    }

    func channelActive(context: ChannelHandlerContext) { connection = log.add(context.channel) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): (self.head, body) = (head, [])
        case .body(let part): body += Array(part.readableBytesView)
        case .end:
            guard let head else { return }
            let request = ScriptedServer.Request(
                method: head.method.rawValue, path: head.uri, body: body, connection: connection, headers: head.headers)
            log.add(request)
            let (script, connection) = (script, ScriptedConnection(channel: context.channel))
            Task { try? await script(request, connection) }
        }
    }
}
