package import BallastCore
import Synchronization

/// What subscribers of a run see as it happens: durable entries only, and model text marked provisional.
package final class RunFeed: Sendable {
    package enum Item: Sendable {
        case entries([JournalEntry])
        /// A piece of text from the model that is not journaled yet.
        case provisional(String)
    }

    private let subscribers = Mutex<[RunID: [Int: AsyncStream<Item>.Continuation]]>([:])
    private let nextToken = Mutex(0)
    /// Items a slow subscriber may fall behind by; older ones are dropped and found again in the journal.
    private static let buffer = 1024

    package init() {}

    package func subscribe(to run: RunID) -> AsyncStream<Item> {
        let token = nextToken.withLock { token in
            token += 1
            return token
        }
        let (stream, continuation) = AsyncStream.makeStream(
            of: Item.self, bufferingPolicy: .bufferingNewest(RunFeed.buffer))
        continuation.onTermination = { [weak self] _ in self?.remove(token, from: run) }
        subscribers.withLock { $0[run, default: [:]][token] = continuation }
        return stream
    }

    package func publish(_ item: @autoclosure () -> Item, of run: RunID) {
        let targets = subscribers.withLock { $0.isEmpty ? [] : Array(($0[run] ?? [:]).values) }
        guard !targets.isEmpty else { return }
        let value = item()
        for target in targets { target.yield(value) }
    }

    package func hasSubscribers(_ run: RunID) -> Bool { subscribers.withLock { !$0.isEmpty && $0[run] != nil } }

    private func remove(_ token: Int, from run: RunID) {
        subscribers.withLock { all in
            all[run]?[token] = nil
            if all[run]?.isEmpty == true { all[run] = nil }
        }
    }
}
