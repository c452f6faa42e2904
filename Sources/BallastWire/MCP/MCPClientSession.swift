package import BallastCore

/// The client's side of one conversation over stdio, without the stdio: lines in, actions out.
///
/// It opens with `server/discover` and falls back to `initialize`, as MCP 2026-07-28 tells clients to. Neither answer
/// is final before the other is known to be refused: a server that starts slowly may answer the first question after
/// the second was asked.
package struct MCPClientSession: Sendable {
    /// The question that is asked first.
    package enum Opening: Sendable, Hashable {
        case discover
        /// For a server that was seen to die of `server/discover`.
        case initialize
    }

    package enum Action: Sendable, Hashable {
        /// Write this line.
        case send([UInt8])
        /// Requests can be made from now on.
        case ready(MCPServer)
        /// The server refused both ways to open a conversation.
        case unusable(String)
        case answered(JSONRPCID, Answer)
        /// The list of tools is no longer what it was.
        case toolsChanged
        /// Another list is no longer what it was.
        case changed(MCPList)
        /// A request that is under way has come so far.
        case progressed(MCPProgress)
        /// A legacy server asks a person something. It does not say for which request.
        case asked(JSONRPCID, JSONObject)
        /// A line that means nothing here, for the log.
        case ignored(String)
    }

    /// How a request ended.
    package enum Answer: Sendable, Hashable {
        case result(JSONValue)
        case error(JSONRPCError)
        /// An answer came and cannot be read.
        case unreadable(String)
        /// An answer came and was longer than a line may be.
        case oversized(bytes: Int)
    }

    package let client: MCPImplementation
    /// Set once requests can be made.
    package private(set) var server: MCPServer?
    /// Changes of the list of tools will be announced, so it need not be asked for again.
    package private(set) var isToldOfToolChanges = false

    private var opening = MCPOpening()
    private var subscription: JSONRPCID?
    /// Requests of the caller that wait for their answers.
    var open: Set<JSONRPCID> = []
    private var lastNumber: Int64 = 0

    package init(client: MCPImplementation) { self.client = client }

    package var writer: MCPRequestWriter { MCPRequestWriter(client: client) }

    /// Something was asked by `start` and no answer has decided the matter.
    package var isOpening: Bool { server == nil }

    /// `server/discover` is the only thing that the server has heard, and it has not answered.
    package var hasHeardOnlyDiscovery: Bool { opening.mayStillInitialize }

    /// `server/discover` is among what it was asked.
    package var hasAskedDiscovery: Bool { if case .unsent = opening.discovery { false } else { true } }

    package mutating func start(with opening: Opening = .discover) -> [Action] {
        switch opening {
        case .discover: [askDiscovery()]
        case .initialize: [askInitialization()]
        }
    }

    /// No answer to `server/discover` came in time; a server that knows only `initialize` may ignore it.
    package mutating func discoveryTimedOut() -> [Action] {
        guard isOpening, opening.mayStillInitialize else { return [] }
        return [askInitialization()]
    }

    package mutating func receive(_ line: LineFramer.Line) -> [Action] {
        switch line {
        case .oversized(let bytes, let id):
            guard let id, open.remove(id) != nil else { return [.ignored("a line of \(bytes) bytes is too long")] }
            return [.answered(id, .oversized(bytes: bytes))]
        case .complete(let bytes):
            do {
                return receive(try JSONRPCMessage(parsing: bytes))
            } catch {
                return receive(unreadable: error)
            }
        }
    }

    private mutating func receive(unreadable rejection: JSONRPCRejection) -> [Action] {
        let reason = rejection.error.message
        guard let id = rejection.id else { return [.ignored("a line is no message: \(reason)")] }
        return settle(id, .unreadable(reason))
    }

    private mutating func receive(_ message: JSONRPCMessage) -> [Action] {
        switch message {
        case .result(let id, let result): return settle(id, .result(result))
        case .error(let id?, let error): return settle(id, .error(error))
        case .error(nil, let error): return [.ignored("it could not read a message: \(error)")]
        case .request(let id, let method, let parameters): return answerRequest(id, method, parameters)
        case .notification(let method, let parameters): return receive(notification: method, parameters)
        }
    }

    /// A modern client writes no answers; a legacy one answers `ping`, hands questions to a person on, and refuses what
    /// it never offered.
    private func answerRequest(_ id: JSONRPCID, _ method: String, _ parameters: JSONObject) -> [Action] {
        guard server?.era != .modern else { return [.ignored("a request, \(method.prefix(100))")] }
        if method == MCPMethod.elicit { return [.asked(id, parameters)] }
        return [.send(writer.answer(to: id, method: method))]
    }

    private mutating func receive(notification method: String, _ parameters: JSONObject) -> [Action] {
        switch method {
        case MCPMethod.toolsChanged: return [.toolsChanged]
        case MCPMethod.progress:
            guard let progress = MCPProgress(parameters), open.contains(progress.id) else { return [] }
            return [.progressed(progress)]
        case MCPMethod.subscriptionAcknowledged:
            isToldOfToolChanges = server?.announcesToolChanges ?? false
            return []
        default: return MCPList.changed(by: method).map { .changed($0) }
        }
    }

    private mutating func settle(_ id: JSONRPCID, _ answer: Answer) -> [Action] {
        if opening.receive(answer, to: id) { return decide() }
        if subscription == id { return endSubscription() }
        guard open.remove(id) != nil else { return [.ignored("a late answer to request \(id)")] }
        if case .error(let error) = answer, error.code == .unsupportedProtocolVersion, server?.era == .modern {
            return [.answered(id, answer)] + reopen(because: error.description)
        }
        return [.answered(id, answer)]
    }
}

// MARK: Opening

extension MCPClientSession {
    private mutating func askDiscovery() -> Action {
        let id = nextID()
        opening.discovery = .waiting(id)
        return .send(writer.discovery(id))
    }

    private mutating func askInitialization() -> Action {
        let id = nextID()
        opening.initialization = .waiting(id)
        return .send(writer.initialization(id))
    }

    private mutating func decide() -> [Action] {
        guard isOpening else { return [] }
        switch opening.step {
        case .wait: return []
        case .askDiscovery: return [askDiscovery()]
        case .askInitialization: return [askInitialization()]
        case .open(let server): return open(server)
        case .giveUp(let reason): return [.unusable(reason)]
        }
    }

    private mutating func open(_ server: MCPServer) -> [Action] {
        self.server = server
        switch server.era {
        case .legacy:
            isToldOfToolChanges = server.announcesToolChanges
            return [.send(writer.initialized), .ready(server)]
        case .modern:
            isToldOfToolChanges = false
            let announces = MCPList.allCases.contains(where: server.announcesChanges)
            return [.ready(server)] + (announces ? [subscribe(to: server)] : [])
        }
    }

    private mutating func subscribe(to server: MCPServer) -> Action {
        let id = nextID()
        subscription = id
        return .send(writer.subscription(to: server, id))
    }

    /// The server no longer takes the version that it offered; the older way is still open.
    private mutating func reopen(because reason: String) -> [Action] {
        server = nil
        opening.discovery = .refused(reason)
        return decide()
    }

    private mutating func endSubscription() -> [Action] {
        subscription = nil
        isToldOfToolChanges = false
        return [.toolsChanged, .ignored("changes of the tools are no longer announced")]
    }
}

// MARK: Every request

extension MCPClientSession {
    mutating func nextID() -> JSONRPCID {
        lastNumber += 1
        return .integer(lastNumber)
    }
}
