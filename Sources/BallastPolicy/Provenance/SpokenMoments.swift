/// Dates and times of day as people write them, in ISO form. Only what can be read in one way: `May 19th, 2024` and
/// `3 pm` are, `05/06/2024` and "next Monday" are not.
enum SpokenMoments {
    /// - Parameter tokens: Words in lower case, without the punctuation around them.
    static func all(in tokens: [String]) -> Set<String> {
        var found: Set<String> = []
        for index in tokens.indices {
            let next = { (offset: Int) in index + offset < tokens.count ? tokens[index + offset] : "" }
            found.formUnion(date(tokens[index], next(1), next(2), next(3)))
            if let time = time(tokens[index], next(1)) { found.insert(time) }
        }
        return found
    }

    private static let months: [String: Int] = {
        let names = [
            "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
            "november", "december",
        ]
        var months = ["sept": 9]
        for (index, name) in names.enumerated() {
            months[name] = index + 1
            months[String(name.prefix(3))] = index + 1
        }
        return months
    }()

    private static func date(_ a: String, _ b: String, _ c: String, _ d: String) -> [String] {
        // `may 19th 2024`, `19 may 2024`, `19th of may 2024`, `2024/05/19`.
        if let month = months[a], let day = day(b), let year = year(c) { return [iso(year, month, day)] }
        if let day = day(a), let month = months[b], let year = year(c) { return [iso(year, month, day)] }
        if let day = day(a), b == "of", let month = months[c], let year = year(d) { return [iso(year, month, day)] }
        let parts = a.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, let year = year(String(parts[0])), let month = number(parts[1], 1...12),
            let day = number(parts[2], 1...31)
        else { return [] }
        return [iso(year, month, day)]
    }

    private static func day(_ text: String) -> Int? {
        for ending in ["st", "nd", "rd", "th"] where text.hasSuffix(ending) {
            return number(text.dropLast(2), 1...31)
        }
        return number(text[...], 1...31)
    }

    private static func year(_ text: String) -> Int? { text.utf8.count == 4 ? number(text[...], 1900...2199) : nil }

    private static func number(_ text: Substring, _ range: ClosedRange<Int>) -> Int? {
        guard text.utf8.allSatisfy({ (48...57).contains($0) }), let value = Int(text), range.contains(value) else {
            return nil
        }
        return value
    }

    private static func iso(_ year: Int, _ month: Int, _ day: Int) -> String {
        "\(year)-\(two(month))-\(two(day))"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }

    /// `10am`, `3:30 pm`, `noon`, `9:05`.
    private static func time(_ a: String, _ b: String) -> String? {
        switch a {
        case "noon": return "12:00"
        case "midnight": return "00:00"
        default: break
        }
        var clock = a.filter { $0 != "." }[...]
        var half: Substring?
        for ending in ["am", "pm"] where clock.hasSuffix(ending) {
            half = clock.suffix(2)
            clock = clock.dropLast(2)
        }
        let following = b.filter { $0 != "." }
        if half == nil, ["am", "pm"].contains(following) { half = following[...] }
        let parts = clock.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), half != nil || parts.count == 2 else { return nil }
        let minute = parts.count == 2 ? (parts[1].utf8.count == 2 ? number(parts[1], 0...59) : nil) : 0
        guard let minute, let hour = number(parts[0], half == nil ? 0...23 : 1...12) else { return nil }
        guard let half else { return "\(two(hour)):\(two(minute))" }
        return "\(two(hour % 12 + (half == "pm" ? 12 : 0))):\(two(minute))"
    }
}
