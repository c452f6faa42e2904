package import BallastRuntime
import Synchronization

/// Decides whether the bytes of one attempt may leave, and remembers whether they did.
///
/// Exactly one of `open` and `seal` comes first: once sealed, nothing can be sent any more, and once open, the attempt
/// counts as sent.
package final class SendGate: Sendable {
    package enum State: Sendable, Hashable {
        case waiting
        /// The permit is held while the bytes are handed to the operating system.
        case writing
        case written
        case refused(SendPermit.Refusal)
        case sealed
    }

    private let permit: SendPermit
    private let state = Mutex(State.waiting)

    package init(_ permit: SendPermit) { self.permit = permit }

    /// Claims the permit; true when the bytes may be written now.
    package func open() -> Bool {
        state.withLock { state in
            guard state == .waiting else { return false }
            if let refusal = permit.claim() {
                state = .refused(refusal)
                return false
            }
            state = .writing
            return true
        }
    }

    /// The operating system has the bytes, or never will.
    package func endWriting() {
        let wasWriting = state.withLock { state in
            guard state == .writing else { return false }
            state = .written
            return true
        }
        if wasWriting { permit.release() }
    }

    /// Makes sure that nothing is sent from now on, and says what has happened until now.
    package func seal() -> State {
        endWriting()
        return state.withLock { state in
            defer { if state == .waiting { state = .sealed } }
            return state
        }
    }
}

/// The gates of attempts that are under way, found by the token that their requests carry in a private header.
final class SendGates: Sendable {
    /// Taken out of the request before it is written.
    static let header = "x-ballast-send-gate"

    private let waiting = Mutex<(next: UInt64, gates: [String: SendGate])>((0, [:]))

    func add(_ gate: SendGate) -> String {
        waiting.withLock { waiting in
            waiting.next &+= 1
            let token = String(waiting.next)
            waiting.gates[token] = gate
            return token
        }
    }

    func remove(_ token: String) { _ = waiting.withLock { $0.gates.removeValue(forKey: token) } }

    subscript(token: String) -> SendGate? { waiting.withLock { $0.gates[token] } }
}
