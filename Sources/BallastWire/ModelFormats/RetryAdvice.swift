package import BallastCore

/// What the headers of an answer say about trying again.
package struct RetryAdvice: Sendable, Hashable {
    /// Milliseconds to wait; at most a day.
    package var retryAfter: Int64?
    /// `x-should-retry`, which overrules the status.
    package var shouldRetry: Bool?

    package init(retryAfter: Int64? = nil, shouldRetry: Bool? = nil) {
        self.retryAfter = retryAfter
        self.shouldRetry = shouldRetry
    }

    /// Reads `retry-after-ms`, else `retry-after` (seconds or a date, RFC 9110 section 10.2.3), and `x-should-retry`.
    /// - Parameters:
    ///   - header: The first value of a header by its lower-case name.
    ///   - now: What a date is measured against when the answer itself is undated.
    package init(header: (String) -> String?, now: Timestamp) {
        let seconds = header("retry-after")
        retryAfter =
            Self.wait(header("retry-after-ms"), unit: 1) ?? Self.wait(seconds, unit: 1000)
            ?? seconds.flatMap { HTTPDate.parse($0) }.map { moment in
                let sent = header("date").flatMap { HTTPDate.parse($0) } ?? now
                return min(max(0, moment.since(sent)), Self.longest)
            }
        shouldRetry =
            switch header("x-should-retry")?.lowercased() {
            case "true": true
            case "false": false
            default: nil
            }
    }

    private static let longest: Int64 = 86_400_000

    private static func wait(_ text: String?, unit: Double) -> Int64? {
        guard let text, let value = Double(text.filter { $0 != " " }), value >= 0 else { return nil }
        return Int64(min(value * unit, Double(longest)).rounded(.up))
    }
}
