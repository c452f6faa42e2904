package import BallastCore
import Synchronization

/// What the server knows of the configuration in force, and the way to have it read again.
package final class ConfigurationDesk: Sendable {
    /// Something wrong in a file.
    package struct Complaint: Sendable, Hashable {
        /// `FILE:LINE:COLUMN`.
        package let place: String
        /// With the place in front: what, why, and what to write instead.
        package let text: String
        package init(place: String, text: String) {
            self.place = place
            self.text = text
        }
    }

    /// Files that were read and not taken.
    package struct Refusal: Sendable, Hashable {
        /// Content hash of what was refused; nil when it could not even be read.
        package let hash: String?
        package let at: Timestamp
        package let complaints: [Complaint]
        package init(hash: String?, at: Timestamp, complaints: [Complaint]) {
            self.hash = hash
            self.at = at
            self.complaints = complaints
        }
    }

    /// What is in force.
    package struct Standing: Sendable, Hashable {
        package var hash: String
        package var loadedAt: Timestamp
        /// Files that change are read by themselves.
        package var isAutomatic: Bool
        package var warnings: [String]
        /// The files on disk, when they are not what is in force.
        package var refusal: Refusal?

        package init(hash: String, loadedAt: Timestamp, isAutomatic: Bool, warnings: [String]) {
            self.hash = hash
            self.loadedAt = loadedAt
            self.isAutomatic = isAutomatic
            self.warnings = warnings
        }

        var state: String { refusal == nil ? "current" : "stale" }
    }

    package enum Outcome: String, Sendable, Hashable {
        /// The new files are in force.
        case loaded
        /// The files are what is in force already.
        case unchanged
        /// What was in force still is; the standing says why.
        case refused
    }

    package typealias Reload = @Sendable (_ by: Principal) async -> Outcome
    private struct State {
        var standing: Standing
        var reload: Reload?
    }
    private let state: Mutex<State>

    package init(_ standing: Standing) { state = Mutex(State(standing: standing)) }

    /// What reads the files again. Without it the configuration is what the program was started with.
    package func connect(_ reload: @escaping Reload) { state.withLock { $0.reload = reload } }
    package var standing: Standing { state.withLock { $0.standing } }
    package func update(_ change: (inout Standing) -> Void) { state.withLock { change(&$0.standing) } }
    var reload: Reload? { state.withLock { $0.reload } }
}
