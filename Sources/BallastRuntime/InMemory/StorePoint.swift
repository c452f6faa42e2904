package import BallastCore

/// A moment around one write of a store, where a simulation may delay, fail or end the world.
package struct StorePoint: Sendable, Hashable, CustomStringConvertible {
    package enum Operation: String, Sendable, Hashable, CaseIterable {
        case append, deliver, claim, renew, release
        case fireTimers = "fire_timers"
        case recordHalt = "record_halt"
        case endHalt = "end_halt"
        case recordTrust = "record_trust"
        case setPin = "set_pin"
        case addDataKey = "add_data_key"
        case saveAPIKey = "save_api_key"
        case claimIdempotencyKey = "claim_idempotency_key"
        case finishIdempotencyKey = "finish_idempotency_key"
        case check
    }

    package enum Moment: Sendable, Hashable {
        /// Nothing has happened; an error thrown here leaves the store as it was.
        case before
        /// The write stands; an error thrown here is an answer that got lost.
        case after
    }

    package let operation: Operation
    package let moment: Moment
    /// The run that is written, where the operation has one.
    package let run: RunID?

    package init(operation: Operation, moment: Moment, run: RunID?) {
        self.operation = operation
        self.moment = moment
        self.run = run
    }

    package var description: String {
        "\(moment == .before ? "before" : "after") \(operation.rawValue)" + (run.map { " of \($0)" } ?? "")
    }
}
