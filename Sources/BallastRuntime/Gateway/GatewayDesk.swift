import BallastCore
import Synchronization

/// The rooms of gateway runs, and which run a caller's task belongs to.
final class GatewayDesk: Sendable {
    private struct State {
        var rooms: [RunID: GatewayRoom] = [:]
        var runs: [GatewayBinding.Key: RunID] = [:]
        var order: [GatewayBinding.Key] = []
        /// Runs that ended lately: calls that come in for them begin a new one.
        var over: [RunID] = []
        /// Contracts of runs under way, as their callers repeat them.
        var contracts: [RunID: (contract: GivenContract, size: Int)] = [:]
        var contractBytes = 0
    }
    private let state = Mutex(State())
    let bounds: GatewayRoom.Bounds
    /// Bindings that are remembered; the store knows the others.
    private static let remembered = 10_000
    /// Bytes of contracts that are remembered; the journals know them all.
    private static let contractBytes = 8 << 20

    init(_ bounds: GatewayRoom.Bounds) { self.bounds = bounds }

    func room(of run: RunID, mark: @autoclosure () -> UInt64) -> GatewayRoom {
        state.withLock { state in
            if let room = state.rooms[run] { return room }
            let room = GatewayRoom(run: run, mark: mark(), bounds: bounds)
            state.rooms[run] = room
            return room
        }
    }

    func existingRoom(of run: RunID) -> GatewayRoom? { state.withLock { $0.rooms[run] } }

    func run(of binding: GatewayBinding.Key) -> RunID? { state.withLock { $0.runs[binding] } }

    func remember(_ run: RunID, for binding: GatewayBinding.Key) {
        state.withLock { state in
            if state.runs.updateValue(run, forKey: binding) == nil { state.order.append(binding) }
            guard state.order.count > GatewayDesk.remembered else { return }
            state.runs[state.order.removeFirst()] = nil
        }
    }

    func forget(_ binding: GatewayBinding.Key) {
        state.withLock { state in
            guard state.runs.removeValue(forKey: binding) != nil else { return }
            state.order.removeAll { $0 == binding }
        }
    }

    /// The run began with this contract.
    func knows(_ contract: GivenContract, of run: RunID) -> Bool {
        state.withLock { $0.contracts[run]?.contract == contract }
    }

    func remember(_ contract: GivenContract, of run: RunID) {
        let size = contract.bytes.count
        state.withLock { state in
            if state.contractBytes + size > GatewayDesk.contractBytes {
                (state.contracts, state.contractBytes) = ([:], 0)
            }
            guard state.contracts.updateValue((contract, size), forKey: run) == nil else { return }
            state.contractBytes += size
        }
    }

    func isOver(_ run: RunID) -> Bool { state.withLock { $0.over.contains(run) } }

    /// The run is finished.
    func close(_ run: RunID, now: Int64) {
        state.withLock { $0.rooms.removeValue(forKey: run) }?
            .close(telling: .refused(GatewayRefusal.finished(run)), now: now)
        state.withLock { state in
            for (key, value) in state.runs where value == run { state.runs[key] = nil }
            state.order.removeAll { state.runs[$0] == nil }
            state.over.append(run)
            state.contractBytes -= state.contracts.removeValue(forKey: run)?.size ?? 0
            if state.over.count > 256 { state.over.removeFirst() }
        }
    }

    /// Lets drivers look at the time; rooms that nobody needs are given up.
    func tick(now: Int64, idle: Int64, isCrowded: Bool) {
        let rooms = state.withLock { state in
            for (run, room) in state.rooms where room.closeIfEmpty() { state.rooms[run] = nil }
            return state.rooms.sorted { $0.key < $1.key }.map(\.value)
        }
        for room in rooms { room.tick(now: now, idle: idle, isCrowded: isCrowded) }
    }
}
