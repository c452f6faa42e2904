import BallastCore
import BallastRuntime
import BallastWire
import Dispatch
import Logging
import Synchronization

/// One life of a server's process: its conversation, the requests in flight, and what becomes of them when it ends.
///
/// All state changes under one lock, which also covers the writing of bytes: whether a request was handed over is
/// therefore known exactly, whatever ends the process. Consequences are carried out after the lock is released.
final class MCPConnection: Sendable {
    enum Opening: Sendable {
        case open
        /// `mayDislikeDiscovery` when the process ended on the first question: it may know only the older one.
        case failed(ToolFailure, mayDislikeDiscovery: Bool)
    }

    struct State {
        let provider: String
        let errorText: RecentText
        var session: MCPClientSession
        var framer: LineFramer
        var outbox = Outbox()
        var waiting: [JSONRPCID: Waiter] = [:]
        /// A thread waits until more can be written.
        var isPumping = false
        /// Why nothing is written any more.
        var closing: String?
        /// The child reads no more. Most often it is about to end, and how it ended says more than that.
        var lostInput: String?
        /// While the process runs.
        var processID: Int32?
        /// The server answered a request after the opening.
        var wasUseful = false
        var opening = Arrival<Opening>()
        let lists: MCPLists
    }

    /// Who waits for the answer to a request.
    struct Waiter {
        let arrival: Arrival<MCPSettlement>
        /// It is made for an agent, and the server may ask something because of it.
        let isCall: Bool
        let permit: SendPermit?
        let relay: CallRelay?
    }

    /// What follows from a change of state.
    enum Consequence {
        case settle(Arrival<MCPSettlement>, MCPSettlement)
        case opened(Arrival<Opening>, Opening)
        case release(SendPermit)
        case progress(CallRelay, MCPProgress)
        case ask(CallRelay, JSONObject, question: JSONRPCID, call: JSONRPCID)
        case pump
        case stop
        case log(Logger.Level, String)
    }

    /// More lines than this waiting to be written mean that the server only talks and never listens.
    private static let longestOutbox = 4_096

    let settings: MCPStdioSettings
    let firstQuestion: MCPClientSession.Opening
    let input: ChildInput
    let child: ChildProcess
    let errorText: RecentText
    let ended = Arrival<Void>()
    let lists: MCPLists
    private let state: Mutex<State>

    init(settings: MCPStdioSettings, firstQuestion: MCPClientSession.Opening, input: ChildInput) {
        self.settings = settings
        self.firstQuestion = firstQuestion
        self.input = input
        child = ChildProcess(
            command: settings.command, input: input, grace: .milliseconds(settings.limits.stopGrace))
        errorText = RecentText(capacity: settings.limits.errorTextBytes)
        lists = MCPLists(provider: settings.provider)
        state = Mutex(
            State(
                provider: settings.provider, errorText: errorText,
                session: MCPClientSession(client: settings.client),
                framer: LineFramer(maxLength: settings.limits.maxLineBytes), lists: lists))
    }

    var opening: Arrival<Opening> { state.withLock { $0.opening } }
    /// Why nothing can be sent any more; nil while it can.
    var closing: String? { state.withLock { $0.closing } }
    var processID: Int32? { state.withLock { $0.processID } }
    var wasUseful: Bool { state.withLock { $0.wasUseful } }

    /// Changes the state and then carries out what follows.
    @discardableResult
    func change<Result: Sendable>(_ body: (inout State, inout [Consequence]) -> Result) -> Result {
        var consequences: [Consequence] = []
        let result = state.withLock { state in
            let result = body(&state, &consequences)
            write(&state, &consequences)
            return result
        }
        for consequence in consequences { carryOut(consequence) }
        return result
    }

    private func carryOut(_ consequence: Consequence) {
        switch consequence {
        case .settle(let arrival, let settlement): arrival.fulfil(settlement)
        case .opened(let arrival, let opening): arrival.fulfil(opening)
        case .release(let permit): permit.release()
        case .progress(let relay, let progress): relay.note(progress)
        case .ask(let relay, let parameters, let question, let call):
            relay.ask(parameters) { reply in
                self.change { state, _ in state.pass(reply, to: question, of: call) }
            }
        case .pump: DispatchQueue.global().async { self.pump() }
        case .stop: child.stop.fulfil(())
        case .log(let level, let message): settings.logger.log(level: level, "\(message)")
        }
    }
}

// MARK: Writing

extension MCPConnection {
    /// Writes as much as the child takes. The permit of a line is claimed right before its first byte, with nothing
    /// in between that could suspend.
    private func write(_ state: inout State, _ consequences: inout [Consequence]) {
        guard !state.isPumping, state.closing == nil, state.lostInput == nil else { return }
        while let entry = state.outbox.first {
            if !entry.hasBegun, let refusal = entry.permit?.claim() {
                state.outbox.removeFirst()
                state.refuse(entry, refusal, &consequences)
                continue
            }
            switch input.send(entry.rest) {
            case .bytes(let count):
                guard let done = state.outbox.advance(by: count) else { continue }
                if let permit = done.permit { consequences.append(.release(permit)) }
            case .full:
                if !entry.hasBegun, let permit = entry.permit { consequences.append(.release(permit)) }
                return waitForRoom(&state, &consequences)
            case .gone(let reason):
                if !entry.hasBegun, let permit = entry.permit { consequences.append(.release(permit)) }
                state.lostInput = reason
                return consequences.append(.stop)
            }
        }
    }

    private func waitForRoom(_ state: inout State, _ consequences: inout [Consequence]) {
        guard state.outbox.entries.count <= Self.longestOutbox else {
            return state.close("does not read its input", &consequences)
        }
        state.isPumping = true
        consequences.append(.pump)
    }

    /// Waits for room on a thread of its own, then writes on; ends the child when it reads nothing for too long.
    private func pump() {
        let deadline = Int32(clamping: max(1, settings.limits.writeDeadline))
        let hasRoom = input.waitUntilWritable(milliseconds: deadline)
        change { state, consequences in
            state.isPumping = false
            if !hasRoom { state.close("did not read its input for \(deadline) ms", &consequences) }
        }
    }
}

// MARK: Reading

extension MCPConnection {
    /// Starts the process and the conversation. The task lives as long as the process.
    func start(childEnd: CInt) {
        change { state, consequences in
            let actions = state.session.start(with: firstQuestion)
            state.perform(actions, &consequences)
        }
        Task { await live(childEnd) }
    }

    private func live(_ childEnd: CInt) async {
        let watches = [
            watch(settings.limits.discoverTimeout) { state, consequences in
                let actions = state.session.discoveryTimedOut()
                state.perform(actions, &consequences)
            },
            watch(settings.limits.startTimeout) { state, consequences in
                guard state.session.isOpening else { return }
                state.close("did not open the conversation in time", &consequences)
            },
        ]
        let end = await child.run(
            childEnd: childEnd, onStart: { id in self.change { state, _ in state.processID = id } },
            onOutput: { self.receive($0) }, onError: { self.errorText.append($0) })
        for watch in watches { watch.cancel() }
        finish(end)
    }

    private func watch(
        _ milliseconds: Int64, _ body: @escaping @Sendable (inout State, inout [Consequence]) -> Void
    ) -> Task<Void, any Error> {
        Task {
            try await Task.sleep(until: .inMilliseconds(milliseconds), clock: .continuous)
            self.change(body)
        }
    }

    private func receive(_ bytes: [UInt8]) {
        change { state, consequences in
            for line in state.framer.receive(bytes) {
                let actions = state.session.receive(line)
                state.perform(actions, &consequences)
            }
        }
    }

    /// The process is gone and everything it wrote has been read.
    private func finish(_ end: ChildProcess.End) {
        change { state, consequences in state.end(end.description, &consequences) }
        ended.fulfil(())
    }

    /// Lets the server go: its input ends, then it is given its time.
    func close(_ reason: String) {
        change { state, consequences in state.close(reason, &consequences) }
    }
}
