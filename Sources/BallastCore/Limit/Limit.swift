/// Names one counter: what is counted, for whom, in which window.
package struct LimitKey: Sendable, Hashable, CustomStringConvertible {
    /// Such as `tool.issue_refund.sum.amount` with the scope and window the operator declared.
    package let name: String
    /// Start of the window, or zero for a total without one.
    package let window: Timestamp

    package init(name: String, window: Timestamp = Timestamp(milliseconds: 0)) {
        self.name = name
        self.window = window
    }
    package var description: String { name }
}

/// What an effect took of one counter as it started. It stands until the outcome of the effect is known.
package struct LimitReservation: Sendable, Hashable {
    package let key: LimitKey
    package let amount: Int64
    /// A rate counts attempts, so it is used up by a call that its tool refused; a sum is not.
    package let isRate: Bool

    package init(key: LimitKey, amount: Int64, isRate: Bool) {
        self.key = key
        self.amount = amount
        self.isRate = isRate
    }

    /// The effect is done, as far as its tool knows.
    package var settled: LimitChange { LimitChange(key: key, kind: .settle(reserved: amount, used: amount)) }
    /// The effect certainly did not happen and nothing was tried.
    package var released: LimitChange { LimitChange(key: key, kind: .release(reserved: amount)) }
    /// The tool answered that it failed.
    package var failed: LimitChange { isRate ? settled : released }
}

/// A reservation in the escrow of one counter: taken when an effect is planned, then settled or returned.
package struct LimitChange: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// Take `amount` if used + reserved + amount stays at or below `cap`; otherwise the whole append is refused.
        case reserve(amount: Int64, cap: Int64)
        /// `reserved` of an earlier reservation becomes `used`.
        case settle(reserved: Int64, used: Int64)
        /// An earlier reservation is given back.
        case release(reserved: Int64)
    }
    package let key: LimitKey
    package let kind: Kind

    package init(key: LimitKey, kind: Kind) {
        self.key = key
        self.kind = kind
    }
}

/// What one counter holds.
package struct LimitBalance: Sendable, Hashable {
    package var used: Int64
    package var reserved: Int64
    package init(used: Int64, reserved: Int64) {
        self.used = used
        self.reserved = reserved
    }
}

/// The hard bounds of one run; each ends it in a stated way. Zero is not "unlimited": every run has every bound.
package struct RunBudget: Sendable, Hashable {
    /// Model replies plus tool calls.
    package var steps: Int
    /// Active milliseconds; waiting for people does not count.
    package var activeMilliseconds: Int64
    package var tokens: Int64
    /// Cost ceiling in millionths of a US dollar.
    package var microdollars: Int64
    /// Tool calls that one reply may ask for.
    package var parallelCalls: Int

    package init(
        steps: Int = 50, activeMilliseconds: Int64 = 600_000, tokens: Int64 = 1_000_000,
        microdollars: Int64 = 5_000_000, parallelCalls: Int = 16
    ) {
        self.steps = steps
        self.activeMilliseconds = activeMilliseconds
        self.tokens = tokens
        self.microdollars = microdollars
        self.parallelCalls = parallelCalls
    }
}
