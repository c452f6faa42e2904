import BallastInstallation
import BallastRuntime
import BallastServer

/// The events of a run: what is on record first, then each as soon as it is durable, without a gap and without a
/// repetition. Ends when the run is over; a run that waits for a person keeps it open. Each iteration starts anew.
public struct RunEvents: AsyncSequence, Sendable {
    public typealias Element = JournalEvent
    public typealias Failure = AgentError

    let run: AgentRun
    let after: Int64
    let includesProvisionalText: Bool

    public func makeAsyncIterator() -> Iterator { Iterator(events: self) }

    /// Reads on when it is asked: a slow reader holds nothing up and misses no event.
    public struct Iterator: AsyncIteratorProtocol {
        private let events: RunEvents
        private var follower: JournalFollower?
        private var ready: ArraySlice<JSONValue> = []
        private var isOver = false

        fileprivate init(events: RunEvents) { self.events = events }

        /// The next event; nil at the end of the run, when the host is closed, and when the task is cancelled.
        public mutating func next() async throws(AgentError) -> JournalEvent? {
            while !isOver {
                if let event = ready.popFirst() { return JournalEvent(event) }
                switch try await item() {
                case .events(let documents): ready = documents[...]
                case .provisional(let text):
                    if events.includesProvisionalText { return JournalEvent(EventRenderer.provisional(text)) }
                case .heartbeat: break
                case nil: isOver = true
                }
            }
            return nil
        }

        private mutating func item() async throws(AgentError) -> JournalFollower.Item? {
            let core = events.run.host.core
            do {
                var follower = try await open(core)
                defer { self.follower = follower }
                let stop = follower.stop
                return try await core.untilClosed(stop) { try await follower.next() }
            } catch {
                throw AgentError(error)
            }
        }

        private func open(_ core: HostCore) async throws -> JournalFollower {
            if let follower { return follower }
            return try await JournalFollower(
                of: events.run.runID, runtime: core.installation.runtime, scope: events.run.host.scope,
                after: Swift.max(0, events.after), heartbeat: Iterator.heartbeat)
        }

        /// Milliseconds.
        private static let heartbeat: Int64 = 5_000
    }
}
