import BallastRuntime
import Synchronization

/// What a server lists: asked for by one for all who want it, and kept for a while.
final class Cached<Value: Sendable>: Sendable {
    /// A value and how long it is good; nil when it is good until it is forgotten.
    typealias Fetched = (value: Value, life: Duration?)

    private struct State {
        var value: Value?
        var end: ContinuousClock.Instant?
        var fetch: Arrival<Result<Value, ToolFailure>>?
        /// It changed while it was being asked for.
        var isStale = false
    }

    private let what: String
    private let state = Mutex(State())

    /// - Parameter what: names it in messages, such as `the tools of the MCP server desk`.
    init(_ what: String) { self.what = what }

    func forget() {
        state.withLock { state in
            state.value = nil
            state.isStale = true
        }
    }

    /// The value, fetched when there is none or it is too old. The fetch outlives a caller who stops waiting.
    func value(
        until deadline: ContinuousClock.Instant,
        fetch: @escaping @Sendable () async -> Result<Fetched, ToolFailure>
    ) async throws(ToolFailure) -> Value {
        let (known, arrival, isNew) = state.withLock { state in Self.look(&state) }
        if let known { return known }
        if isNew { Task { arrival.fulfil(keep(await fetch(), for: arrival)) } }
        switch await arrival.wait(until: deadline) {
        case .value(let result): return try result.get()
        case .timedOut: throw ToolFailure(code: .timeout, message: "\(what) did not come in time")
        case .cancelled: throw ToolFailure(code: .cancelled, message: "\(what) were no longer waited for")
        }
    }

    private static func look(_ state: inout State) -> (Value?, Arrival<Result<Value, ToolFailure>>, isNew: Bool) {
        if let running = state.fetch, !state.isStale { return (nil, running, false) }
        if let value = state.value, state.end.map({ ContinuousClock.now < $0 }) ?? true {
            return (value, Arrival(), false)
        }
        let arrival = Arrival<Result<Value, ToolFailure>>()
        state.fetch = arrival
        state.isStale = false
        return (nil, arrival, true)
    }

    private func keep(
        _ fetched: Result<Fetched, ToolFailure>, for arrival: Arrival<Result<Value, ToolFailure>>
    ) -> Result<Value, ToolFailure> {
        state.withLock { state in
            if state.fetch === arrival {
                state.fetch = nil
                if !state.isStale, case .success(let (value, life)) = fetched {
                    state.value = value
                    state.end = life.map { .now + $0 }
                }
            }
        }
        return fetched.map(\.value)
    }
}
