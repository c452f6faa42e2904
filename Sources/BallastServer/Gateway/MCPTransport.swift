import BallastCore
import BallastWire
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// The endpoint behind Hummingbird: bodies in, bytes out, and word of clients that leave.
struct MCPTransport: Sendable {
    let endpoint: MCPEndpoint
    let connections: ClientConnections

    func respond(to request: Request, requestID: String, channel: any Channel) async -> Response {
        let head = request.head
        var call = MCPHTTPRequest(
            method: head.method, path: request.uri.path, authority: head.authority,
            headers: head.headerFields)
        do {
            call.body = try await body(of: request)
        } catch let rejection as MCPFaceRejection {
            return response(MCPHTTPAnswer(rejection), requestID, channel)
        } catch is NIOTooManyBytesError {
            return response(MCPHTTPAnswer(tooLarge), requestID, channel)
        } catch {
            return response(MCPHTTPAnswer(.refused(400, "the body did not arrive whole")), requestID, channel)
        }
        return response(await endpoint.answer(call, from: connections[channel]), requestID, channel)
    }

    private var tooLarge: MCPFaceRejection { .refused(413, "at most \(endpoint.pace.body) bytes are taken") }

    private func body(of request: Request) async throws -> [UInt8] {
        guard request.method == .post else { return [] }
        if let declared = request.headers[.contentLength].flatMap({ Int($0) }), declared > endpoint.pace.body {
            throw tooLarge
        }
        let buffer = try await request.body.collect(upTo: endpoint.pace.body)
        return Array(buffer.readableBytesView)
    }

    private func response(_ answer: MCPHTTPAnswer, _ requestID: String, _ channel: any Channel) -> Response {
        var headers = answer.headers
        headers[.requestID] = requestID
        headers[.xContentTypeOptions] = "nosniff"
        let body: ResponseBody
        switch answer.content {
        case .none:
            headers[.cacheControl] = "no-store"
            body = ResponseBody()
        case .json(let bytes):
            headers[.cacheControl] = "no-store"
            headers[.contentType] = "application/json"
            body = ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        case .stream(let stream):
            headers[.cacheControl] = "no-cache"
            headers[.contentType] = "text/event-stream"
            // Proxies that collect answers would hold events back.
            if let name = HTTPField.Name("x-accel-buffering") { headers[name] = "no" }
            body = self.body(stream, connections[channel])
        }
        return Response(status: HTTPResponse.Status(code: answer.status), headers: headers, body: body)
    }

    private func body(_ stream: MCPStream, _ connection: ClientConnection?) -> ResponseBody {
        ResponseBody { writer in
            let exchange = stream.exchange
            let watching = connection?.follow(exchange)
            defer { if let watching { connection?.forget(watching) } }
            try await withGracefulShutdownHandler {
                try await stream.write { try await writer.write(ByteBuffer(bytes: $0)) }
            } onGracefulShutdown: {
                exchange.stop()
            }
            try await writer.finish(nil)
        }
    }
}
