package import BallastCore

/// Spans of time as policies and configuration write them: a whole number and a unit, such as `30s`, `24h`, `7d`.
package enum DurationText {
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    /// Milliseconds of `30s`, `500ms`, `5m`, `24h` or `7d`; nil for anything else, for zero and for more than 10 years.
    package static func milliseconds(_ text: String) -> Int64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int64(digits), count > 0,
            let unit = units.first(where: { $0.name == text.dropFirst(digits.count) })
        else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: unit.milliseconds)
        return overflow || product > 315_360_000_000 ? nil : product
    }

    /// The shortest spelling in one unit, such as `24h`.
    package static func text(_ milliseconds: Int64) -> String {
        let unit = units.last { milliseconds != 0 && milliseconds % $0.milliseconds == 0 } ?? ("ms", 1)
        return unit.name == "d" && milliseconds == unit.milliseconds
            ? "24h" : "\(milliseconds / unit.milliseconds)\(unit.name)"
    }
}

/// Moments as people write them: a date, or a date and a time of day in UTC.
package enum MomentText {
    /// `2027-03-01` (midnight UTC) or `2027-03-01T12:30:00Z`; nil for anything else.
    package static func timestamp(_ text: String) -> Timestamp? {
        guard let day = DateText.milliseconds(String(text.prefix(10))) else { return nil }
        let rest = text.dropFirst(10)
        guard !rest.isEmpty else { return Timestamp(milliseconds: day) }
        let parts = rest.dropFirst().dropLast().split(separator: ":", omittingEmptySubsequences: false)
        guard rest.first == "T", rest.last == "Z", parts.map(\.count) == [2, 2, 2],
            parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }), let hour = Int64(parts[0]),
            let minute = Int64(parts[1]), let second = Int64(parts[2]), hour < 24, minute < 60, second < 60
        else { return nil }
        return Timestamp(milliseconds: day + ((hour * 60 + minute) * 60 + second) * 1000)
    }
}

/// Calendar dates as policies write them.
package enum DateText {
    /// Milliseconds since 1970 of midnight UTC of `2027-03-01`; nil for what is not a date of the years 1970 to 9999.
    package static func milliseconds(_ text: String) -> Int64? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.count) == [4, 2, 2], parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let year = Int64(parts[0]), let month = Int64(parts[1]), let day = Int64(parts[2]),
            year >= 1970, (1...12).contains(month), day >= 1, day <= days(in: month, year: year)
        else { return nil }
        return daysSince1970(year: year, month: month, day: day) * 86_400_000
    }

    private static func days(in month: Int64, year: Int64) -> Int64 {
        let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
        switch month {
        case 2: return isLeap ? 29 : 28
        case 4, 6, 9, 11: return 30
        default: return 31
        }
    }

    /// Days by the proleptic Gregorian calendar, counted in years that begin in March.
    private static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = (shifted / 400, shifted % 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
