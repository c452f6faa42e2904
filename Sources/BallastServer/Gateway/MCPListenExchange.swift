import BallastCore
import BallastRuntime
import BallastWire
import Synchronization

/// A stream that tells a client when its list of tools changes.
final class MCPListenExchange: MCPExchange {
    private enum Signal { case look, comment, end }

    /// What is said at the beginning and at the end; nil for a legacy client, which hears of changes alone.
    private let request: MCPFaceRequest?
    private let watch: @Sendable () -> Digest
    private let answers: MCPFaceAnswers
    private let onEnd: @Sendable (MCPListenExchange) -> Void
    private let signals: AsyncStream<Signal>
    private let post: AsyncStream<Signal>.Continuation
    private let state: Mutex<State>

    private struct State {
        var seen: Digest
        var isAcknowledged = false
        var isOver = false
    }

    /// - Parameter watch: another value after each change.
    init(
        _ request: MCPFaceRequest?, runtime: AgentRuntime, pace: MCPPace, answers: MCPFaceAnswers,
        watch: @escaping @Sendable () -> Digest, onEnd: @escaping @Sendable (MCPListenExchange) -> Void
    ) {
        self.request = request
        self.watch = watch
        self.answers = answers
        self.onEnd = onEnd
        state = Mutex(State(seen: watch()))
        let (signals, post) = AsyncStream.makeStream(of: Signal.self, bufferingPolicy: .bufferingOldest(8))
        (self.signals, self.post) = (signals, post)
        let clock = runtime.clock
        let looking = Task {
            while (try? await clock.sleep(milliseconds: pace.watch)) != nil { post.yield(.look) }
        }
        let beating = Task {
            while (try? await clock.sleep(milliseconds: pace.heartbeat)) != nil { post.yield(.comment) }
        }
        post.onTermination = { _ in
            looking.cancel()
            beating.cancel()
        }
    }

    func abandon() { finish() }
    func stop() {
        post.yield(.end)
        post.finish()
    }

    func next() async -> MCPOutput? {
        if let request, isFirst { return .message(MCPFaceAnswers.acknowledgement(request)) }
        var iterator = signals.makeAsyncIterator()
        while let signal = await iterator.next() {
            switch signal {
            case .comment: return .comment
            case .look:
                guard hasChanged, wantsTools else { continue }
                return .message(MCPFaceAnswers.toolsChanged(listener: request?.id))
            case .end: break
            }
            break
        }
        guard finish(), let request else { return nil }
        return .last(200, answers.result(MCPFaceAnswers.endOfSubscription(request), to: request))
    }

    private var isFirst: Bool {
        state.withLock { state in
            defer { state.isAcknowledged = true }
            return !state.isAcknowledged
        }
    }

    private var wantsTools: Bool {
        request.map { $0.parameters["notifications"]?["toolsListChanged"]?.bool == true } ?? true
    }

    private var hasChanged: Bool {
        let now = watch()
        return state.withLock { state in
            defer { state.seen = now }
            return state.seen != now
        }
    }

    /// True for the first one who ends it.
    @discardableResult
    private func finish() -> Bool {
        post.finish()
        let isFirst = state.withLock { state in
            defer { state.isOver = true }
            return !state.isOver
        }
        if isFirst { onEnd(self) }
        return isFirst
    }
}
