package import BallastCore

/// The three spellings of a date in HTTP (RFC 9110 section 5.6.7).
package enum HTTPDate {
    package static func parse(_ text: String) -> Timestamp? {
        let words = text.split { $0 == " " || $0 == "," || $0 == "-" }
        var numbers: [Int64] = []
        var (month, time) = (nil as Int64?, nil as Int64?)
        for word in words {
            if word.contains(":") {
                time = seconds(word)
            } else if let place = months.firstIndex(of: word.lowercased()) {
                month = Int64(place + 1)
            } else if word.allSatisfy(\.isASCII), let number = Int64(word) {
                numbers.append(number)
            }
        }
        guard numbers.count == 2, let month, let time, (1...31).contains(numbers[0]),
            let year = fullYear(numbers[1])
        else { return nil }
        return Timestamp(milliseconds: (days(year: year, month: month, day: numbers[0]) * 86_400 + time) * 1000)
    }

    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    private static func seconds(_ text: Substring) -> Int64? {
        let parts = text.split(separator: ":").map { Int64($0) ?? -1 }
        guard parts.count == 3, (0...23).contains(parts[0]), (0...59).contains(parts[1]), (0...60).contains(parts[2])
        else { return nil }
        return parts[0] * 3600 + parts[1] * 60 + parts[2]
    }

    /// Two digits, as in RFC 850 dates, mean 1970 to 2069.
    private static func fullYear(_ year: Int64) -> Int64? {
        switch year {
        case 0..<70: 2000 + year
        case 70..<100: 1900 + year
        case 1970...9999: year
        default: nil
        }
    }

    /// Days since 1970-01-01 in the Gregorian calendar, counted from March so that leap days come last.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = (shifted / 400, shifted % 400)
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
