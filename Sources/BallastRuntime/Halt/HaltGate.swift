package import BallastCore
import Synchronization

/// The in-process half of a halt: closed first, without the store, so that no send begins after it. And the same for
/// decisions: what was judged before the rules changed, or before a halt was lifted, is judged again before it is sent.
///
/// A send holds a permit for the length of one write call. `close` and `renew` return at once; when nothing is `writing`
/// any more that began before, a halt or a reload may be acknowledged.
package final class HaltGate: Sendable {
    private struct State {
        /// Halts in force by scope, in the order in which they were given.
        var closed: [HaltScope: [HaltRecord]] = [:]
        /// Who lifted the latest halts.
        var lifted: [HaltID: Principal] = [:]
        /// As the store has them.
        var epochs: [HaltScope: Int64] = [:]
        /// Sends that hold a permit now.
        var writing: [EffectID: Writing] = [:]
        /// Counts up whenever decisions that were made before must not be acted on any more.
        var generation = 0
    }
    private struct Writing {
        let scopes: Set<HaltScope>
        let generation: Int
    }
    private let state = Mutex(State())

    package init() {}

    /// Takes the halts that the store knows at start; what was closed in this process meanwhile stays closed.
    package func restore(_ halts: [HaltRecord]) {
        for halt in halts { close(halt) }
    }

    /// Takes epochs that were read from the store; they only grow, so an older reading changes nothing.
    package func take(_ epochs: [HaltScope: Int64]) {
        state.withLock { $0.epochs.merge(epochs) { max($0, $1) } }
    }

    /// Closes the halt's scope; no permit of it is given from here on.
    package func close(_ halt: HaltRecord) {
        state.withLock { state in
            guard state.closed[halt.scope]?.contains(where: { $0.id == halt.id }) != true else { return }
            state.closed[halt.scope, default: []].append(halt)
        }
    }

    /// Lifts one halt; the scope stays closed while another holds. Whatever was decided before is decided again.
    package func open(_ scope: HaltScope, halt: HaltID, by person: Principal) {
        state.withLock { state in
            state.generation += 1
            if state.lifted.count >= HaltGate.liftedKept { state.lifted = [:] }
            state.lifted[halt] = person
            state.closed[scope]?.removeAll { $0.id == halt }
            if state.closed[scope]?.isEmpty == true { state.closed[scope] = nil }
        }
    }

    /// No halt is in force.
    package var isOpen: Bool { state.withLock { $0.closed.isEmpty } }

    /// The halt that stops any of the scopes, if one does.
    package func halt(of scopes: Set<HaltScope>) -> HaltRecord? {
        state.withLock { state in
            guard !state.closed.isEmpty else { return nil }
            for scope in scopes { if let halt = state.closed[scope]?.first { return halt } }
            return nil
        }
    }

    private static let liftedKept = 1000
    /// Who lifted the halt, if that was in this process and not long ago.
    package func whoLifted(_ halt: HaltID) -> Principal? { state.withLock { $0.lifted[halt] } }

    /// The epochs of the scopes; a decision is made under them, and its start is refused when one moved, also for the
    /// first time.
    package func epochs(of scopes: Set<HaltScope>) -> [HaltScope: Int64] {
        state.withLock { state in
            scopes.reduce(into: [:]) { $0[$1] = state.epochs[$1, default: 0] }
        }
    }

    /// The generation that decisions made now belong to. Read before the configuration that they are made under.
    package var generation: Int { state.withLock { $0.generation } }

    /// From here on no permit is given to what was judged before. Answers the new generation.
    package func renew() -> Int {
        state.withLock { state in
            state.generation += 1
            return state.generation
        }
    }

    /// Takes a permit; nil when the bytes may leave. To be released right after the write call.
    ///
    /// - Parameter judgedUnder: the generation of the decision; nil for what the guard asks for itself.
    package func enter(_ effect: EffectID, scopes: Set<HaltScope>, judgedUnder: Int?) -> SendPermit.Refusal? {
        state.withLock { state in
            guard state.closed.isEmpty || state.closed.keys.allSatisfy({ !scopes.contains($0) }) else { return .halted }
            guard judgedUnder == nil || judgedUnder == state.generation else { return .outdated }
            state.writing[effect] = Writing(scopes: scopes, generation: state.generation)
            return nil
        }
    }

    package func leave(_ effect: EffectID) {
        state.withLock { state in _ = state.writing.removeValue(forKey: effect) }
    }

    /// Effects of the scope that are inside their write call now.
    package func writing(in scope: HaltScope) -> [EffectID] {
        state.withLock { state in state.writing.filter { $0.value.scopes.contains(scope) }.map(\.key) }
    }

    /// Effects that are inside their write call now and took their permit before this generation.
    package func writing(before generation: Int) -> [EffectID] {
        state.withLock { state in state.writing.filter { $0.value.generation < generation }.map(\.key) }
    }
}
