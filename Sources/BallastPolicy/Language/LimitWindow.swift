package import BallastCore

/// The span over which a limit counts.
package enum LimitWindow: Sendable, Hashable, CustomStringConvertible {
    /// For ever, such as all refunds of one order.
    case total
    /// The clock's second, minute or hour.
    case second
    case minute
    case hour
    /// The calendar's day or month in the tenant's zone.
    case day
    case month
    /// Any span of this many milliseconds.
    case rolling(milliseconds: Int64)

    package static let words = ["second", "minute", "hour", "day", "month"]

    /// Reads `hour`, `day`, … or a duration such as `24h`.
    package init?(_ text: String) {
        switch text {
        case "second": self = .second
        case "minute": self = .minute
        case "hour": self = .hour
        case "day": self = .day
        case "month": self = .month
        default:
            guard let milliseconds = DurationText.milliseconds(text) else { return nil }
            self = .rolling(milliseconds: milliseconds)
        }
    }

    package var description: String {
        switch self {
        case .total: "total"
        case .second: "second"
        case .minute: "minute"
        case .hour: "hour"
        case .day: "day"
        case .month: "month"
        case .rolling(let milliseconds): DurationText.text(milliseconds)
        }
    }

    /// The starts of the counters to reserve in at this moment.
    ///
    /// A calendar span has one counter. A rolling one is covered by three that overlap, each one and a half times as
    /// long: every span of the declared length lies wholly inside one of them, so the declared cap is never exceeded;
    /// the price is that room comes back at most half a span late.
    ///
    /// A calendar span is named by its date in the tenant's zone, read as if it were UTC: the name is the same from the
    /// first moment of the day or month to the last, whatever the clocks of the zone do in between.
    ///
    /// - Parameter zoneOffset: Milliseconds that the tenant's zone is ahead of UTC at this moment.
    package func starts(at now: Timestamp, zoneOffset: Int64 = 0) -> [Timestamp] {
        switch self {
        case .total: return [Timestamp(milliseconds: 0)]
        case .second: return [LimitWindow.floor(now, to: 1000)]
        case .minute: return [LimitWindow.floor(now, to: 60_000)]
        case .hour: return [LimitWindow.floor(now, to: 3_600_000)]
        case .day: return [LimitWindow.dayStart(now, zoneOffset: zoneOffset)]
        case .month: return [LimitWindow.monthStart(now, zoneOffset: zoneOffset)]
        case .rolling(let milliseconds): return LimitWindow.overlapping(now, span: milliseconds)
        }
    }

    /// The first moment at which the counter that starts here is reserved in no more; nil for one that never ends.
    package func end(of start: Timestamp, zoneOffset: Int64 = 0) -> Timestamp? {
        switch self {
        case .total: return nil
        case .second: return start.adding(milliseconds: 1000)
        case .minute: return start.adding(milliseconds: 60_000)
        case .hour: return start.adding(milliseconds: 3_600_000)
        case .day: return start.adding(milliseconds: 86_400_000 - zoneOffset)
        case .month:
            // In the next month, whatever the length of this one.
            return LimitWindow.monthStart(start.adding(milliseconds: 32 * 86_400_000), zoneOffset: 0)
                .adding(milliseconds: -zoneOffset)
        case .rolling(let milliseconds): return start.adding(milliseconds: 3 * max(1, (milliseconds + 1) / 2))
        }
    }

    private static func floor(_ now: Timestamp, to unit: Int64) -> Timestamp {
        let remainder = now.milliseconds % unit
        return now.adding(milliseconds: -(remainder < 0 ? remainder + unit : remainder))
    }

    private static func overlapping(_ now: Timestamp, span: Int64) -> [Timestamp] {
        let step = max(1, (span + 1) / 2)
        let latest = floor(now, to: step)
        return [0, -step, -2 * step].map { latest.adding(milliseconds: $0) }
    }

    private static func dayStart(_ now: Timestamp, zoneOffset: Int64) -> Timestamp {
        floor(now.adding(milliseconds: zoneOffset), to: 86_400_000)
    }

    /// The local date is read from the timestamp's own text, so there is one calendar in the code.
    private static func monthStart(_ now: Timestamp, zoneOffset: Int64) -> Timestamp {
        let date = now.adding(milliseconds: zoneOffset).rfc3339.prefix(7)
        return Timestamp(milliseconds: DateText.milliseconds(date + "-01") ?? 0)
    }
}
