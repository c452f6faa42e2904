import BallastCore
import BallastRuntime
import HTTPTypes

/// What rests after failures, in this process.
enum BreakerRoutes {
    static var operations: [APIOperation] { [list] }

    private static let list = APIOperation(
        method: .get, path: "/api/v1/breakers", id: "listBreakers", tag: "breakers",
        summary: "Breakers of tools and models that failed lately, as this process sees them.",
        query: OpenAPISchemas.paging,
        answers: [.json(200, "BreakerPage", "A page of those that concern the tenant.")]
    ) { call in
        let now = call.runtime.clock.monotonic
        let shown = call.runtime.breakers.standing(now: now).filter { standing in
            standing.subject.tenant.map { $0 == call.caller.tenant || call.caller.seesAllTenants } ?? true
        }
        return try OffsetPage.answer(shown, call, list: "breakers") { document($0, call.runtime.clock.now) }
    }

    private static func document(_ breaker: BreakerStanding, _ now: Timestamp) -> JSONValue {
        func moment(_ ago: Int64?) -> JSONValue { JSONValue(ago.map { now.adding(milliseconds: -$0).rfc3339 }) }
        let subject = breaker.subject
        return [
            "subject": JSONValue(subject.description), "kind": JSONValue(subject.kind.name),
            "name": JSONValue(subject.name), "tenant": JSONValue(subject.tenant?.name),
            "state": JSONValue(breaker.state.name), "failures": JSONValue(breaker.failures),
            "last_code": JSONValue(breaker.lastCode), "changed_at": moment(breaker.changedAgo),
            "last_failure_at": moment(breaker.failedAgo),
            "retry_after_ms": breaker.retryAfter.map { JSONValue($0) } ?? .null,
        ]
    }
}
