import NIOCore
import Synchronization

/// The connections of a server's clients, so that a request can ask for its own from any thread.
final class ClientConnections: Sendable {
    private let open = Mutex<[ObjectIdentifier: ClientConnection]>([:])

    subscript(channel: any Channel) -> ClientConnection? {
        open.withLock { $0[ObjectIdentifier(channel)] }
    }

    /// The handler that a new connection's pipeline needs.
    func watch() -> ClientWatch { ClientWatch(self) }

    fileprivate func begin(_ connection: ClientConnection, on channel: any Channel) {
        open.withLock { $0[ObjectIdentifier(channel)] = connection }
    }
    fileprivate func end(_ channel: any Channel) { open.withLock { $0[ObjectIdentifier(channel)] = nil } }
}

/// Notices that a client has closed its side while its request is under way.
final class ClientWatch: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let connections: ClientConnections
    private let connection = ClientConnection()

    fileprivate init(_ connections: ClientConnections) { self.connections = connections }

    func handlerAdded(context: ChannelHandlerContext) { connections.begin(connection, on: context.channel) }
    func handlerRemoved(context: ChannelHandlerContext) { connections.end(context.channel) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { connection.end() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        connection.end()
        context.fireChannelInactive()
    }
}

/// The connection of a request: tells an exchange when the client is gone.
final class ClientConnection: Sendable {
    private struct State {
        var isGone = false
        var exchanges: [UInt64: any MCPExchange] = [:]
        var lastNumber: UInt64 = 0
    }
    private let state = Mutex(State())

    /// A number for `forget`.
    func follow(_ exchange: any MCPExchange) -> UInt64 {
        let (number, isGone) = state.withLock { state in
            state.lastNumber += 1
            if !state.isGone { state.exchanges[state.lastNumber] = exchange }
            return (state.lastNumber, state.isGone)
        }
        if isGone { exchange.abandon() }
        return number
    }

    func forget(_ number: UInt64) { state.withLock { $0.exchanges[number] = nil } }

    fileprivate func end() {
        let left = state.withLock { state in
            defer { (state.isGone, state.exchanges) = (true, [:]) }
            return Array(state.exchanges.values)
        }
        for exchange in left { exchange.abandon() }
    }
}
