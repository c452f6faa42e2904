import BallastCore
import BallastRuntime
import BallastWire
import Synchronization

/// What a person is asked about.
enum MCPSubject: Sendable {
    /// Requests of one run that wait at the same time.
    case approvals([ApprovalID], SharedQuestions.Place)
    /// A question of the tool itself.
    case question(Int)
}

/// One conversation of a legacy client.
final class MCPSession: Sendable {
    struct Question: Sendable {
        let call: OpenCall
        let subject: MCPSubject
    }

    private struct State {
        var lastUse: Int64
        var calls: [JSONRPCID: OpenCall] = [:]
        var questions: [JSONRPCID: Question] = [:]
        var lastQuestion = 0
        var listener: MCPListenExchange?
    }

    let id: String
    let key: KeyID?
    let principal: Principal
    let version: String
    let client: MCPFaceClient
    /// The words that the client stated when the session began.
    let words: String?
    /// What the task may do at all, as the client stated it then.
    let contract: JSONValue?
    private let state: Mutex<State>

    init(
        id: String, key: KeyID?, principal: Principal, version: String, client: MCPFaceClient, words: String?,
        contract: JSONValue? = nil, now: Int64
    ) {
        self.id = id
        self.key = key
        self.principal = principal
        self.version = version
        self.client = client
        self.words = words
        self.contract = contract
        state = Mutex(State(lastUse: now))
    }

    var lastUse: Int64 { state.withLock { $0.lastUse } }
    func touch(_ now: Int64) { state.withLock { $0.lastUse = max($0.lastUse, now) } }
    /// Something of it is under way or listens.
    var isBusy: Bool { state.withLock { !$0.calls.isEmpty || $0.listener != nil } }

    // MARK: Calls

    /// False when as many are open as may be, or one under the same identifier.
    func begin(_ id: JSONRPCID, _ call: OpenCall, atMost limit: Int) -> Bool {
        state.withLock { state in
            guard state.calls.count < limit, state.calls[id] == nil else { return false }
            state.calls[id] = call
            return true
        }
    }

    func end(_ id: JSONRPCID, at now: Int64) {
        state.withLock { state in
            state.calls[id] = nil
            state.lastUse = max(state.lastUse, now)
        }
    }

    func call(_ id: JSONRPCID) -> OpenCall? { state.withLock { $0.calls[id] } }

    // MARK: Questions

    /// The identifier under which the client is asked.
    func ask(_ call: OpenCall, _ subject: MCPSubject) -> JSONRPCID {
        state.withLock { state in
            state.lastQuestion += 1
            let id = JSONRPCID.string(JSONString("ballast-\(state.lastQuestion)"))
            state.questions[id] = Question(call: call, subject: subject)
            return id
        }
    }

    func take(_ id: JSONRPCID) -> Question? { state.withLock { $0.questions.removeValue(forKey: id) } }

    // MARK: Listening

    /// One stream hears of changes: the newest. A second one would hear everything twice.
    func listen(_ exchange: MCPListenExchange) {
        let earlier = state.withLock { state in
            defer { state.listener = exchange }
            return state.listener
        }
        earlier?.stop()
    }

    func close() {
        let (listener, calls) = state.withLock { state in
            defer { (state.listener, state.calls, state.questions) = (nil, [:], [:]) }
            return (state.listener, state.calls)
        }
        listener?.stop()
        for call in calls.values { call.post(.stopping) }
    }

    func forget(_ exchange: MCPListenExchange) {
        state.withLock { state in if state.listener === exchange { state.listener = nil } }
    }
}

/// The sessions of all legacy clients. A session serves only the key that began it, and is no proof of anything.
final class MCPSessionDesk: Sendable {
    private let sessions = Mutex<[String: MCPSession]>([:])
    private let pace: MCPPace

    init(pace: MCPPace) { self.pace = pace }

    /// Takes a new session in. A caller that has too many loses the one that it used least lately; false when there are
    /// too many in all.
    func begin(_ session: MCPSession, now: Int64) -> Bool {
        let (taken, gone) = sessions.withLock { sessions in
            var gone = sessions.values.filter { !$0.isBusy && now - $0.lastUse > pace.session }
            for session in gone { sessions[session.id] = nil }
            let own = sessions.values.filter { $0.key == session.key && $0.principal == session.principal }
            if own.count >= pace.sessionsOfCaller, let oldest = own.min(by: { $0.lastUse < $1.lastUse }) {
                sessions[oldest.id] = nil
                gone.append(oldest)
            }
            guard sessions.count < pace.sessions else { return (false, gone) }
            sessions[session.id] = session
            return (true, gone)
        }
        for session in gone { session.close() }
        return taken
    }

    /// The session of this caller. Another caller's does not exist for it.
    func find(_ id: String, of caller: MCPCaller, now: Int64) -> MCPSession? {
        guard let session = sessions.withLock({ $0[id] }), session.key == caller.caller.key,
            session.principal == caller.principal
        else { return nil }
        guard session.isBusy || now - session.lastUse <= pace.session else {
            end(session)
            return nil
        }
        session.touch(now)
        return session
    }

    func end(_ session: MCPSession) {
        sessions.withLock { $0[session.id] = nil }
        session.close()
    }
}
