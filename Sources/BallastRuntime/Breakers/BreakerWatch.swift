import BallastCore
import Logging

/// Lets one call of a tool or a model through its breakers, and tells them how it ended.
struct BreakerWatch: Sendable {
    let services: RuntimeServices
    let subject: BreakerSubject
    let tenant: TenantID
    let run: RunID
    /// The call is given far less time than such calls have, as the run has no more.
    let isHurried: Bool

    private var now: Int64 { services.clock.monotonic }

    func admit() -> BreakerAdmission { services.breakers.admit(subject, tenant: tenant, run: run, now: now) }

    func report(_ health: CallHealth, probing: [BreakerSubject], isFirst: Bool) {
        let health = isHurried ? health.ofHurried : health
        let changes = services.breakers.report(
            health, of: subject, tenant: tenant, probing: probing, run: run, isFirst: isFirst, now: now)
        for change in changes { log(change) }
    }

    /// A call of a tool. While the tool rests nothing is sent, and the answer comes at once.
    func around(attempt: Int, _ call: () async -> ToolOutcome) async -> ToolOutcome {
        switch admit() {
        case .rests(let rest):
            return .neverSent(
                ToolFailure(code: .resting, message: rest.sentence, retryAfter: rest.retryAfter), isRetryable: false)
        case .passes(let probing):
            let outcome = await call()
            report(CallHealth(outcome), probing: probing, isFirst: attempt <= 1)
            return outcome
        }
    }

    private func log(_ change: BreakerChange) {
        let metadata: Logger.Metadata = [
            "breaker": "\(change.subject)", "tenant": "\(change.subject.tenant?.name ?? "all")",
            "code": "\(change.code)", "failures": "\(change.failures)", "run": "\(run)",
        ]
        switch change.state {
        case .open where !change.isRepeat: services.logger.error("breaker opened", metadata: metadata)
        case .closed: services.logger.notice("breaker closed", metadata: metadata)
        case .open, .halfOpen: services.logger.info("breaker still open", metadata: metadata)
        }
    }
}

extension BreakerRest {
    var sentence: String {
        let whom = subject.tenant == nil ? "" : " for this tenant"
        return "\(subject.name) failed \(failures) \(failures == 1 ? "time" : "times")\(whom) (\(code)) and rests; "
            + "it is tried again in \(DurationWords.text(retryAfter))"
    }
}

/// A span as people say it.
enum DurationWords {
    static func text(_ milliseconds: Int64) -> String {
        let seconds = max(1, (milliseconds + 999) / 1_000)
        switch seconds {
        case 1: return "1 second"
        case ..<120: return "\(seconds) seconds"
        case ..<7_200: return "\((seconds + 59) / 60) minutes"
        case ..<172_800: return "\((seconds + 3_599) / 3_600) hours"
        default: return "\((seconds + 86_399) / 86_400) days"
        }
    }
}
