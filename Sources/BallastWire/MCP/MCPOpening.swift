import BallastCore

/// Where the two ways to open a conversation stand, and what follows from it.
struct MCPOpening: Sendable, Hashable {
    enum Attempt: Sendable, Hashable {
        case unsent
        case waiting(JSONRPCID)
        case refused(String)
        case accepted(MCPServer)
    }

    enum Step: Sendable, Hashable {
        case wait
        case askDiscovery
        case askInitialization
        case open(MCPServer)
        case giveUp(String)
    }

    /// `server/discover`
    var discovery = Attempt.unsent
    /// `initialize`
    var initialization = Attempt.unsent

    /// `server/discover` is still unanswered and `initialize` was not tried.
    var mayStillInitialize: Bool {
        if case (.waiting, .unsent) = (discovery, initialization) { true } else { false }
    }

    /// Once `initialize` was asked its answer comes first, for the server may now expect the old way.
    var step: Step {
        switch (discovery, initialization) {
        case (_, .accepted(let server)): .open(server)
        case (.accepted(let server), .unsent), (.accepted(let server), .refused): .open(server)
        case (.refused, .unsent): .askInitialization
        case (.unsent, .refused): .askDiscovery
        case (.refused(let first), .refused(let second)):
            .giveUp("server/discover: \(first). initialize: \(second).")
        case (.waiting, _), (_, .waiting), (.unsent, .unsent): .wait
        }
    }

    /// Takes an answer; false when it answers neither question.
    mutating func receive(_ answer: MCPClientSession.Answer, to id: JSONRPCID) -> Bool {
        if discovery == .waiting(id) {
            discovery = Attempt(answer) { value throws(MCPProtocolError) in try MCPServer(discovery: value) }
        } else if initialization == .waiting(id) {
            initialization = Attempt(answer) { value throws(MCPProtocolError) in try MCPServer(initialization: value) }
        } else {
            return false
        }
        return true
    }
}

extension MCPOpening.Attempt {
    fileprivate init(
        _ answer: MCPClientSession.Answer, reading read: (JSONValue) throws(MCPProtocolError) -> MCPServer
    ) {
        switch answer {
        case .result(let value):
            do throws(MCPProtocolError) { self = .accepted(try read(value)) } catch { self = .refused(error.message) }
        case .error(let error): self = .refused(error.description)
        case .unreadable(let reason): self = .refused("the answer cannot be read: \(reason)")
        case .oversized(let bytes): self = .refused("the answer has \(bytes) bytes")
        }
    }
}
