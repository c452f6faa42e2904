/// Dates and times by RFC 3339 section 5.6.
extension SchemaFormat {
    static func isDate(_ bytes: Bytes) -> Bool {
        let parts = split(bytes, at: "-")
        guard parts.count == 3, let year = number(parts[0], digits: 4), let month = number(parts[1], digits: 2),
            let day = number(parts[2], digits: 2), (1...12).contains(month)
        else { return false }
        return (1...days(in: month, of: year)).contains(day)
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    static func isDateTime(_ bytes: Bytes) -> Bool {
        guard let separator = bytes.firstIndex(where: { $0 | 0x20 == UInt8(ascii: "t") }) else { return false }
        return isDate(bytes[..<separator]) && isTime(bytes[(separator + 1)...])
    }

    private static func isTime(_ bytes: Bytes) -> Bool {
        guard let zone = bytes.firstIndex(where: { isAny($0, of: "zZ+-") }), let offset = zoneOffset(bytes[zone...])
        else { return false }
        let parts = split(bytes[..<zone], at: ".")
        guard parts.count <= 2, parts.dropFirst().allSatisfy({ !$0.isEmpty && $0.allSatisfy(isDigit) }),
            let (hour, minute) = clock(parts[0].prefix(5)), parts[0].dropFirst(5).first == UInt8(ascii: ":"),
            let second = number(parts[0].dropFirst(6), digits: 2)
        else { return false }
        // A leap second is the last one of a day in UTC.
        let isLastMinute = (hour * 60 + minute - offset + 2 * 1_440) % 1_440 == 1_439
        return second < 60 || second == 60 && isLastMinute
    }

    /// Minutes ahead of UTC; nil when the bytes are no zone.
    private static func zoneOffset(_ bytes: Bytes) -> Int? {
        if bytes.count == 1, let only = bytes.first { return only | 0x20 == UInt8(ascii: "z") ? 0 : nil }
        guard let sign = bytes.first, isAny(sign, of: "+-"), let (hour, minute) = clock(bytes.dropFirst()) else {
            return nil
        }
        return (hour * 60 + minute) * (sign == UInt8(ascii: "-") ? -1 : 1)
    }

    private static func clock(_ bytes: Bytes) -> (hour: Int, minute: Int)? {
        let parts = split(bytes, at: ":")
        guard parts.count == 2, let hour = number(parts[0], digits: 2), let minute = number(parts[1], digits: 2),
            hour < 24, minute < 60
        else { return nil }
        return (hour, minute)
    }
}
