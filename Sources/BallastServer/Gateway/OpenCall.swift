import BallastCore
import BallastRuntime
import Synchronization

/// One client's place at a call: what happens to it, in order, for whichever request of the client follows it now. A
/// modern client follows one call by several requests.
final class OpenCall: Sendable {
    enum Signal: Sendable {
        case turn(GatewayTurn)
        /// Time to say that somebody is there.
        case tick
        /// It is this call that asks, for all that wait beside it.
        case lead
        /// The moment in which others may come to be asked about is over.
        case gathered
        /// People had their time.
        case waitIsOver
        /// What a person answered could not be put on record.
        case unanswered
        /// The client takes the call back.
        case cancelled
        /// The client's connection is gone.
        case gone
        case stopping
    }

    private struct State {
        var signals: [Signal] = []
        var waiter: CheckedContinuation<Signal, Never>?
        var call: GatewayCall?
        var hasEnded = false

        /// A client that falls behind loses the oldest word of progress.
        mutating func keep(_ signal: Signal) {
            if signals.count >= OpenCall.buffer,
                let oldest = signals.firstIndex(where: { if case .turn(.progress) = $0 { true } else { false } })
            {
                signals.remove(at: oldest)
            }
            signals.append(signal)
        }
    }

    private let state = Mutex(State())
    private static let buffer = 64

    /// Makes the call, or joins an equal one.
    static func begin(
        _ proposal: GatewayProposal, under binding: GatewayBinding, _ runtime: AgentRuntime
    ) async throws(RuntimeError) -> OpenCall {
        let open = OpenCall()
        let (_, call) = try await runtime.propose(proposal, under: binding) { open.post(.turn($0)) }
        open.state.withLock { $0.call = call }
        return open
    }

    func post(_ signal: Signal) {
        let waiter: CheckedContinuation<Signal, Never>? = state.withLock { state in
            if case .turn(let turn) = signal {
                guard !state.hasEnded else { return nil }
                if case .ended = turn { state.hasEnded = true }
            }
            guard let waiter = state.waiter else {
                state.keep(signal)
                return nil
            }
            state.waiter = nil
            return waiter
        }
        waiter?.resume(returning: signal)
    }

    /// The next signal. One request at a time waits here.
    func next() async -> Signal {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let signal = state.withLock { state in
                    guard state.signals.isEmpty else { return state.signals.removeFirst() as Signal? }
                    state.waiter = continuation
                    return nil
                }
                if let signal { continuation.resume(returning: signal) }
            }
        } onCancel: {
            post(.stopping)
        }
    }

    /// What an earlier request of the client left behind and means nothing to the next one.
    func forgetTimes() {
        state.withLock { state in
            state.signals.removeAll { signal in if case .turn = signal { false } else { true } }
        }
    }

    func answer(_ question: Int, _ reply: ToolReply) { call?.answer(question, reply) }
    func leave(cancelling: Bool) { call?.leave(cancelling: cancelling) }
    private var call: GatewayCall? { state.withLock { $0.call } }
}

/// Counts what is open at once under a name, within a bound.
final class OpenCounter: Sendable {
    private let counts = Mutex<[String: Int]>([:])
    private let limit: Int

    init(atMost limit: Int) { self.limit = limit }

    func begin(_ name: String) -> Bool {
        counts.withLock { counts in
            guard counts[name, default: 0] < limit else { return false }
            counts[name, default: 0] += 1
            return true
        }
    }

    func end(_ name: String) {
        counts.withLock { counts in
            let left = counts[name, default: 0] - 1
            counts[name] = left > 0 ? left : nil
        }
    }
}

/// Questions to modern clients that have not come back yet: a request ends with the question, and another one brings the
/// answer. Each is taken once.
final class MCPQuestionDesk: Sendable {
    struct Kept: Sendable {
        /// The call itself where only it can be answered. A request for approval stands on record: its call is left, so
        /// that a result which comes meanwhile is kept for whoever asks again, and not given to nobody.
        let call: OpenCall?
        let subject: MCPSubject
        /// Monotonic milliseconds.
        let until: Int64
    }

    private struct Number: Hashable {
        let high: UInt64
        let low: UInt64
    }

    private let kept = Mutex<[Number: Kept]>([:])
    private static let most = 4_096

    func keep(_ question: Kept, under number: (UInt64, UInt64), now: Int64) {
        let gone = kept.withLock { kept in
            var gone = kept.filter { $0.value.until <= now }
            if kept.count - gone.count >= MCPQuestionDesk.most,
                let oldest = kept.min(by: { $0.value.until < $1.value.until })
            {
                gone[oldest.key] = oldest.value
            }
            for number in gone.keys { kept[number] = nil }
            kept[Number(high: number.0, low: number.1)] = question
            return Array(gone.values)
        }
        for question in gone { question.call?.leave(cancelling: false) }
    }

    func take(_ number: (UInt64, UInt64), now: Int64) -> Kept? {
        guard let found = kept.withLock({ $0.removeValue(forKey: Number(high: number.0, low: number.1)) }) else {
            return nil
        }
        guard found.until > now else {
            found.call?.leave(cancelling: false)
            return nil
        }
        return found
    }
}
