import BallastCore
import Synchronization

/// One attempt of a native function that ends in time, whether the function listens or not.
///
/// At its time-out, or when the run is interrupted, the function's task is cancelled; it has a moment to say what it
/// did. One that says nothing is left to itself, so that it does not hold its run, and its outcome is unknown.
final class BoundedAttempt: Sendable {
    private struct State {
        var outcome: ToolOutcome?
        var waiter: CheckedContinuation<ToolOutcome, Never>?
    }
    private let state = Mutex(State())
    private let clock: any RuntimeClock

    init(clock: any RuntimeClock) { self.clock = clock }

    func run(_ function: NativeFunction, _ invocation: ToolInvocation) async -> ToolOutcome {
        let body = Task { self.give(await function.body(invocation)) }
        let timer = Task {
            guard (try? await self.clock.sleep(milliseconds: invocation.timeout)) != nil else { return }
            await self.end(body, .timeout, "no answer within \(invocation.timeout) ms")
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await outcome()
        } onCancel: {
            Task { await self.end(body, .cancelled, "ended while it was under way") }
        }
    }

    private func end(_ body: Task<Void, Never>, _ code: ToolFailure.Code, _ message: String) async {
        body.cancel()
        try? await clock.sleep(milliseconds: NativeTools.patience)
        give(.unknown(ToolFailure(code: code, message: message)))
    }

    /// The first outcome counts.
    private func give(_ outcome: ToolOutcome) {
        let waiter = state.withLock { state -> CheckedContinuation<ToolOutcome, Never>? in
            guard state.outcome == nil else { return nil }
            state.outcome = outcome
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: outcome)
    }

    private func outcome() async -> ToolOutcome {
        await withCheckedContinuation { continuation in
            let given = state.withLock { state in
                if state.outcome == nil { state.waiter = continuation }
                return state.outcome
            }
            if let given { continuation.resume(returning: given) }
        }
    }
}
