import BallastCore
import BallastRuntime
import BallastWire
import Crypto
import HTTPTypes

/// The gateway's endpoint: takes whole requests and gives whole answers or messages as they come. It knows no sockets.
package final class MCPEndpoint: Sendable {
    static let path = "/mcp"
    /// The one scope that calls need; others widen what a caller may say.
    private static let scope = KeyScope.run
    private static let metadataPath = "/.well-known/oauth-protected-resource"

    private let runtime: AgentRuntime
    private let keys: KeyRegistry
    let pace: MCPPace
    private let access: MCPFaceAccess
    private let sessions: MCPSessionDesk
    private let tools: ToolDirectory
    private let offers: MCPOffers
    private let shelf: MCPShelf
    private let calls: MCPCallDesk
    private let answers: MCPFaceAnswers
    private let listeners: OpenCounter

    package init(_ server: APIContext, isLoopback: Bool) {
        runtime = server.runtime
        keys = server.keys
        let pace = server.gateway
        self.pace = pace
        access = MCPFaceAccess(isLoopback: isLoopback, origins: pace.origins)
        sessions = MCPSessionDesk(pace: pace)
        tools = server.tools
        offers = MCPOffers(runtime: server.runtime)
        shelf = MCPShelf(clock: server.runtime.clock)
        answers = MCPFaceAnswers(
            server: MCPImplementation(name: "ballast", version: BallastVersion.current),
            instructions: MCPEndpoint.instructions)
        let secret = SymmetricKey(
            data: Digest.lengthPrefixed(
                domain: "ballast.mcp-state.v1", [server.cursorSecret.withUnsafeBytes { [UInt8]($0) }]
            ).bytes)
        calls = MCPCallDesk(runtime: server.runtime, pace: pace, answers: answers) { text in
            Array(HMAC<SHA256>.authenticationCode(for: text, using: secret))
        }
        listeners = OpenCounter(atMost: pace.listenersOfKey)
    }

    private static let instructions =
        "Every call passes a guard. A refusal is a result with isError: its text says why and what would be allowed. A "
        + "call that waits for a person names an approval id: make the same call again once it is approved."

    static func serves(_ path: String) -> Bool { path == MCPEndpoint.path || isMetadata(path) }
    private static func isMetadata(_ path: String) -> Bool {
        path == metadataPath || path == metadataPath + MCPEndpoint.path
    }

    // MARK: Requests

    package func answer(_ request: MCPHTTPRequest) async -> MCPHTTPAnswer { await answer(request, from: nil) }

    func answer(_ request: MCPHTTPRequest, from connection: ClientConnection?) async -> MCPHTTPAnswer {
        do throws(MCPFaceRejection) {
            try access.check(origin: request.headers[.origin], host: request.authority)
            if MCPEndpoint.isMetadata(request.path) { return metadata(request) }
            guard [.get, .post, .delete].contains(request.method) else { return wrongMethod(request) }
            let caller: Caller
            switch identify(request) {
            case .success(let found): caller = found
            case .failure(let refusal): return refusal.answer
            }
            let who = try MCPCaller(caller, request.headers, runtime.deployment.now)
            switch request.method {
            case .post: return try await post(request, who, connection)
            case .get: return try listen(request, who)
            default: return try end(request, who)
            }
        } catch {
            return MCPHTTPAnswer(error)
        }
    }

    private func wrongMethod(_ request: MCPHTTPRequest, allowed: String = "DELETE, GET, POST") -> MCPHTTPAnswer {
        var answer = MCPHTTPAnswer(.refused(405, "\(request.method.rawValue) is not offered here"))
        answer.headers[.allow] = allowed
        return answer
    }

    private func post(
        _ request: MCPHTTPRequest, _ who: MCPCaller, _ connection: ClientConnection?
    ) async throws(MCPFaceRejection) -> MCPHTTPAnswer {
        let head = MCPFaceHead(request.headers)
        switch try MCPFaceMessage(request.body, head) {
        case .notification(let method, let parameters, let era):
            guard era == .legacy else { return MCPHTTPAnswer(202) }
            let session = try session(head, who, id: nil)
            if method == "notifications/cancelled", let id = parameters["requestId"].flatMap(JSONRPCID.init) {
                session.call(id)?.post(.cancelled)
            }
            return MCPHTTPAnswer(202)
        case .answer(let id, let reply):
            let session = try session(head, who, id: nil)
            guard let question = session.take(id) else { return MCPHTTPAnswer(202) }
            var value = JSONValue.null
            if case .result(let result) = reply { value = result }
            await calls.settle(question.subject, question.call, value, who)
            return MCPHTTPAnswer(202)
        case .request(let message):
            return try await serve(message, head, request, who, connection)
        }
    }

    private func serve(
        _ message: MCPFaceRequest, _ head: MCPFaceHead, _ request: MCPHTTPRequest, _ who: MCPCaller,
        _ connection: ClientConnection?
    ) async throws(MCPFaceRejection) -> MCPHTTPAnswer {
        var session: MCPSession?
        if message.era == .legacy, message.operation != .initialize {
            session = try self.session(head, who, id: message.id)
        }
        do throws(JSONRPCError) {
            switch message.operation {
            case nil: throw message.methodNotFound
            case .discover?: return whole(answers.discovery(offer(who)), message)
            case .initialize?: return try begin(message, request, who)
            case .ping?: return whole([:], message)
            case .listTools?:
                await tools.askMissing()
                let page = try offers.offer(to: who.agent).list(message.era).page(message.parameters)
                return whole(answers.cacheable(page, message.era), message)
            case .listResources?: return try await list(.resources, message, who)
            case .listTemplates?: return try await list(.resourceTemplates, message, who)
            case .listPrompts?: return try await list(.prompts, message, who)
            case .callTool?, .readResource?, .getPrompt?:
                let fetch = try await fetch(message, who)
                let exchange: any MCPExchange
                do throws(MCPFaceRejection) {
                    exchange = try await call(fetch, message, request, who, session)
                } catch {
                    return MCPHTTPAnswer(error)
                }
                return await MCPStream.answer(exchange, from: connection)
            case .listen?: return try listen(message, who)
            }
        } catch {
            return MCPHTTPAnswer(error.status(message.era), .error(message.id, error))
        }
    }

    private func whole(_ result: JSONObject, _ request: MCPFaceRequest, headers: HTTPFields = [:]) -> MCPHTTPAnswer {
        MCPHTTPAnswer(200, answers.result(result, to: request), headers: headers)
    }

    private func offer(_ who: MCPCaller) -> MCPFaceAnswers.Offer { offers.offer(to: who.agent).summary }

    private func list(
        _ kind: MCPShelf.Kind, _ message: MCPFaceRequest, _ who: MCPCaller
    ) async throws(JSONRPCError) -> MCPHTTPAnswer {
        let list = await shelf.list(kind, offers.offer(to: who.agent))
        return whole(answers.cacheable(try list.page(message.parameters), message.era), message)
    }

    // MARK: Calls

    /// The call of the catalog that a request stands for.
    private func fetch(_ message: MCPFaceRequest, _ who: MCPCaller) async throws(JSONRPCError) -> MCPShelf.Fetch {
        let null = Array("null".utf8)
        let arguments = message.arguments.flatMap { $0 == null ? nil : $0 }
        switch message.operation {
        case .readResource?:
            guard let found = await shelf.reading(message.uri ?? "", offers.offer(to: who.agent)) else {
                throw JSONRPCError(
                    message.era == .modern ? .invalidParameters : .resourceNotFound, "there is no such resource",
                    data: ["uri": JSONValue(message.uri)])
            }
            return found
        case .getPrompt?:
            guard let found = await shelf.getting(message.name ?? "", arguments, offers.offer(to: who.agent)) else {
                throw JSONRPCError(.invalidParameters, "there is no such prompt")
            }
            return found
        default:
            guard let name = message.name else { throw JSONRPCError(.invalidParameters, "params.name must be a text") }
            if !offers.knows(name) { await tools.askMissing() }
            guard offers.knows(name) else {
                throw JSONRPCError(.invalidParameters, "there is no tool \(ShownText.text(name, longest: 128))")
            }
            return MCPShelf.Fetch(tool: name, arguments: arguments ?? Array("{}".utf8))
        }
    }

    private func call(
        _ fetch: MCPShelf.Fetch, _ message: MCPFaceRequest, _ request: MCPHTTPRequest, _ who: MCPCaller,
        _ session: MCPSession?
    ) async throws(MCPFaceRejection) -> any MCPExchange {
        let client = session?.client ?? MCPFaceClient(capabilities: message.clientCapabilities)
        let binding = try who.binding(
            request.headers, session: session, clientName: message.clientName, words: message.task,
            contract: message.contract)
        let proposal = GatewayProposal(
            tool: fetch.tool, arguments: fetch.arguments, canConfirm: client.answersForms,
            canAsk: client.answersForms || client.opensAddresses)
        return try await calls.begin(message, proposal, who, session: session, client: client, binding: binding)
    }

    // MARK: Sessions

    private func begin(
        _ message: MCPFaceRequest, _ request: MCPHTTPRequest, _ who: MCPCaller
    ) throws(JSONRPCError) -> MCPHTTPAnswer {
        let id = Hex.encode(
            (0..<4).flatMap { _ in
                let word = runtime.randomBits()
                return (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) }
            })
        try checkSize(of: message)
        let session = MCPSession(
            id: id, key: who.caller.key, principal: who.principal, version: MCPFaceAnswers.agreedVersion(message),
            client: MCPFaceClient(capabilities: message.parameters["capabilities"]?.object ?? [:]),
            words: message.task, contract: message.contract, now: runtime.clock.monotonic)
        guard sessions.begin(session, now: runtime.clock.monotonic) else {
            return MCPHTTPAnswer(.refused(503, "too many sessions are open; try again later", id: message.id))
        }
        return whole(answers.initialization(message, offer(who)), message, headers: [.mcpSessionID: id])
    }

    /// A session keeps what it is told of its task for as long as it lasts.
    private func checkSize(of message: MCPFaceRequest) throws(JSONRPCError) {
        if let words = message.task, words.utf8.count > AgentRuntime.longestText {
            throw JSONRPCError(.invalidParameters, "ballast/task has more than \(AgentRuntime.longestText) bytes")
        }
        if let contract = message.contract, JSONWriter.canonical(contract).count > GivenContract.longest {
            throw JSONRPCError(.invalidParameters, "ballast/contract has more than \(GivenContract.longest) bytes")
        }
    }

    private func session(
        _ head: MCPFaceHead, _ who: MCPCaller, id: JSONRPCID?
    ) throws(MCPFaceRejection) -> MCPSession {
        guard let name = head.session else { throw .sessionMissing(id) }
        guard let session = sessions.find(name, of: who, now: runtime.clock.monotonic) else {
            throw .sessionUnknown(id)
        }
        return session
    }

    private func end(_ request: MCPHTTPRequest, _ who: MCPCaller) throws(MCPFaceRejection) -> MCPHTTPAnswer {
        let head = MCPFaceHead(request.headers)
        guard head.session != nil || head.protocolVersions.first != MCPVersion.modern else {
            return wrongMethod(request, allowed: "POST")
        }
        sessions.end(try session(head, who, id: nil))
        return MCPHTTPAnswer(204)
    }

    // MARK: Listening

    private func listen(_ request: MCPHTTPRequest, _ who: MCPCaller) throws(MCPFaceRejection) -> MCPHTTPAnswer {
        let head = MCPFaceHead(request.headers)
        guard head.session != nil || head.protocolVersions.first != MCPVersion.modern else {
            return wrongMethod(request, allowed: "POST")
        }
        let session = try session(head, who, id: nil)
        guard head.accepts("text/event-stream") else {
            throw .refused(406, "the answer is an event stream: send Accept: text/event-stream")
        }
        guard let exchange = listener(nil, who, onEnd: { [weak session] in session?.forget($0) }) else {
            throw .refused(429, "too many streams of this key are open")
        }
        session.listen(exchange)
        return MCPHTTPAnswer(200, .stream(MCPStream(exchange)))
    }

    private func listen(_ message: MCPFaceRequest, _ who: MCPCaller) throws(JSONRPCError) -> MCPHTTPAnswer {
        guard let exchange = listener(message, who, onEnd: { _ in }) else {
            return MCPHTTPAnswer(.refused(429, "too many streams of this key are open", id: message.id))
        }
        return MCPHTTPAnswer(200, .stream(MCPStream(exchange)))
    }

    private func listener(
        _ message: MCPFaceRequest?, _ who: MCPCaller, onEnd: @escaping @Sendable (MCPListenExchange) -> Void
    ) -> MCPListenExchange? {
        guard listeners.begin(who.keyName) else { return nil }
        let (offers, listeners) = (offers, listeners)
        return MCPListenExchange(
            message, runtime: runtime, pace: pace, answers: answers,
            watch: { offers.offer(to: who.agent).mark },
            onEnd: { exchange in
                listeners.end(who.keyName)
                onEnd(exchange)
            })
    }
}

// MARK: Identity

extension MCPEndpoint {
    private struct Refusal: Error {
        let answer: MCPHTTPAnswer
    }

    private func identify(_ request: MCPHTTPRequest) -> Result<Caller, Refusal> {
        guard let presented = PresentedKey.text(request.headers) else {
            let isSent = request.headers[.authorization] != nil
            return .failure(unauthenticated(request, error: isSent ? "invalid_token" : nil))
        }
        guard let caller = keys.caller(presenting: presented) else {
            return .failure(unauthenticated(request, error: "invalid_token"))
        }
        guard caller.may(MCPEndpoint.scope) else {
            var answer = MCPHTTPAnswer(.refused(403, "this key lacks the scope \(MCPEndpoint.scope.rawValue)"))
            answer.headers[.wwwAuthenticate] = challenge(request, error: "insufficient_scope")
            return .failure(Refusal(answer: answer))
        }
        return .success(caller)
    }

    private func unauthenticated(_ request: MCPHTTPRequest, error: String?) -> Refusal {
        var answer = MCPHTTPAnswer(.refused(401, "send a Ballast key: Authorization: Bearer blst_live_…"))
        answer.headers[.wwwAuthenticate] = challenge(request, error: error)
        return Refusal(answer: answer)
    }

    private func challenge(_ request: MCPHTTPRequest, error: String?) -> String {
        let place = base(request) + MCPEndpoint.metadataPath + MCPEndpoint.path
        let reason = error.map { "error=\"\($0)\", " } ?? ""
        return
            "Bearer realm=\"ballast\", \(reason)scope=\"\(MCPEndpoint.scope.rawValue)\", resource_metadata=\"\(place)\""
    }

    /// RFC 9728: what a client needs to know to get a token for this resource. Keys are made by an operator, so the
    /// server itself stands as their issuer.
    private func metadata(_ request: MCPHTTPRequest) -> MCPHTTPAnswer {
        guard request.method == .get || request.method == .head else {
            return wrongMethod(request, allowed: "GET, HEAD")
        }
        let base = base(request)
        let document: JSONValue = [
            "resource": JSONValue(base + MCPEndpoint.path), "resource_name": "Ballast",
            "authorization_servers": [JSONValue(base)],
            "scopes_supported": [JSONValue(MCPEndpoint.scope.rawValue)], "bearer_methods_supported": ["header"],
        ]
        return MCPHTTPAnswer(200, .json(JSONWriter.compact(document)))
    }

    /// How the client reached this server.
    private func base(_ request: MCPHTTPRequest) -> String {
        let isPlain = (request.authority ?? "").utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: "-._:[]".utf8.contains(byte)
            }
        }
        let authority = request.authority.flatMap { isPlain && !$0.isEmpty ? $0 : nil } ?? "localhost"
        let isSecure = HTTPField.Name("x-forwarded-proto").flatMap { request.headers[$0] } == "https"
        return (isSecure ? "https://" : "http://") + authority
    }
}

extension HTTPField.Name {
    static let mcpSessionID = HTTPField.Name("mcp-session-id") ?? .cookie
}
