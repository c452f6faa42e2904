package import BallastRuntime
import Synchronization

/// What has to be so before the server takes work, besides a store that answers.
package final class Readiness: Sendable {
    private struct State {
        var isRecovered = false
        var recoveryFailure: StoreError?
        var areToolsListed = false
        var isStopping = false
        var storeFailure: (detail: String, at: Int64)?
        var waiting: [CheckedContinuation<Void, Never>] = []

        var hasTools: Bool { areToolsListed || isStopping }
    }
    private let state = Mutex(State())

    package init() {}

    package func recovered() {
        change { state in
            state.isRecovered = true
            state.recoveryFailure = nil
        }
    }
    package func recoveryFailed(_ failure: StoreError) { change { $0.recoveryFailure = failure } }
    /// Every provider has listed its tools, or had its time to.
    package func toolsListed() { change { $0.areToolsListed = true } }
    /// A request failed for the store at a moment of the monotonic clock, in milliseconds.
    func storeFailed(_ detail: String, at moment: Int64) { change { $0.storeFailure = (detail, moment) } }
    /// What the store last failed with, if that was within the last minute.
    func recentStoreFailure(at now: Int64) -> String? {
        state.withLock { state in
            state.storeFailure.flatMap { now - $0.at < Readiness.recent ? $0.detail : nil }
        }
    }
    private static let recent: Int64 = 60_000

    package func stopping() { change { $0.isStopping = true } }

    var isRecovered: Bool { state.withLock { $0.isRecovered } }
    var recoveryFailure: StoreError? { state.withLock { $0.recoveryFailure } }
    var areToolsListed: Bool { state.withLock { $0.areToolsListed } }
    var isStopping: Bool { state.withLock { $0.isStopping } }

    /// Returns once tools are listed, or the server stops.
    package func waitForTools() async {
        await withCheckedContinuation { continuation in
            let isListed = state.withLock { state in
                if state.hasTools { return true }
                state.waiting.append(continuation)
                return false
            }
            if isListed { continuation.resume() }
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let woken = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            body(&state)
            guard state.hasTools else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in woken { continuation.resume() }
    }
}
