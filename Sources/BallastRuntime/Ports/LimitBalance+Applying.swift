package import BallastCore

extension LimitBalance {
    /// Applies one change; nil when a reservation does not fit.
    package func applying(_ change: LimitChange.Kind) -> LimitBalance? {
        switch change {
        case .reserve(let amount, let cap):
            guard amount <= room(under: cap), used.adding(reserved) <= cap else { return nil }
            return LimitBalance(used: used, reserved: reserved.adding(amount))
        case .settle(let amount, let spent):
            return LimitBalance(used: used.adding(spent), reserved: max(0, reserved.subtracting(amount)))
        case .release(let amount):
            return LimitBalance(used: used, reserved: max(0, reserved.subtracting(amount)))
        }
    }

    /// What can still be reserved under `cap`; never negative.
    package func room(under cap: Int64) -> Int64 { max(0, cap.subtracting(used.adding(reserved))) }
}

extension Int64 {
    /// The sum, held at the ends of the range instead of trapping.
    fileprivate func adding(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
    /// The difference, held at the ends of the range instead of trapping.
    fileprivate func subtracting(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }
}
