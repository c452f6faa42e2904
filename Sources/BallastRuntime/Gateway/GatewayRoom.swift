import BallastCore
import Synchronization

/// Where callers of one gateway run and its driver meet: calls go in, what becomes of them comes out.
///
/// Equal calls meet in one slot, so a client that asks again, or a second one that asks the same, never makes the
/// action happen twice. A result that nobody took is kept for a while for whoever asks next.
final class GatewayRoom: Sendable {
    /// What makes two calls of a run the same.
    struct Key: Sendable, Hashable {
        let tool: String
        /// Canonical, where they can be read.
        let arguments: [UInt8]
    }

    /// A call that the driver has not taken yet.
    struct Arrival: Sendable {
        let callID: String
        let tool: String
        let arguments: [UInt8]
    }

    struct Landing: Sendable {
        let ordinal: UInt32
        let outcome: ToolOutcome
    }

    enum Entry {
        /// `wakes`: no driver is there, so the run must be woken.
        case entered(GatewayCall, wakes: Bool)
        /// Too many calls are open.
        case full
        case closed
    }

    let run: RunID
    private let mark: String
    private let state = Mutex(State())

    /// What one run may hold.
    struct Bounds: Sendable, Hashable {
        /// Calls that may be open at once.
        var openCalls = 256
        /// Milliseconds for which results without a taker are kept.
        var resultsKept: Int64 = 600_000
    }
    private let bounds: Bounds

    /// Results without a taker that are kept.
    static let kept = 256

    /// - Parameter mark: makes names of calls differ between owners of the run.
    init(run: RunID, mark: UInt64, bounds: Bounds) {
        self.run = run
        self.bounds = bounds
        self.mark = String(mark & 0xFFFF_FFFF, radix: 36)
    }

    // MARK: Callers

    /// Puts a call into the room, or joins an equal one.
    func enter(_ proposal: GatewayProposal, now: Int64, _ listener: @escaping GatewayListener) -> Entry {
        let key = Key(tool: proposal.tool, arguments: GatewayRoom.canonical(proposal.arguments))
        var isClosed = false
        var heard: GatewayTurn?
        let entered: (callID: String, place: UInt64, wakes: Bool)? = state.withLock { state in
            isClosed = state.isClosed
            guard !isClosed else { return nil }
            state.lastUse = now
            state.lastNumber += 1
            let place = state.lastNumber
            if let callID = state.byKey[key], var slot = state.slots[callID] {
                slot.canConfirm = slot.canConfirm || proposal.canConfirm
                slot.canAsk = slot.canAsk || proposal.canAsk
                if let end = slot.end {
                    heard = .ended(end)
                    if !slot.isProvisional { state.remove(callID) }
                    return (callID, place, false)
                }
                slot.waiters[place] = listener
                heard = slot.approval.map(GatewayTurn.approval)
                state.slots[callID] = slot
                return (callID, place, !state.isServed)
            }
            guard state.openCount(atMost: bounds.openCalls) < bounds.openCalls else { return nil }
            let callID = "call_\(mark)_\(place)"
            let arrival = Arrival(callID: callID, tool: proposal.tool, arguments: key.arguments)
            state.slots[callID] = Slot(
                number: place, key: key, arrival: arrival, waiters: [place: listener], canConfirm: proposal.canConfirm,
                canAsk: proposal.canAsk)
            state.byKey[key] = callID
            state.arrivals.append(callID)
            return (callID, place, !state.isServed)
        }
        guard let entered else { return isClosed ? .closed : .full }
        if let heard { listener(heard) }
        if !entered.wakes { raise() }
        return .entered(GatewayCall(room: self, callID: entered.callID, place: entered.place), wakes: entered.wakes)
    }

    /// Canonical bytes of what can be read; what cannot is judged as it came.
    private static func canonical(_ bytes: [UInt8]) -> [UInt8] {
        guard let value = try? JSONReader.read(bytes, limits: JSONLimits(maxDepth: 64, maxBytes: 4 << 20)) else {
            return bytes
        }
        return JSONWriter.canonical(value)
    }

    func leave(_ callID: String, place: UInt64, cancelling: Bool) {
        let isLast = state.withLock { state in
            guard var slot = state.slots[callID] else { return false }
            slot.waiters[place] = nil
            state.slots[callID] = slot
            guard cancelling, slot.waiters.isEmpty, slot.end == nil else { return false }
            state.cancelled.append(callID)
            return true
        }
        if isLast { raise() }
    }

    // MARK: Questions of tools

    /// What a call under way says and asks.
    func relay(of callID: String) -> ToolRelay {
        let canAsk = state.withLock { $0.slots[callID]?.canAsk ?? false }
        let ask: @Sendable (ToolQuestion) async -> ToolReply = { [weak self] question in
            guard let self else { return .cancel }
            return await self.ask(question, of: callID)
        }
        return ToolRelay(
            progress: { [weak self] progress in self?.tell(callID, .progress(progress)) }, ask: canAsk ? ask : nil)
    }

    private func ask(_ question: ToolQuestion, of callID: String) async -> ToolReply {
        let number = state.withLock { state in
            state.lastNumber += 1
            return Int(truncatingIfNeeded: state.lastNumber)
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isAsked = state.withLock { state in
                    guard !Task.isCancelled, state.slots[callID]?.waiters.isEmpty == false else { return false }
                    state.questions[number] = continuation
                    return true
                }
                guard isAsked else { return continuation.resume(returning: .cancel) }
                tell(callID, .question(number, question))
            }
        } onCancel: {
            answer(number, .cancel)
        }
    }

    func answer(_ question: Int, _ reply: ToolReply) {
        state.withLock { $0.questions.removeValue(forKey: question) }?.resume(returning: reply)
    }

    private func tell(_ callID: String, _ turn: GatewayTurn) {
        let waiters = state.withLock { $0.slots[callID]?.listeners ?? [] }
        for waiter in waiters { waiter(turn) }
    }

    // MARK: The driver

    /// A driver takes over: what the journal does not know of is to be proposed again. False when the room is closed.
    func serve(known: Set<String>, now: Int64) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.lastUse = max(state.lastUse, now)
            state.isServed = true
            state.shouldRest = false
            state.landings = []
            let waiting = Set(state.arrivals)
            let lost = state.slots.values.filter {
                $0.end == nil && !waiting.contains($0.arrival.callID) && !known.contains($0.arrival.callID)
            }
            state.arrivals.append(contentsOf: lost.map(\.arrival.callID).sorted())
            return true
        }
    }

    func takeArrivals() -> [Arrival] {
        state.withLock { state in
            defer { state.arrivals = [] }
            return state.arrivals.compactMap { state.slots[$0]?.arrival }
        }
    }

    /// A call is one that the journal knows under another name.
    func move(_ callID: String, to known: String) {
        state.withLock { state in
            guard callID != known, let slot = state.slots.removeValue(forKey: callID) else { return }
            guard var other = state.slots[known] else {
                state.slots[known] = slot
                state.byKey[slot.key] = known
                return
            }
            other.waiters.merge(slot.waiters) { mine, _ in mine }
            state.slots[known] = other
        }
    }

    func takeCancelled() -> [String] {
        state.withLock { state in
            defer { state.cancelled = [] }
            return state.cancelled
        }
    }

    func land(_ ordinal: UInt32, _ outcome: ToolOutcome) {
        state.withLock { $0.landings.append(Landing(ordinal: ordinal, outcome: outcome)) }
        raise()
    }

    func takeLandings() -> [Landing] {
        state.withLock { state in
            defer { state.landings = [] }
            return state.landings
        }
    }

    /// Calls that have not been answered for good, in their order.
    private var openCallIDs: [String] { state.withLock { $0.open { _, _ in true } } }

    /// Those of them that the driver has taken.
    var takenCallIDs: [String] {
        state.withLock { state in
            let waiting = Set(state.arrivals)
            return state.open { id, _ in !waiting.contains(id) }
        }
    }

    func canConfirm(_ callID: String) -> Bool { state.withLock { $0.slots[callID]?.canConfirm ?? false } }

    /// Shows callers that people must decide, once for each request.
    func show(_ approval: GatewayApproval, to callID: String) {
        let waiters = state.withLock { state in
            guard state.slots[callID]?.approval?.id != approval.id else { return [GatewayListener]() }
            state.slots[callID]?.approval = approval
            return state.slots[callID]?.listeners ?? []
        }
        for waiter in waiters { waiter(.approval(approval)) }
    }

    /// Answers a call. Without a caller the answer is kept for the next equal one.
    func end(_ callID: String, with end: GatewayEnd, isProvisional: Bool = false, now: Int64) {
        let waiters = state.withLock { state in
            guard var slot = state.slots[callID] else { return [GatewayListener]() }
            let waiters = slot.listeners
            slot.waiters = [:]
            (slot.end, slot.isProvisional, slot.endedAt) = (end, isProvisional, now)
            state.slots[callID] = slot
            state.lastUse = now
            if !isProvisional, !waiters.isEmpty {
                state.remove(callID)
            } else {
                state.forgetOldEnds(now, keptFor: bounds.resultsKept)
            }
            return waiters
        }
        for waiter in waiters { waiter(.ended(end)) }
    }

    /// Answers everything that is open, because nothing can be done for it now.
    func endAll(with end: GatewayEnd, now: Int64) {
        for callID in openCallIDs { self.end(callID, with: end, now: now) }
        state.withLock { state in (state.slots, state.byKey, state.arrivals) = ([:], [:], []) }
    }

    // MARK: Rest

    /// True when nothing has come in for so long and nobody waits: from here on a caller must wake the run.
    func tryRest(now: Int64, after idle: Int64) -> Bool {
        state.withLock { state in
            guard state.arrivals.isEmpty, state.landings.isEmpty, state.cancelled.isEmpty else { return false }
            guard state.shouldRest || now - state.lastUse >= idle else { return false }
            state.isServed = false
            return true
        }
    }

    /// The driver is gone, for whatever reason.
    func stopServing() { state.withLock { $0.isServed = false } }

    /// Gives the room up when nobody needs it.
    func closeIfEmpty() -> Bool {
        state.withLock { state in
            guard state.slots.isEmpty, !state.isServed else { return false }
            state.isClosed = true
            return true
        }
    }

    /// Gives the room up; whoever is in it is told to ask again.
    func close(telling end: GatewayEnd, now: Int64) {
        state.withLock { $0.isClosed = true }
        endAll(with: end, now: now)
    }

    var hasArrivals: Bool { state.withLock { !$0.arrivals.isEmpty } }

    /// The driver has something to do at this moment although nothing comes in.
    func wake(at moment: Int64?) { state.withLock { $0.wakeAt = moment } }

    /// Wakes the driver when its moment has come, or when it should give its place to others.
    func tick(now: Int64, idle: Int64, isCrowded: Bool) {
        let isDue = state.withLock { state in
            guard state.isServed else { return false }
            if isCrowded { state.shouldRest = true }
            return isCrowded || now - state.lastUse >= idle || (state.wakeAt.map { $0 <= now } ?? false)
        }
        if isDue { raise() }
    }

    /// Lets the driver look again.
    func raise() {
        state.withLock { state in
            defer { state.sleeper = nil }
            if state.sleeper == nil { state.isRaised = true }
            return state.sleeper
        }?.resume()
    }

    /// Returns when something came in since the last time, or when the task is cancelled.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isRaised = state.withLock { state in
                    if state.isRaised || Task.isCancelled {
                        state.isRaised = false
                        return true
                    }
                    state.sleeper = continuation
                    return false
                }
                if isRaised { continuation.resume() }
            }
        } onCancel: {
            raise()
        }
    }
}
