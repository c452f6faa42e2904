import Synchronization

/// A value that arrives once. Each waiter has its own deadline and its own task's cancellation.
final class Arrival<Value: Sendable>: Sendable {
    enum Outcome: Sendable {
        case value(Value)
        case timedOut
        case cancelled
    }

    private enum Waiter {
        /// Announced, but its continuation is not here yet.
        case coming
        /// Ended before its continuation came.
        case early(Outcome)
        case waiting(CheckedContinuation<Outcome, Never>)
    }

    private struct State {
        var value: Value?
        var waiters: [Int: Waiter] = [:]
        var lastTicket = 0
    }

    private let state = Mutex(State())

    var value: Value? { state.withLock { $0.value } }

    /// Only the first value counts.
    func fulfil(_ value: Value) {
        let waiters = state.withLock { state -> [Waiter] in
            guard state.value == nil else { return [] }
            state.value = value
            return Array(state.waiters.values)
        }
        for case .waiting(let continuation) in waiters { continuation.resume(returning: .value(value)) }
    }

    /// Without a deadline only the value or a cancellation ends the wait.
    func wait(until deadline: ContinuousClock.Instant? = nil) async -> Outcome {
        if let value { return .value(value) }
        let ticket = announce()
        let timer = deadline.map { deadline in
            Task {
                try await Task.sleep(until: deadline, clock: .continuous)
                self.end(ticket, .timedOut)
            }
        }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { register($0, as: ticket) }
        } onCancel: {
            end(ticket, .cancelled)
        }
        timer?.cancel()
        state.withLock { _ = $0.waiters.removeValue(forKey: ticket) }
        return outcome
    }

    private func announce() -> Int {
        state.withLock { state in
            state.lastTicket += 1
            state.waiters[state.lastTicket] = .coming
            return state.lastTicket
        }
    }

    private func register(_ continuation: CheckedContinuation<Outcome, Never>, as ticket: Int) {
        let outcome = state.withLock { state -> Outcome? in
            if let value = state.value { return .value(value) }
            if case .early(let outcome)? = state.waiters[ticket] { return outcome }
            state.waiters[ticket] = .waiting(continuation)
            return nil
        }
        if let outcome { continuation.resume(returning: outcome) }
    }

    private func end(_ ticket: Int, _ outcome: Outcome) {
        let continuation = state.withLock { state -> CheckedContinuation<Outcome, Never>? in
            guard state.value == nil, let waiter = state.waiters[ticket] else { return nil }
            state.waiters[ticket] = .early(outcome)
            if case .waiting(let continuation) = waiter { return continuation }
            return nil
        }
        continuation?.resume(returning: outcome)
    }
}
