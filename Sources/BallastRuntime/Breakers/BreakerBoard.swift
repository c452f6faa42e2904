package import BallastCore
import Synchronization

/// How long something rests, and after what.
struct BreakerRest: Sendable, Hashable {
    let subject: BreakerSubject
    let code: String
    let failures: Int
    /// Milliseconds until the next call is tried.
    let retryAfter: Int64
}

/// A change of a breaker that a call brought about.
struct BreakerChange: Sendable, Hashable {
    let subject: BreakerSubject
    let state: BreakerState
    let code: String
    let failures: Int
    /// Milliseconds; nil unless it opened.
    let rest: Int64?
    /// It was not closed before: a person knows of it.
    let isRepeat: Bool
}

/// Leave to make one call.
enum BreakerAdmission: Sendable, Hashable {
    /// With the breakers that the call is the probe of.
    case passes(probing: [BreakerSubject])
    case rests(BreakerRest)
}

/// The breakers and retry budgets of this process, of all tools and models. In memory: a new process finds out by itself.
package final class BreakerBoard: Sendable {
    fileprivate struct Budget {
        var calls = RecentCount()
        var retries = RecentCount()
    }
    fileprivate struct State {
        /// For everybody, and those of tenants: few or none, so that an ordinary call looks for one of them only.
        var general: [BreakerSubject: Breaker] = [:]
        var ofTenants: [BreakerSubject: Breaker] = [:]
        var budgets: [BreakerSubject: Budget] = [:]
        /// Changes that are not on record yet, by the run whose call brought them about.
        var changes: [RunID: [BreakerChange]] = [:]
        var unrecorded = 0
        /// Times that a closed breaker opened, for all tenants together.
        var openings: [BreakerSubject: Int] = [:]
    }
    private let state = Mutex(State())
    /// Something is not on record yet; looked at without the lock in each step of each run, and written under it.
    private let mayHaveChanges = Atomic<Bool>(false)
    private let rule: BreakerRule
    private let random: any RandomSource
    /// Changes of runs that are gone before they could record them are dropped at this number.
    fileprivate static let keptChanges = 1_000
    /// Retries of a minute that need no calls to stand for them, and how many calls stand for one.
    static let freeRetries = 10
    static let callsPerRetry = 10
    private static let budgetWindow: Int64 = 60_000

    init(rule: BreakerRule, random: any RandomSource) {
        self.rule = rule
        self.random = random
    }

    // MARK: Calls

    /// What keeps a call from being made now; nothing is claimed.
    func rest(of subject: BreakerSubject, tenant: TenantID, now: Int64) -> BreakerRest? {
        state.withLock { $0.rest(of: [subject, subject.of(tenant)], now: now) }
    }

    /// Claims leave for one call: after a rest, one at a time.
    func admit(_ subject: BreakerSubject, tenant: TenantID, run: RunID, now: Int64) -> BreakerAdmission {
        state.withLock { state in
            let all = [subject, subject.of(tenant)]
            if let rest = state.rest(of: all, now: now) { return .rests(rest) }
            var probing: [BreakerSubject] = []
            defer { if !probing.isEmpty { mayHaveChanges.store(true, ordering: .releasing) } }
            for subject in all where state[subject]?.beginProbe(now: now) == true {
                probing.append(subject)
                let breaker = state[subject]
                state.note(
                    BreakerChange(
                        subject: subject, state: .halfOpen, code: breaker?.lastFailure?.code ?? "",
                        failures: breaker?.failures ?? 0, rest: nil, isRepeat: true), of: run)
            }
            return .passes(probing: probing)
        }
    }

    /// Takes how an admitted call ended, and answers what that changed.
    @discardableResult
    func report(
        _ health: CallHealth, of subject: BreakerSubject, tenant: TenantID, probing: [BreakerSubject], run: RunID,
        isFirst: Bool, now: Int64
    ) -> [BreakerChange] {
        let chance = health == .answered ? 0 : random.next()
        return state.withLock { state in
            if isFirst { state.budgets[subject, default: Budget()].calls.add(now: now, window: Self.budgetWindow) }
            let own = subject.of(tenant)
            var changes: [BreakerChange] = []
            switch health {
            case .unknown:
                for subject in probing { state[subject]?.giveProbeBack(now: now) }
            case .answered:
                for subject in [subject, own] {
                    changes += state.answered(subject, tenant, probing.contains(subject), now, rule)
                }
            case .fault(let code):
                let isOwn = state[subject]?.isOneTenants(tenant, now: now, rule: rule) ?? false
                let (meant, spared) = isOwn && !probing.contains(subject) ? (own, subject) : (subject, own)
                changes += state.failed(meant, code, probing.contains(meant), nil, chance, now, rule)
                if probing.contains(spared) { state[spared]?.giveProbeBack(now: now) }
            case .turnedAway(let code, let asked):
                changes += state.failed(own, code, probing.contains(own), asked, chance, now, rule)
                // Whoever is turned away was answered.
                changes += state.answered(subject, tenant, probing.contains(subject), now, rule)
            }
            if !changes.isEmpty { mayHaveChanges.store(true, ordering: .releasing) }
            for change in changes {
                state.note(change, of: run)
                if change.state == .open, !change.isRepeat { state.openings[change.subject.forAll, default: 0] += 1 }
            }
            return changes
        }
    }

    // MARK: Retries

    /// Takes a retry from the budget, so that an outage is not multiplied: one for every ten calls of the last minute, and
    /// a few more.
    func takeRetry(of subject: BreakerSubject, now: Int64) -> Bool {
        state.withLock { state in
            var budget = state.budgets[subject] ?? Budget()
            let calls = budget.calls.count(now: now, window: Self.budgetWindow)
            let used = budget.retries.count(now: now, window: Self.budgetWindow)
            guard used < Self.freeRetries + calls / Self.callsPerRetry else { return false }
            budget.retries.add(now: now, window: Self.budgetWindow)
            state.budgets[subject] = budget
            return true
        }
    }

    // MARK: Records and people

    /// What calls of the run changed and is not on record.
    func takeChanges(of run: RunID) -> [BreakerChange] {
        guard mayHaveChanges.load(ordering: .acquiring) else { return [] }
        return state.withLock { state in
            defer { mayHaveChanges.store(state.unrecorded > 0, ordering: .releasing) }
            guard state.unrecorded > 0, let changes = state.changes.removeValue(forKey: run) else { return [] }
            state.unrecorded -= changes.count
            return changes
        }
    }

    /// How often breakers opened since the process began, in order.
    package var openings: [(subject: BreakerSubject, count: Int)] {
        state.withLock { state in state.openings.map { ($0.key, $0.value) } }.sorted { $0.0 < $1.0 }
    }

    /// Breakers that have something to tell, in order.
    package func standing(now: Int64) -> [BreakerStanding] {
        state.withLock { state in
            state.general.merging(state.ofTenants) { first, _ in first }.filter {
                !$0.value.isIdle(now: now, rule: rule)
            }
            .map { BreakerStanding($0.key, $0.value, now: now) }
            .sorted { $0.subject < $1.subject }
        }
    }
}

extension BreakerBoard.State {
    fileprivate subscript(subject: BreakerSubject) -> Breaker? {
        get {
            guard subject.tenant == nil else { return ofTenants.isEmpty ? nil : ofTenants[subject] }
            return general[subject]
        }
        set { if subject.tenant == nil { general[subject] = newValue } else { ofTenants[subject] = newValue } }
    }

    fileprivate func rest(of subjects: [BreakerSubject], now: Int64) -> BreakerRest? {
        for subject in subjects {
            guard let breaker = self[subject], let rest = breaker.rest(now: now) else { continue }
            return BreakerRest(
                subject: subject, code: breaker.lastFailure?.code ?? "", failures: breaker.failures, retryAfter: rest)
        }
        return nil
    }

    fileprivate mutating func answered(
        _ subject: BreakerSubject, _ tenant: TenantID, _ isProbe: Bool, _ now: Int64, _ rule: BreakerRule
    ) -> [BreakerChange] {
        // Of a tenant only what failed is remembered.
        guard var breaker = self[subject] ?? (subject.tenant == nil ? Breaker() : nil) else { return [] }
        let code = breaker.lastFailure?.code ?? ""
        let failures = breaker.failures
        let didClose = breaker.answered(now: now, isProbe: isProbe, rule: rule)
        if subject.tenant == nil { breaker.noteServed(tenant, now: now) }
        let isForgotten = subject.tenant != nil && breaker.isIdle(now: now, rule: rule)
        self[subject] = isForgotten ? nil : breaker
        guard didClose else { return [] }
        return [
            BreakerChange(
                subject: subject, state: .closed, code: code, failures: failures, rest: nil, isRepeat: false)
        ]
    }

    fileprivate mutating func failed(
        _ subject: BreakerSubject, _ code: String, _ isProbe: Bool, _ asked: Int64?, _ chance: UInt64, _ now: Int64,
        _ rule: BreakerRule
    ) -> [BreakerChange] {
        var breaker = self[subject] ?? Breaker()
        let wasClosed = breaker.phase == .closed
        let didOpen = breaker.failed(code, now: now, isProbe: isProbe, asked: asked, chance: chance, rule: rule)
        self[subject] = breaker
        guard didOpen else { return [] }
        return [
            BreakerChange(
                subject: subject, state: .open, code: code, failures: breaker.failures, rest: breaker.rest(now: now),
                isRepeat: !wasClosed)
        ]
    }

    fileprivate mutating func note(_ change: BreakerChange, of run: RunID) {
        if unrecorded >= BreakerBoard.keptChanges { (changes, unrecorded) = ([:], 0) }
        changes[run, default: []].append(change)
        unrecorded += 1
    }
}

/// A breaker as people see it.
package struct BreakerStanding: Sendable, Hashable {
    package let subject: BreakerSubject
    package let state: BreakerState
    package let failures: Int
    package let lastCode: String?
    /// Milliseconds since it changed, since the last failure, and until the next call is tried.
    package let changedAgo: Int64
    package let failedAgo: Int64?
    package let retryAfter: Int64?

    init(_ subject: BreakerSubject, _ breaker: Breaker, now: Int64) {
        self.subject = subject
        state =
            switch breaker.phase {
            case .closed: .closed
            // Its rest is over, and nobody has called since.
            case .open(let until): until > now ? .open : .halfOpen
            case .probing: .halfOpen
            }
        failures = breaker.failures
        lastCode = breaker.lastFailure?.code
        changedAgo = now - breaker.changedAt
        failedAgo = breaker.lastFailure.map { now - $0.at }
        retryAfter = breaker.rest(now: now)
    }
}
