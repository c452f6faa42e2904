import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Stands in each connection directly above the encoder and asks the gate of a request at the moment its head is
/// written: in the same step of the event loop in which the bytes go on to the socket (or to TLS above it).
///
/// A request without an open gate is not written at all; its connection is closed and the request fails.
final class SendGateHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    struct Refused: Error {}

    private let gates: SendGates
    private var current: SendGate?

    init(_ gates: SendGates) { self.gates = gates }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head): write(head, context: context, promise: promise)
        case .body where current == nil: promise?.fail(Refused())
        case .body: context.write(data, promise: promise)
        case .end:
            guard let gate = current else {
                promise?.fail(Refused())
                return
            }
            current = nil
            let written = promise ?? context.eventLoop.makePromise()
            written.futureResult.whenComplete { _ in gate.endWriting() }
            context.write(data, promise: written)
        }
    }

    private func write(_ head: HTTPRequestHead, context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        var head = head
        let token = head.headers.first(name: SendGates.header)
        head.headers.remove(name: SendGates.header)
        guard let gate = token.flatMap({ gates[$0] }), gate.open() else {
            promise?.fail(Refused())
            refuse(context)
            return
        }
        current = gate
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }

    /// In the next step: the writer above is still in the middle of this one.
    private func refuse(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.execute {
            bound.value.fireErrorCaught(Refused())
            bound.value.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        current?.endWriting()
        current = nil
        context.fireChannelInactive()
    }
}

extension SendGates {
    /// Puts the handler into every connection of a client.
    func install(in configuration: inout HTTPClient.Configuration) {
        // Called on the connection's event loop once its HTTP handlers are in place.
        configuration.http1_1ConnectionDebugInitializer = { channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
                try pipeline.addHandler(SendGateHandler(self), position: .after(decoder))
            }
        }
    }
}
