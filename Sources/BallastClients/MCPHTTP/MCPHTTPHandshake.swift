import BallastCore
import BallastRuntime
import BallastWire

/// Opens a conversation with an MCP server over HTTP: in the modern way or the older one, whichever the server knows.
struct MCPHTTPHandshake {
    let provider: String
    let link: MCPHTTPLink
    let writer: MCPRequestWriter
    let limits: MCPHTTPLimits
    /// Of the conversation.
    let number: Int
    let nextID: @Sendable () -> JSONRPCID

    /// One of the two ways to open, refused for now or for good.
    private enum Refusal: Error {
        /// The other way may work.
        case era(String)
        case final(ToolFailure)
    }

    func open(beginning first: MCPClientSession.Opening) async -> Result<MCPHTTPTalk, ToolFailure> {
        let deadline = ContinuousClock.Instant.inMilliseconds(limits.openTimeout)
        var reasons: [String] = []
        for way in first == .discover ? [MCPClientSession.Opening.discover, .initialize] : [.initialize, .discover] {
            do throws(Refusal) {
                switch way {
                case .discover: return .success(try await discover(until: deadline))
                case .initialize: return .success(try await initialize(until: deadline))
                }
            } catch {
                switch error {
                case .era(let reason): reasons.append(reason)
                case .final(let failure): return .failure(failure)
                }
            }
        }
        let message =
            "the MCP server \(provider) speaks no version of MCP that is known here: "
            + reasons.joined(separator: "; ")
        return .failure(ToolFailure(code: .unreachable, message: message))
    }

    private func discover(until deadline: ContinuousClock.Instant) async throws(Refusal) -> MCPHTTPTalk {
        let id = nextID()
        let message = MCPHTTPMessage(
            id: id, body: writer.discovery(id),
            headers: [
                (MCPHeader.protocolVersion, MCPVersion.modern), (MCPHeader.method, MCPMethod.discover),
            ])
        let reply = await link.post(message, timeout: min(limits.discoverTimeout, deadline.millisecondsLeft))
        let result = try result(of: reply, to: MCPMethod.discover)
        do throws(MCPProtocolError) {
            return MCPHTTPTalk(number: number, server: try MCPServer(discovery: result), session: nil)
        } catch {
            throw .era("\(MCPMethod.discover): \(error)")
        }
    }

    private func initialize(until deadline: ContinuousClock.Instant) async throws(Refusal) -> MCPHTTPTalk {
        let id = nextID()
        let message = MCPHTTPMessage(id: id, body: writer.initialization(id), headers: [])
        let reply = await link.post(message, timeout: deadline.millisecondsLeft)
        let result = try result(of: reply, to: MCPMethod.initialize)
        let talk: MCPHTTPTalk
        do throws(MCPProtocolError) {
            if let session = reply.session, !MCPHeader.isSession(session) {
                throw MCPProtocolError("it gave a session identifier that is not visible ASCII")
            }
            talk = MCPHTTPTalk(
                number: number, server: try MCPServer(initialization: result), session: reply.session)
        } catch {
            throw .era("\(MCPMethod.initialize): \(error)")
        }
        let notification = MCPHTTPMessage(
            id: nil, body: writer.initialized, headers: talk.headers(method: MCPMethod.initialized))
        let noted = await link.post(notification, timeout: deadline.millisecondsLeft)
        guard case .nothing = noted.kind else {
            throw .era("\(MCPMethod.initialized): HTTP \(noted.status)")
        }
        return talk
    }

    private func result(of reply: MCPHTTPReply, to method: String) throws(Refusal) -> JSONValue {
        switch reply.kind {
        case .answer(.result(let value), _): return value
        case _ where reply.status == 401:
            throw .final(failure(.refused, "refused the credentials that are configured for it (HTTP 401)"))
        case .answer(.error(let error), _):
            if error.code == .unsupportedProtocolVersion, let supported = error.data?["supported"]?.array {
                let known = Set([MCPVersion.modern] + MCPVersion.legacy)
                let named = supported.compactMap(\.string)
                guard named.contains(where: known.contains) else {
                    let versions = named.prefix(8).map { ShownText.text($0, longest: 40) }.joined(separator: ", ")
                    throw .final(failure(.protocolError, "speaks MCP \(versions), and none of these is known here"))
                }
            }
            throw .era("\(method): \(error)")
        case .answer(.unreadable(let reason), _): throw .era("\(method): the answer cannot be read: \(reason)")
        case .answer(.oversized(let bytes), _): throw .era("\(method): the answer has more than \(bytes) bytes")
        case .nothing: throw .era("\(method): HTTP \(reply.status) and nothing else")
        case .other where (300..<400).contains(reply.status):
            throw .final(
                failure(
                    .refused, "wants to be spoken to elsewhere (HTTP \(reply.status)), and redirects are not followed"))
        case .other(let text): throw .era("\(method): HTTP \(reply.status) \(text)")
        case .failed(let failure, .writing), .failed(let failure, .written):
            throw .era("\(method): \(failure.detail)")
        case .failed(let failure, _):
            let plain = ToolFailure(failure, isSent: false)
            throw .final(self.failure(plain.code, "was not reached: \(plain.message)"))
        }
    }

    private func failure(_ code: ToolFailure.Code, _ what: String) -> ToolFailure {
        ToolFailure(code: code, message: "the MCP server \(provider) \(what)")
    }
}

extension ContinuousClock.Instant {
    /// Milliseconds until then, at least one.
    var millisecondsLeft: Int64 { max(1, ContinuousClock.Instant.now.duration(to: self).wholeMilliseconds) }
}
