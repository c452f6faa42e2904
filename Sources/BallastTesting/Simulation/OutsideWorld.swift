import BallastCore
import BallastRuntime
import Synchronization

/// What really happened outside: the simulated tools' own books, kept by idempotency key.
final class OutsideWorld: Sendable {
    struct Event: Sendable {
        let effect: EffectID
        let tool: String
        let arguments: String
    }
    /// Bytes on their way.
    private struct Landing: Sendable {
        let due: Int64
        let invocation: ToolInvocation
        let deduplicates: Bool
    }
    private struct State {
        var applied: [Event] = []
        var keys: Set<String> = []
        var landings: [Landing] = []
        var violations: [String] = []
        /// Halts that were acknowledged and hold.
        var acknowledged: Set<HaltScope> = []
        /// The definition of its tool that was shown when an action was approved.
        var shown: [ActionID: String] = [:]
        var notes: [WorldNote] = []
        /// The policy that was acknowledged last: its edition, and the tool that it forbids.
        var edition = 0
        var forbidden: String?
    }
    private let state = Mutex(State())
    private let clock: SimulatedClock

    init(clock: SimulatedClock) { self.clock = clock }

    func note(_ text: String) {
        let at = clock.monotonic
        state.withLock { $0.notes.append(WorldNote(at: at, lane: "world", text: text)) }
    }
    var notes: [WorldNote] { state.withLock { $0.notes } }

    /// The tool does its work now.
    private func apply(_ invocation: ToolInvocation, deduplicates: Bool) {
        state.withLock { state in
            if deduplicates, !state.keys.insert(invocation.idempotencyKey).inserted { return }
            state.keys.insert(invocation.idempotencyKey)
            let text = "\(invocation.tool.name) happens for \(invocation.effect)"
            state.notes.append(WorldNote(at: clock.monotonic, lane: "world", text: text))
            state.applied.append(
                Event(
                    effect: invocation.effect, tool: invocation.tool.name,
                    arguments: String(decoding: invocation.arguments, as: UTF8.self)))
        }
    }

    /// The bytes arrive after this time, also when a leap of the clock passes over that moment.
    func expect(_ invocation: ToolInvocation, deduplicates: Bool, after wait: Int64) {
        let landing = Landing(due: clock.monotonic + wait, invocation: invocation, deduplicates: deduplicates)
        state.withLock { $0.landings.append(landing) }
    }

    /// What was on its way and has had its time does its work.
    func landDue() {
        let now = clock.monotonic
        let due = state.withLock { state in
            defer { state.landings.removeAll { $0.due <= now } }
            return state.landings.filter { $0.due <= now }
        }
        for landing in due { apply(landing.invocation, deduplicates: landing.deduplicates) }
    }

    /// What the books say now: whatever was due has landed before anybody looks.
    func knows(_ key: String) -> Bool {
        landDue()
        return state.withLock { $0.keys.contains(key) }
    }
    var applied: [Event] { state.withLock { $0.applied } }

    func complain(_ text: String) { state.withLock { $0.violations.append(text) } }
    var violations: [String] { state.withLock { $0.violations } }

    func acknowledge(_ scope: HaltScope) {
        note("the halt of \(scope) is acknowledged")
        state.withLock { _ = $0.acknowledged.insert(scope) }
    }
    func lift(_ scope: HaltScope) {
        note("the halt of \(scope) is about to be lifted")
        state.withLock { _ = $0.acknowledged.remove(scope) }
    }
    /// Another policy is about to be put in force.
    func loosen(to edition: Int) {
        note("policy \(edition) is about to be loaded")
        state.withLock { $0.forbidden = nil }
    }
    func tighten(to edition: Int, forbidding tool: String?) {
        note("policy \(edition) is in force" + (tool.map { " and forbids \($0)" } ?? ""))
        state.withLock { ($0.edition, $0.forbidden) = (edition, tool) }
    }
    /// A send has begun: what it was judged by must not have been replaced before.
    func begin(_ effect: EffectID, tool: String, judgedBy edition: Int?) {
        state.withLock { state in
            if state.forbidden == tool {
                state.violations.append("\(effect) was sent after a policy that forbids \(tool) was acknowledged")
            }
            guard let edition, edition < state.edition else { return }
            state.violations.append(
                "\(effect) was sent under policy \(edition) after policy \(state.edition) was acknowledged")
        }
    }
    func approve(_ action: ActionID, definition: String) { state.withLock { $0.shown[action] = definition } }
    /// A send has begun: no acknowledged halt may cover it, and the tool must be the one that was approved.
    func begin(_ effect: EffectID, of family: Set<RunID>, tool: String, definition: String) {
        state.withLock { state in
            let action = ActionID(run: effect.run, ordinal: effect.ordinal % 1_000_000)
            if let shown = state.shown[action], shown != definition {
                state.violations.append("\(effect) went to another definition of \(tool) than was approved")
            }
            if state.acknowledged.contains(.everything) || state.acknowledged.contains(.tool(tool))
                || family.contains(where: { state.acknowledged.contains(.run($0)) })
            {
                state.violations.append("\(effect) was sent after a halt was acknowledged")
            }
        }
    }
}
