import BallastCore

/// A client that speaks over stdio, carried to an endpoint that speaks HTTP: which request each of its lines is, and
/// which lines each answer is. No sockets and no pipes; either era, both at once.
package struct MCPBridge: Sendable {
    /// One POST to the endpoint.
    package struct Post: Sendable, Hashable {
        package let body: [UInt8]
        package let headers: [Header]
        /// The request that waits for an answer; nil for notifications and answers.
        package let request: JSONRPCID?
        package let era: MCPEra
        /// It begins the session that legacy requests name.
        package let isInitialize: Bool
    }

    package struct Header: Sendable, Hashable {
        package let name: String
        package let value: String
    }

    package enum Step: Sendable, Hashable {
        case post(Post)
        /// The client takes this modern request back: its connection is to be closed.
        case abandon(JSONRPCID)
        /// Tell the client, as this line.
        case say([UInt8])
    }

    /// The session that `initialize` was answered with.
    package private(set) var session: String?
    private var version: String?
    /// The client's `initialize`, for beginning anew when the endpoint has forgotten the session.
    private var opening: Post?
    /// Requests under way whose era is modern.
    private var modern: Set<JSONRPCID> = []

    package init() {}

    // MARK: From the client

    package mutating func receive(_ line: LineFramer.Line) -> Step {
        guard case .complete(let bytes) = line else {
            guard case .oversized(let count, let id) = line else { return .say([]) }
            return .say(
                JSONRPCMessage.error(id, JSONRPCError(.invalidRequest, "a message of \(count) bytes is too long")).line)
        }
        let body: MCPFaceBody
        let message: JSONRPCMessage
        do throws(MCPFaceRejection) {
            body = try MCPFaceBody(bytes)
        } catch {
            return .say(JSONRPCMessage.error(error.id, error.error).line)
        }
        do throws(JSONRPCRejection) {
            message = try JSONRPCMessage(body.message)
        } catch {
            return .say(JSONRPCMessage.error(error.id, error.error).line)
        }
        return step(message, bytes)
    }

    private mutating func step(_ message: JSONRPCMessage, _ bytes: [UInt8]) -> Step {
        switch message {
        case .request(let id, let method, let parameters):
            let stated = parameters["_meta"]?[MCPMetaKey.protocolVersion]?.string
            guard stated != nil || method == MCPMethod.discover else {
                return .post(legacy(bytes, id, isInitialize: method == MCPMethod.initialize))
            }
            modern.insert(id)
            return .post(
                Post(
                    body: bytes, headers: modernHeaders(stated, method, parameters), request: id, era: .modern,
                    isInitialize: false))
        case .notification(let method, let parameters):
            if method == MCPMethod.cancelled, let id = parameters["requestId"].flatMap(JSONRPCID.init),
                modern.contains(id)
            {
                return .abandon(id)
            }
            if let stated = parameters["_meta"]?[MCPMetaKey.protocolVersion]?.string {
                return .post(
                    Post(
                        body: bytes, headers: modernHeaders(stated, method, parameters), request: nil, era: .modern,
                        isInitialize: false))
            }
            return .post(legacy(bytes, nil))
        case .result, .error: return .post(legacy(bytes, nil))
        }
    }

    private func modernHeaders(_ version: String?, _ method: String, _ parameters: JSONObject) -> [Header] {
        var headers = [Header(name: "mcp-method", value: method)]
        if let version { headers.append(Header(name: "mcp-protocol-version", value: version)) }
        if let member = MCPFaceRequest.Operation(method, .modern)?.nameMember, let name = parameters[member]?.string {
            headers.append(Header(name: "mcp-name", value: MCPHeaderValue.encode(name)))
        }
        return headers
    }

    private mutating func legacy(_ bytes: [UInt8], _ id: JSONRPCID?, isInitialize: Bool = false) -> Post {
        let post = Post(body: bytes, headers: [], request: id, era: .legacy, isInitialize: isInitialize)
        if isInitialize { opening = post }
        return post
    }

    /// The headers of a legacy request as they are when it is sent.
    package func headers(of post: Post) -> [Header] {
        guard post.era == .legacy, !post.isInitialize else { return post.headers }
        return [("mcp-session-id", session), ("mcp-protocol-version", version)].compactMap { name, value in
            value.map { Header(name: name, value: $0) }
        }
    }

    // MARK: From the endpoint

    /// The endpoint answered `initialize`.
    package mutating func began(session: String?, answer: [UInt8]) {
        self.session = session
        version = (try? JSONReader.read(answer))?["result"]?["protocolVersion"]?.string
    }

    /// The `initialize` to send again when the endpoint does not know the session any more.
    package var renewal: Post? { opening }

    /// What confirms a session that was begun anew; the client knows nothing of it.
    package static let confirmation = Post(
        body: Array(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#.utf8), headers: [], request: nil,
        era: .legacy, isInitialize: false)

    /// The request is over.
    package mutating func ended(_ post: Post) {
        if let id = post.request { modern.remove(id) }
    }

    /// The line for the client when a request was answered with this body; nil when it expects none. A message of another
    /// request, or something that is no message, becomes an error of this one.
    package static func line(for post: Post, status: Int, body: [UInt8]) -> [UInt8]? {
        guard let id = post.request else { return nil }
        let message = (try? JSONReader.read(body)).flatMap { try? JSONRPCMessage($0) }
        switch message {
        case .result(id, _)?, .error(id?, _)?: return body.filter { $0 != 0x0A && $0 != 0x0D } + [0x0A]
        case .error(nil, let error)?: return JSONRPCMessage.error(id, error).line
        default:
            return failure(of: id, "the gateway answered with HTTP \(status) and no message")
        }
    }

    /// The line that ends a request that got no answer.
    package static func failure(of id: JSONRPCID, _ why: String) -> [UInt8] {
        JSONRPCMessage.error(id, JSONRPCError(.internalError, why)).line
    }
}

extension MCPBridge {
    /// Whether a message of a stream is the answer to the request that the stream belongs to.
    package static func answers(_ text: [UInt8], _ post: Post) -> Bool {
        guard let id = post.request, let message = (try? JSONReader.read(text)).flatMap({ try? JSONRPCMessage($0) })
        else { return false }
        switch message {
        case .result(id, _), .error(id?, _): return true
        default: return false
        }
    }
}
