import BallastCore
import BallastRuntime
import HTTPTypes

/// Numbers for whatever watches the process, in the text format of Prometheus.
enum MetricsRoutes {
    static var operations: [APIOperation] { [read] }

    private static let read = APIOperation(
        method: .get, path: "/metrics", id: "getMetrics", tag: "health",
        summary: "Breakers and runs that stand still, as the text format of Prometheus.",
        answers: [
            APIOperation.Answer(
                status: 200, description: "One line for each number.", content: [("text/plain", nil)])
        ]
    ) { call in
        let text = MetricsText(
            call.runtime, tenant: call.caller.seesAllTenants ? nil : call.caller.tenant
        ).text
        return APIAnswer(200, .bytes(Array(text.utf8), type: "text/plain; version=0.0.4"))
    }
}

/// The numbers of one moment.
struct MetricsText {
    private(set) var text = ""

    /// - Parameter tenant: Whose numbers are shown beside those of everybody; nil for all.
    init(_ runtime: AgentRuntime, tenant: TenantID?) {
        let now = runtime.clock.monotonic
        let shown = runtime.breakers.standing(now: now).filter { standing in
            tenant.map { standing.subject.tenant == nil || standing.subject.tenant == $0 } ?? true
        }
        family("ballast_breaker_state", "gauge", "0 closed, 1 open, 2 half open; a breaker that is not here is closed.")
        for standing in shown { line("ballast_breaker_state", standing.subject, Int(standing.state.rawValue)) }
        family("ballast_breaker_failures", "gauge", "Failures in a row.")
        for standing in shown { line("ballast_breaker_failures", standing.subject, standing.failures) }
        family("ballast_breaker_openings_total", "counter", "Times that a closed breaker opened, for all tenants.")
        for (subject, count) in runtime.breakers.openings { line("ballast_breaker_openings_total", subject, count) }
        family("ballast_runs_quarantined", "gauge", "Runs that stand still until somebody mends what is wrong.")
        text += "ballast_runs_quarantined \(runtime.quarantinedRuns.count)\n"
    }

    private mutating func family(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    private mutating func line(_ name: String, _ subject: BreakerSubject, _ value: Int) {
        var labels = [("kind", subject.kind.name), ("name", subject.name)]
        if let tenant = subject.tenant { labels.append(("tenant", tenant.name)) }
        let words = labels.map { "\($0.0)=\"\(MetricsText.escaped($0.1))\"" }.joined(separator: ",")
        text += "\(name){\(words)} \(value)\n"
    }

    private static func escaped(_ value: String) -> String {
        value.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
    }
}
