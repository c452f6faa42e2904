package import BallastCore

/// What would be different under the new policy.
package struct BacktestReport: Sendable, Hashable {
    /// Actions of one tool whose outcome would change, by the rules that decide.
    package struct Flip: Sendable, Hashable {
        package let tool: String
        package let before: DecisionAnswer
        package let after: DecisionAnswer
        package let count: Int
        package let examples: [ActionID]
        /// How many of them were decided under the very same policy: something else changed, such as people.yaml or
        /// what limits held.
        package let underSamePolicy: Int

        package var isLooser: Bool {
            after.outcome < before.outcome
                || after.outcome == before.outcome && after.asked.people < before.asked.people
        }
    }

    /// Requests that people get on a day.
    package struct Load: Sendable, Hashable {
        /// Such as `2026-11-21`, UTC.
        package let day: String
        package let asked: String
        package var before = 0
        package var after = 0
    }

    /// Amounts in decided actions of a day, in minor units.
    package struct Volume: Sendable, Hashable {
        package let day: String
        package let currency: String
        package var before = Split()
        package var after = Split()
    }

    package struct Split: Sendable, Hashable {
        /// Moved without a person, after a person, not at all.
        package var alone: Int64 = 0
        package var asked: Int64 = 0
        package var refused: Int64 = 0
    }

    /// Decisions that could not be made again.
    package struct Gap: Sendable, Hashable {
        package let why: Impossibility
        package let count: Int
        package let example: ActionID?
    }

    package internal(set) var runs = 0
    /// First decisions about an action in the period, and of these the ones that were made again.
    package internal(set) var decisions = 0
    package internal(set) var decidedAgain = 0
    package internal(set) var from: Timestamp?
    package internal(set) var to: Timestamp?
    /// Most frequent first.
    package internal(set) var flips: [Flip] = []
    /// Same outcome, other people asked.
    package internal(set) var otherwiseAsked: [Flip] = []
    package internal(set) var load: [Load] = []
    package internal(set) var money: [Volume] = []
    package internal(set) var gaps: [Gap] = []
    /// Refused by the guard before any policy, by code.
    package internal(set) var beyondPolicy: [String: Int] = [:]
    /// Fitted into their limits when decided and not when people had agreed.
    package internal(set) var refusedAtUse = 0

    package var flipped: Int { flips.reduce(0) { $0 + $1.count } }
    package var looser: Int { (flips + otherwiseAsked).filter(\.isLooser).reduce(0) { $0 + $1.count } }
}
