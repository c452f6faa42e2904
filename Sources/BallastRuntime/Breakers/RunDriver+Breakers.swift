import BallastCore
import BallastPolicy

/// What breakers mean for a run: what rests is refused at once, and what changed under its calls is on its record.
extension RunDriver {
    /// - Parameter time: Milliseconds that such a call has, where the run has as many left.
    func watch(_ subject: BreakerSubject, time: Int64) -> BreakerWatch {
        BreakerWatch(
            services: services, subject: subject, tenant: session.scope.tenant, run: run,
            isHurried: timeLeft < min(time / 2, RunDriver.fairTime))
    }
    /// Milliseconds in which whatever is there answers.
    private static let fairTime: Int64 = 5_000

    /// The refusal of an action whose tool rests.
    func breakerRefusal(of tool: String) -> GuardVerdict? {
        guard deployment.catalog[tool]?.agent == nil,
            let rest = services.breakers.rest(
                of: .tool(tool), tenant: session.scope.tenant, now: services.clock.monotonic)
        else { return nil }
        var verdict = GuardVerdict.deny(
            .breaker, "Nothing was sent: \(rest.sentence).",
            remedy: "Go on without it, try it again then, or tell the user what was not done.")
        verdict.retryAfter = rest.retryAfter
        return verdict
    }

    /// Puts on record what calls of this run changed, and leaves word for people.
    mutating func noteBreakerChanges() throws(DriverStop) {
        guard state.phase != .new, !state.isFinished else { return }
        for change in services.breakers.takeChanges(of: run) {
            let until = change.rest.map { now.adding(milliseconds: $0) }
            try record(
                .breakerChanged(
                    BreakerChanged(
                        subject: change.subject.description, tenant: change.subject.tenant?.name, state: change.state,
                        code: change.code, failures: change.failures, until: until)))
            tell(change, until: until)
        }
    }

    private mutating func tell(_ change: BreakerChange, until: Timestamp?) {
        let about: JSONObject = [
            "subject": JSONValue(change.subject.description), "tenant": JSONValue(change.subject.tenant?.name),
            "code": JSONValue(change.code), "until": JSONValue(until?.rfc3339),
        ]
        switch change.state {
        case .open where !change.isRepeat:
            tell(
                .breakerOpened,
                "\(change.subject) failed \(change.failures) times (\(change.code)): nothing is sent to it until "
                    + "\(until?.rfc3339 ?? "later"), then one call is tried.", about)
        case .closed: tell(.breakerClosed, "\(change.subject) answers again.", about)
        case .open, .halfOpen: break
        }
    }
}
