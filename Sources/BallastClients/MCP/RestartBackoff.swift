/// When a child that ended may be started again: at once after a useful life, later and later when it only dies.
struct RestartBackoff: Sendable, Hashable {
    private let base: Duration
    private let longest: Duration
    /// Lives in a row that served no request.
    private var failures = 0
    private var notBefore: ContinuousClock.Instant?

    init(base: Duration = .milliseconds(100), longest: Duration = .seconds(30)) {
        self.base = base
        self.longest = longest
    }

    /// How long to wait still; nil when a start is allowed now.
    func wait(at now: ContinuousClock.Instant) -> Duration? {
        guard let notBefore, now < notBefore else { return nil }
        return now.duration(to: notBefore)
    }

    mutating func ended(at now: ContinuousClock.Instant, wasUseful: Bool) {
        failures = wasUseful ? 0 : failures + 1
        guard failures > 1 else {
            notBefore = nil
            return
        }
        let factor = 1 << min(failures - 2, 20)
        notBefore = now + min(base * factor, longest)
    }
}
