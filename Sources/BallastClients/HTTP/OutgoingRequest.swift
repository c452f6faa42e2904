import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// A request as it goes out, its body whole.
struct OutgoingRequest: Sendable {
    let url: String
    var method: HTTPMethod = .GET
    var headers = HTTPHeaders()
    var body: ByteBuffer?

    /// Throws where the address is none.
    func prepared() throws -> HTTPClient.Request {
        try HTTPClient.Request(
            url: url, method: method, headers: headers, body: body.map { .byteBuffer($0) })
    }
}
