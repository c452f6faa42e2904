import BallastCore
import BallastRuntime
import BallastWire
import Synchronization

/// The relay of one call, kept within bounds: progress that rises, a few questions, and the time that people take.
final class CallRelay: Sendable {
    /// Messages of progress that are passed on; a tool that says more is not heard any more.
    private static let mostProgress = 10_000
    private static let mostQuestions = 32
    /// Bytes of one question.
    private static let longestQuestion = 65_536

    private struct State {
        var isOpen = true
        var progress: Double?
        var told = 0
        var questions = 0
        /// Questions that wait for a person, and since when.
        var asking = 0
        var since: ContinuousClock.Instant?
        var paused = Duration.zero
        var tasks: [Task<Void, Never>] = []
    }

    private let relay: ToolRelay
    private let state = Mutex(State())

    init(_ relay: ToolRelay) { self.relay = relay }

    var elicitation: MCPElicitation {
        relay.ask == nil ? .none : relay.mayOpenAddresses ? .formsAndAddresses : .forms
    }

    // MARK: Progress

    func note(_ progress: MCPProgress) {
        guard let value = progress.progress.double else { return }
        let isNews = state.withLock { state in
            guard state.isOpen, state.told < Self.mostProgress, state.progress.map({ value > $0 }) ?? true else {
                return false
            }
            state.progress = value
            state.told += 1
            return true
        }
        guard isNews else { return }
        relay.progress(
            ToolProgress(
                progress: .number(progress.progress), total: progress.total.map { .number($0) },
                message: progress.message.map { ShownText.text($0, longest: 1_000) }))
    }

    // MARK: Questions

    /// Puts a question to the person; declines for them where they cannot be asked.
    func ask(_ parameters: JSONObject) async -> MCPReply {
        guard let ask = relay.ask, relay.mayOpenAddresses || parameters["mode"]?.string != "url",
            JSONWriter.compact(.object(parameters)).count <= Self.longestQuestion, begin()
        else { return .decline }
        defer { end() }
        return switch await ask(ToolQuestion(parameters: Self.shown(parameters))) {
        case .accept(let content): .accept(content)
        case .decline: .decline
        case .cancel: .cancel
        }
    }

    /// The question without what the person could not see.
    private static func shown(_ parameters: JSONObject) -> JSONObject {
        var shown = parameters
        if let message = parameters["message"]?.string { shown["message"] = JSONValue(ShownText.text(message)) }
        if let schema = parameters["requestedSchema"] { shown["requestedSchema"] = ShownText.schema(schema) }
        return shown
    }

    /// The same without waiting here; ends with the call.
    func ask(_ parameters: JSONObject, then body: @escaping @Sendable (MCPReply) -> Void) {
        let task = Task { body(await ask(parameters)) }
        let isOpen = state.withLock { state in
            if state.isOpen { state.tasks.append(task) }
            return state.isOpen
        }
        if !isOpen { task.cancel() }
    }

    private func begin() -> Bool {
        state.withLock { state in
            guard state.isOpen, state.questions < Self.mostQuestions else { return false }
            state.questions += 1
            state.asking += 1
            if state.asking == 1 { state.since = .now }
            return true
        }
    }

    private func end() {
        state.withLock { state in
            state.asking -= 1
            guard state.asking == 0, let since = state.since else { return }
            state.paused += since.duration(to: .now)
            state.since = nil
        }
    }

    /// The time that questions have taken until now.
    var paused: Duration {
        state.withLock { state in state.paused + (state.since.map { $0.duration(to: .now) } ?? .zero) }
    }

    var isAsking: Bool { state.withLock { $0.asking > 0 } }

    /// The call has its answer: nothing is passed on any more.
    func close() {
        let tasks = state.withLock { state in
            state.isOpen = false
            defer { state.tasks = [] }
            return state.tasks
        }
        for task in tasks { task.cancel() }
    }
}

extension Duration {
    var wholeMilliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}
