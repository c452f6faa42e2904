package import BallastCore
package import BallastRuntime

/// Follows a run's journal: what is on record first, then what follows, without a gap and without a repetition, until
/// the run is over. The event stream of the API and the library read it.
package struct JournalFollower {
    package enum Item: Sendable {
        /// Never empty.
        case events([JSONValue])
        /// Text of the model that is not on record yet.
        case provisional(String)
        case heartbeat
    }

    private enum Signal: Sendable {
        case feed(RunFeed.Item)
        case heartbeat
    }

    private var pages: JournalPages
    private var signals: AsyncStream<Signal>.Iterator
    private var isAtEnd = false
    /// Ends the following; what is on record already may still come.
    package let stop: @Sendable () -> Void
    package var isOver: Bool { pages.isOver }

    /// Subscribes before the journal is read, so that nothing falls between the two.
    ///
    /// - Parameters:
    ///   - after: the sequence after which the reader wants to go on.
    ///   - heartbeat: milliseconds after which the journal is looked at without being told of anything new: another
    ///     server may have the run.
    package init(
        of run: RunID, runtime: AgentRuntime, scope: TenantScope, after: Int64, heartbeat: Int64
    ) async throws {
        let (signals, stop) = JournalFollower.signals(of: run, runtime: runtime, heartbeat: heartbeat)
        self.signals = signals.makeAsyncIterator()
        self.stop = stop
        pages = try await JournalPages(of: run, runtime: runtime, scope: scope)
        try await pages.skip(to: after)
    }

    /// The next item; nil once the run is over and all of it was given, or when the task is cancelled.
    package mutating func next() async throws -> Item? {
        while true {
            if !isAtEnd {
                let events = try await pages.next()
                guard events.isEmpty else { return .events(events) }
                isAtEnd = true
            }
            if pages.isOver { return nil }
            switch await signals.next() {
            case nil: return nil
            case .feed(.provisional(let text)): return .provisional(text)
            case .feed(.entries(let entries)):
                guard let events = try await pages.take(entries) else {
                    isAtEnd = false
                    continue
                }
                if !events.isEmpty { return .events(events) }
            case .heartbeat:
                isAtEnd = false
                return .heartbeat
            }
        }
    }

    private static func signals(
        of run: RunID, runtime: AgentRuntime, heartbeat: Int64
    ) -> (AsyncStream<Signal>, stop: @Sendable () -> Void) {
        let feed = runtime.feed.subscribe(to: run)
        let clock = runtime.clock
        let (signals, continuation) = AsyncStream.makeStream(of: Signal.self, bufferingPolicy: .bufferingNewest(1024))
        let following = Task {
            for await item in feed { continuation.yield(.feed(item)) }
        }
        let beating = Task {
            while (try? await clock.sleep(milliseconds: heartbeat)) != nil { continuation.yield(.heartbeat) }
        }
        // Called when nobody listens any more.
        continuation.onTermination = { _ in
            following.cancel()
            beating.cancel()
        }
        return (signals, { continuation.finish() })
    }
}
