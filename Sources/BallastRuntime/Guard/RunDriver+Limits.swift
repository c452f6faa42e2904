import BallastCore
import BallastPolicy

/// The life of what an action takes of limits: looked at when it is judged, reserved in the commit that starts its
/// effect, held while nobody knows what became of it, and settled or given back in the commit that says so.
extension RunDriver {
    /// Remembers what an allowed action is to reserve when it starts.
    mutating func intend(_ demands: [LimitDemand], of ordinal: UInt32) {
        guard case .allowed = state.action(ordinal)?.stage, !demands.isEmpty else { return }
        intended[ordinal] = demands
    }

    /// Takes what the action was judged to need, with the append that starts it; and what the shadow would have taken, of
    /// its own counters, which refuse nothing.
    mutating func reserveLimits(of ordinal: UInt32) -> [LimitReservation] {
        let demands = intended.removeValue(forKey: ordinal) ?? []
        let shadowed = shadowIntended.removeValue(forKey: ordinal) ?? []
        guard options.planted != .limitNotReserved else { return [] }
        let isAgreed = state.approvalOfAction[ordinal]?.gate == .approve
        return reserve(demands, .enforced, isAgreed: isAgreed) + reserve(shadowed, .shadow, isAgreed: true)
    }

    /// - Parameter isAgreed: A reviewer agreed to the action, also where it goes beyond what needs none.
    private mutating func reserve(
        _ demands: [LimitDemand], _ counters: LimitCounters, isAgreed: Bool
    ) -> [LimitReservation] {
        var reservations: [LimitReservation] = []
        for demand in demands {
            let cap = counters == .enforced && !(demand.asks && isAgreed) ? demand.cap : .max
            for key in limitKeys(demand, counters) {
                session.change(LimitChange(key: key, kind: .reserve(amount: demand.amount, cap: cap)))
                reservations.append(LimitReservation(key: key, amount: demand.amount, isRate: demand.isRate))
            }
        }
        return reservations
    }

    /// Uses up what the shadow would have taken of an action that was done before its shadow was decided.
    mutating func useUp(_ demands: [LimitDemand]) {
        for demand in demands {
            for key in limitKeys(demand, .shadow) {
                session.change(LimitChange(key: key, kind: .settle(reserved: 0, used: demand.amount)))
            }
        }
    }

    /// The outcome of the effect is known: what it held is used up, or free again.
    mutating func closeLimits(of action: ActionState, _ outcome: (LimitReservation) -> LimitChange) {
        for reservation in action.stage.progress?.reservations ?? [] { session.change(outcome(reservation)) }
    }

    /// Why the action does not fit now; nil when there is room for all that it takes.
    func limitRefusal(
        _ demands: [LimitDemand], for ordinal: UInt32, _ counters: LimitCounters = .enforced
    ) async throws(DriverStop) -> GuardVerdict? {
        try await exceeded(demands.filter { !$0.asks }, for: ordinal, counters).map {
            refusal($0.demand, $0.key, taken: $0.taken)
        }
    }

    /// Raises what goes beyond a limit that asks: a reviewer says whether it may.
    func askBeyond(
        _ verdict: inout GuardVerdict, for ordinal: UInt32, _ counters: LimitCounters = .enforced
    ) async throws(DriverStop) {
        guard verdict.outcome < .approve,
            let beyond = try await exceeded(verdict.demands.filter(\.asks), for: ordinal, counters)
        else { return }
        verdict.outcome = .approve
        verdict.code = .reach
        verdict.rule = "limit:\(beyond.demand.name)"
        verdict.sentence = "This goes beyond what may be done without asking: \(beyond.demand.words)."
        verdict.remedy = "An approval; \(room(beyond.demand, beyond.key, taken: beyond.taken).words)"
        verdict.requirement = verdict.requirement ?? ApprovalRequirement()
    }

    /// The first counter without room for what the action takes of it.
    private func exceeded(
        _ demands: [LimitDemand], for ordinal: UInt32, _ counters: LimitCounters
    ) async throws(DriverStop) -> (demand: LimitDemand, key: LimitKey, taken: Int64)? {
        for demand in demands {
            for key in limitKeys(demand, counters) {
                let taken = try await taken(of: key, before: ordinal, counters)
                let (sum, overflow) = taken.addingReportingOverflow(demand.amount)
                if overflow || sum > demand.cap { return (demand, key, taken) }
            }
        }
        return nil
    }

    private func refusal(_ demand: LimitDemand, _ key: LimitKey, taken: Int64) -> GuardVerdict {
        let room = room(demand, key, taken: taken)
        var verdict = GuardVerdict.deny(
            .limit, "This would exceed a limit: \(demand.words).", remedy: "At most \(room.words)")
        verdict.retryAfter = room.wait
        return verdict
    }

    /// How much still fits, and when there is more.
    private func room(_ demand: LimitDemand, _ key: LimitKey, taken: Int64) -> (words: String, wait: Int64?) {
        let left = max(0, demand.cap.subtractingReportingOverflow(taken).partialValue)
        let offset = deployment.zoneOffset(session.scope.tenant, now)
        let wait = demand.window.end(of: key.window, zoneOffset: offset).map { max(1, $0.since(now)) }
        let when = wait.map { "there is room again in \(DurationWords.text($0)) at the latest." }
        let words = "\(left) more fits in this limit now; " + (when ?? "it does not pass with time, so ask a person.")
        return (words, wait)
    }

    /// What others hold or have used, with what this run has not committed yet.
    private func taken(
        of key: LimitKey, before ordinal: UInt32, _ counters: LimitCounters
    ) async throws(DriverStop) -> Int64 {
        let balance: LimitBalance
        do {
            balance = try await services.store.balance(of: key, scope: session.scope)
        } catch {
            throw .store(error)
        }
        var taken = balance.used.addingReportingOverflow(balance.reserved).partialValue
        taken = taken.addingReportingOverflow(session.uncommitted(of: key)).partialValue
        for (other, demands) in counters == .enforced ? intended : shadowIntended where other != ordinal {
            for demand in demands where limitKeys(demand, counters).contains(key) {
                taken = taken.addingReportingOverflow(demand.amount).partialValue
            }
        }
        return taken
    }

    private func limitKeys(_ demand: LimitDemand, _ counters: LimitCounters) -> [LimitKey] {
        let offset = deployment.zoneOffset(session.scope.tenant, now)
        return demand.window.starts(at: now, zoneOffset: offset).map {
            LimitKey(name: "\(counters.rawValue)\(demand.name)|\(demand.subject)", window: $0)
        }
    }
}

/// Whose counters: those of the policy in force, or those of what runs beside it, by how their names begin. No tool's
/// name has a colon.
enum LimitCounters: String {
    case enforced = ""
    case shadow = "shadow:"
}
