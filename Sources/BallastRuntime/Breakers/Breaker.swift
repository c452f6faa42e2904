import BallastCore

/// When a breaker opens, and for how long. Milliseconds.
package struct BreakerRule: Sendable, Hashable {
    /// Failures in a row.
    package var failures = 5
    /// What is longer ago counts no more.
    package var window: Int64 = 60_000
    /// Or half of so many calls within the window.
    package var ratioCalls = 20
    /// The first rest; doubles with each probe that fails.
    package var coolDown: Int64 = 15_000
    package var longestCoolDown: Int64 = 300_000

    package init() {}
}

/// One breaker: a value that knows neither clock nor chance.
struct Breaker: Sendable {
    enum Phase: Sendable, Hashable {
        case closed
        /// Until this moment of the monotonic clock.
        case open(until: Int64)
        /// One call is under way, to see.
        case probing
    }

    private(set) var phase = Phase.closed
    /// Failures in a row, and the moment and code of the last one.
    private(set) var failures = 0
    private(set) var lastFailure: (at: Int64, code: String)?
    private(set) var changedAt: Int64 = 0
    /// Rests in a row.
    private var rests = 0
    private var calls = RecentCount()
    private var faults = RecentCount()
    /// Tenants whose calls were answered, and whose were not.
    private var served = LatestTenants()
    private var failedBy = LatestTenants()

    /// A fault that only this tenant's calls meet, while others are answered: it may lie in what they ask for, so it must
    /// not keep the others from the tool.
    mutating func isOneTenants(_ tenant: TenantID, now: Int64, rule: BreakerRule) -> Bool {
        failedBy.note(tenant, now)
        let since = now - rule.window
        return served.hasOther(than: tenant, since: since) && !failedBy.hasOther(than: tenant, since: since)
    }

    mutating func noteServed(_ tenant: TenantID, now: Int64) { served.note(tenant, now) }

    /// Whether a call may be made; nil when it may.
    func rest(now: Int64) -> Int64? {
        switch phase {
        case .closed: nil
        case .open(let until): until > now ? until - now : nil
        case .probing: Breaker.probePatience
        }
    }
    /// How long whoever comes while a probe is under way is told to wait.
    private static let probePatience: Int64 = 1_000

    /// The rest is over: the next call shows whether it answers again. Call only when `rest` is nil.
    mutating func beginProbe(now: Int64) -> Bool {
        guard case .open = phase else { return false }
        phase = .probing
        changedAt = now
        return true
    }

    /// The probe was not made after all; the next call may be one.
    mutating func giveProbeBack(now: Int64) {
        if phase == .probing { phase = .open(until: now) }
    }

    /// Answers whether it closed.
    mutating func answered(now: Int64, isProbe: Bool, rule: BreakerRule) -> Bool {
        calls.add(now: now, window: rule.window)
        switch phase {
        case .closed:
            failures = 0
            return false
        case .probing where isProbe:
            (phase, failures, rests, changedAt) = (.closed, 0, 0, now)
            (calls, faults) = (RecentCount(), RecentCount())
            return true
        // An answer to a call from before it opened.
        case .open, .probing: return false
        }
    }

    /// Answers whether it opened.
    mutating func failed(
        _ code: String, now: Int64, isProbe: Bool, asked: Int64?, chance: UInt64, rule: BreakerRule
    ) -> Bool {
        calls.add(now: now, window: rule.window)
        faults.add(now: now, window: rule.window)
        if let lastFailure, now - lastFailure.at > rule.window, phase == .closed { failures = 0 }
        lastFailure = (now, code)
        failures += 1
        switch phase {
        case .closed: guard isTripped(now: now, rule) else { return false }
        case .probing where isProbe: break
        case .open, .probing: return false
        }
        let base = min(rule.longestCoolDown, rule.coolDown << Int64(min(rests, 10)))
        // From four fifths to six fifths: not everything that rests is tried again in the same moment.
        let jittered = base - base / 5 + Int64(chance % UInt64(max(1, base * 2 / 5)))
        phase = .open(until: now + max(jittered, min(asked ?? 0, rule.longestCoolDown)))
        rests += 1
        changedAt = now
        return true
    }

    private func isTripped(now: Int64, _ rule: BreakerRule) -> Bool {
        if failures >= rule.failures { return true }
        let recent = calls.count(now: now, window: rule.window)
        return recent >= rule.ratioCalls && faults.count(now: now, window: rule.window) * 2 >= recent
    }

    /// There is nothing to remember of it.
    func isIdle(now: Int64, rule: BreakerRule) -> Bool {
        phase == .closed && (lastFailure.map { now - $0.at > rule.window } ?? true)
    }
}

/// How often something happened lately: in the half of a window that is under way and the one before.
struct RecentCount: Sendable {
    private var half: Int64 = .min
    private var current = 0
    private var before = 0

    mutating func add(now: Int64, window: Int64) {
        turn(now: now, window: window)
        current += 1
    }

    func count(now: Int64, window: Int64) -> Int {
        var copy = self
        copy.turn(now: now, window: window)
        return copy.current + copy.before
    }

    private mutating func turn(now: Int64, window: Int64) {
        let place = now / max(1, window / 2)
        guard place != half else { return }
        before = half != .min && place == half + 1 ? current : 0
        (current, half) = (0, place)
    }
}

/// The latest tenant of something, and the latest of another one.
struct LatestTenants: Sendable {
    private var latest: (tenant: TenantID, at: Int64)?
    private var other: (tenant: TenantID, at: Int64)?

    mutating func note(_ tenant: TenantID, _ now: Int64) {
        if latest?.tenant != tenant { other = latest }
        latest = (tenant, now)
    }

    func hasOther(than tenant: TenantID, since: Int64) -> Bool {
        [latest, other].contains { $0.map { $0.tenant != tenant && $0.at >= since } ?? false }
    }
}
