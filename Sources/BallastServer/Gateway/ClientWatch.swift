import NIOCore
import Synchronization

/// Notices that a client has closed its side while its request is under way. Lives on its channel's event loop.
final class ClientWatch: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private var isGone = false
    private var watchers: [UInt64: @Sendable () -> Void] = [:]

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { tell() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        tell()
        context.fireChannelInactive()
    }

    private func tell() {
        isGone = true
        let told = watchers.values
        watchers = [:]
        for watcher in told { watcher() }
    }

    fileprivate func add(_ number: UInt64, _ watcher: @escaping @Sendable () -> Void) {
        if isGone { return watcher() }
        watchers[number] = watcher
    }

    fileprivate func remove(_ number: UInt64) { watchers[number] = nil }
}

/// The connection of a request: tells an exchange when the client is gone.
struct ClientConnection: Sendable {
    private let channel: any Channel
    private static let lastNumber = Atomic<UInt64>(0)

    init(_ channel: any Channel) { self.channel = channel }

    /// A number for `forget`.
    func follow(_ exchange: any MCPExchange) -> UInt64 {
        let number = ClientConnection.lastNumber.add(1, ordering: .relaxed).newValue
        onLoop { $0.add(number) { exchange.abandon() } }
        return number
    }

    func forget(_ number: UInt64) { onLoop { $0.remove(number) } }

    private func onLoop(_ body: @escaping @Sendable (ClientWatch) -> Void) {
        let channel = channel
        channel.eventLoop.execute {
            if let watch = try? channel.pipeline.syncOperations.handler(type: ClientWatch.self) { body(watch) }
        }
    }
}
