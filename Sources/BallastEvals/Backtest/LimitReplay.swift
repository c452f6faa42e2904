import BallastCore
import BallastPolicy

/// What an action takes of one counter, with the counter as a number: many of them are kept.
struct LimitClaim: Sendable, Hashable {
    let counter: UInt64
    let amount: Int64
    let cap: Int64
    /// A rate counts attempts: a call that its tool refused stays counted.
    let isRate: Bool
    /// A reviewer is asked about what goes beyond it.
    let asks: Bool
    /// No claim on this counter comes later.
    let endsAt: Int64

    static func claims(
        of demands: [LimitDemand], tenant: TenantID, at moment: Timestamp, zoneOffset: Int64
    ) -> [LimitClaim] {
        demands.flatMap { demand in
            demand.window.starts(at: moment, zoneOffset: zoneOffset).map { start in
                LimitClaim(
                    counter: name(tenant.name, demand.name, demand.subject, start), amount: demand.amount,
                    cap: demand.cap, isRate: demand.isRate, asks: demand.asks,
                    endsAt: demand.window.lastUse(after: start))
            }
        }
    }

    /// FNV-1a over the parts of the counter's name. Two of a million counters share a number once in 30 million times.
    private static func name(_ tenant: String, _ limit: String, _ subject: String, _ start: Timestamp) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func mix(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        for part in [tenant, limit, subject] {
            for byte in part.utf8 { mix(byte) }
            mix(0xFF)
        }
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
            mix(UInt8(truncatingIfNeeded: UInt64(bitPattern: start.milliseconds) >> shift))
        }
        return hash
    }
}

/// What an action that waits for people will claim: in the windows of the moment when it starts.
struct LimitPending: Sendable {
    let demands: [LimitDemand]
    let tenant: TenantID
    let zoneOffset: @Sendable (TenantID, Timestamp) -> Int64

    func claims(at moment: Timestamp) -> [LimitClaim] {
        guard !demands.isEmpty else { return [] }
        return LimitClaim.claims(
            of: demands, tenant: tenant, at: moment, zoneOffset: zoneOffset(tenant, moment))
    }
}

extension LimitWindow {
    /// A moment after which no action counts in the window that starts then, with a day to spare for zones.
    fileprivate func lastUse(after start: Timestamp) -> Int64 {
        let day: Int64 = 86_400_000
        let span: Int64 =
            switch self {
            case .total: .max
            case .second, .minute, .hour, .day: 2 * day
            case .month: 33 * day
            case .rolling(let milliseconds): milliseconds.multipliedReportingOverflow(by: 2).partialValue
            }
        return start.adding(milliseconds: max(span, day)).milliseconds
    }
}

/// Limits over recorded actions in the order of time, from empty counters: the room that each would have found, had the
/// new policy been in force. Who was asked answers as then; who was not asked then agrees.
struct LimitReplay {
    private struct Counter {
        var taken: Int64
        let endsAt: Int64
    }

    private struct Held {
        var claims: [LimitClaim]
        let demand: LimitPending?
        let wasAllowed: Bool
        var isReserved: Bool
        var isStarted = false
    }

    private var counters: [UInt64: Counter] = [:]
    private var held: [ActionID: Held] = [:]
    private var nextSweep: Int64 = .min
    /// Actions that fitted when they were decided and did not when people had agreed.
    private(set) var refusedAtUse = 0

    /// Whether an action that the policy lets pass has room, or somebody must be asked for it; takes it, unless people
    /// decide first.
    ///
    /// - Parameter pending: What is reckoned anew once people have agreed.
    mutating func admits(
        _ action: ActionID, _ claims: [LimitClaim], pending: LimitPending?, before: Outcome, at moment: Timestamp
    ) -> Room {
        guard !claims.isEmpty else { return .fits }
        sweep(moment.milliseconds)
        guard fits(claims) else { return .none }
        let room: Room = claims.contains { $0.asks && !hasRoom($0) } ? .afterAsking : .fits
        var mine = Held(claims: claims, demand: pending, wasAllowed: before == .allow, isReserved: false)
        if pending == nil || before == .deny {
            take(claims)
            mine.isReserved = true
        }
        held[action] = mine
        return room
    }

    enum Room { case fits, afterAsking, none }

    mutating func start(_ action: ActionID, at moment: Timestamp) {
        guard var mine = held[action] else { return }
        mine.isStarted = true
        if !mine.isReserved {
            mine.claims = mine.demand?.claims(at: moment) ?? mine.claims
            if fits(mine.claims) {
                take(mine.claims)
                mine.isReserved = true
            } else {
                refusedAtUse += 1
            }
        }
        held[action] = mine
    }

    mutating func end(_ action: ActionID, _ end: RecordedEnd) {
        guard let mine = held.removeValue(forKey: action), mine.isReserved else { return }
        switch end {
        case .done: return
        case .failed: release(mine.claims.filter { !$0.isRate })
        case .notDone:
            // What people refused then would have run now: it keeps its room.
            if mine.isStarted || mine.wasAllowed { release(mine.claims) }
        }
    }

    private func fits(_ claims: [LimitClaim]) -> Bool { claims.allSatisfy { $0.asks || hasRoom($0) } }

    private func hasRoom(_ claim: LimitClaim) -> Bool {
        let (sum, overflow) = (counters[claim.counter]?.taken ?? 0).addingReportingOverflow(claim.amount)
        return !overflow && sum <= claim.cap
    }

    private mutating func take(_ claims: [LimitClaim]) {
        for claim in claims {
            counters[claim.counter, default: Counter(taken: 0, endsAt: claim.endsAt)].taken &+= claim.amount
        }
    }

    private mutating func release(_ claims: [LimitClaim]) {
        for claim in claims { counters[claim.counter]?.taken &-= claim.amount }
    }

    /// Drops counters that nothing can count in any more, twice a day of recorded time.
    private mutating func sweep(_ now: Int64) {
        guard now >= nextSweep else { return }
        nextSweep = now.addingReportingOverflow(43_200_000).partialValue
        counters = counters.filter { $0.value.endsAt >= now }
    }
}
