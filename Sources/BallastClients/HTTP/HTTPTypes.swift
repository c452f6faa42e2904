import NIOCore
import NIOHTTP1

/// The generic types of HTTP handling, made once by one thread before any connection exists.
///
/// Swift 6.3.1 can crash when two threads meet these types for the first time at the same moment, as happens when a
/// client and a server of one process open their first connections together (seen once in 400 runs: a null metadata
/// pointer under `HTTPPart`). Whoever starts such a server reads `prepared` first, as every `HTTPTransport` does.
package enum HTTPTypes {
    package static let prepared: Void = {
        _ = (HTTPRequestEncoder(), HTTPResponseEncoder())
        _ = (ByteToMessageHandler(HTTPRequestDecoder()), ByteToMessageHandler(HTTPResponseDecoder()))
        _ = (HTTPClientRequestPart.end(nil), HTTPClientResponsePart.end(nil))
        _ = (HTTPServerRequestPart.end(nil), HTTPServerResponsePart.end(nil))
    }()
}
